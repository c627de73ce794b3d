"""Where p/q crosses a kink or jump of f: panels must begin there.

Gauss-Kronrod's error estimate supposes a smooth integrand. Halving panels around a kink converges, but the
estimate of each panel that holds it is too small, by a factor of 10^4 at a jump.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from gantheory.arguments.arrays import Array

_BETWEEN = 33
"""Points that a gap between two inner points is searched at."""

_OUTWARDS = 60
"""Halvings of the distance to an end, or doublings towards infinity, that are searched."""

_THIRDS = 50
"""Of a gap, each a third smaller: to 1e-9 of it, where a smooth function does not change any more."""


def crossings(
    ratio: Callable[[Array], Array], levels: tuple[float, ...], low: float, high: float, inner: Array
) -> Array:
    """The points of (low, high) where `ratio` = log p - log q passes one of `levels`, to rounding.

    Args:
        ratio: on arrays of points; NaN and infinite values are no crossing.
        levels: values of log u.
        low, high: ends of the segment, may be infinite.
        inner: points inside, in order, with the features of both densities between them.
    """
    if not levels or inner.size < 2:
        return np.empty(0)
    grid, t = with_turns(ratio, levels, _grid(low, high, inner))
    found: list[float] = []
    for level in levels:
        side = np.sign(t - level)
        for k in np.nonzero(side[:-1] * side[1:] < 0)[0]:
            found.append(bisected(ratio, level, float(grid[k]), float(grid[k + 1]), float(side[k])))
        # A grid point that hits the level exactly, between two sides.
        hits = np.nonzero((side[1:-1] == 0) & (side[:-2] * side[2:] < 0))[0] + 1
        found += [float(grid[k]) for k in hits]
    return np.unique(np.array(found))


def with_turns(
    ratio: Callable[[Array], Array], levels: tuple[float, ...], grid: Array
) -> tuple[Array, Array]:
    """A grid with the points where `ratio` turns round next to a level, which it may touch, or pass twice
    between two points of the grid; and `ratio` on it."""
    t = ratio(grid)
    turns: list[float] = []
    with np.errstate(invalid="ignore"):
        for sign in (1.0, -1.0):
            top, before, after = sign * t[1:-1], sign * t[:-2], sign * t[2:]
            # Between its neighbours it rises by no more than it falls to one of them.
            most = top + np.fmax(top - before, top - after)
            level = sign * np.array(levels)[:, None]
            near = (top >= before) & (top >= after) & ((top < level) & (level <= most)).any(axis=0)
            for k in np.nonzero(near)[0]:
                turns.append(_turn(ratio, sign, float(grid[k]), float(grid[k + 2])))
    if not turns:
        return grid, t
    grid, first = np.unique(np.concatenate([grid, turns]), return_index=True)
    return grid, np.concatenate([t, ratio(np.array(turns))])[first]


def _turn(ratio: Callable[[Array], Array], sign: float, a: float, b: float) -> float:
    """Where sign * ratio, which rises and then falls on [a, b], is largest, to half of the digits."""
    for _ in range(_THIRDS):
        x = np.array([2 / 3, 1 / 3]) * a + np.array([1 / 3, 2 / 3]) * b
        first, second = sign * ratio(x)
        a, b = (float(x[0]), b) if first < second else (a, float(x[1]))
    return 0.5 * a + 0.5 * b


def between(inner: Array) -> Array:
    """Inner points and those that the gaps between two of them are searched at."""
    return np.unique(
        np.concatenate([inner, *(np.linspace(a, b, _BETWEEN) for a, b in itertools.pairwise(inner))])
    )


def _grid(low: float, high: float, inner: Array) -> Array:
    parts = [between(inner)]
    span = max(float(inner[-1] - inner[0]), 1e-300)
    for end, near, sign in ((low, float(inner[0]), -1.0), (high, float(inner[-1]), 1.0)):
        powers = np.arange(0.0, _OUTWARDS, 0.25)
        if math.isfinite(end):
            parts.append(end - sign * abs(end - near) * 2.0**-powers)
        else:
            with np.errstate(over="ignore"):
                parts.append(near + sign * span * (2.0**powers - 1.0))
    grid = np.unique(np.concatenate(parts))
    return grid[(grid > low) & (grid < high) & np.isfinite(grid)]


def bisected(ratio: Callable[[Array], Array], level: float, a: float, b: float, side: float) -> float:
    """Where `ratio` passes a level between a, where ratio - level has the sign `side`, and b."""
    for _ in range(200):
        middle = 0.5 * (a + b)
        if not a < middle < b:
            break
        at = float(ratio(np.array([middle]))[0]) - level
        if at == 0.0:
            return middle
        a, b = (middle, b) if at * side > 0 else (a, middle)
    return 0.5 * (a + b)
