"""L = -div(p grad .)/p from samples: the graph Laplacian whose limit it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float, as_float64

_MOST = 6000
"""Samples: the graph is a dense matrix."""


def sample_laplacian(samples: Any, bandwidth: float | None = None) -> Array:
    """(I - P)/epsilon as a matrix that acts on values at the samples, for `operator_spectrum`.

    P is the random walk on the samples with weights k(x, y)/sqrt(q(x) q(y)), k = exp(-|x - y|^2/(4 epsilon)),
    q(x) = sum_y k(x, y): of the normalizations of diffusion maps the one whose limit is this L.

    Args:
        samples: shape (n,) or (n, d), at most 6000.
        bandwidth: epsilon; by default r^2/d, r the median distance to neighbour number 0.6 n^(6/(d + 6)), so
            that it follows the width of the parts. The error is of order epsilon lambda, plus noise that
            grows as epsilon falls (of 2000 samples some 10 % of the first, 30 % of the next eigenvalues):
            compare two of them.

    Raises:
        TypeError: not numbers.
        ValueError: samples of another shape, not finite, fewer than two, too many, or mostly equal.

    Source: Coifman and Lafon, Diffusion maps (2006), Proposition 10, with alpha = 1/2.
    """
    weights, degree, epsilon = _graph(samples, bandwidth)
    return np.asarray((np.eye(len(weights)) - weights * (degree / degree[:, None])) / epsilon)


def sample_eigenvalues(samples: Any, count: int, bandwidth: float | None = None) -> Array:
    """The `count` least eigenvalues of `sample_laplacian`, increasing.

    Raises:
        TypeError, ValueError: as there; fewer samples than `count`.
    """
    from scipy.linalg import eigh

    weights, _, epsilon = _graph(samples, bandwidth)
    n = len(weights)
    if n < count:
        raise ValueError(f"samples must be at least count={count}, got {n}")
    found = eigh(weights, eigvals_only=True, subset_by_index=[n - count, n - 1])
    values = np.maximum((1 - found[::-1]) / epsilon, 0.0)
    values[0] = 0.0  # the constant's, up to rounding
    return np.asarray(values)


def _graph(samples: Any, bandwidth: float | None) -> tuple[Array, Array, float]:
    """P in symmetric form, square roots of the degrees that make it symmetric, and epsilon."""
    from scipy.spatial.distance import pdist, squareform

    x = as_float64(samples, "samples")
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"samples must be finite, of shape (n,) or (n, d), got shape {np.shape(samples)}")
    n, d = x.shape
    if not 2 <= n <= _MOST:
        raise ValueError(f"samples must be at least 2 and at most {_MOST}, got {n}")
    squares = squareform(pdist(x, "sqeuclidean"))
    if bandwidth is None:
        m = min(n - 1, math.ceil(0.6 * n ** (6 / (d + 6))))
        bandwidth = float(np.median(np.partition(squares, m, axis=1)[:, m])) / d
        if bandwidth == 0.0:
            raise ValueError("samples must differ, got mostly equal ones")
    if not 0 < as_float(bandwidth, "bandwidth") < math.inf:
        raise ValueError(f"bandwidth must be in (0, inf), got {bandwidth}")
    with np.errstate(under="ignore"):
        weights = np.exp(-squares / (4 * bandwidth))
        density = np.sqrt(weights.sum(axis=1))
        weights /= density[:, None] * density
        degree = np.sqrt(weights.sum(axis=1))
        weights /= degree[:, None] * degree
    return weights, degree, bandwidth
