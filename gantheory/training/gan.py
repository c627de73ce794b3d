"""GANs on a 2-D mixture, all members of an ensemble trained together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from gantheory.support.interrupts import waiting_interrupts
from gantheory.support.progress import Progress, reporting
from gantheory.training.checkpoint import Checkpoint
from gantheory.training.checks import check_count
from gantheory.training.engines.choice import gan_lanes
from gantheory.training.engines.hardware.memory import fitting
from gantheory.training.engines.hardware.precision import product_precision
from gantheory.training.engines.lanes import Lanes
from gantheory.training.inputs.given import GivenAtRandom, given_points
from gantheory.training.metrics.digit_classifier import DigitClassifier
from gantheory.training.metrics.evaluation import evaluate, objective_columns
from gantheory.training.metrics.gan_evaluation import classifier_for, measure
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.settings.ring_config import RingConfig

_STEPS_AT_ONCE = 50
"""Steps between two looks at the clock, where the history does not ask for fewer."""

_SECONDS_AT_ONCE = 2.0
"""And no more than so long, as far as the steps before tell."""


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Result of `train_run`; a member is an objective with a seed, in the order of `config.members`.

    Attributes:
        config: the settings, a `RingConfig` or a `GanConfig`.
        table: a row a member, as `train` returns it.
        history: step, seed, discriminator_loss and generator_loss on that step's batch (NaN after the member
            diverged), and objective where there are several.
        samples: generated after training, (members, test_samples, *shape), float64 for points; by the last
            finite weights where a member diverged. Of pictures the first, at most 256 MB in all.
    """

    config: Any
    table: pd.DataFrame
    history: pd.DataFrame
    samples: NDArray[Any]
    _ensembles: tuple[Any, ...]

    def scores(self, x: ArrayLike, labels: ArrayLike | None = None) -> NDArray[np.float64]:
        """The trained discriminators' scores at points of shape (n, *shape): float64 (members, n).

        Args:
            x: the points.
            labels: integers (n,), for a variant whose discriminator is given them.

        Raises:
            ValueError: such a variant without them.
        """
        points = torch.as_tensor(np.asarray(x, dtype=np.float64))
        given = given_points(self.config, points, labels) if isinstance(self.config, GanConfig) else ()
        with torch.no_grad():
            found = [ensemble.scores(points, *given) for ensemble in self._ensembles]
        return torch.cat(found).double().cpu().numpy()

    def networks(self, member: int = 0) -> tuple[nn.Module, nn.Module]:
        """Generator and discriminator of one member of a `GanConfig`, trained; see `Members.modules`."""
        return _modules(self._ensembles, member)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All members of a run in the middle of it.

    Attributes:
        step: steps done.
        losses: the discriminator's and the generator's of the last step, (2, members); NaN of those that
            diverged.
    """

    step: int
    losses: NDArray[np.float64]
    _config: Any
    _ensembles: tuple[Any, ...]

    def samples(self, count: int) -> NDArray[np.float32]:
        """Generated, (members, count, *shape): the same noise for every member and at every step."""
        drawn_from = torch_generator(self._config.data_seed, "watch noise")
        noise = torch.randn(count, self._config.latent, generator=drawn_from)
        given: tuple[Tensor, ...] = ()
        if isinstance(self._config, GanConfig):
            given = GivenAtRandom(self._config, self._config.data_seed)(count)
        with torch.no_grad():
            parts = [ensemble.generate(noise, *given) for ensemble in self._ensembles]
        return torch.cat(parts).float().cpu().numpy()

    def networks(self, member: int = 0) -> tuple[nn.Module, nn.Module]:
        """Copies of the networks of one member of a `GanConfig`, as they are now; see `Members.modules`."""
        return _modules(self._ensembles, member)


Watcher = Callable[[Snapshot], None]
"""Called between two steps; it may take what it wants from the snapshot, but not keep it."""


def train(
    config: RingConfig | GanConfig,
    *,
    progress: Progress = True,
    checkpoint: Path | str | None = None,
    checkpoint_seconds: float = 60.0,
) -> pd.DataFrame:
    """Train a GAN for every objective and seed of `config`; return a row a member.

    A `GanConfig` gives seed, objective, alpha_d, alpha_g, saturating, on Stacked MNIST the columns of
    `gantheory.training.metrics.mode_coverage`, on a mixture modes and share, energy_distance (and, on no
    mixture, precision, recall, density, coverage) where a point has at most 1,024 coordinates, the losses of
    the last step, steps, diverged, diverged_at, seconds and the settings. Of a `RingConfig` the columns are:
    seed, objective, alpha_d, alpha_g (missing where the objective has none), saturating; what
    `gantheory.training.metrics.evaluation.evaluate` measures after training; steps; diverged and diverged_at
    (the step whose loss or gradient was first infinite or NaN, else missing); seconds (the wall time divided
    by the number of members); then the settings.

    A member that diverged is frozen at its last finite weights, and on the ring counts as the published code
    counts it: its modes and share are 0, its other metrics missing. The other members are not touched by it.

    Args:
        config: the settings.
        progress: True (a bar, on a terminal only), False, or a callable (steps done, steps in all).
        checkpoint: a file to keep the state in. If it is there the run goes on from it, and on the CPU ends
            bit-identical to one that was never interrupted (same PyTorch, processor and number of threads).
            It is not deleted at the end: do so when the table is stored.
        checkpoint_seconds: least time between two writes of that file; Ctrl-C waits for the end of a step,
            and writes it.

    Raises:
        TypeError: neither a RingConfig nor a GanConfig.
        ValueError: `checkpoint` cannot be a file, or belongs to another configuration.
        GantheoryError: the members do not fit into the GPU's memory; the message says how many would.

    Source of the protocol: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.
    """
    run = train_run(config, progress=progress, checkpoint=checkpoint, checkpoint_seconds=checkpoint_seconds)
    return run.table


def train_run(
    config: RingConfig | GanConfig,
    *,
    progress: Progress = True,
    checkpoint: Path | str | None = None,
    checkpoint_seconds: float = 60.0,
    watch: Watcher | None = None,
    watch_every: int | None = None,
) -> TrainingRun:
    """`train`, with its history and final samples.

    Args:
        config, progress, checkpoint, checkpoint_seconds: as for `train`, which says what is raised.
        watch: called with a `Snapshot` every `watch_every` steps, and after the last.
        watch_every: `config.log_every` if left out.
    """
    every = config.log_every if watch_every is None else watch_every
    check_count(every, "watch_every")
    watching = None if watch is None else (watch, every)
    file = None if checkpoint is None else Checkpoint(checkpoint, checkpoint_seconds, config)
    saved = None if file is None else file.load()
    with fitting(config):
        if isinstance(config, GanConfig):
            # Before hours of training: MNIST must be there, and the classifier be trained.
            classifier, lanes = classifier_for(config), gan_lanes(config, saved)
        else:
            classifier, lanes = None, Lanes(config, saved)
        logged, seconds = _optimize(config, lanes, progress, file, saved, watching)
        with product_precision("float32", config.device):
            if isinstance(config, GanConfig):
                table, samples = _of_networks(config, lanes, classifier, logged[-1, 1:])
            else:
                parts = [evaluate(config, ensemble) for ensemble in lanes.ensembles]
                tables, drawn = zip(*parts, strict=True)
                table, samples = pd.concat(tables, ignore_index=True), np.concatenate(drawn)
    table["steps"] = config.steps
    table["seconds"] = seconds / len(config.members)
    for name, value in config.columns().items():
        table[name] = value
    return TrainingRun(config, table, _history(logged, config), samples, tuple(lanes.ensembles))


def _of_networks(
    config: GanConfig, lanes: Lanes, classifier: DigitClassifier | None, losses: Tensor
) -> tuple[pd.DataFrame, NDArray[Any]]:
    measured = [measure(config, ensemble, classifier) for ensemble in lanes.ensembles]
    metrics = [each for _, listed in measured for each in listed]
    at = [step or None for ensemble in lanes.ensembles for step in ensemble.diverged_at.tolist()]
    table = pd.DataFrame(
        {"seed": seed, "objective": objective.name, **objective_columns(objective), **each}
        for (objective, seed), each in zip(config.members, metrics, strict=True)
    )
    table["discriminator_loss"], table["generator_loss"] = losses.view(2, -1).numpy()
    table["diverged"], table["diverged_at"] = [step is not None for step in at], at
    return table, np.concatenate([part for part, _ in measured])


def _optimize(
    config: RingConfig | GanConfig,
    lanes: Lanes,
    progress: Progress,
    file: Checkpoint | None,
    saved: dict[str, Any] | None,
    watching: tuple[Watcher, int] | None,
) -> tuple[Tensor, float]:
    """Train in place; return the log, (rows, 1 + 2 members) of step and losses, and the seconds."""
    log = [] if saved is None else list(saved["log"])
    before = 0.0 if saved is None else saved["seconds"]
    names = ", ".join(objective.name for objective in config.objectives[:3])
    start = last_save = time.perf_counter()
    at_once = 1
    with (
        product_precision(config.precision, config.device),
        reporting(progress, config.steps, f"{config.title}, {names}") as report,
        waiting_interrupts(file is not None) as interrupted,
    ):
        while lanes.step < config.steps:
            marks = [config.log_every] + ([] if watching is None else [watching[1]])
            to_mark = min(every - lanes.step % every for every in marks)
            asked, began = time.perf_counter(), lanes.step
            d_loss, g_loss = lanes.advance(min(to_mark, at_once, config.steps - began))
            done = lanes.step
            # Large networks take seconds a step: they too shall be seen to move, and be saved in time.
            pace = (done - began) / max(time.perf_counter() - asked, 1e-9)
            at_once = min(_STEPS_AT_ONCE, 1 + int(pace * _SECONDS_AT_ONCE))
            report(done)
            if watching is not None and (done % watching[1] == 0 or done == config.steps):
                losses = torch.stack([d_loss, g_loss]).double().cpu().numpy()
                watching[0](Snapshot(done, losses, config, tuple(lanes.ensembles)))
            if done % config.log_every == 0 or done == config.steps:
                row = torch.cat([d_loss, g_loss]).double().cpu()
                log.append(torch.cat([torch.tensor([done], dtype=torch.float64), row]))
            now, stop = time.perf_counter(), interrupted()
            # The end of a run that took long is kept too: what is measured then takes its time, and may fail.
            since = start if done == config.steps else last_save
            if file is not None and (now - since >= file.seconds or stop):
                file.save({**lanes.state(), "log": log, "seconds": before + now - start})
                last_save = time.perf_counter()
            if stop:
                break
    return torch.stack(log), before + time.perf_counter() - start


def _modules(ensembles: tuple[Any, ...], member: int) -> tuple[nn.Module, nn.Module]:
    rows = [(ensemble, row) for ensemble in ensembles for row in range(len(ensemble.members))]
    if not 0 <= member < len(rows):
        raise ValueError(f"member must be from 0 to {len(rows) - 1}, got {member!r}")
    ensemble, row = rows[member]
    found: tuple[nn.Module, nn.Module] = ensemble.modules(row)
    return found


def _history(log: Tensor, config: RingConfig | GanConfig) -> pd.DataFrame:
    members = config.members
    rows, count = len(log), len(members)
    columns: dict[str, Any] = {
        "step": np.repeat(log[:, 0].numpy().astype(np.int64), count),
        "seed": np.tile([seed for _, seed in members], rows),
        "discriminator_loss": log[:, 1 : 1 + count].numpy().ravel(),
        "generator_loss": log[:, 1 + count :].numpy().ravel(),
    }
    if len(config.objectives) > 1:
        columns["objective"] = np.tile([objective.name for objective, _ in members], rows)
    return pd.DataFrame(columns)
