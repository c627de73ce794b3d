"""Which local maximum of u A(v) + B(v) is the global one, for all u in (0, oo).

Along each candidate E(u) = u A(v(u)) + B(v(u)) has the slope A(v(u)). Where several candidates stand side by
side the highest is found on a grid of log u, and a change of the winner is located to 50 digits, or exactly
between two levels, whose E are straight lines.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.derivation.algebra.expressions import simplified
from gantheory.derivation.optimum.candidates import Candidate, below
from gantheory.derivation.optimum.inversion import inverted
from gantheory.derivation.optimum.inversion import log_of as log
from gantheory.derivation.optimum.zeros import DIGITS, Array, values

_REACH = 720.0
_POINTS = 121
_EQUAL = 1e-13


class NoMaximumError(ArithmeticError):
    """u A(v) + B(v) has no maximum for some u."""


@dataclass(frozen=True)
class Reign:
    """A candidate is the global maximum for u in (start, end)."""

    start: sp.Expr
    end: sp.Expr
    candidate: Candidate


def scores(candidate: Candidate, t: Array) -> Array:
    """The candidate's scores at log u = t."""
    if candidate.level is not None:
        return np.full(t.shape, float(candidate.level))
    return inverted(candidate.game, candidate.rising, t, log(candidate.start), log(candidate.end))


def upper_envelope(found: list[Candidate]) -> tuple[list[Reign], list[str]]:
    """The reigns in increasing u, and the ties: intervals of u on which several scores are equally good.

    Raises:
        NoMaximumError: for some u there is no candidate.
    """
    edges = _edges(found)
    reigns: list[Reign] = []
    ties: list[str] = []
    for start, end in itertools.pairwise(edges):
        here = [c for c in found if not below(start, c.start) and not below(c.end, end)]
        if not here:
            raise NoMaximumError(f"no maximum for u between {start} and {end}")
        current = reigns[-1].candidate if reigns else None
        parts, tied = (
            ([Reign(start, end, here[0])], "") if len(here) == 1 else _compete(here, start, end, current)
        )
        if tied and tied not in ties:
            ties.append(tied)
        for part in parts:
            if reigns and reigns[-1].candidate is part.candidate:
                reigns[-1] = replace(reigns[-1], end=part.end)
            else:
                reigns.append(part)
    return reigns, ties


def _edges(found: list[Candidate]) -> list[sp.Expr]:
    """Where candidates begin or end, increasing, without repetition."""
    kept: list[sp.Expr] = []
    for point in sorted({p for c in found for p in (c.start, c.end)}, key=_order):
        if not kept or below(kept[-1], point):
            kept.append(point)
    if not kept or kept[0] != 0 or kept[-1] is not sp.oo:
        raise NoMaximumError("no maximum for some u")
    return kept


def _order(u: sp.Expr) -> tuple[float, int]:
    return log(u), sp.count_ops(u)


def _compete(
    here: list[Candidate], start: sp.Expr, end: sp.Expr, current: Candidate | None
) -> tuple[list[Reign], str]:
    low, high = max(log(start), -_REACH), min(log(end), _REACH)
    if low >= high:  # all of it lies beyond float64
        low, high = (log(start), log(start) + 1) if math.isfinite(log(start)) else (log(end) - 1, log(end))
    t = _grid(low, high)
    heights = np.array([_heights(candidate, t) for candidate in here])
    best = heights.max(axis=0)
    size = np.abs(heights).max(axis=0)
    level_with = heights >= best - _EQUAL * size
    choice = _choices(here, level_with, current)
    tied = ""
    if level_with.sum(axis=0).mean() > 1.9:
        at = [
            f"v = {c.level}" if c.level is not None else "a branch"
            for c, w in zip(here, level_with.mean(axis=1) > 0.9, strict=True)
            if w
        ]
        tied = f"{' and '.join(at)} are equally good for u in ({start}, {end}); the first is taken"
    reigns: list[Reign] = []
    begin = start
    for k in range(1, t.size + 1):
        if k < t.size and choice[k] == choice[k - 1]:
            continue
        if k == t.size:
            reigns.append(Reign(begin, end, here[choice[k - 1]]))
            break
        switch = _crossing(here[choice[k - 1]], here[choice[k]], t[k - 1], t[k])
        reigns.append(Reign(begin, switch, here[choice[k - 1]]))
        begin = switch
    return reigns, tied


