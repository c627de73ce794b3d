"""What a flow leaves: recorded samples, metrics, how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.support.atomic import write_atomically
from gantheory.support.files import user_path


@dataclass(frozen=True, eq=False)
class FlowResult:
    """A run of `particle_flow` or `generator_flow`.

    Attributes:
        samples: where they are at the end, (n, d): the last finite state where the run diverged.
        source, target: where they started, and the real data.
        trajectory: samples at every recorded step, (records, n, d); start and end only where not kept.
        recorded: the steps of `trajectory`, (records,).
        metrics: DataFrame, a row a recorded step: step, time (steps times step size), and a column a metric.
        steps: steps that were done.
        stopped: why the run ended early, in one line; empty if it did not.
        settings: everything that determines the result but the data, as JSON can hold it.
        seconds: of computation, metrics left out.
        parameters: the generator's at the end; None for particles.
    """

    samples: Array
    source: Array
    target: Array
    trajectory: Array
    recorded: NDArray[np.int64]
    metrics: pd.DataFrame
    steps: int
    stopped: str
    settings: dict[str, Any] = field(repr=False)
    seconds: float = 0.0
    parameters: Any = field(default=None, repr=False)

    @property
    def diverged(self) -> bool:
        """Whether the run ended early."""
        return bool(self.stopped)

    def save(self, folder: Path | str) -> Path:
        """Write samples.npz, metrics.csv and settings.json into a folder, which is made if it is missing."""
        place = user_path(folder, "folder")
        place.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            place / "samples.npz",
            samples=self.samples,
            source=self.source,
            target=self.target,
            trajectory=self.trajectory.astype(np.float32),
            recorded=self.recorded,
        )
        self.metrics.to_csv(place / "metrics.csv", index=False, lineterminator="\n")
        record = {
            **self.settings,
            "steps": self.steps,
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
        }
        write_atomically(place / "settings.json", (json.dumps(record, indent=2) + "\n").encode())
        return place
