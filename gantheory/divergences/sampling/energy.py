"""The energy distance of two samples."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float64


def energy_distance(samples: ArrayLike, reference: ArrayLike) -> float:
    """Energy distance of two samples in d dimensions, a metric of distributions in the unit of the data.

        sqrt(2 mean |x_i - y_j| - mean |x_i - x_k| - mean |y_j - y_l|)

    means over all pairs, also i = k, which is the exact distance of the two empirical distributions (and of
    the one-dimensional scipy.stats.energy_distance). Two samples of n points from one distribution are about
    sqrt(2 E|X - X'|/n) apart. Pairwise distances come from scipy.spatial: a Sinkhorn divergence needs a
    further library and a regularization whose choice changes the number, this needs neither.

    Raises:
        ValueError: not (n, d) and (m, d), or a value that is not finite.

    Source: Szekely and Rizzo, Energy statistics (2013), Section 2.
    """
    x, y = as_float64(samples, "samples"), as_float64(reference, "reference")
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or not len(x) or not len(y):
        raise ValueError(
            f"samples and reference must have shapes (n, d) and (m, d), got {x.shape} and {y.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("samples and reference must be finite")
    # Rounding may take what is zero below it.
    squared = 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)
    return math.sqrt(max(squared, 0.0))


def _mean_distance(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    from scipy.spatial.distance import cdist

    rows = max(1, 4_000_000 // len(y))
    return math.fsum(cdist(x[k : k + rows], y).sum() for k in range(0, len(x), rows)) / len(x) / len(y)
