"""Mode coverage, mode balance and sample quality on mixtures with known centers, and the distance of samples.

Definitions of the published ring experiments (Welfert et al., ISIT 2023, Section III-A, and their code): a
sample belongs to the nearest center; it is of high quality if its Euclidean distance to that center is at
most 3 standard deviations; a mode is covered if at least one sample of high quality belongs to it. A run
succeeds with all modes covered and fails with none.

A true sample of a 2-D isotropic Gaussian is of high quality with probability 1 - exp(-9/2) = 0.98889, so that
a perfect generator reaches this share and not 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float64
from gantheory.datasets import GaussianMixture


def modes_covered(samples: ArrayLike, mixture: GaussianMixture, n_std: float = 3.0) -> int:
    """Number of modes with at least one sample within `n_std` standard deviations of their center."""
    return int(np.count_nonzero(mode_histogram(samples, mixture, n_std)))


def modes_covered_by_kind(
    samples: ArrayLike, mixture: GaussianMixture, n_std: float = 3.0
) -> tuple[int, int]:
    """Number of major and of minor modes covered: major ones have the largest weight of the mixture."""
    covered = mode_histogram(samples, mixture, n_std) > 0
    weights = mixture.probabilities
    major = weights > weights.max() * (1 - 1e-9)
    return int(np.count_nonzero(covered & major)), int(np.count_nonzero(covered & ~major))


def high_quality_share(samples: ArrayLike, mixture: GaussianMixture, n_std: float = 3.0) -> float:
    """Share of samples within `n_std` standard deviations of their nearest center, in [0, 1]."""
    histogram = mode_histogram(samples, mixture, n_std)
    return float(histogram.sum() / np.shape(samples)[0])


def mode_histogram(samples: ArrayLike, mixture: GaussianMixture, n_std: float = 3.0) -> NDArray[np.int64]:
    """Number of high-quality samples that belong to each mode, shape (modes,).

    Args:
        samples: shape (n, d), finite.
        mixture: the modes are its components.
        n_std: radius of a mode in standard deviations per coordinate; math.inf counts every sample.

    Raises:
        ValueError: wrong shape, no sample, a sample that is not finite, or n_std not in (0, inf].
    """
    points = as_float64(samples, "samples")
    if points.ndim != 2 or points.shape[1] != mixture.dimension or len(points) == 0:
        raise ValueError(f"samples must have shape (n, {mixture.dimension}) with n >= 1, got {points.shape}")
    if not np.isfinite(points).all():
        bad = np.count_nonzero(~np.isfinite(points).all(axis=1))
        raise ValueError(f"samples must be finite, {bad} of {len(points)} are not")
    if not n_std > 0:
        raise ValueError(f"n_std must be in (0, inf], got {n_std}")
    centers = mixture.centers
    squared = np.stack([((points - center) ** 2).sum(1) for center in centers])
    mode = squared.argmin(0)
    near = np.full(len(points), True)
    if n_std < math.inf:
        near = squared.min(0) <= (n_std * mixture.scales[mode]) ** 2
    return np.bincount(mode[near], minlength=len(centers))


def mode_probabilities(samples: ArrayLike, mixture: GaussianMixture) -> NDArray[np.float64]:
    """Share of the samples whose nearest center is each mode's, with one sample added to each mode.

        Q_k = (n_k + 1)/(n + K)

    The added sample keeps divergences finite where a mode is empty; with n samples a lost mode adds about
    w_k log(w_k n) to the KL divergence. As in the code of Welfert et al., ISIT 2023.

    Raises:
        ValueError: as `mode_histogram`.
    """
    counts = mode_histogram(samples, mixture, math.inf)
    return (counts + 1) / (counts.sum() + len(counts))


def mode_divergences(samples: ArrayLike, mixture: GaussianMixture) -> dict[str, float]:
    """How far the generated share of each mode is from its weight; natural logarithms.

        kl = sum_k w_k log(w_k/Q_k),   reverse_kl = sum_k Q_k log(Q_k/w_k),
        jsd = (KL(w || M) + KL(Q || M))/2 with M = (w + Q)/2,   tvd = sum_k |w_k - Q_k|/2

    with Q from `mode_probabilities` and w the mixture's weights.

    Raises:
        ValueError: as `mode_histogram`.
    """
    q, w = mode_probabilities(samples, mixture), mixture.probabilities
    middle = (q + w) / 2
    return {
        "kl": _kl(w, q),
        "reverse_kl": _kl(q, w),
        "jsd": (_kl(w, middle) + _kl(q, middle)) / 2,
        "tvd": float(abs(w - q).sum() / 2),
    }


def _kl(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    positive = p > 0
    if (q[positive] == 0).any():
        return math.inf
    return float((p[positive] * np.log(p[positive] / q[positive])).sum())
