"""The kernel distance between two sets of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.checks import positive_integer
from gantheory.training.metrics.features.arrays import feature_pair

_SUBSET = 1000


def kernel_distance(
    real: ArrayLike, fake: ArrayLike, subsets: int = 100, subset: int | None = None, seed: int = 0
) -> tuple[float, float]:
    """Mean and standard deviation over random subsets of the unbiased estimate of the squared MMD.

        sum_{i != j} k(x_i, x_j)/(n (n - 1)) + sum_{i != j} k(y_i, y_j)/(n (n - 1)) - 2 mean k(x_i, y_j)
        k(x, y) = (x . y/d + 1)^3

    Unbiased for every number of samples, and so negative at times where the laws are equal.

    Args:
        real, fake: features, (n, d) and (m, d).
        subsets: how many.
        subset: samples in each, drawn without replacement; 1000 or what there is if left out.
        seed: of the draws.

    Raises:
        ValueError: no such arrays, fewer than 2 samples, a subset larger than a set.

    Source: Binkowski, Sutherland, Arbel, Gretton, Demystifying MMD GANs (2018), Section 4.
    """
    x, y = feature_pair(real, fake)
    least = min(len(x), len(y))
    size = min(_SUBSET, least) if subset is None else subset
    if not 2 <= size <= least:
        raise ValueError(f"subset must be from 2 to the {least} samples of the smaller set, got {size}")
    positive_integer(subsets, "subsets")
    rng = np.random.default_rng(seed)
    found = [
        _squared_mmd(*(rows[rng.choice(len(rows), size, replace=False)] for rows in (x, y)))
        for _ in range(subsets)
    ]
    return float(np.mean(found)), float(np.std(found))


def _squared_mmd(x: NDArray[Any], y: NDArray[Any]) -> float:
    n = len(x)
    same = sum((k.sum() - np.trace(k)) / (n * (n - 1)) for k in (_kernel(x, x), _kernel(y, y)))
    return float(same - 2 * _kernel(x, y).mean())


def _kernel(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)
