"""Sums over long runs of a lattice from a few of its points, where the summand is smooth on the run's scale.

    sum_{n=a}^{b} g(n) = int_{a-1/2}^{b+1/2} g - [g']/24 + 7 [g''']/5760 - 31 [g^(5)]/967680 + ...,

the Euler-Maclaurin formula at midpoints, of the polynomial through g at 24 lattice points near Chebyshev's: a
law is defined at integers only, so that there is no integral to take of it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from gantheory.arguments.arrays import Array
from gantheory.divergences.functions.piecewise import DEGREE, NODES

SHORTEST = 4096.0
"""Points of a run below which it is summed point by point: the formula's error falls with its length."""


def points(a: float, b: float) -> Array:
    """The nodes of the run a, a + 1, ..., b."""
    return np.asarray(a + np.rint(0.5 * (b - a) * (NODES + 1.0)))


def rule(a: float, b: float) -> tuple[Array, Array]:
    """(weights, last): the sum over the run is weights @ g(points), and `last` @ g its series' last terms."""
    z = np.rint(0.5 * (b - a) * (NODES + 1.0)) / (0.5 * (b - a)) - 1.0
    half = 0.5 * (b - a) + 0.5
    to_series = np.linalg.inv(chebyshev.chebvander(z * (0.5 * (b - a) / half), DEGREE - 1))
    return np.asarray(_sums(half) @ to_series), np.asarray(to_series[-3:])


def _sums(half: float) -> Array:
    """Of each Chebyshev polynomial on [-half, half]."""
    integral, *ends = _ends()
    total = 2.0 * half * integral
    for factor, power, end in zip((-1 / 24, 7 / 5760, -31 / 967680), (1, 3, 5), ends, strict=True):
        total = total + factor * end * (1.0 / half) ** power
    return np.asarray(total)


@lru_cache(maxsize=1)
def _ends() -> tuple[Array, ...]:
    """Half the integrals of T_k over [-1, 1], and the rise of T_k', T_k''' and T_k^(5) from end to end."""
    k = np.arange(float(DEGREE))
    even = k % 2 == 0
    square = k * k
    first = square
    third = first * (square - 1) * (square - 4) / 15.0
    fifth = third * (square - 9) * (square - 16) / 63.0
    integral = np.where(even, 1.0 / np.where(even, 1.0 - square, 1.0), 0.0)
    return integral, *(np.where(even, 2.0 * end, 0.0) for end in (first, third, fifth))
