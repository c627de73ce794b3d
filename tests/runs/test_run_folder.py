"""Training into a folder, going on after an interruption, and sampling without the data."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from gantheory.datasets import Labelled
from gantheory.objectives import alpha_gan
from gantheory.runs import Recorder, RunFolder, stored_generator, train_into
from gantheory.training import GanConfig, train_run
from gantheory.training.metrics.features import pixels
from gantheory.training.variants import Variant

PICTURES = np.random.default_rng(0).uniform(-1, 1, (40, 1, 8, 8)).astype(np.float32)


def config(**changes: Any) -> GanConfig:
    given: dict[str, Any] = {
        "objective": alpha_gan(1, 1, saturating=False),
        "data": PICTURES,
        "networks": "dcgan(width=4)",
        "seeds": [0, 3],
        "batch": 8,
        "latent": 5,
        "max_steps": 12,
        "test_samples": 30,
    }
    return GanConfig(**{**given, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.begin(tmp_path / "run", config(), "gantheory train mine")


def files(folder: RunFolder) -> set[str]:
    return {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}


def test_a_run_leaves_samples_a_film_metrics_and_generators(folder: RunFolder) -> None:
    table = train_into(folder, config(), extractor=pixels(4), frames=3, progress=False)
    of_seeds = {f"{kind}-seed{seed}.{end}" for seed in (0, 3)
                for kind, end in (("samples", "png"), ("animation", "gif"), ("generator", "pt"))}  # fmt: skip
    frames = {f"frames/seed{seed}-{step:08}.png" for seed in (0, 3) for step in (4, 8, 12)}
    assert files(folder) == of_seeds | frames | {"run.json", "history.csv", "metrics.csv", "metrics.json"}
    told = json.loads((folder.path / "run.json").read_text())
    assert told["command"] == "gantheory train mine" and told["shape"] == [1, 8, 8]
    assert told["config"]["networks"] == "dcgan(width=4)"
    assert told["config"]["train_samples"] == len(PICTURES) and set(table["train_samples"]) == {len(PICTURES)}
    assert table["seed"].tolist() == [0, 3] and "FID (pixels 4 x 4)" in table
    stored = pd.read_csv(folder.path / "metrics.csv")
    np.testing.assert_allclose(stored["KID (pixels 4 x 4)"], table["KID (pixels 4 x 4)"])
    history = pd.read_csv(folder.path / "history.csv")
    assert history["step"].tolist() == [4, 4, 8, 8, 12, 12] and np.isfinite(history).all(axis=None)
    assert history.iloc[-1]["generator_loss"] == pytest.approx(table.iloc[1]["generator_loss"], rel=1e-12)


def test_the_stored_generator_is_the_trained_one(folder: RunFolder) -> None:
    train_into(folder, config(), frames=1, progress=False)
    run = train_run(config(), progress=False)
    noise = np.random.default_rng(1).standard_normal((6, 5)).astype(np.float32)
    for k, seed in enumerate((0, 3)):
        generator = stored_generator(folder.path, seed)
        assert (generator.latent, generator.shape, generator.seed) == (5, (1, 8, 8), seed)
        module, _ = run.networks(k)
        with torch.no_grad():
            expected = module(torch.from_numpy(noise)).numpy()
        np.testing.assert_allclose(generator(noise), expected, rtol=1e-6, atol=1e-7)
    with pytest.raises(ValueError, match="member must be from 0 to 1, got 2"):
        run.networks(2)
    with pytest.raises(ValueError, match=r"noise must have shape \(n, 5\), got \(6, 4\)"):
        stored_generator(folder.path)(noise[:, :4])
    assert stored_generator(folder.path).seed == 0


def test_a_stored_conditional_generator_makes_each_label_in_turn(tmp_path: Path) -> None:
    labels = np.arange(40) % 4
    mine = config(data=Labelled(PICTURES, labels), variant="cgan", seeds=[0])
    place = RunFolder.begin(tmp_path / "run", mine)
    train_into(place, mine, extractor=pixels(4), frames=1, progress=False)
    generator = stored_generator(place.path)
    assert (generator.classes, generator.variant) == (4, mine.variant)
    noise = np.random.default_rng(1).standard_normal((6, 5)).astype(np.float32)
    module, _ = train_run(mine, progress=False).networks(0)
    with torch.no_grad():
        expected = module(torch.from_numpy(noise), torch.eye(4)[[0, 1, 2, 3, 0, 1]]).numpy()
    np.testing.assert_allclose(generator(noise), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("lapgan(2)", "a level of LAPGAN adds to coarse pictures, and without data there are none"),
        (f"{__name__}:Own", "was trained as an own variant, .*: a file does not say what is imported"),
    ],
)
def test_variants_that_cannot_be_asked_without_data(tmp_path: Path, variant: str, says: str) -> None:
    mine = config(variant=variant, max_steps=2, seeds=[0])
    place = RunFolder.begin(tmp_path / "run", mine)
    train_into(place, mine, frames=1, progress=False)
    with pytest.raises(ValueError, match=says):
        stored_generator(place.path)(np.zeros((2, 5), np.float32))


@dataclass(frozen=True)
class Own(Variant):
    """A user's own: the plain GAN."""


