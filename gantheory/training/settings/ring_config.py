"""Settings of a training run, checked before any work starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal

from gantheory.datasets import GaussianMixture, ring
from gantheory.objectives import Objective
from gantheory.training.checks import (
    check_activation,
    check_count,
    check_dtype,
    check_positive,
    check_precision,
    checked_widths,
)
from gantheory.training.seeding import normalized_seeds
from gantheory.training.settings.gan_settings import GanSettings

LATTICE_REACH = 6.0
"""Standard deviations around every center that a lattice covers; 2e-9 of a Gaussian lies outside in each
coordinate."""


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """Settings of `fit_discriminator`.

    Attributes:
        seeds: independent repetitions: initial weights and samples.
        hidden: widths of the hidden layers.
        activation: smooth by default, because D* and its gradient are.
        steps: Adam steps, each on fresh samples.
        batch: samples of each distribution per step and seed; nodes where `expectations` is "lattice".
        expectations: "samples", fresh ones at every step; or "lattice", weighted sums over randomly shifted
            nodes (`gantheory.training.inputs.lattice`), which needs densities: two of `GaussianMixture`.
        learning_rate: at the start; falls to zero along a half cosine.
        average: share of the steps, at the end, over which weights are averaged (Polyak); 0 keeps the last.
        dtype: "float32" or "float64" for training; scores are evaluated in float64 either way.
    """

    seeds: Iterable[int] = range(4)
    hidden: tuple[int, ...] = (32, 32, 32)
    activation: str = "silu"
    steps: int = 1500
    batch: int = 256
    expectations: Literal["samples", "lattice"] = "samples"
    learning_rate: float = 0.02
    average: float = 0.25
    dtype: str = "float32"
    log_every: int = 25

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", normalized_seeds(self.seeds))
        object.__setattr__(self, "hidden", checked_widths(self.hidden, "hidden"))
        check_activation(self.activation)
        for name in ("steps", "batch", "log_every"):
            check_count(getattr(self, name), name)
        check_positive(self.learning_rate, "learning_rate")
        if not isinstance(self.average, Real) or not 0 <= self.average <= 1:
            raise ValueError(f"average must be in [0, 1], got {self.average!r}")
        check_dtype(self.dtype)


@dataclass(frozen=True, kw_only=True)
class RingConfig(GanSettings):
    """Settings of a GAN on a 2-D mixture; the defaults are the published ring protocol.

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.

    Attributes:
        objective: the game, or a sequence of games, such as all cells of a table; their torch losses train
            both players. Not one over a critic class, such as wgan().
        seeds: independent runs of each objective: initial weights, order of the data and of the noise. Seed k
            starts from the same weights and sees the same data under every objective.
        mixture: the data distribution.
        epochs: passes over the training set.
        batch: the last batch of an epoch is smaller where the training set is not a multiple.
        train_samples, test_samples: sizes of the training set and of the samples for metrics.
        data_seed: the training set is drawn once from this seed, the same for all runs.
        latent: dimension of the standard normal noise.
        fresh_noise: whether every batch gets noise that was never used before. If not, noise is a training
            set too, as in the published code: `train_samples` points, drawn once from `data_seed` and the
            same for all runs, which each seed goes through in its own order.
        discriminator_hidden, generator_hidden: widths of the hidden layers.
        discriminator_activation, generator_activation: names in `networks.ACTIVATIONS`.
        learning_rate: Adam's, for the discriminator, and for the generator unless `generator_learning_rate`
            is given.
        betas: Adam's.
        numerics: "stable" or "clamped", as in `Objective.torch_losses`.
        max_steps: stop after so many steps; None for all epochs.
        log_every: steps between two rows of the history.
        device: where to train, such as "cpu" or "cuda".
        dtype: "float32" or "float64", of weights and of everything but matrix products.
        precision: of the factors of matrix products in training: "float32" (the dtype), "tf32" (CUDA only)
            or "bfloat16"; sums, weights and Adam's state stay in the dtype. Metrics are never reduced.
    """

    objective: Objective | Sequence[Objective]
    mixture: GaussianMixture = field(default_factory=ring)
    epochs: int = 400
    batch: int = 128
    train_samples: int = 50_000
    test_samples: int = 25_000
    latent: int = 2
    fresh_noise: bool = False
    discriminator_hidden: tuple[int, ...] = (200, 200, 200, 200)
    generator_hidden: tuple[int, ...] = (400, 400, 400, 400)
    discriminator_activation: str = "leaky_relu"
    generator_activation: str = "relu"
    learning_rate: float = 1e-4
    log_every: int = 50
    precision: str = "float32"

    def __post_init__(self) -> None:
        self._check()
        if self.batch > self.train_samples:
            raise ValueError(f"batch must be at most train_samples = {self.train_samples}, got {self.batch}")
        for name in ("discriminator_hidden", "generator_hidden"):
            object.__setattr__(self, name, checked_widths(getattr(self, name), name))
        for name in ("discriminator_activation", "generator_activation"):
            check_activation(getattr(self, name))
        check_precision(self.precision, self.dtype, self.device)

    @property
    def title(self) -> str:
        """For a progress bar."""
        return "ring"

    @property
    def steps(self) -> int:
        """Number of training steps: each one discriminator step, then one generator step."""
        return self._steps_over(math.ceil(self.train_samples / self.batch))

    def columns(self) -> dict[str, Any]:
        """The settings as columns of a table: numbers and text, without objectives and seeds."""
        return {"mixture": self.mixture.name, **self._columns({"mixture"})}

    def to_dict(self) -> dict[str, Any]:
        """Everything that determines the result, as JSON can hold it; `from_dict` is the inverse.

        Objectives become text that `gantheory.objectives.from_spec` reads, the mixture its name and
        parameters, tuples become lists.

        Raises:
            ValueError: an objective that no text stands for.
        """
        return {**self._plain(), "mixture": self.mixture.to_dict()}

    @classmethod
    def _read(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        given = super()._read(settings)
        if isinstance(given.get("mixture"), Mapping):
            given["mixture"] = GaussianMixture.from_dict(given["mixture"])
        return given


def quick_ring(
    objective: Objective | Sequence[Objective], seeds: Iterable[int] = range(8), **changes: Any
) -> RingConfig:
    """The ring at reduced size: seconds and not hours on two cores.

    Narrower networks, fewer training samples, a larger learning rate and 4,000 steps in place of 156,400.
    Noise is fresh: 5,000 points of it would be a coarser set than the published 50,000. `changes` are fields
    of `RingConfig`.
    """
    reduced: dict[str, Any] = {
        "epochs": 100,
        "train_samples": 5_000,
        "test_samples": 5_000,
        "fresh_noise": True,
        "discriminator_hidden": (64, 64, 64),
        "generator_hidden": (64, 64),
        "learning_rate": 5e-4,
    }
    return RingConfig(objective=objective, seeds=seeds, **{**reduced, **changes})
