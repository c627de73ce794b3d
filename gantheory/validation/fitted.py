"""What a trained discriminator says alpha_D and alpha_G are: one number a network, with first-order power.

The root-mean-square error of D holds all that a network gets wrong, wiggles included, and hides a wrong alpha
of 10 % under them. The projection on the direction in which a wrong alpha moves the theory does not: most of
the error is orthogonal to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_STEP = 1e-3
_ITERATIONS = 4


def exponent(best: Callable[[Array], Array], trained: Array, t: Array) -> Array:
    """k of each network for which D*(u^k) is nearest to the trained D, in the mean square over the points.

    In an (alpha_D, alpha_G) game v* = alpha_D log u, so that k is the factor by which alpha_D would have to
    be wrong to explain the network best; for any other objective a theory of a tempered density ratio.

    Args:
        best: t = log u -> D*.
        trained, t: D and log u at points of each network, (networks, points).
    """
    k = np.ones(len(t))
    for _ in range(_ITERATIONS):
        at = k[:, None] * t
        slope = (best(at + _STEP * t) - best(at - _STEP * t)) / (2 * _STEP)
        move = ((trained - best(at)) * slope).mean(1) / (slope * slope).mean(1)
        k = k + np.clip(move, -0.5, 0.5)
    return np.asarray(k)


def along(measured: Array, exact: Array, direction: Array, weights: Array) -> Array:
    """c of each network for which exact + c direction is nearest to the measured vectors (Gauss, least
    squares).

    Args:
        measured: (networks, points, d).
        exact, direction: (points, d).
        weights: (points,), of the squared error.
    """
    left = ((measured - exact) * direction).sum(-1) @ weights
    return np.asarray(left / ((direction**2).sum(-1) @ weights))
