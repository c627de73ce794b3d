"""How heavy the tail of a Monte Carlo mean's terms is: the shape k of the Pareto law of the largest.

Moments of order 1/k and more do not exist: from k = 1/2 on the terms have no variance, from k = 1 on no mean,
whatever the samples that were drawn show. Sources: k as a diagnostic, Vehtari, Simpson, Gelman, Yao and Gabry
(JMLR 2024, arXiv 1507.02646), with their size of the tail and their prior; its estimate, Zhang and Stephens
(Technometrics 2009).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array

NO_VARIANCE, NO_MEAN = 0.5, 1.0

_FEWEST = 5


@dataclass(frozen=True)
class Tail:
    """The index k of some terms, and its standard error."""

    k: float = -math.inf
    error: float = 0.0

    def above(self, k: float) -> bool:
        """Whether the index is larger by more than two of its standard errors."""
        return self.k - 2 * self.error > k


def tail_of(terms: Array) -> Tail:
    """Of the largest |terms|; k = -inf where they are too few to tell, or all alike."""
    size = np.sort(np.abs(np.ravel(terms)))
    count = int(min(0.2 * size.size, 3.0 * math.sqrt(size.size)))
    beyond = size[-count:] - size[-count - 1]
    beyond = beyond[beyond > 0.0]
    n = beyond.size
    if n < _FEWEST:
        return Tail()
    k = (n * _shape(beyond / beyond[-1]) + 10 * 0.5) / (n + 10)
    return Tail(k, (1.0 + k) / math.sqrt(n))


def _shape(x: Array) -> Any:
    """The posterior mean of Zhang and Stephens, of increasing exceedances."""
    n = x.size
    points = 30 + int(math.sqrt(n))
    quartile = max(x[int(n / 4 + 0.5) - 1], 1e-300)  # whose inverse is a number
    theta = 1.0 / x[-1] + (1.0 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3.0 * quartile)

    def shape(theta: Array) -> Array:
        return np.asarray(np.log1p(-theta[:, None] * x).mean(axis=1))

    k = shape(theta)
    with np.errstate(invalid="ignore"):
        profile = n * (np.log(-theta / k) - k)  # but for a constant
    weight = np.exp(profile - np.nanmax(profile))
    weight[~np.isfinite(weight)] = 0.0
    return shape(np.array([theta @ weight / weight.sum()]))[0]
