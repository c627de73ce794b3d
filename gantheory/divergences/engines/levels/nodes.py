"""Quadrature nodes over t = log u for the masses of a pair's level sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.levels.sets import LevelSets

_X, _G = np.polynomial.legendre.leggauss(12)
_RESOLVED = 1e-8  # of the series' end; the Gauss rule is exact to twice its degree
_SMOOTH_DEPTH, _DEPTH = 8, 30  # bisections of a panel far out, and of any: log(p/q) may have an inflection
_NARROW = 1e-10  # of |t|: panels so narrow are not halved
_GRADED = 2.0 ** -np.arange(8.0, -1.0, -1.0)
_INFLECTIONS = 24  # panels of a round that such points leave
_FAR = 1e5  # |t| beyond which the rounding of log densities may be more than is to be resolved


@dataclass(frozen=True)
class Nodes:
    """Quadrature nodes |t| on one side of t = 0 with the logs of weight times gap, heavy and light there."""

    t: Array
    gap: Array
    heavy: Array
    light: Array
    log_weight: Array
    end: float
    bounded: bool
    """Whether log(p/q) ends at the last node, rather than that its masses have become too small."""


def nodes(sets: LevelSets, sign: int, finest: float, floor: float, before: Nodes | None = None) -> Nodes:
    """Gauss panels over t from 0 until the masses beyond are below e^floor; `before`, of a higher floor,
    where nothing lies beyond.

    Panels are dyadic in |t| from `finest` on, for D changes at the scale 1/alpha_D, and are halved until
    gap, heavy and light are resolved on each; next to a critical value they are cut in geometric order.
    """
    critical = [sign * x for x in sets.critical if sign * x > 0.0]
    reach = _reach(sets, sign, floor, critical)
    if before is not None and reach == before.end:
        return before
    if reach == 0.0:
        empty = np.empty(0)
        return Nodes(empty, empty, empty, empty, empty, 0.0, True)
    first = min(finest, reach)
    levels = max(0, math.ceil(math.log2(reach) - math.log2(first)))
    dyadic = [min(math.ldexp(first, k), reach) for k in range(levels + 1)]
    edges = np.unique([0.0, *dyadic, *(x for x in critical if x < reach)])
    a, b = edges[:-1], edges[1:]
    ends = np.array([*critical, reach])
    kept: list[tuple[Array, ...]] = []
    for depth in range(_DEPTH + 1):
        half = 0.5 * (b - a)
        t = (a + half)[:, None] + half[:, None] * _X
        parts = [x.reshape(t.shape) for x in sets.logs(t.ravel(), sign)]
        fine = (parts[1].max(axis=1) < floor) | np.all([_resolved(x) for x in parts], axis=0)
        # Away from critical values, what halving does not resolve is rounding: far out, or in many places.
        starts, stops = np.isin(a, ends), np.isin(b, ends)
        away = ~fine & (depth >= _SMOOTH_DEPTH) & ~starts & ~stops
        fine |= away & ((b > _FAR) | (away.sum() > _INFLECTIONS))
        fine |= (depth == _DEPTH) | (b - a < _NARROW * b)
        weight = np.log(half[:, None] * _G)
        kept.append((t[fine], *(x[fine] + weight[fine] for x in parts), weight[fine]))
        if fine.all():
            break
        pieces = []
        for some, cuts in (
            (starts & ~stops, np.append(0.0, _GRADED)),
            (stops & ~starts, np.append(1.0 - _GRADED[::-1], 1.0)),
            (starts == stops, np.array([0.0, 0.5, 1.0])),
        ):
            k = np.nonzero(~fine & some)[0]
            inner = a[k, None] + 2.0 * half[k, None] * cuts
            inner[:, 0], inner[:, -1] = a[k], b[k]
            pieces.append((inner[:, :-1].ravel(), inner[:, 1:].ravel()))
        a, b = (np.concatenate([piece[k] for piece in pieces]) for k in (0, 1))
    order = np.argsort(np.concatenate([part[0] for part in kept])[:, 0])
    t, gap, heavy, light, weight = (
        np.concatenate([part[k] for part in kept])[order].ravel() for k in range(5)
    )
    return Nodes(t, gap, heavy, light, weight, reach, reach in critical)


_LEGENDRE = np.linalg.inv(np.polynomial.legendre.legvander(_X, len(_X) - 1))


def _resolved(log_values: Array) -> Any:
    """Whether exp(log_values) is nearly a polynomial on the panel and varies by at most e^8, or is 0."""
    top = log_values.max(axis=1)
    with np.errstate(invalid="ignore", under="ignore"):
        variation = top - log_values.min(axis=1)
        # The rule integrates e^(4x) to rounding: only what is left beside an exponential trend must be small.
        slope = (log_values[:, -1] - log_values[:, 0]) / (_X[-1] - _X[0])
        trend = np.where(np.isfinite(slope) & (variation <= 8.0), slope, 0.0)[:, None] * _X
        flat = log_values - trend
        flat_top = flat.max(axis=1)
        scaled = np.exp(flat - np.where(np.isfinite(flat_top), flat_top, 0.0)[:, None])
    series = scaled @ _LEGENDRE.T
    smooth = np.abs(series[:, -3:]).max(axis=1) <= _RESOLVED
    return np.isneginf(top) | (smooth & (variation <= 8.0))


def _reach(sets: LevelSets, sign: int, floor: float, critical: list[float]) -> float:
    """|t| beyond which the masses are below e^floor: where log(p/q) ends, the critical value."""
    grid = 2.0 ** np.arange(-40.0, 1000.0)
    last = beyond = 0.0
    for _ in range(4):
        alive = np.nonzero(sets.logs(grid, sign)[1] > floor)[0]
        if alive.size == 0:
            return 0.0
        k = int(alive[-1])
        last, beyond = float(grid[k]), float(grid[min(k + 1, grid.size - 1)])
        grid = np.linspace(last, beyond, 17)
    # Where no mass is seen any more, before they are below the floor, the last that is seen tells the rest.
    end = beyond if np.isfinite(sets.logs(np.array([beyond]), sign)[1][0]) else last
    return next((x for x in critical if 0.999 * last <= x <= beyond), end)
