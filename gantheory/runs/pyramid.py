"""Train the levels of a pyramid into a folder, a run each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from gantheory.runs.folder import RunFolder
from gantheory.runs.recorder import AT_ONCE, tiles
from gantheory.runs.sheets import png, sheet
from gantheory.runs.stored import stored_generator
from gantheory.runs.train import compared, feature_metrics, train_into
from gantheory.training import GanConfig
from gantheory.training.metrics.features import Extractor
from gantheory.training.metrics.gan_evaluation import comparison
from gantheory.training.seeding import torch_generator


def train_pyramid_into(
    folder: RunFolder,
    levels: Sequence[GanConfig],
    *,
    extractor: Extractor | None = None,
    **given: Any,
) -> pd.DataFrame:
    """Train each level into a folder of its own, side-4, side-8 and so on, and measure samples through all of
    them; a row a seed.

    Metrics within the levels are of details for coarse pictures of the data; those of the pyramid itself are
    in its own folder. Where a part of it is there, it goes on from that.

    Args:
        folder: of the pyramid, begun with the settings of the finest level; see `RunFolder.begin`.
        levels: the settings that `pyramid_levels` gives.
        extractor: as for `train_into`, of the whole pyramid.
        given: further settings of `train_into`.

    Raises:
        ValueError: fewer samples than a metric needs, and what the parts raise.
    """
    config = levels[-1]
    compare, count = feature_metrics(config, extractor), compared(config)
    places = [RunFolder.begin(folder.level(each.data.shape[-1]), each) for each in levels]
    tables = [
        place.table() if place.metrics.is_file() else train_into(place, each, **given)
        for place, each in zip(places, levels, strict=True)
    ]
    rows = []
    distances = comparison(config)
    for k, (objective, seed) in enumerate(config.members):
        made = np.concatenate(list(_generated(folder, seed, count)))
        of_levels = [table.iloc[k] for table in tables]
        at = [row["diverged_at"] for row in of_levels if row["diverged"]]
        rows.append(
            {
                "seed": seed,
                "objective": objective.name,
                **({} if compare is None else compare(made)),
                **distances(made.reshape(count, -1).astype(np.float64)),
                "diverged": bool(at),
                "diverged_at": at[0] if at else None,
                "steps": config.steps,
                "seconds": sum(row["seconds"] for row in of_levels),
                **config.columns(),
            }
        )
        folder.write(folder.of_seed("samples", seed, "png"), png(sheet(made[: tiles(config.data.shape)])))
    return folder.write_table(rows)


def _generated(folder: RunFolder, seed: int, count: int) -> Iterator[NDArray[np.float32]]:
    generator, stream = stored_generator(folder.path, seed), torch_generator(seed, "test noise")
    for first in range(0, count, AT_ONCE):
        yield generator(torch.randn(min(AT_ONCE, count - first), generator.latent, generator=stream).numpy())