def _grid(low: float, high: float) -> Array:
    """log u inside (low, high): dense around u = 1 and towards both ends, where winners mostly change."""
    middle = np.sinh(np.linspace(math.asinh(low), math.asinh(high), _POINTS + 2)[1:-1])
    off = (high - low) * np.exp(np.linspace(-24.0, -0.7, _POINTS))
    points = np.unique(np.concatenate([middle, low + off, high - off]))
    return points[(points > low) & (points < high)]


def _choices(here: list[Candidate], level_with: np.ndarray, current: Candidate | None) -> list[int]:
    """The winner at each point; among equals the one that reigns already, else the first."""
    order = [k for k, c in enumerate(here) if c is current]
    chosen: list[int] = []
    for column in level_with.T:
        equals = np.flatnonzero(column).tolist()
        before = chosen[-1:] or order
        chosen.append(before[0] if before and before[0] in equals else equals[0])
    return chosen


def _heights(candidate: Candidate, t: Array) -> Array:
    """(u A + B)/(1 + u) along a candidate."""
    if candidate.level is not None:
        a, b = (
            np.full(t.shape, float(candidate.value(expr))) for expr in (candidate.game.A, candidate.game.B)
        )
    else:
        v = scores(candidate, t)
        a, b = (values(expr, candidate.game.y, v) for expr in (candidate.game.A, candidate.game.B))
    with np.errstate(all="ignore"):
        return np.nan_to_num(expit(t) * a + expit(-t) * b, nan=-np.inf)


def _crossing(one: Candidate, other: Candidate, a: float, b: float) -> sp.Expr:
    """u at which both candidates are equally good, log u in [a, b]."""
    if one.level is not None and other.level is not None:
        slopes = [c.value(c.game.A) for c in (one, other)]
        offsets = [c.value(c.game.B) for c in (one, other)]
        u = (offsets[0] - offsets[1]) / (slopes[1] - slopes[0])
        return sp.nsimplify(u) if u.is_Rational else simplified(u)
    for _ in range(6):  # each divides the interval by 63
        t = np.linspace(a, b, 64)
        behind = np.flatnonzero(_heights(one, t[1:-1]) <= _heights(other, t[1:-1]))
        k = int(behind[0]) + 1 if behind.size else 63
        a, b = float(t[k - 1]), float(t[k])
    return _polished(one, other, (a + b) / 2)


def _polished(one: Candidate, other: Candidate, t: float) -> sp.Expr:
    """The crossing to 50 digits, by Newton's method: d(E1 - E2)/du = A1 - A2."""
    digits = DIGITS + 15
    u = sp.Float(math.exp(t), digits)
    points = [sp.Float(float(scores(c, np.array([t]))[0]), digits) for c in (one, other)]
    for _ in range(8):
        heights, slopes = [], []
        for k, c in enumerate((one, other)):
            if c.level is not None:
                a, b = (c.value(expr).evalf(digits) for expr in (c.game.A, c.game.B))
            else:
                points[k] = _stationary(c, u, points[k], digits)
                a, b = (expr.evalf(digits, subs={c.game.y: points[k]}) for expr in (c.game.A, c.game.B))
            heights.append(u * a + b)
            slopes.append(a)
        step = (heights[0] - heights[1]) / (slopes[0] - slopes[1])
        u = u - step
        if abs(step) <= sp.Float(10) ** (-DIGITS - 5) * abs(u):
            break
    return sp.S.One if abs(u - 1) < sp.Float(10) ** (5 - DIGITS) else sp.Float(u, DIGITS)


def _stationary(candidate: Candidate, u: sp.Expr, v: sp.Expr, digits: int) -> sp.Expr:
    game = candidate.game
    g = u * sp.diff(game.A, game.y) + sp.diff(game.B, game.y)
    slope = sp.diff(g, game.y)
    for _ in range(8):
        step = g.evalf(digits, subs={game.y: v}) / slope.evalf(digits, subs={game.y: v})
        v = v - step
        if abs(step) <= sp.Float(10) ** (-digits + 5) * (1 + abs(v)):
            break
    return v


__all__ = ["NoMaximumError", "Reign", "log", "scores", "upper_envelope"]
