"""Functions whose derivative is made of straight lines: hinge, absolute value, Huber, clips."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp

from gantheory.objectives.objective import v
from gantheory.reading.identification.calls.probe import Array
from gantheory.reading.identification.forms.shape import Shape, Slope, fits, number


def far_piecewise(slope: Slope) -> Shape | None:
    grid = np.linspace(-300, 300, 240) + 0.0137
    d = slope(grid)
    return piecewise(grid, d, slope) if np.isfinite(d).all() else None


def piecewise(grid: Array, d: Array, slope: Slope) -> Shape | None:
    """Pieces on which the derivative is a straight line, at least five points each."""
    bend = np.abs(np.diff(d, 2)) > 1e-9 * max(1.0, float(np.abs(d).max()))
    pieces: list[tuple[int, int]] = []
    start = 0
    for k in [*np.flatnonzero(bend).tolist(), len(d)]:
        if k + 1 - start >= 4:
            pieces.append((start, min(k + 1, len(d) - 1)))
        start = k + 1
    if not 2 <= len(pieces) <= 6:
        return None
    lines = [np.polyfit(grid[a : b + 1], d[a : b + 1], 1) for a, b in pieces]
    model = np.asarray(np.polyval(lines[0], grid), dtype=np.float64)
    expr: sp.Expr = number(lines[0][0]) * v**2 / 2 + number(lines[0][1]) * v
    knots: dict[str, float] = {}
    at = sp.S.Zero
    for (piece, line), (following, next_line) in itertools.pairwise(zip(pieces, lines, strict=True)):
        low, high = float(grid[piece[1]]), float(grid[following[0]])
        rise, jump = next_line[0] - line[0], next_line[1] - line[1]
        continuous = abs(rise) > 1e-9 and low - 1e-9 <= -jump / rise <= high + 1e-9
        knot = float(-jump / rise) if continuous else _jump(slope, line, low, high)
        at = number(knot)
        model += (grid > knot) * np.polyval(next_line - line, grid)
        expr += number(rise) * sp.Max(0, v - at) ** 2 / 2
        expr += number(jump + rise * knot) * sp.Max(0, v - at)
        knots[f"knot {len(knots) + 1}"] = knot
    if not fits(d, model):
        return None
    if len(pieces) == 2 and not lines[1].any():
        expr = -number(lines[0][1]) * sp.Max(0, at - v)
    ends = {"first slope": float(d[0]), "last slope": float(d[-1])}
    flat = all(abs(line[0]) < 1e-9 for line in lines)
    return Shape("piecewise", expr, {**knots, **ends, "linear": float(flat)})


def _jump(slope: Slope, line: Array, low: float, high: float) -> float:
    """Where the derivative leaves the line, between two scores."""
    for _ in range(7):
        points = np.linspace(low, high, 60)
        off = np.abs(slope(points) - np.polyval(line, points)) > 1e-7
        first = int(np.argmax(off)) if off.any() else len(points) - 1
        low, high = float(points[max(0, first - 1)]), float(points[first])
    return (low + high) / 2
