"""Means over runs with intervals that need no normal distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def mean_interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Interval for the mean of independent runs by the bootstrap (BCa, Efron 1987; 9,999 resamples, seed 0).

    Runs either collapse or do not, so that they are far from normal. NaN without values; the value itself
    where all are the same.
    """
    from scipy import stats

    runs = np.asarray(values, dtype=np.float64)
    if len(runs) < 2 or runs.std() == 0:
        only = float(runs.mean()) if len(runs) else float("nan")
        return only, only
    found = stats.bootstrap(
        (runs,), np.mean, confidence_level=level, n_resamples=9999, rng=np.random.default_rng(0)
    ).confidence_interval
    return float(found.low), float(found.high)
