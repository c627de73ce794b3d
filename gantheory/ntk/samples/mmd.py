"""Maximum mean discrepancy with a tangent kernel, and its witness: what an IPM discriminator follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gantheory.ntk import blocks
from gantheory.ntk.kernels.function import as_kernel
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.points import pair_of_points


def mmd_squared(
    kernel: Kernel | Callable[[Any, Any], Any],
    real: ArrayLike,
    fake: ArrayLike,
    *,
    unbiased: bool = False,
    block: int | None = None,
) -> float:
    """Squared distance of the mean embeddings of two samples in the kernel's Hilbert space, in float64.

        MMD^2 = mean k(x_i, x_k) - 2 mean k(x_i, y_j) + mean k(y_j, y_l)

    Means run over all pairs, so that this is exact for the two empirical distributions. It is half of what an
    integral probability metric's particle flow descends: with v_0 = 0, v_t = t (mean embedding of real - of
    fake), whose norm is t MMD. Memory is O(block x m).

    Args:
        kernel: of `gantheory.ntk.kernels`, or a callable (X, Y) -> matrix.
        real, fake: points (n, d) and (m, d).
        unbiased: leave out pairs of a point with itself, so that the mean over samples is the distance of the
            distributions; may come out negative.
        block: rows of the kernel matrix that are formed at once.

    Raises:
        TypeError: a kernel that is neither; points that JAX traces.
        ValueError: points that are not finite or differ in dimension; fewer than two points where `unbiased`.

    Source: Gretton et al., A kernel two-sample test (2012), eqs. (3) and (5).
    """
    k = as_kernel(kernel)
    x, y = pair_of_points(real, fake, "real", "fake")
    if unbiased and min(len(x), len(y)) < 2:
        raise ValueError(
            f"real and fake must hold at least two points each for an unbiased estimate, got {len(x)} "
            f"and {len(y)}"
        )
    if not unbiased:
        z, weights = signed_measure(x, y)
        return max(0.0, float(weights @ blocks.product(k, z, z, weights, block)))
    own = [_mean_of_distinct(k, points, block) for points in (x, y)]
    mixed = float(blocks.product(k, x, y, np.full(len(y), 1 / len(y)), block).mean())
    return own[0] + own[1] - 2 * mixed


def signed_measure(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of both samples and the weights 1/n, -1/m of empirical real minus fake."""
    weights = np.concatenate([np.full(len(real), 1 / len(real)), np.full(len(fake), -1 / len(fake))])
    return np.concatenate([real, fake]), weights


def _mean_of_distinct(kernel: Kernel, x: np.ndarray, block: int | None) -> float:
    n = len(x)
    total = float(blocks.product(kernel, x, x, np.ones(n), block).sum())
    return (total - float(_diagonal(kernel, x).sum())) / (n * (n - 1))


def _diagonal(kernel: Kernel, x: np.ndarray) -> np.ndarray:
    # Small square blocks: a kernel gives matrices only, and 64 of a row's n numbers cost little.
    return np.concatenate([np.diag(blocks.matrix(kernel, part, part)) for part in _parts(x)])


def _parts(x: np.ndarray, rows: int = 64) -> list[np.ndarray]:
    return [x[start : start + rows] for start in range(0, len(x), rows)]
