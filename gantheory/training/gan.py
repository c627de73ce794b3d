"""GANs on a 2-D mixture, all seeds of a setting trained together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gantheory.datasets import training_set
from gantheory.objectives.torch_loss import BatchLosses, batch_losses, onto_domain
from gantheory.training.checks import torch_dtype
from gantheory.training.config import RingConfig
from gantheory.training.metrics import high_quality_share, modes_covered
from gantheory.training.networks import StackedMLP
from gantheory.training.progress import Progress, reporting
from gantheory.training.seeding import generator, torch_generator

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_POINTS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Result of `train_run`.

    Attributes:
        config: the settings.
        table: a row a seed, as `train` returns it.
        history: step, seed, discriminator_loss and generator_loss on that step's batch.
        samples: generated after training, float64 (seeds, test_samples, d); NaN for a seed that diverged.
    """

    config: RingConfig
    table: pd.DataFrame
    history: pd.DataFrame
    samples: NDArray[np.float64]
    _discriminator: StackedMLP

    def scores(self, x: ArrayLike) -> NDArray[np.float64]:
        """The trained discriminators' scores at points of shape (n, d): float64 (seeds, n)."""
        parameter = self._discriminator.biases[0]
        points = torch.as_tensor(np.asarray(x, dtype=np.float64)).to(parameter)
        with torch.no_grad():
            return _scores(self.config, self._discriminator, points).double().cpu().numpy()


def train(
    config: RingConfig,
    *,
    progress: Progress = True,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
) -> pd.DataFrame:
    """Train a GAN for every objective and seed and return a row a member.

    Columns: seed; modes (covered), share (high-quality share): see `gantheory.training.metrics`;
    discriminator_loss and generator_loss after training, on test samples and as many generated ones; steps;
    diverged and diverged_at (the step whose loss was first infinite or NaN, else missing); seconds (the wall
    time divided by the number of seeds); then the settings.

    A seed that diverged generates nothing finite: its modes and share are 0, its losses NaN. The others are
    not touched by it.

    Source of the protocol: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.
    """
    import pandas as pd

    if not isinstance(config, RingConfig):
        raise TypeError(f"config must be a RingConfig, got {config!r}")
    tables = []
    for objective in config.objectives:
        tables.append(train_run(replace(config, objective=objective), progress=progress).table)
    return pd.concat(tables, ignore_index=True)


def train_run(config: RingConfig, *, progress: Progress = True) -> TrainingRun:
    """`train`, with its history and final samples."""
    if not isinstance(config, RingConfig):
        raise TypeError(f"config must be a RingConfig, got {config!r}")
    losses = batch_losses(config.objectives[0], config.numerics)
    seeds = tuple(config.seeds)
    dtype, device, dimension = torch_dtype(config.dtype), config.device, config.mixture.dimension
    generating = StackedMLP(
        seeds,
        (config.latent, *config.generator_hidden, dimension),
        config.generator_activation,
        purpose="generator",
        dtype=dtype,
        device=device,
    )
    discriminating = StackedMLP(
        seeds,
        (dimension, *config.discriminator_hidden, 1),
        config.discriminator_activation,
        purpose="discriminator",
        dtype=dtype,
        device=device,
    )
    start = time.perf_counter()
    logged, diverged_at = _optimize(config, losses, generating, discriminating, progress)
    seconds = time.perf_counter() - start
    table, samples = _evaluate(config, losses, generating, discriminating)
    table["diverged_at"] = diverged_at
    table["diverged"] = table["diverged_at"].notna()
    table["steps"] = config.steps
    table["seconds"] = seconds / len(seeds)
    table.insert(0, "objective", config.objectives[0].name)
    for name, value in config.columns().items():
        table[name] = value
    return TrainingRun(
        config=config,
        table=table,
        history=_history(logged, seeds),
        samples=samples,
        _discriminator=discriminating,
    )


