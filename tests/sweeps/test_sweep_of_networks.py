"""Sweeps of `GanConfig`s: read, run, stored, skipped, grown; the published one of Stacked MNIST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

import gantheory
from gantheory.sweeps import RunStore, Serial, Sweep, run
from gantheory.sweeps.unit import missing
from gantheory.training import GanConfig, train
from gantheory.training.remedies import R1, GapAware, WeightClipping

EXPERIMENTS = Path(gantheory.__file__).parent.parent / "experiments"


def build() -> tuple[nn.Module, nn.Module]:
    """Small perceptrons."""
    generator = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
    return generator, nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))


def content(**changes: Any) -> dict[str, Any]:
    """What the TOML file of a tiny sweep holds."""
    train = {
        "networks": f"{__name__}:build",
        "latent": 3,
        "epochs": 2,
        "train_samples": 128,
        "test_samples": 50,
        "remedies": [{"name": "clipping", "bound": 0.5}],
    }
    grid = {"alpha_d": [1], "alpha_g": [1, 2], "saturating": [False]}
    return {"seeds": 4, "block": 2, "train": train, "mixture": {"name": "ring"}, "grid": grid, **changes}


def test_units_are_gan_configs_and_come_back() -> None:
    units = Sweep.from_dict(content()).units()
    assert [unit.seeds for unit in units] == [[0, 1], [2, 3]] * 2
    config = GanConfig.from_dict(units[0].config)
    assert config.remedies == (WeightClipping(0.5),) and config.to_dict() == units[0].config
    assert units[0].work == 2 * config.steps


def test_remedies_as_text_and_over_a_grid() -> None:
    grid = {"objective": ["vanilla"], "remedies": [[], ["r1(0.1)"], ["r1(0.1)", "gap_aware()"]]}
    found = [
        GanConfig.from_dict(unit.config).remedies for unit in Sweep.from_dict(content(grid=grid)).units()
    ]
    assert found[::2] == [(), (R1(0.1),), (R1(0.1), GapAware())]
    for one in (["r2(1)"], []):
        (unit, _) = Sweep.from_dict(content(grid={"objective": ["vanilla"], "remedies": one})).units()
        assert len(unit.config["remedies"]) == len(one)


def test_a_sweep_is_stored_skipped_and_grows(tmp_path: Path) -> None:
    sweep = Sweep.from_dict(content())
    outcome = run(sweep, tmp_path, executor=Serial())
    assert outcome.complete and outcome.finished == 4
    again = run(sweep, tmp_path, executor=Serial())
    assert (again.skipped, again.finished) == (4, 0)
    more = Sweep.from_dict(content(seeds=5, block=5)).units()
    left = missing(more, RunStore(tmp_path).records())
    assert [unit.seeds for unit in left] == [[4], [4]]
    table = RunStore(tmp_path).table()
    direct = train(GanConfig.from_dict(sweep.units()[0].config), progress=False)
    rows = table[table["unit"] == sweep.units()[0].key]
    np.testing.assert_array_equal(
        rows["discriminator_loss"].to_numpy(), direct["discriminator_loss"].to_numpy()
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"train": {"networks": "stacked_mnits"}}, "did you mean"),
        (
            {"train": {"networks": "stacked_mnist", "fresh_noise": True}},
            "unknown key of .train. 'fresh_noise'",
        ),
        ({"train": {"data": "stacked_mnist"}}, "the data are named twice"),
    ],
)
def test_what_is_wrong_is_one_line(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        Sweep.from_dict(content(**changes)).units()
    assert "\n" not in str(caught.value)


def test_precision_is_the_rings() -> None:
    with pytest.raises(ValueError, match=r"precision must be float32 for networks of one's own, got 'tf32'"):
        Sweep.from_dict(content()).units(precision="tf32")


def test_the_published_stacked_mnist_runs() -> None:
    units = Sweep.read(EXPERIMENTS / "stacked_mnist.toml").units()
    settings = [(unit.config["objective"], unit.config["learning_rate"]) for unit in units]
    assert settings == [
        *((f"alpha_gan(1, {alpha}, saturating=False)", 2e-3) for alpha in ("1", "6/5", "3/2", "2")),
        ("lsgan(0, 1, 1)", 2e-3),
        *((f"alpha_gan(1, {alpha}, saturating=False)", 2e-3) for alpha in ("1", "6/5", "2")),  # clamped
        *((f"alpha_gan({pair}, saturating=False)", 1e-3) for pair in ("1, 1", "1, 2", "2, 1")),
    ]
    for unit in units:
        protocol = {
            "epochs": 50,
            "batch": 64,
            "train_samples": 100_000,
            "test_samples": 25_000,
            "latent": 100,
        }
        protocol |= {"betas": [0.9, 0.99], "networks": "stacked_mnist", "data": "stacked_mnist"}
        assert {name: unit.config[name] for name in protocol} == protocol
        assert len(unit.seeds) >= 8


def test_folders_and_named_networks_are_settings_of_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setenv("GANTHEORY_CACHE", str(tmp_path / "cache"))
    faces = tmp_path / "faces"
    faces.mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (9, 12, 10, 3), dtype=np.uint8)):
        image.fromarray(pixels).save(faces / f"{k}.png")
    train = {"data": {"folder": str(faces), "size": 8}, "networks": "dcgan(width=4)", "latent": 3, "batch": 4}
    settings = {"seeds": 2, "train": {**train, "max_steps": 2, "test_samples": 5}}
    sweep = Sweep.from_dict({**settings, "grid": {"alpha_d": [1], "alpha_g": [1], "saturating": [False]}})
    (unit,) = sweep.units()
    assert unit.config["networks"] == "dcgan(width=4)" and unit.config["data"]["size"] == 8
    assert run(sweep, tmp_path / "store", executor=Serial()).finished == 1
    assert run(sweep, tmp_path / "store", executor=Serial()).skipped == 1
    (faces / "8.png").unlink()  # other pictures are another setting
    assert run(sweep, tmp_path / "store", executor=Serial()).finished == 1
