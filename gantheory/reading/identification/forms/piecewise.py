"""Functions with kinks: hinge and its square, absolute value, Huber, clips, and these plus smooth terms.

With knots c_k, where the derivative jumps or bends, the derivative is linear in all else:

    d(v) = a v + b + sum_k (r_k (v - c_k)_+ + j_k [v > c_k]) + derivatives of at most two smooth terms
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.objectives.objective import v
from gantheory.reading.identification.forms.shape import Shape, Slope, fits, number
from gantheory.reading.identification.forms.terms import TERMS, expression

MOST = 6
"""Knots of a form; what has more is no loss that somebody wrote."""

_WIDEST = 12
"""Points next to each other that a knot, or two, makes large; more are a term too steep for the grid."""

_STEP = 0.05
_NEAR = np.arange(-25, 25, _STEP) + 0.0137
_FAR = (np.linspace(-300, -25, 110) + 0.0137, np.linspace(25, 300, 110) + 0.0137)

_SMOOTH = tuple(name for name in TERMS if name not in ("linear", "square"))
_NONE = 1e-9
"""Share of the slope below which a term is not there."""


def piecewise(slope: Slope) -> Iterator[Shape]:
    """Forms with the kinks of this derivative, those of fewest smooth terms first."""
    knots = knots_of(slope)
    if not knots:
        return
    grid = np.unique(np.concatenate([np.linspace(-6, 6, 120), *(c + np.linspace(-3, 3, 24) for c in knots)]))
    grid = grid + 0.00137
    d = slope(grid)
    if not np.isfinite(d).all():
        return
    lines = [np.ones_like(grid), grid]
    pieces = [column for c in knots for column in (np.maximum(0, grid - c), (grid > c) * 1.0)]
    for count in (0, 1, 2):
        for chosen in itertools.combinations(_SMOOTH, count):
            matrix = np.stack([*lines, *pieces, *(TERMS[name][1](grid) for name in chosen)], 1)
            scale = np.abs(matrix).max(0)
            scale[scale == 0] = 1.0
            weights = np.linalg.lstsq(matrix / scale, d, rcond=None)[0] / scale
            if fits(d, matrix @ weights):
                weights[np.abs(weights) * scale < _NONE * np.abs(d).max()] = 0.0
                yield _shape(weights, knots, chosen)


def _shape(weights: Array, knots: list[float], chosen: tuple[str, ...]) -> Shape:
    numbers = [number(w) for w in weights.tolist()]
    count = 2 + 2 * len(knots)
    smooth = {name: w for name, w in zip(chosen, numbers[count:], strict=True) if w}
    line, square = numbers[:2]
    if "softplus" in smooth and not square and not any(numbers[2:count:2]):
        # a straight line belongs to the logistic loss: log sigmoid(v) = v - softplus(v)
        smooth["linear"], line = line, sp.S.Zero
    expr = expression(smooth) + _shortest(line, square, knots, numbers[2:count:2], numbers[3:count:2])
    parameters = {f"knot {k}": c for k, c in enumerate(knots, 1)}
    if not smooth and not square and not any(numbers[2:count:2]):
        parameters["linear"] = 1.0
    return Shape("piecewise", expr, parameters)


def _shortest(
    line: sp.Rational,
    square: sp.Rational,
    knots: list[float],
    rises: list[sp.Rational],
    jumps: list[sp.Rational],
) -> sp.Expr:
    """Each knot's pieces right of it or left of it, whichever leaves fewest terms and least of a line.

    With x = v - c, x_+^2 = x^2 - (-x)_+^2 and x_+ = x + (-x)_+.
    """
    best: tuple[tuple[int, int], sp.Expr] | None = None
    for sides in itertools.product((True, False), repeat=len(knots)):
        a, b, terms = square, line, []
        for right, c, r, j in zip(sides, map(number, knots), rises, jumps, strict=True):
            hinge = sp.Max(0, v - c if right else c - v)
            if not right:
                a, b = a + r, b + j - r * c
            terms += [(r if right else -r) * hinge**2 / 2, j * hinge]
        if a:  # as a (v - c)^2/2
            terms.append(a * (v + b / a) ** 2 / 2)
        elif b:
            terms.append(b * v)
        terms = [term for term in terms if term != 0]
        cost = (len(terms), bool(a) + bool(b))
        if best is None or cost < best[0]:
            best = cost, sum(terms, sp.S.Zero)
    assert best is not None
    return best[1]


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
