"""The Frechet distance between Gaussians of the features' means and covariances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.training.metrics.features.arrays import feature_pair


def frechet_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Squared Frechet distance between N(m_r, S_r) and N(m_g, S_g), moments of two sets of features.

        |m_r - m_g|^2 + tr(S_r + S_g - 2 (S_r S_g)^(1/2))

    Covariances divide by n - 1. The value is biased upward, the more the fewer samples: compare equal
    numbers.

    Args:
        real, fake: features, (n, d) and (m, d).

    Raises:
        ValueError: no such arrays, or not more samples than dimensions: covariances would be singular.

    Source: Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter, GANs trained by a two time-scale update rule
    converge to a local Nash equilibrium (2017), with d = 2048 features of Inception.
    """
    found = feature_pair(real, fake)
    d = found[0].shape[1]
    for features, name in zip(found, ("real", "fake"), strict=True):
        n = len(features)
        if n <= d:
            raise ValueError(
                f"the Frechet distance needs more samples than dimensions, got {n} {name} samples of {d}"
            )
    moments = [(features.mean(0), np.cov(features, rowvar=False).reshape(d, d)) for features in found]
    (m_r, s_r), (m_g, s_g) = moments
    return gaussian_frechet(m_r, s_r, m_g, s_g)


def gaussian_frechet(m_r: ArrayLike, s_r: ArrayLike, m_g: ArrayLike, s_g: ArrayLike) -> float:
    """The squared distance of `frechet_distance` from means (d,) and covariances (d, d).

    The trace is the sum of the roots of the eigenvalues of S_r^(1/2) S_g S_r^(1/2), which is symmetric: a
    general matrix root loses accuracy, or turns complex, where covariances are nearly singular.

    Raises:
        ValueError: other shapes.

    Source: Dowson, Landau, The Frechet distance between multivariate normal distributions (1982).
    """
    left, right = np.atleast_1d(np.asarray(m_r, float)), np.atleast_1d(np.asarray(m_g, float))
    first, second = np.atleast_2d(np.asarray(s_r, float)), np.atleast_2d(np.asarray(s_g, float))
    d = left.size
    shapes = [each.shape for each in (left, first, right, second)]
    if not d or shapes != [(d,), (d, d), (d,), (d, d)]:
        raise ValueError(f"means must have shape (d,) and covariances (d, d), d >= 1, got shapes {shapes}")
    root = _root(first)
    product = root @ second @ root
    eigenvalues = np.linalg.eigvalsh((product + product.T) / 2)
    trace = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(np.square(left - right).sum() + np.trace(first) + np.trace(second) - 2 * trace)


def _root(matrix: NDArray[Any]) -> NDArray[Any]:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T)
