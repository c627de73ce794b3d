"""Quadrature nodes over t = log u for the masses of a pair's level sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gantheory.arrays import Array
from gantheory.divergences.engines.hockey_stick import LevelSets

_X, _G = np.polynomial.legendre.leggauss(12)
_RESOLVED = 1e-8  # of the series' end; the Gauss rule is exact to twice its degree
_SMOOTH_DEPTH, _DEPTH = 8, 30  # bisections of a panel, and of one next to a critical value of log(p/q)


@dataclass(frozen=True)
class Nodes:
    """Quadrature nodes |t| on one side of t = 0 with log(weight W), log(weight V) and log(weight U) there."""

    t: Array
    log_w: Array
    log_v: Array
    log_u: Array
    log_weight: Array
    end: float
    bounded: bool
    """Whether log(p/q) ends at the last node, rather than that its masses have become too small."""
    lost: bool = False
    """Whether they end where one mass underflows and the other, with a tail of powers, goes on."""


def nodes(sets: LevelSets, sign: int, finest: float, floor: float) -> Nodes:
    """Gauss panels over t from 0 until the masses beyond are below e^floor.

    Panels are dyadic in |t| from `finest` on, for D changes at the scale 1/alpha_D, and are halved until W,
    V and U are resolved on each.
    """
    critical = [sign * x for x in sets.critical if sign * x > 0.0]
    reach, lost = _reach(sets, sign, floor)
    if reach == 0.0:
        empty = np.empty(0)
        return Nodes(empty, empty, empty, empty, empty, 0.0, True)
    first = min(finest, reach)
    levels = max(0, math.ceil(math.log2(reach / first)))
    edges = np.unique(
        [0.0, *(min(first * 2.0**k, reach) for k in range(levels + 1)), *(x for x in critical if x < reach)]
    )
    a, b, depth = edges[:-1], edges[1:], 0
    kept: list[tuple[Array, ...]] = []
    while a.size:
        half = 0.5 * (b - a)
        t = (a + half)[:, None] + half[:, None] * _X
        logs = sets.logs(sign * t.ravel(), sign)
        w, v, u = (x.reshape(t.shape) for x in logs)
        # P(T beyond t) = V e^t and Q(T beyond t) = U: what the equilibrium integrand weighs.
        gone = np.maximum(v + sign * t, u).max(axis=1) < floor
        fine = gone | (_resolved(v) & _resolved(u) & _resolved(w))
        # Away from critical values, what halving does not resolve is rounding of small masses.
        ends = np.array([*critical, reach])
        gap = np.minimum(np.abs(a[:, None] - ends), np.abs(b[:, None] - ends)).min(axis=1)
        fine |= (depth >= _SMOOTH_DEPTH) & (gap > 1.5 * (b - a))
        fine |= depth >= _DEPTH
        weight = np.log(half[:, None] * _G)
        kept.append((t[fine], *(x[fine] + weight[fine] for x in (w, v, u)), weight[fine]))
        middle = (a + half)[~fine]
        a, b = np.concatenate([a[~fine], middle]), np.concatenate([middle, b[~fine]])
        depth += 1
    order = np.argsort(np.concatenate([part[0] for part in kept])[:, 0])
    t, w, v, u, weight = (np.concatenate([part[k] for part in kept])[order].ravel() for k in range(5))
    bounded = any(abs(reach - x) <= 1e-3 * reach for x in critical)
    return Nodes(t, w, v, u, weight, reach, bounded, lost)


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


def _ladder(start: float) -> Array:
    """All |t| that matter, a factor of 2 apart, or from one of these finely to the next."""
    return np.asarray(np.linspace(start, 2.0 * start, 4097) if start else 2.0 ** np.arange(-40.0, 24.0))


def _reach(sets: LevelSets, sign: int, floor: float) -> tuple[float, bool]:
    """|t| beyond which P(T beyond t) and Q(T beyond t) are below e^floor, or one underflows beside a tail of
    powers, and whether it does."""

    log_masses = cache(lambda start: np.array(sets.masses(sign * _ladder(start), sign)))

    def until(level: float, which: slice) -> tuple[float, float]:
        """(first |t| with the masses dead, their logarithm just before)."""
        last = before = 0.0
        for _ in range(2):
            log_mass = log_masses(last)[which].max(axis=0)
            alive = np.nonzero(log_mass > level)[0]
            if alive.size == 0:
                return 0.0, -math.inf
            k = int(alive[-1])
            last, before = float(_ladder(last)[k]), float(log_mass[k])
        return last * (1.0 + 1.0 / 4096.0), before

    reach, _ = until(floor, slice(0, 2))
    lost = False
    for which in (slice(0, 1), slice(1, 2)) if sets.underflow > -math.inf else ():
        end, before = until(sets.underflow, which)
        # A mass that underflows would look like one that ends.
        if before < 0.8 * sets.underflow and end < reach:
            # An exponential tail of the other is extrapolated, its logarithm doubles with t.
            half, whole = np.max(sets.masses(sign * np.array([0.5 * end, end]), sign), axis=0)
            reach, lost = end, bool(whole > 1.5 * half)
    return reach, lost
