"""What holds for every variant: members stay apart, text and dictionaries, graphs, refusals, runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from gantheory.objectives import ebgan, from_spec, lsgan, relativistic, vanilla, wgan
from gantheory.training import GanConfig, train_run
from gantheory.training.remedies.compatibility import goes_with, kinds
from gantheory.training.variants import VARIANTS, Seen, Variant, checked_variant
from gantheory.training.variants.compatibility import table


@dataclass(frozen=True)
class Doubled(Variant):
    """A user's own: the discriminator's loss twice."""

    factor: float = 2.0

    def discriminator_loss(self, loss: Tensor, real: Seen, fake: Seen, given: Any, memory: Any) -> Tensor:
        """See `Variant`."""
        return self.factor * loss


OWN = f"{__name__}:Doubled(3)"
PICTURES: dict[str, Any] = {"data": "digits", "networks": "dcgan(4)"}
ALL = [*VARIANTS, OWN]


@pytest.fixture
def of(game: Callable[..., GanConfig]) -> Callable[..., GanConfig]:
    """A small game of a variant with its own objective, on points or on pictures if it needs them."""

    def config(name: str, **changes: Any) -> GanConfig:
        kind = VARIANTS.get(name.partition("(")[0], Variant)
        needs = PICTURES if kind.pictures else {}
        return game(**{"variant": name, "objective": from_spec(kind.objective), **needs, **changes})

    return config


@pytest.mark.slow_cases("lapgan")
@pytest.mark.parametrize("name", ALL)
def test_a_seed_beside_others_is_that_seed_alone(of: Callable[..., GanConfig], name: str) -> None:
    config = of(name, discriminator_steps=2, max_steps=3, seeds=range(2))
    together, alone = (train_run(each, progress=False) for each in (config, replace(config, seeds=[1])))
    np.testing.assert_allclose(together.samples[1], alone.samples[0], rtol=1e-9, atol=1e-12)
    assert not together.table["diverged"].any()


@pytest.mark.parametrize("name", ALL)
def test_text_and_dictionaries(of: Callable[..., GanConfig], name: str) -> None:
    config = of(name)
    written = json.loads(json.dumps(config.to_dict()))
    assert GanConfig.from_dict(written).variant == config.variant
    assert "variant" not in replace(config, variant=None, objective=vanilla()).to_dict()
    assert type(config.variant).__name__ in config.columns()["variant"]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_reads_no_number(
    of: Callable[..., GanConfig], forbidden_calls: Callable[[GanConfig], set[str]], name: str
) -> None:
    assert not forbidden_calls(of(name))


def unheaded() -> tuple[nn.Module, nn.Module]:
    """A generator that takes a label, and a discriminator of scores alone."""

    class Told(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, noise: Tensor, label: Tensor) -> Tensor:
            return self.layer(noise) + 0 * label[:, :1]

    return Told(), nn.Linear(2, 1)


ARRAY = np.random.default_rng(0).normal(size=(20, 2))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"variant": "acgan", "data": ARRAY}, "variant ACGAN needs data with labels, and .* has none"),
        ({"variant": "acgn"}, "variant 'acgn': did you mean 'acgan' or 'cgan'. It must be one of cgan, "),
        ({"variant": "acgan(-1)"}, r"weight must be in \[0, inf\), got -1"),
        ({"variant": "cgan(0)"}, "embedding must be a positive integer"),
        ({"variant": "infogan(1)"}, "categories must be 0 or an integer of at least 2, got 1"),
        ({"variant": "infogan(0, 0)"}, "must not both be 0"),
        ({"variant": "lapgan"}, "variant LAPGAN takes pictures .* of even sides, got data of shape"),
        ({"variant": "ebgan"}, "needs scores that are energies"),
        ({"variant": "mdgan", "objective": lsgan()}, "mdgan needs scores that are logits"),
        ({"variant": "began(2)", "objective": wgan()}, "diversity must be in"),
        ({"variant": "coulomb(0)", "objective": wgan()}, "exponent must be"),
        (
            {"variant": "vral", "objective": lsgan(-1, 1, 1), "remedies": ["gap_aware"]},
            "needs the objective's discriminator loss, which VRAL replaces",
        ),
        ({"variant": "cgan", "remedies": ["experience_replay"]}, "belong to what they were made from"),
        ({"variant": "acgan", "networks": f"{__name__}:unheaded"}, "do not return what ACGAN reads"),
        ({"variant": "cgan", "networks": f"{__name__}:unheaded"}, r"cannot take .* beside \(n, 8\)"),
        ({"variant": f"{__name__}:unheaded"}, "must name a subclass of gantheory.training.variants.Variant"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_one_line(game: Callable[..., GanConfig], changes: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        game(**changes)
    assert "\n" not in str(caught.value)


def test_a_variant_is_text_or_an_object(game: Callable[..., GanConfig]) -> None:
    with pytest.raises(TypeError, match="variant must be text such as 'acgan"):
        game(variant=7)


def test_variants_go_with_remedies_and_pairs(game: Callable[..., GanConfig]) -> None:
    game(variant="cgan", remedies=["r1", "instance_noise"], objective=relativistic())
    game(variant="acgan", remedies=["gap_aware", "r2"], objective=[lsgan(), vanilla()])
    game(variant="infogan", remedies=["gradient_penalty"], objective=wgan())


def test_the_page_has_the_table_of_what_goes_with_what() -> None:
    page = Path(__file__).parents[3] / "docs" / "variants.md"
    assert table() in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("objective", kinds().values(), ids=list(kinds()))
def test_what_the_table_allows_trains(of: Callable[..., GanConfig], name: str, objective: Any) -> None:
    verdict = goes_with(VARIANTS[name](), objective)
    if verdict.startswith("no"):
        with pytest.raises(ValueError):
            of(name, objective=objective, remedies=["spectral_norm"])
        return
    remedies = [] if verdict in ("yes", "enforces it") else ["spectral_norm"]
    run = train_run(of(name, objective=objective, remedies=remedies, max_steps=2), progress=False)
    assert not run.table["diverged"].any() and np.isfinite(run.samples).all()


SHORT: dict[str, dict[str, Any]] = {
    "ebgan": {"objective": ebgan(3), "max_steps": 1200},  # of seeds 0, 1 and 2 one only after 400
    "began": {"variant": "began(gain=0.05, code=16)"},
    "lapgan": {"variant": "lapgan(8)"},
}
"""What brings a variant nearer in few steps, where the defaults, for larger pictures, do not."""


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_each_comes_nearer_to_the_digits(of: Callable[..., GanConfig], name: str) -> None:
    given: dict[str, Any] = {
        "data": "digits", "networks": "mlp(width=64, depth=2)", "latent": 8, "batch": 64, "epochs": 100,
        "seeds": [0], "test_samples": 500, "max_steps": 400, "dtype": "float32", "learning_rate": 1e-3,
        "betas": (0.5, 0.999), **SHORT.get(name, {}),
    }  # fmt: skip
    config = of(name, **given)
    run, start = (train_run(each, progress=False) for each in (config, replace(config, max_steps=1)))
    assert not run.table["diverged"].any() and np.isfinite(run.samples).all()
    assert run.table["energy_distance"][0] < 0.95 * start.table["energy_distance"][0]


PUBLISHED = {
    "cgan": "cgan(embedding=8)",
    "acgan": "acgan(weight=1, embedding=8)",
    "infogan": "infogan(categories=10, continuous=2, weight=1)",
    "ebgan": "ebgan(pulling_away=0.1, code=16)",
    "began": "began(diversity=0.5, gain=0.001, code=64)",
    "vaegan": "vaegan(weight=0.1, deviation=1)",
    "lapgan": "lapgan(width=128)",
    "coulomb": "coulomb(exponent=1, epsilon=1)",
    "mdgan": "mdgan(code=9, deviation=0.5, radius=0.94357)",
    "pgan": "pgan(code=9, deviation=0.5)",
    "vral": "vral(width=28)",
}
"""Numbers of the papers and of the authors' code, where there are some."""


@pytest.mark.parametrize("name", VARIANTS)
def test_defaults_are_those_of_the_sources(name: str) -> None:
    assert checked_variant(name) == checked_variant(PUBLISHED[name])


@pytest.mark.parametrize("name", ["acgan", "began", "vral"])
def test_a_resumed_run_remembers(of: Callable[..., GanConfig], tmp_path: Path, name: str) -> None:
    config = of(name, dtype="float32", epochs=4, max_steps=9)
    whole = train_run(config, progress=False)

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    path = tmp_path / "state"
    with pytest.raises(KeyboardInterrupt):
        train_run(config, progress=stop, checkpoint=path, checkpoint_seconds=1e-9)
    np.testing.assert_array_equal(train_run(config, progress=False, checkpoint=path).samples, whole.samples)
