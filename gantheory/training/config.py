"""Settings of a training run, checked before any work starts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any

import torch

from gantheory.datasets import GaussianMixture, ring
from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import NUMERICS
from gantheory.training.networks import check_activation
from gantheory.training.seeding import normalized_seeds

_DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """Settings of `fit_discriminator`.

    Attributes:
        seeds: independent repetitions: initial weights and samples.
        hidden: widths of the hidden layers.
        activation: smooth by default, because D* and its gradient are.
        steps: Adam steps, each on fresh samples.
        batch: samples of each distribution per step and seed.
        learning_rate: at the start; falls to zero along a half cosine.
        average: share of the steps, at the end, over which weights are averaged (Polyak); 0 keeps the last.
        dtype: "float32" or "float64" for training; scores are evaluated in float64 either way.
    """

    seeds: Iterable[int] = range(4)
    hidden: tuple[int, ...] = (32, 32, 32)
    activation: str = "silu"
    steps: int = 1500
    batch: int = 256
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
        torch_dtype(self.dtype)


@dataclass(frozen=True, kw_only=True)
class RingConfig:
    """Settings of a GAN on a 2-D mixture; the defaults are the published ring protocol.

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.

    Attributes:
        objective: the game; its torch losses train both players. Not one over a critic class, such as
        wgan().
        seeds: independent runs: initial weights, batch order and noise.
        mixture: the data distribution.
        epochs: passes over the training set.
        batch: the last batch of an epoch is smaller where the training set is not a multiple.
        train_samples, test_samples: sizes of the training set and of the samples for metrics.
        data_seed: the training set is drawn once from this seed, the same for all runs.
        latent: dimension of the standard normal noise.
        discriminator_hidden, generator_hidden: widths of the hidden layers.
        discriminator_activation, generator_activation: names in `networks.ACTIVATIONS`.
        learning_rate: Adam's, for the discriminator, and for the generator unless `generator_learning_rate`
            is given.
        betas: Adam's.
        numerics: "stable" or "clamped", as in `Objective.torch_losses`.
        max_steps: stop after so many steps; None for all epochs.
        log_every: steps between two rows of the history.
        device: where to train, such as "cpu" or "cuda".
        dtype: "float32" or "float64".
    """

    objective: Objective
    seeds: Iterable[int] = range(8)
    mixture: GaussianMixture = field(default_factory=ring)
    epochs: int = 400
    batch: int = 128
    train_samples: int = 50_000
    test_samples: int = 25_000
    data_seed: int = 0
    latent: int = 2
    discriminator_hidden: tuple[int, ...] = (200, 200, 200, 200)
    generator_hidden: tuple[int, ...] = (400, 400, 400, 400)
    discriminator_activation: str = "leaky_relu"
    generator_activation: str = "relu"
    learning_rate: float = 1e-4
    generator_learning_rate: float | None = None
    betas: tuple[float, float] = (0.9, 0.99)
    numerics: str = "stable"
    max_steps: int | None = None
    log_every: int = 50
    device: str = "cpu"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        if not isinstance(self.objective, Objective):
            raise TypeError(
                f"objective must be a gantheory Objective such as vanilla(), got {self.objective!r}"
            )
        check_unconstrained(self.objective)
        if not isinstance(self.mixture, GaussianMixture):
            raise TypeError(f"mixture must be a GaussianMixture such as ring(), got {self.mixture!r}")
        object.__setattr__(self, "seeds", normalized_seeds(self.seeds))
        for name in ("epochs", "batch", "train_samples", "test_samples", "latent", "log_every"):
            check_count(getattr(self, name), name)
        if self.batch > self.train_samples:
            raise ValueError(f"batch must be at most train_samples = {self.train_samples}, got {self.batch}")
        if self.max_steps is not None:
            check_count(self.max_steps, "max_steps")
        if not isinstance(self.data_seed, Integral) or isinstance(self.data_seed, bool) or self.data_seed < 0:
            raise ValueError(f"data_seed must be a nonnegative integer, got {self.data_seed!r}")
        for name in ("discriminator_hidden", "generator_hidden"):
            object.__setattr__(self, name, checked_widths(getattr(self, name), name))
        for name in ("discriminator_activation", "generator_activation"):
            check_activation(getattr(self, name))
        check_positive(self.learning_rate, "learning_rate")
        if self.generator_learning_rate is not None:
            check_positive(self.generator_learning_rate, "generator_learning_rate")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {self.betas}")
        if self.numerics not in NUMERICS:
            raise ValueError(f"numerics must be one of {', '.join(NUMERICS)}, got {self.numerics!r}")
        torch_dtype(self.dtype)
        check_device(self.device)

    @property
    def steps(self) -> int:
        """Number of training steps: each one discriminator step, then one generator step."""
        total = self.epochs * math.ceil(self.train_samples / self.batch)
        return total if self.max_steps is None else min(total, self.max_steps)

    def columns(self) -> dict[str, Any]:
        """The settings as columns of a table: numbers and text, without the seeds."""
        skipped = {"seeds", "objective", "mixture"}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in skipped}
        plain = {name: str(value) if isinstance(value, tuple) else value for name, value in plain.items()}
        return {"objective": self.objective.name, "mixture": self.mixture.name, **plain}


def torch_dtype(name: str) -> torch.dtype:
    """The torch dtype called "float32" or "float64"; ValueError for another."""
    if name not in _DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(_DTYPES)}, got {name!r}")
    return _DTYPES[name]


def check_device(name: str) -> None:
    """Raise ValueError unless the device exists here."""
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ValueError(f'device must be a PyTorch device such as "cpu" or "cuda", got {name!r}') from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f'device {name!r} was asked for, but PyTorch finds no CUDA device here; use "cpu"')


def check_unconstrained(objective: Objective) -> None:
    """Raise ValueError for an objective over a critic class: networks here are under no constraint."""
    if objective.critic is not None:
        raise ValueError(
            f"objective {objective} needs a critic class ({objective.critic}), and networks here have no "
            "such constraint: its supremum is infinite; use its torch_losses() with a constrained network"
        )


def checked_widths(widths: Iterable[int], name: str) -> tuple[int, ...]:
    """The widths as a tuple; ValueError unless they are positive integers."""
    listed = tuple(widths) if isinstance(widths, Iterable) else (widths,)
    if not listed or any(not isinstance(n, Integral) or isinstance(n, bool) or n < 1 for n in listed):
        raise ValueError(f"{name} must be positive integers, one per hidden layer, got {widths!r}")
    return tuple(int(n) for n in listed)


def check_count(value: Any, name: str) -> None:
    """Raise ValueError unless `value` is a positive integer."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a positive integer, got {value!r}")


def check_positive(value: Any, name: str) -> None:
    """Raise ValueError unless `value` is a number in (0, inf)."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) < math.inf:
        raise ValueError(f"{name} must be in (0, inf), got {value!r}")


def quick_ring(objective: Objective, seeds: Iterable[int] = range(8), **changes: Any) -> RingConfig:
    """The ring at reduced size: seconds and not hours on two cores.

    Narrower networks, fewer training samples, a larger learning rate and 4,000 steps in place of 156,400.
    `changes` are fields of `RingConfig`.
    """
    reduced: dict[str, Any] = {
        "epochs": 100,
        "train_samples": 5_000,
        "test_samples": 5_000,
        "discriminator_hidden": (64, 64, 64),
        "generator_hidden": (64, 64),
        "learning_rate": 5e-4,
    }
    return RingConfig(objective=objective, seeds=seeds, **{**reduced, **changes})
