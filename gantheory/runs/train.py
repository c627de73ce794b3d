"""Train a configuration into a folder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from gantheory.runs.folder import RunFolder
from gantheory.runs.live import LiveView
from gantheory.runs.recorder import AT_ONCE, Recorder, real_parts
from gantheory.runs.sheets import film, png
from gantheory.support.progress import Progress
from gantheory.training import GanConfig, TrainingRun, train_run
from gantheory.training.checks import torch_dtype
from gantheory.training.gan import Snapshot, Watcher
from gantheory.training.inputs.given import GivenAtRandom
from gantheory.training.metrics.features import Extractor, FeatureMetrics
from gantheory.training.networks.named import first as first_of
from gantheory.training.seeding import torch_generator

_COMPARED = 10_000
"""Samples of either kind that metrics see at most."""


def train_into(
    folder: RunFolder,
    config: GanConfig,
    *,
    extractor: Extractor | None = None,
    frames: int = 30,
    log: str = "csv",
    live: bool = False,
    progress: Progress = True,
    checkpoint_seconds: float = 30.0,
) -> pd.DataFrame:
    """Train, and leave samples, a film of them, generators, metrics and losses in the folder; a row a seed.

    Where the folder holds a part of the run, it goes on from there.

    Args:
        folder: see `RunFolder.begin`.
        config: the settings, of one objective.
        extractor: of the features in which pictures are compared; None for no such metrics.
        frames: of the film.
        log, progress: see `Recorder` and `gantheory.training`.
        live: print losses and histograms of scores at each frame (`LiveView`).
        checkpoint_seconds: least time between two saves of the state.

    Raises:
        ValueError: fewer samples than a metric needs, and what the parts raise.
    """
    recorder = Recorder(folder, config, log)
    compare = feature_metrics(config, extractor if recorder.drawn == "pictures" else None)
    run = train_run(
        config,
        progress=progress,
        checkpoint=folder.checkpoint,
        checkpoint_seconds=checkpoint_seconds,
        watch=_all([recorder, LiveView(config)] if live else [recorder]),
        watch_every=max(1, -(-config.steps // frames)),
    )
    table = _measured(run, compare)
    for k, (_, seed) in enumerate(config.members):
        folder.write(folder.of_seed("samples", seed, "png"), png(recorder.picture(run.samples[k])))
        folder.write(folder.of_seed("animation", seed, "gif"), film(folder.frames(seed)))
    folder.write_table(table)
    folder.checkpoint.unlink(missing_ok=True)
    return table


def compared(config: GanConfig) -> int:
    """How many samples of either kind metrics see."""
    return min(_COMPARED, config.test_samples)


def feature_metrics(config: GanConfig, extractor: Extractor | None) -> FeatureMetrics | None:
    """From generated pictures to metrics in the extractor's features; None without one.

    Raises:
        ValueError: fewer samples than a metric needs.
    """
    if extractor is None:
        return None
    compare = FeatureMetrics(real_parts(config, compared(config)), extractor)
    compare.check(compared(config))
    return compare


def _all(watchers: list[Watcher]) -> Watcher:
    def watch(snapshot: Snapshot) -> None:
        for watcher in watchers:
            watcher(snapshot)

    return watch


def _measured(run: TrainingRun, compare: FeatureMetrics | None) -> pd.DataFrame:
    """The run's table, with metrics behind the seed and the objective."""
    count = len(run.samples)
    rows = [{} if compare is None else compare(_generated(run, k)) for k in range(count)]
    names = ["seed", "objective"]
    rest = run.table.drop(columns=names)
    return pd.concat([run.table[names], pd.DataFrame(rows, index=run.table.index), rest], axis=1)


def _generated(run: TrainingRun, member: int) -> Iterator[NDArray[np.float32]]:
    """As many samples as are compared, some at a time: all pictures of 256 pixels would take gigabytes."""
    config = run.config
    generator = run.networks(member)[0].to(config.device)
    seed = config.members[member][1]
    stream, given = torch_generator(seed, "test noise"), GivenAtRandom(config, seed)
    count = compared(config)
    for first in range(0, count, AT_ONCE):
        rows = min(AT_ONCE, count - first)
        inputs = torch.randn(rows, config.latent, generator=stream), *given(rows)
        with torch.no_grad():
            made = generator(*(each.to(config.device, torch_dtype(config.dtype)) for each in inputs))
        yield first_of(made).float().cpu().numpy()
