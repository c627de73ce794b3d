"""A discriminator trained against two fixed distributions, with fresh samples at every step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import BatchLosses, batch_losses, onto_domain
from gantheory.support.progress import Progress, reporting
from gantheory.training.checks import check_unconstrained, torch_dtype
from gantheory.training.inputs.lattice import Lattice
from gantheory.training.inputs.sampling import Sampler, sampler
from gantheory.training.networks import StackedMLP
from gantheory.training.seeding import generator
from gantheory.training.settings.ring_config import DiscriminatorConfig

_POINTS_AT_ONCE = 16_384
_SAMPLES_AT_ONCE = 32_768


@dataclass(frozen=True, eq=False)
class FittedDiscriminator:
    """Discriminators trained on one objective, one per seed.

    Attributes:
        objective, config: what was trained, and how.
        dimension: d, of the points.
        history: DataFrame with step, seed and loss, the discriminator's on that step's batch.
        seconds: wall time of the training.
    """

    objective: Objective
    config: DiscriminatorConfig
    dimension: int
    history: pd.DataFrame
    seconds: float
    _network: StackedMLP
    _center: NDArray[np.float64]
    _scale: NDArray[np.float64]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds in the order of the first axis of all results."""
        return self._network.seeds

    def scores(self, x: ArrayLike) -> NDArray[np.float64]:
        """Trained scores v(x), shape (seeds, n), at points x of shape (n, d), or (n,) where d = 1.

        Raises:
            ValueError: wrong shape, or a coordinate that is not finite.
        """
        points = self._points(x)
        with torch.no_grad():
            parts = [self._forward(part) for part in points.split(_POINTS_AT_ONCE)]
        return torch.cat(parts, dim=1).numpy()

    def outputs(self, x: ArrayLike) -> NDArray[np.float64]:
        """Reported discriminator outputs D(x) = link(v(x)), shape (seeds, n)."""
        return np.asarray(self.objective.functions().link(self.scores(x)))

    def score_gradients(self, x: ArrayLike) -> NDArray[np.float64]:
        """Gradients of the trained scores in x, shape (seeds, n, d), exact to rounding (float64
        autograd)."""
        parts = []
        for part in self._points(x).split(_POINTS_AT_ONCE):
            # One copy of the points per seed, so that one backward pass keeps the seeds' gradients apart.
            copies = part.repeat(len(self.seeds), 1, 1).requires_grad_()
            (gradient,) = torch.autograd.grad(self._forward(copies).sum(), copies)
            parts.append(gradient)
        return torch.cat(parts, dim=1).numpy()

    def _forward(self, points: Tensor) -> Tensor:
        standardized = (points - torch.from_numpy(self._center)) / torch.from_numpy(self._scale)
        return onto_domain(self.objective, self._network(standardized).squeeze(-1))

    def _points(self, x: ArrayLike) -> Tensor:
        points = np.array(x, dtype=np.float64)
        if points.ndim == 1 and self.dimension == 1:
            points = points[:, None]
        if points.ndim != 2 or points.shape[1] != self.dimension or len(points) == 0:
            raise ValueError(f"x must have shape (n, {self.dimension}) with n >= 1, got {np.shape(x)}")
        if not np.isfinite(points).all():
            raise ValueError("x must be finite")
        return torch.from_numpy(points)


def fit_discriminator(
    objective: Objective,
    real: Any,
    fake: Any,
    config: DiscriminatorConfig | None = None,
    *,
    progress: Progress = True,
) -> FittedDiscriminator:
    """Train score networks to maximize E_r A(v) + E_g B(v) for two fixed distributions.

    Every step draws fresh samples, so that nothing is overfitted: the error left is that of the network and
    of the optimizer. Adam with a learning rate that falls to zero along a half cosine, then an average of
    the weights over the last steps. All seeds train as one batched computation; each has its own weights and
    samples.

    With ``config.expectations = "lattice"`` and densities that are known, expectations are sums over a
    randomly shifted lattice (`gantheory.training.inputs.lattice`) in place of means over samples: unbiased
    too, and almost without noise, so that what is left is the error of network and optimizer alone.

    Args:
        objective: the game. Its generator functions R and S play no part.
        real, fake: P_r and P_g; a `GaussianMixture`, a frozen scipy.stats distribution or mixture, or a
            callable (n, numpy.random.Generator) -> array of shape (n,) or (n, d). The same may be given
            twice: the loss then settles at the ideal loss.
        config: `DiscriminatorConfig()` if not given.
        progress: see `gantheory.training`.

    Raises:
        TypeError: an argument of the wrong type.
            With "lattice" that includes a distribution that is no `GaussianMixture`.
        ValueError: samples of the two distributions differ in dimension or are not finite; or the objective
            is over a critic class, which an unconstrained network is not.
        FloatingPointError: the loss of a seed became infinite or NaN; the message says at which step.
    """
    if config is None:
        config = DiscriminatorConfig()
    losses = batch_losses(objective)
    check_unconstrained(objective)
    draw_real, draw_fake = sampler(real, "real"), sampler(fake, "fake")
    center, scale = _standardization(draw_real, draw_fake)
    dtype = torch_dtype(config.dtype)
    seeds = tuple(config.seeds)
    network = StackedMLP(
        seeds, (len(center), *config.hidden, 1), config.activation, purpose="fit_discriminator", dtype=dtype
    )
    average = _TailAverage(network, first=config.steps - round(config.average * config.steps))
    optimizer = torch.optim.Adam(
        network.parameters(), lr=config.learning_rate, betas=(0.9, 0.99), foreach=True
    )
    loss_of: Callable[[], Tensor]
    if config.expectations == "lattice":
        lattice = Lattice(real, fake, seeds, config.batch, center, scale, dtype)
        loss_of = partial(_lattice_loss, objective, losses, network, lattice)
    else:
        batches = _Batches(draw_real, draw_fake, seeds, config.batch, center, scale, dtype)
        loss_of = partial(_sample_loss, objective, losses, network, batches)
    logged: list[tuple[int, list[float]]] = []
    start = time.perf_counter()
    with reporting(progress, config.steps, f"discriminator, {objective}") as report:
        for step in range(config.steps):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * step / config.steps))
            loss = loss_of()
            optimizer.zero_grad(set_to_none=True)
            loss.sum().backward()
            optimizer.step()
            average.update(step)
            if (step + 1) % config.log_every == 0 or step + 1 == config.steps:
                logged.append((step + 1, loss.detach().tolist()))
                _require_finite(logged[-1], seeds, objective)
                report(step + 1)
    return FittedDiscriminator(
        objective=objective,
        config=config,
        dimension=len(center),
        history=_history(logged, seeds),
        seconds=time.perf_counter() - start,
        _network=average.result().double().requires_grad_(False),
        _center=center,
        _scale=scale,
    )


