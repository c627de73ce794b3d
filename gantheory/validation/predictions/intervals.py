"""Intervals that hold jointly over a report.

A report with m intervals, each of level 1 - (1 - c)/m, covers all m at once with probability at least c,
whatever their dependence (Bonferroni). m counts what a preset may report, and is known before any of it runs,
so that each prediction is judged when it is ready.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float, as_float64
from gantheory.arguments.checks import whole

Range = tuple[float, float]


@dataclass(frozen=True)
class Joint:
    """Joint confidence over a number of intervals.

    Attributes:
        comparisons: how many intervals are to hold at once.
        confidence: probability that all do, in (0, 1).
    """

    comparisons: int
    confidence: float = 0.95

    def __post_init__(self) -> None:
        whole(self.comparisons, "comparisons", 1)
        if not 0 < as_float(self.confidence, "confidence") < 1:
            raise ValueError(f"confidence must be in (0, 1), got {self.confidence}")

    @property
    def level(self) -> float:
        """Confidence of each interval alone."""
        return 1 - (1 - self.confidence) / self.comparisons

    def mean(self, values: ArrayLike) -> tuple[float, Range]:
        """Mean of independent repetitions (seeds) and Student's interval at `level`."""
        return mean_interval(values, self.level)

    def median(self, values: ArrayLike) -> tuple[float, Range]:
        """Median of independent repetitions (seeds) and its interval at `level`."""
        return median_interval(values, self.level)

    def too_few(self, repetitions: int) -> str:
        """Why the median of so many has no interval at `level`, which needs 2^(1-n) <= 1 - level; "" if it
        has."""
        fewest = math.ceil(1 - math.log2(1 - self.level))
        return "" if repetitions >= fewest else f"{repetitions} seeds give no interval here, {fewest} would"

    def large_sample(self, mean: float, standard_error: float) -> Range:
        """Normal interval at `level` about a mean over many samples."""
        from scipy.special import ndtri

        reach = float(-ndtri((1 - self.level) / 2)) * standard_error
        return (mean - reach, mean + reach)


def mean_interval(values: ArrayLike, level: float) -> tuple[float, Range]:
    """Mean of n independent values and Student's t interval for their expectation.

    Fewer than two values, or one that is not finite, give no interval: its ends are NaN.

    Raises:
        ValueError: no values, or level outside (0, 1).
    """
    array = _checked(values, level)
    if array.size < 2 or not np.isfinite(array).all():
        return float(array.mean()) if np.isfinite(array).all() else math.nan, (math.nan, math.nan)
    from scipy.special import stdtrit

    mean = float(array.mean())
    reach = (
        float(-stdtrit(array.size - 1, (1 - level) / 2)) * float(array.std(ddof=1)) / math.sqrt(array.size)
    )
    return mean, (mean - reach, mean + reach)


def median_interval(values: ArrayLike, level: float) -> tuple[float, Range]:
    """Median of n independent values and the order statistics between which that of their law lies.

    P(x_(r) > median) = P(Bin(n, 1/2) < r) whatever the law, and so [x_(r), x_(n+1-r)] with the largest r for
    which twice that is at most 1 - level (David and Nagaraja 2003, Order Statistics, 7.1). With r = 2, one
    value in n may lie anywhere. Where n is too small for r = 1, or a value is not a number, its ends are NaN.

    Raises:
        ValueError: no values, or level outside (0, 1).
    """
    array = np.sort(_checked(values, level))
    from scipy.special import bdtr

    outside = 2 * bdtr(np.arange(array.size // 2 + 1), array.size, 0.5)
    ranks = int((outside <= 1 - level).sum())
    if ranks == 0 or np.isnan(array).any():
        return float(np.median(array)), (math.nan, math.nan)
    return float(np.median(array)), (float(array[ranks - 1]), float(array[-ranks]))


def _checked(values: ArrayLike, level: float) -> NDArray[np.float64]:
    array = as_float64(values, "values").ravel()
    if array.size == 0:
        raise ValueError("values must hold at least one number")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    return array


def span(values: ArrayLike, margin: float = 0.0) -> Range:
    """Smallest interval that holds all values, widened by `margin`: for discretization, which is not
    random."""
    array = np.asarray(values, dtype=np.float64)
    return (float(array.min()) - margin, float(array.max()) + margin)
