"""What holds for every remedy: members stay apart, text and dictionaries, limits, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gantheory.datasets import ring
from gantheory.objectives import alpha_gan, hinge, lsgan, relativistic, vanilla, wgan
from gantheory.training import GanConfig, train_run
from gantheory.training.remedies import (
    REMEDIES,
    GradientPenalty,
    Remedy,
    SpectralNorm,
    checked_remedies,
    remedy_from_dict,
    remedy_from_text,
    remedy_to_dict,
)
from gantheory.training.remedies.compatibility import goes_with, kinds, table


@dataclass(frozen=True)
class Pull(Remedy):
    """A user's own: scores towards zero at the data."""

    strength: float = 1.0

    def penalty(self, score: Any, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.strength * score(real).square().mean()


LATE = {"adaptive_l2", "margin_skip", "loss_balance", "clipping"}
"""Which do nothing in a few steps from the start."""

OWN = f"{__name__}:Pull(0.5)"


@pytest.mark.parametrize("text", [*REMEDIES, OWN])
def test_a_seed_beside_others_is_that_seed_alone(game: Callable[..., GanConfig], text: str) -> None:
    config = game(remedies=[text], discriminator_steps=2, max_steps=3, seeds=range(2))
    together, alone = (train_run(each, progress=False) for each in (config, replace(config, seeds=[1])))
    np.testing.assert_allclose(together.samples[1], alone.samples[0], rtol=1e-9, atol=1e-12)
    assert not together.table["diverged"].any()
    plain = train_run(replace(config, remedies=()), progress=False)
    if text not in LATE:
        assert not np.allclose(together.samples[1], plain.samples[1], rtol=1e-9)


NOTHING = [
    "r1(0)", "r2(0)", "gradient_penalty(0)", "dragan(0)", "lsgan_penalty(0)", "clipping(inf)",
    "gap_aware(most=1, least=1)", "adaptive_l2(step=0)", "margin_skip(0)", "label_smoothing(1)",
    "noisy_labels(1, 1, 0, 0)", "flipped_labels(0)", "instance_noise(0)", "experience_replay(rate=0)",
    "loss_balance(-9, -9)", "pulling_away(0)", "reverse_kl(0)",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_a_remedy_of_no_strength_is_plain_training(game: Callable[..., GanConfig], text: str) -> None:
    plain = game(seeds=range(2))
    with_remedy = train_run(replace(plain, remedies=[text]), progress=False)
    np.testing.assert_allclose(
        with_remedy.samples, train_run(plain, progress=False).samples, rtol=1e-11, atol=1e-13
    )


def test_the_spectral_norm_of_unit_weights_is_plain() -> None:
    # Its limit: matrices of norm 1, such as one row.
    w = torch.tensor([[0.6, 0.8]], dtype=torch.float64)
    memory = SpectralNorm().start([w], (2,), vanilla())
    torch.testing.assert_close(SpectralNorm().reparametrize([w], memory)[0], w)


def test_all_remedies_have_text_and_a_dictionary(game: Callable[..., GanConfig]) -> None:
    config = game(remedies=[name for name in REMEDIES if name != "gap_aware"] + [OWN, "r1(1/8)"])
    written = json.loads(json.dumps(config.to_dict()))
    assert GanConfig.from_dict(written).remedies == config.remedies
    assert config.remedies[-1].gamma == 0.125
    written["remedies"] = ["r1(0.1)", OWN]
    assert [type(each).__name__ for each in GanConfig.from_dict(written).remedies] == ["R1", "Pull"]
    assert remedy_from_dict(remedy_to_dict(remedy_from_text(OWN))) == remedy_from_text(OWN)
    assert GanConfig.from_dict({**written, "remedies": "r1(2)"}).remedies[0].gamma == 2


def test_a_class_inside_a_function_has_no_text() -> None:
    class Hidden(Pull):
        pass

    with pytest.raises(ValueError, match="has no text form"):
        remedy_to_dict(Hidden())
    with pytest.raises(ValueError, match="its class must be a frozen dataclass"):
        remedy_to_dict(Remedy())


def normalised() -> tuple[nn.Module, nn.Module]:
    """Batch norm in the discriminator."""
    return nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"objective": relativistic(), "remedies": ["label_smoothing"]}, "compares pairs of scores"),
        ({"objective": wgan(), "remedies": ["clipping", "flipped_labels"]}, "a shift of all scores"),
        ({"objective": wgan(), "remedies": ["clipping", "gap_aware"]}, r"whose ideal loss is 0: gap"),
        ({"objective": wgan(), "remedies": ["r1"]}, "needs a critic class"),
        ({"remedies": ["gap_aware", "noisy_labels"]}, "ideal loss at true labels"),
        ({"objective": lsgan(), "remedies": ["margin_skip"]}, "margin_skip needs scores that are logits"),
        ({"objective": lsgan(), "remedies": ["reverse_kl"]}, "needs a best score of log"),
        ({"objective": relativistic(), "remedies": ["reverse_kl"]}, "needs a best score of log"),
        ({"objective": hinge(), "remedies": ["adaptive_l2"]}, "adaptive_l2 needs scores that are logits"),
        ({"objective": relativistic(), "remedies": ["margin_skip"]}, "scores that are logits"),
        ({"networks": f"{__name__}:normalised", "remedies": ["r1"]}, r"depends on the other rows too"),
        ({"remedies": ["acgan(1)"]}, "remedy 'acgan': acgan is a variant. It must be one of r1, "),
        ({"variant": "r1"}, "variant 'r1': r1 is a remedy. It must be one of cgan, "),
        ({"remedies": ["r3"]}, "remedy must be one of r1, r2, .*, or module:Class, got 'r3'"),
        ({"remedies": ["r1(gama=1)"]}, r"the call is r1\(gamma=0.1\)"),
        ({"remedies": ["no_such_module:R(1)"]}, "module no_such_module cannot be imported"),
        ({"remedies": [f"{__name__}:normalised"]}, "must name a subclass of gantheory.training"),
        ({"remedies": ["r1(__import__('os'))"]}, "is not a number, inf, True, False or quoted text"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_one_line(
    game: Callable[..., GanConfig], changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        game(**changes)
    assert "\n" not in str(caught.value)


def test_gap_aware_goes_with_a_scale_and_penalties_with_other_norms(game: Callable[..., GanConfig]) -> None:
    game(objective=wgan(), remedies=["spectral_norm", "gap_aware(scale=0.1)"])
    game(objective=relativistic(average=False), remedies=["r1", "r2", "gap_aware"])
    game(objective=[alpha_gan(1, 2), lsgan()], remedies=["gap_aware"])
    game(networks=f"{__name__}:normalised", remedies=["spectral_norm", "instance_noise"])
    game(remedies=[GradientPenalty(1)])


def test_the_page_has_the_table_of_what_goes_with_what() -> None:
    page = Path(__file__).parents[3] / "docs" / "remedies.md"
    assert table() in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", REMEDIES)
@pytest.mark.parametrize("objective", kinds().values(), ids=list(kinds()))
def test_what_the_table_allows_trains(game: Callable[..., GanConfig], name: str, objective: Any) -> None:
    verdict = goes_with(REMEDIES[name](), objective)
    if verdict.startswith("no"):
        with pytest.raises(ValueError):
            game(objective=objective, remedies=["spectral_norm", name])
        return
    remedies = [name] if verdict in ("yes", "enforces it") else ["spectral_norm", name]
    run = train_run(game(objective=objective, remedies=remedies, max_steps=2, seeds=[0]), progress=False)
    assert not run.table["diverged"].any() and np.isfinite(run.samples).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", REMEDIES)
def test_each_trains_on_the_ring(name: str) -> None:
    config = GanConfig(
        objective=vanilla(saturating=False),
        data=ring(),
        networks="mlp(width=32, depth=2)",
        remedies=[name],
        latent=2,
        batch=64,
        train_samples=2000,
        test_samples=500,
        seeds=[0],
        max_steps=150,
    )
    run, start = (train_run(each, progress=False) for each in (config, replace(config, max_steps=1)))
    assert not run.table["diverged"].any() and np.isfinite(run.samples).all()
    assert np.abs(run.samples - start.samples).mean() > 0.1


def test_a_resumed_run_remembers(game: Callable[..., GanConfig], tmp_path: Path) -> None:
    remedies = ["experience_replay(5)", "spectral_norm", "adaptive_l2", "margin_skip", "gap_aware"]
    config = game(remedies=remedies, dtype="float32", epochs=4, max_steps=9)
    whole = train_run(config, progress=False)

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    path = tmp_path / "state"
    with pytest.raises(KeyboardInterrupt):
        train_run(config, progress=stop, checkpoint=path, checkpoint_seconds=1e-9)
    assert path.exists()
    resumed = train_run(config, progress=False, checkpoint=path)
    np.testing.assert_array_equal(resumed.samples, whole.samples)


def test_a_remedy_named_twice_is_refused() -> None:
    assert len(checked_remedies(["r1(0.1)", "r1(0.2)", "r2(0.1)"])) == 3
    with pytest.raises(ValueError, match=r"remedies must hold each remedy once, got R1.* 2 times"):
        checked_remedies(["r1(0.1)", "r2(0.1)", {"name": "r1", "gamma": 0.1}])


def test_a_field_that_a_remedy_does_not_have_is_named_with_those_that_it_has() -> None:
    with pytest.raises(ValueError, match=r"remedy 'r1': got an unexpected .*'weight'; the call is r1\(gamma"):
        remedy_from_dict({"name": "r1", "weight": 1.0})