class Stop(KeyboardInterrupt):
    """Ctrl-C at a step."""


def test_an_interrupted_run_keeps_what_is_done_and_goes_on(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = Recorder.__call__

    def interrupted(self: Recorder, snapshot: Any) -> None:
        if snapshot.step == 9:
            raise Stop
        inner(self, snapshot)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Recorder, "__call__", interrupted)
        train_into(folder, config(), frames=4, progress=False, checkpoint_seconds=1e-9)
    left = files(folder)
    assert {"checkpoint.pt", "generator-seed3.pt", "history.csv", "frames/seed0-00000006.png"} <= left
    assert "metrics.json" not in left
    stored_generator(folder.path)(np.zeros((1, 5)))
    again = train_into(RunFolder.begin(folder.path, config()), config(), frames=4, progress=False)
    assert "checkpoint.pt" not in files(folder)
    straight = RunFolder.begin(tmp_path / "straight", config())
    train_into(straight, config(), frames=4, progress=False)
    for name in ("history.csv", "samples-seed3.png", "animation-seed0.gif"):
        assert (folder.path / name).read_bytes() == (straight.path / name).read_bytes(), name
    assert len(again) == 2


def test_points_of_a_mixture_have_modes(tmp_path: Path) -> None:
    small = config(data="ring", networks="mlp(width=8, depth=1)", train_samples=64, latent=2, max_steps=3)
    table = train_into(RunFolder.begin(tmp_path / "ring", small), small, frames=1, progress=False)
    assert {"modes", "share"} <= set(table) and table["modes"].between(0, 8).all()


def test_what_is_in_the_way_is_said_before_any_work(folder: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds a run of other settings \(batch, seeds\): name another"):
        RunFolder.begin(folder.path, config(batch=4, seeds=[1]))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("x")
    with pytest.raises(ValueError, match="other exists and holds no run: name a new folder"):
        RunFolder.begin(tmp_path / "other", config())
    with pytest.raises(ValueError, match="needs more than 64 pictures of either kind, got 30 real and 30"):
        train_into(folder, config(), extractor=pixels(8), progress=False)
    with pytest.raises(ValueError, match="no generator yet"):
        stored_generator(folder.path)
    flat = config(data=np.zeros((20, 5)), networks="mlp")
    with pytest.raises(ValueError, match=r"points in the plane to be drawn, got \(5,\)"):
        Recorder(folder, flat)


def own() -> tuple[nn.Module, nn.Module]:
    """A user's networks."""
    up = nn.Sequential(nn.Linear(5, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8)))
    return up, nn.Sequential(nn.Flatten(), nn.Linear(64, 1))


def test_a_file_does_not_say_what_is_imported(tmp_path: Path) -> None:
    named = f"{__name__}:own"
    mine = config(networks=named, max_steps=2)
    place = RunFolder.begin(tmp_path / "own", mine)
    train_into(place, mine, frames=1, progress=False)
    with pytest.raises(ValueError, match=r"own networks: say networks .*:own' to import them"):
        stored_generator(place.path)
    assert stored_generator(place.path, networks=named).shape == (1, 8, 8)


def _cut(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (
            lambda place: (place / "generator-seed0.pt").write_bytes(b"x"),
            "seed0.pt cannot be read",
        ),
        (
            lambda place: _cut(place / "generator-seed0.pt", 1000),
            r"seed0.pt cannot be read: 1000 bytes, cut short or damaged; train again$",
        ),
        (
            lambda place: torch.save({"weight": torch.zeros(1)}, place / "generator-seed0.pt"),
            r"seed0.pt cannot be read: it is none of networks dcgan\(width=4\)$",
        ),
        (lambda place: (place / "run.json").write_text("{}"), "run.json is damaged: "),
        (lambda place: (place / "run.json").unlink(), "no run in .*: give a folder that gantheory train has"),
    ],
)
def test_a_damaged_folder_is_named(folder: RunFolder, damage: Any, says: str) -> None:
    short = replace(config(), max_steps=1)
    place = RunFolder.begin(folder.path.parent / "short", short)
    train_into(place, short, frames=1, progress=False)
    damage(place.path)
    with pytest.raises(ValueError, match=says) as caught:
        stored_generator(place.path)
    assert "\n" not in str(caught.value)


def test_a_seed_that_was_not_trained(folder: RunFolder) -> None:
    train_into(folder, config(), frames=1, progress=False)
    with pytest.raises(ValueError, match="seed must be one of 0, 3, got 1"):
        stored_generator(folder.path, 1)


def test_tensorboard_is_asked_for_by_name(folder: RunFolder) -> None:
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(ValueError, match="needs tensorboard: pip install tensorboard"):
            Recorder(folder, config(), "tensorboard")
    else:
        train_into(folder, config(), frames=2, log="tensorboard", progress=False)
        assert list((folder.path / "tensorboard").glob("events.*"))
