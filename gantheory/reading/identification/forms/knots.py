"""Where the derivative of a term jumps or bends: kinks of hinges, their squares, Huber's loss and clips."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.forms.shape import Slope, number

MOST = 6
"""Knots of a form; what has more is no loss that somebody wrote."""

_WIDEST = 12
"""Points next to each other that a knot, or two, makes large; more are a term too steep for the grid."""

_STEP = 0.05
_NEAR = np.arange(-25, 25, _STEP) + 0.0137
_FAR = (np.linspace(-300, -25, 110) + 0.0137, np.linspace(25, 300, 110) + 0.0137)


def knots_of(slope: Slope) -> list[float] | None:
    """Scores where the derivative or its own derivative jumps; None for more than `MOST` or no numbers."""
    found: list[float] = []
    for grid in (_NEAR, *_FAR):
        for low, high in _brackets(grid, slope(grid)):
            found.append(_refined(slope, low, high))
            if len(found) > MOST:
                return None
    return sorted({float(number(knot)) for knot in found})


def _brackets(grid: Array, d: Array) -> Iterator[tuple[float, float]]:
    """Neighbourhoods of large fourth differences: h^4 d'''' of smooth terms, but h or 1 at a knot."""
    if not np.isfinite(d).all():
        return
    fourth = np.abs(np.diff(d, 4))
    size = np.max([np.abs(d[k : len(d) - 4 + k]) for k in range(5)], axis=0)
    large = np.flatnonzero(fourth > 1e-4 * size + 1e-12 * np.abs(d).max())
    for group in np.split(large, np.flatnonzero(np.diff(large) > 1) + 1):
        if 0 < group.size <= _WIDEST:
            # points k to k + 4 enter the k-th difference
            yield float(grid[group[0]]), float(grid[group[-1] + 4])


def _refined(slope: Slope, low: float, high: float) -> float:
    """The knot: where second differences are largest, on ever finer grids, until they are rounding errors."""
    for _ in range(14):
        points = np.linspace(low, high, 41)
        d = slope(points)
        second = np.abs(np.diff(d, 2))
        k = int(np.argmax(second)) + 1
        if not second[k - 1] > 1e-12 * np.abs(d).max() or high - low < 1e-12 * max(1.0, abs(low)):
            break
        low, high = float(points[max(0, k - 2)]), float(points[min(40, k + 2)])
    return (low + high) / 2