def _optimize(
    config: RingConfig,
    losses: BatchLosses,
    generating: StackedMLP,
    discriminating: StackedMLP,
    progress: Progress,
) -> tuple[list[tuple[int, list[float], list[float]]], list[int | None]]:
    """Train both networks in place; return the logged losses and the step at which each seed diverged."""
    g_parameters, d_parameters = list(generating.parameters()), list(discriminating.parameters())
    g_rate = (
        config.learning_rate if config.generator_learning_rate is None else config.generator_learning_rate
    )
    d_optimizer = torch.optim.Adam(d_parameters, lr=config.learning_rate, betas=config.betas, foreach=True)
    g_optimizer = torch.optim.Adam(g_parameters, lr=g_rate, betas=config.betas, foreach=True)
    additive = config.objectives[0].outer is None
    logged: list[tuple[int, list[float], list[float]]] = []
    first_bad = torch.full((len(generating.seeds),), -1, device=config.device)
    with reporting(progress, config.steps, f"ring, {config.objective}") as report:
        for step, (real, noise) in enumerate(_batches(config), start=1):
            # Seeds share no parameter, so the gradient of the sum over seeds holds each seed's own gradient.
            fake = generating(noise)
            scores = _scores(config, discriminating, torch.cat([real, fake.detach()], dim=1))
            n = real.shape[1]
            d_loss = losses.discriminator(scores[:, :n], scores[:, n:])
            _step(d_optimizer, d_parameters, d_loss.sum())

            # The generator's step uses the same noise and the discriminator just updated.
            real_scores = None
            if not additive:
                with torch.no_grad():
                    real_scores = _scores(config, discriminating, real)
            g_loss = losses.generator(real_scores, _scores(config, discriminating, fake))
            _step(g_optimizer, g_parameters, g_loss.sum())

            bad = ~(torch.isfinite(d_loss.detach()) & torch.isfinite(g_loss.detach()))
            first_bad = torch.where(bad & (first_bad < 0), step, first_bad)
            if step % config.log_every == 0 or step == config.steps:
                logged.append((step, d_loss.detach().tolist(), g_loss.detach().tolist()))
                report(step)
    return logged, [None if step < 0 else step for step in first_bad.tolist()]


def _step(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter], loss: Tensor) -> None:
    # autograd.grad and not backward: the generator's loss must leave the discriminator's weights out.
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()


def _batches(config: RingConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """Real points and noise of each step, (seeds, batch, d) and (seeds, batch, latent).

    Each seed has its own order of the data and its own noise, drawn on the CPU an epoch at a time, so that
    neither the device nor the other seeds matter.
    """
    dtype = torch_dtype(config.dtype)
    n = config.train_samples
    points = training_set(config.mixture, n, config.data_seed)
    data = torch.tensor(points, dtype=dtype, device=config.device)
    orders = [torch_generator(seed, "batch order") for seed in config.seeds]
    noises = [torch_generator(seed, "noise") for seed in config.seeds]
    step = 0
    while True:
        order = torch.stack([torch.randperm(n, generator=stream) for stream in orders]).to(config.device)
        noise = torch.stack([torch.randn(n, config.latent, generator=stream) for stream in noises])
        noise = noise.to(device=config.device, dtype=dtype)
        for first in range(0, n, config.batch):
            if step == config.steps:
                return
            step += 1
            part = slice(first, first + config.batch)
            yield data[order[:, part]], noise[:, part]


def _scores(config: RingConfig, discriminating: StackedMLP, points: Tensor) -> Tensor:
    return onto_domain(config.objectives[0], discriminating(points).squeeze(-1))


def _evaluate(
    config: RingConfig, losses: BatchLosses, generating: StackedMLP, discriminating: StackedMLP
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Metrics of the trained networks on test samples that no run has seen, and the generated samples."""
    import pandas as pd

    n, dtype = config.test_samples, torch_dtype(config.dtype)
    points = config.mixture.sample(n, generator(config.data_seed, "test set"))
    real = torch.tensor(points, dtype=dtype, device=config.device)
    streams = [torch_generator(seed, "test noise") for seed in config.seeds]
    noise = torch.stack([torch.randn(n, config.latent, generator=stream) for stream in streams])
    noise = noise.to(device=config.device, dtype=dtype)
    with torch.no_grad():
        fake = torch.cat([generating(part) for part in noise.split(_POINTS_AT_ONCE, dim=1)], dim=1)
        real_scores, fake_scores = (
            torch.cat(
                [_scores(config, discriminating, part) for part in batch.split(_POINTS_AT_ONCE, dim=-2)],
                dim=1,
            )
            for batch in (real, fake)
        )
        d_loss = losses.discriminator(real_scores, fake_scores).tolist()
        g_loss = losses.generator(real_scores, fake_scores).tolist()
    samples = fake.double().cpu().numpy()
    finite = [drawn[np.isfinite(drawn).all(axis=1)] for drawn in samples]
    table = pd.DataFrame(
        {
            "seed": list(config.seeds),
            "modes": [modes_covered(drawn, config.mixture) if len(drawn) else 0 for drawn in finite],
            "share": [
                high_quality_share(drawn, config.mixture) * len(drawn) / n if len(drawn) else 0.0
                for drawn in finite
            ],
            "discriminator_loss": d_loss,
            "generator_loss": g_loss,
        }
    )
    return table, samples


def _history(logged: list[tuple[int, list[float], list[float]]], seeds: tuple[int, ...]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (step, seed, d_loss, g_loss)
        for step, d_losses, g_losses in logged
        for seed, d_loss, g_loss in zip(seeds, d_losses, g_losses, strict=True)
    ]
    return pd.DataFrame(rows, columns=["step", "seed", "discriminator_loss", "generator_loss"])
