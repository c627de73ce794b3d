"""What a trained discriminator says alpha_D and alpha_G are: one number a network, with first-order power.

The root-mean-square error of D holds all that a network gets wrong, wiggles included, and hides a wrong alpha
of 10 % under them. The projection on the direction in which a wrong alpha moves the theory does not: most of
the error is orthogonal to it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gantheory.arguments.arrays import Array

EDGE = 2.0
"""Tolerances by which the theory of a control is wrong. A line that agrees has its interval within one of the
theory, and so off the region of any theory that is two away: the edge of what it can tell."""

_STEP = 1e-3
_ITERATIONS = 4


def exponent(best: Callable[[Array], Array], trained: Array, t: Array, weights: Array) -> Array:
    """k of each network for which D*(u^k) is nearest to the trained D, in the weighted mean square.

    In an (alpha_D, alpha_G) game v* = alpha_D log u, so that k is the factor by which alpha_D would have to
    be wrong to explain the network best; for any other objective a theory of a tempered density ratio.
    Gauss and Newton's iteration.

    Args:
        best: t = log u -> D*.
        trained: D at points of each network, (networks, points).
        t, weights: log u and weights of the points, (points,).
    """
    k = np.ones((len(trained), 1))
    for _ in range(_ITERATIONS):
        at = k * t
        slope = (best(at + _STEP * t) - best(at - _STEP * t)) / (2 * _STEP)
        move = ((trained - best(at)) * slope) @ weights / ((slope * slope) @ weights)
        k = k + np.clip(move, -0.5, 0.5)[:, None]
    return np.asarray(k[:, 0])


def shape(measured: Array, exact: Array, logs: Array, weights: Array) -> Array:
    """kappa of each network for which exact e^((1 - 1/kappa) logs) is nearest to the measured vectors.

    With logs = log(D*)/alpha_G, or log(1 - D*)/alpha_G where the generator saturates, this is the saturation
    factor of alpha_G kappa. Gauss and Newton's iteration on the weighted least squares.

    Args:
        measured: (networks, points, d).
        exact: (points, d).
        logs, weights: (points,).
    """
    kappa = np.ones((len(measured), 1))
    along, squares = np.einsum("snd,nd->sn", measured, exact), (exact**2).sum(-1)
    for _ in range(_ITERATIONS):
        factor = np.exp((1 - 1 / kappa) * logs)
        slope = factor * logs / kappa**2
        gap = ((along - factor * squares) * slope) @ weights
        kappa = kappa + np.clip(gap / ((slope * slope * squares) @ weights), -0.5, 0.5)[:, None]
        kappa = np.maximum(kappa, 0.1)
    return np.asarray(kappa[:, 0])


def power_apart(distance: Callable[[float], float], least: float) -> float:
    """The smallest power k > 1 at which a theory is `least` away from the right one, k = 1.

    Args:
        distance: k -> distance, 0 at 1, which grows with k at first.
        least: the distance.

    Returns:
        k; 64 where even that is nearer.
    """
    from scipy.optimize import brentq

    ends = 1 + np.geomspace(1e-6, 63, 60)
    for low, high in zip(np.concatenate([[1.0], ends]), ends, strict=False):
        if distance(float(high)) >= least:
            return float(brentq(lambda k: distance(k) - least, low, high, xtol=1e-12)) + 1e-9
    return 64.0


def edge_of_factor(tolerance: float) -> float:
    """The relative error of a parameter at which its reading is off the region wherever the right one's is
    inside: (1 - tolerance)(1 + error) = 1 + tolerance."""
    return EDGE * tolerance / (1 - tolerance) * (1 + 1e-9) + 1e-12
