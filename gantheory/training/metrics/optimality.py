"""How far a trained discriminator is from the optimal one, where the data's density is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.datasets import GaussianMixture
from gantheory.errors import GantheoryError
from gantheory.objectives import Objective

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gantheory.derivation.theory import Theory


_REACH = 5
"""Standard deviations around each center in which cells without a generated sample still count."""

_CELL = 2.0
"""Side of a cell in standard deviations of the narrowest component."""

_MOST_DIMENSIONS = 3


def distance_to_optimum(
    discriminator: Callable[[Array], Array],
    samples: ArrayLike,
    mixture: GaussianMixture,
    objective: Objective,
) -> float:
    """Mean distance of D to D*, under equal parts of real and generated data, on a grid of cells.

        sum over cells c of (P_c + Q_c)/2 |D(x_c) - D*(P_c/Q_c)|

    P_c is the mixture's mass in the cell, exact by normal distribution functions; Q_c the share of samples in
    it; x_c its center; D*(u) the objective's optimal discriminator (`gantheory.derive`). Cells are 2 standard
    deviations of the narrowest component wide: fine enough to hold the density, and coarse enough to hold
    samples. With n samples the histogram alone gives a perfect pair (D = 1/2, P_g = P_r) about 0.15
    sqrt(K/n) for K occupied cells.

    Args:
        discriminator: points (m, d) -> reported outputs D, (m,).
        samples: generated, shape (n, d), finite.
        mixture: the data distribution, of at most 3 dimensions.
        objective: whose D* is meant.

    Returns:
        The distance; NaN where D* has no pointwise form or is unbounded, as for KL.

    Raises:
        ValueError: wrong shape, a value that is not finite, or too many dimensions.
    """
    points = np.asarray(samples, dtype=np.float64)
    d = mixture.dimension
    if points.ndim != 2 or points.shape[1] != d or len(points) == 0 or not np.isfinite(points).all():
        raise ValueError(f"samples must be finite and have shape (n, {d}) with n >= 1, got {points.shape}")
    if d > _MOST_DIMENSIONS:
        raise ValueError(f"mixture must have at most {_MOST_DIMENSIONS} dimensions for a grid, got {d}")
    theory = theory_of(objective)
    if theory is None:
        return math.nan
    width = _CELL * float(mixture.scales.min())
    # Far samples would overflow the cell's number, and are all the same to D*: no real mass is there.
    numbers = np.floor(np.clip(points / width, -1e15, 1e15)).astype(np.int64)
    cells, generated = np.unique(
        np.concatenate([numbers, _real_cells(mixture, width)]), axis=0, return_inverse=True
    )
    q = np.bincount(generated.ravel()[: len(points)], minlength=len(cells)) / len(points)
    p = _masses(mixture, cells, width)
    best = np.asarray(theory.discriminator_at(p, q))
    if not np.isfinite(best).all():
        return math.nan
    outputs = np.asarray(discriminator((cells + 0.5) * width), dtype=np.float64)
    return float(((p + q) / 2 * abs(outputs - best)).sum())


def classification_error(real_scores: ArrayLike, fake_scores: ArrayLike, objective: Objective) -> float:
    """Share of wrong decisions on equally many real and generated points.

    A point is called real where its score is on real data's side of v*(1), the optimal score where both
    densities are equal: v > 0 for D = sigmoid(v). A score at v*(1) counts half. 1/2 is a guess; 0 a
    discriminator that always wins.

    Returns:
        The error in [0, 1]; NaN where the objective has no v*(1).
    """
    theory = theory_of(objective)
    if theory is None:
        return math.nan
    low, threshold, high = (float(v) for v in theory.score_at([0.5, 1.0, 2.0], [1.0, 1.0, 1.0]))
    if not (math.isfinite(threshold) and low != high):
        return math.nan
    sign = 1.0 if high > low else -1.0

    def called_real(scores: ArrayLike) -> float:
        side = sign * (np.asarray(scores, dtype=np.float64) - threshold)
        return float((side > 0).mean() + (side == 0).mean() / 2)

    return (1 - called_real(real_scores) + called_real(fake_scores)) / 2


def theory_of(objective: Objective) -> Theory | None:
    """The objective's theory, or None where there is none that holds pointwise."""
    from gantheory.derivation import derive

    try:
        return derive(objective)
    except GantheoryError:
        return None


@lru_cache(maxsize=8)
def _real_cells(mixture: GaussianMixture, width: float) -> NDArray[np.int64]:
    found: set[tuple[int, ...]] = set()
    for mean, scale in zip(mixture.means, mixture.scales, strict=True):
        axes = [
            range(math.floor((m - _REACH * scale) / width), math.floor((m + _REACH * scale) / width) + 1)
            for m in mean
        ]
        found.update(product(*axes))
    return np.array(sorted(found), dtype=np.int64)


def _masses(mixture: GaussianMixture, cells: NDArray[np.int64], width: float) -> Array:
    from scipy.special import ndtr

    total = np.zeros(len(cells))
    low, high = cells * width, (cells + 1) * width
    for mean, scale, weight in zip(mixture.centers, mixture.scales, mixture.probabilities, strict=True):
        a, b = (low - mean) / scale, (high - mean) / scale
        # The tail beyond the mean is taken from the other side, where differences do not cancel.
        part = np.where(a > 0, ndtr(-a) - ndtr(-b), ndtr(b) - ndtr(a))
        total += weight * part.prod(axis=1)
    return total
