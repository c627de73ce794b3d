"""What an experiment yields: predictions, measurements and pictures, one by one as they are ready."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.prediction import Measurement, Prediction, Verdict


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Data of a figure; `gantheory.plotting.report.figures` draws it, from the run or from its stored copy.

    Attributes:
        id: unique in a report.
        kind: which drawing function.
        title, caption: in words.
        data: arrays, numbers and texts.
    """

    id: str
    kind: str
    title: str
    caption: str
    data: dict[str, Any] = field(default_factory=dict)


Item = Prediction | Measurement | Picture


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a run gives to its experiments.

    Attributes:
        joint: makes intervals that hold jointly over the report.
        seed: of the report; every random number of an experiment derives from it.
        progress: called with (steps done, steps in all) during training.
    """

    joint: Joint
    seed: int = 0
    progress: Callable[[int, int], None] = lambda done, total: None

    def seeds(self, count: int) -> range:
        """`count` training seeds, which no other report seed shares."""
        return range(1000 * self.seed, 1000 * self.seed + count)


class Experiment(Protocol):
    """One training or one flow, and the predictions that it tests."""

    @property
    def name(self) -> str:
        """In words, for progress and headings."""

    @property
    def comparisons(self) -> int:
        """How many random intervals it reports, which the joint confidence is shared over."""

    def predictions(self) -> list[str]:
        """Ids of its predictions, in order."""

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """(id, verdict on record) of predictions for which it is not "agrees"."""

    def check(self) -> None:
        """Raise ValueError for settings that cannot run, before any work."""

    def run(self, context: Context) -> Iterator[Item]:
        """Yield results as they are ready."""


def file_name(identifier: str) -> str:
    """An id as part of a file name."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", identifier)


def strict(value: Any) -> Any:
    """`value` in what JSON has types for; infinities and NaN become "inf", "-inf" and null."""
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