def _sample_loss(objective: Objective, losses: BatchLosses, network: StackedMLP, batches: _Batches) -> Tensor:
    scores = onto_domain(objective, network(batches.next()).squeeze(-1))
    half = scores.shape[1] // 2
    return losses.discriminator(scores[:, :half], scores[:, half:])


def _lattice_loss(objective: Objective, losses: BatchLosses, network: StackedMLP, lattice: Lattice) -> Tensor:
    points, real, fake = lattice.next()
    scores = onto_domain(objective, network(points).squeeze(-1))
    return -(real * losses.A(scores) + fake * losses.B(scores)).sum(-1)


class _Batches:
    """Standardized samples, (seeds, 2 batch, d), real before fake; drawn many steps at once."""

    def __init__(
        self,
        draw_real: Sampler,
        draw_fake: Sampler,
        seeds: tuple[int, ...],
        batch: int,
        center: NDArray[np.float64],
        scale: NDArray[np.float64],
        dtype: torch.dtype,
    ) -> None:
        self._draws = (draw_real, draw_fake)
        self._streams = [(generator(seed, "real samples"), generator(seed, "fake samples")) for seed in seeds]
        self._batch, self._center, self._scale, self._dtype = batch, center, scale, dtype
        self._steps = max(1, _SAMPLES_AT_ONCE // batch)
        self._block = torch.empty(0)
        self._next = 0

    def next(self) -> Tensor:
        if self._next == len(self._block):
            self._block, self._next = self._draw(), 0
        self._next += 1
        return self._block[self._next - 1]

    def _draw(self) -> Tensor:
        n, d = self._steps * self._batch, len(self._center)
        block = np.empty((self._steps, len(self._streams), 2, self._batch, d))
        for k, streams in enumerate(self._streams):
            for side, (draw, stream) in enumerate(zip(self._draws, streams, strict=True)):
                points = (draw(n, stream) - self._center) / self._scale
                block[:, k, side] = points.reshape(self._steps, self._batch, d)
        return torch.from_numpy(block).to(self._dtype).flatten(2, 3)


class _TailAverage:
    """Mean of the weights over the steps from `first` on."""

    def __init__(self, network: StackedMLP, first: int) -> None:
        self._network, self._first = network, first
        self._mean: StackedMLP | None = None

    def update(self, step: int) -> None:
        if step < self._first:
            return
        if self._mean is None:
            self._mean = deepcopy(self._network).requires_grad_(False)
            return
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self._mean.parameters()), list(self._network.parameters()), 1 / (step - self._first + 1)
            )

    def result(self) -> StackedMLP:
        return deepcopy(self._network) if self._mean is None else self._mean


def _standardization(
    draw_real: Sampler, draw_fake: Sampler
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Center and scale of the pooled distributions from a trial draw, so that inputs are of order one."""
    rng = generator(0, "standardization")
    real, fake = draw_real(4096, rng), draw_fake(4096, rng)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"real and fake must have the same dimension, got {real.shape[1]} and {fake.shape[1]}"
        )
    # Quartiles and not moments: they exist for heavy tails too.
    pooled = np.concatenate([real, fake])
    low, center, high = np.quantile(pooled, [0.25, 0.5, 0.75], axis=0)
    scale = np.where(high > low, (high - low) / 1.349, 1.0)
    return center, scale


def _require_finite(row: tuple[int, list[float]], seeds: tuple[int, ...], objective: Objective) -> None:
    for seed, loss in zip(seeds, row[1], strict=True):
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"the discriminator's loss of {objective}, seed {seed}, is {loss} at step {row[0]}; "
                "try a smaller learning_rate or a larger batch"
            )


def _history(logged: list[tuple[int, list[float]]], seeds: tuple[int, ...]) -> pd.DataFrame:
    rows = [(step, seed, loss) for step, losses in logged for seed, loss in zip(seeds, losses, strict=True)]
    return pd.DataFrame(rows, columns=["step", "seed", "loss"])
