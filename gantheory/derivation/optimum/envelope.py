"""Which local maximum of u A(v) + B(v) is the global one, for all u in (0, oo).

Along each candidate E(u) = u A(v(u)) + B(v(u)) has the slope A(v(u)), and is convex: E'' = A' dv/du =
-A'^2/(u A'' + B''), and at a maximum u A'' + B'' < 0. Between two points it lies above its tangents and below
its chord, so that values and slopes at both tell whether another candidate can win in between: where it can,
the interval is halved. A change of the winner is located to 50 digits, or exactly between two levels, whose E
are straight lines.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import simplified, without_hyperbolic
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.candidates import Candidate, below
from gantheory.derivation.optimum.inversion import inverted
from gantheory.derivation.optimum.inversion import log_of as log
from gantheory.derivation.optimum.slopes import SECONDS
from gantheory.derivation.optimum.zeros import DIGITS, SMALLEST, values
from gantheory.errors import GantheoryError

_REACH = 720.0
_POINTS = 121
_MOST = 20_000
_EQUAL = 1e-13
_NARROW = 1e-10
"""Width of log u, over 1 + |log u|, to which a change of the winner is closed in."""
_VANISHING = 1e-6
"""A crossing so far below where it is looked for is at u = 0."""
_STEPS = 24
"""Of Newton's method, which halves u where two touch at u = 0."""


class NotFoundError(ArithmeticError):
    """No maximum of u A(v) + B(v) was found for some u, which does not say that there is none."""

    def __init__(self, start: sp.Expr, end: sp.Expr) -> None:
        ends = [str(u if u.is_Rational or u is sp.oo else u.evalf(6)) for u in (start, end)]
        super().__init__(f"no maximum of u A(v) + B(v) was found for u in ({', '.join(ends)})")


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
        NotFoundError: for some u there is no candidate.
    """
    edges = _edges(found)
    reigns: list[Reign] = []
    ties: list[str] = []
    for start, end in itertools.pairwise(edges):
        here = [c for c in found if not below(start, c.start) and not below(c.end, end)]
        if not here:
            raise NotFoundError(start, end)
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
    return [sp.S.Zero, *(point for point in kept if point not in (0, sp.oo)), sp.oo]


def _order(u: sp.Expr) -> tuple[float, int]:
    return log(u), sp.count_ops(u)


def _compete(
    here: list[Candidate], start: sp.Expr, end: sp.Expr, current: Candidate | None
) -> tuple[list[Reign], str]:
    low, high = max(log(start), -_REACH), min(log(end), _REACH)
    if low >= high:  # all of it lies beyond float64
        inside = log(start) + 1 if low > 0 else log(end) - 1
        return [Reign(start, end, max(here, key=lambda c: _height(c, inside)))], ""
    t, level_with = _refined(here, _grid(low, high))
    choice = _choices(here, level_with, current)
    tied = ""
    if level_with.sum(axis=0).mean() > 1.9:
        at = [
            f"v = {c.level}" if c.level is not None else "a branch"
            for c, w in zip(here, level_with.mean(axis=1) > 0.9, strict=True)
            if w
        ]
        names = " and ".join(at) if len(at) > 1 else "several scores"
        tied = f"{names} are equally good for u in ({start}, {end}); the first is taken"
    reigns: list[Reign] = []
    begin = start
    for k in range(1, t.size + 1):
        if k < t.size and choice[k] == choice[k - 1]:
            continue
        if k == t.size:
            reigns.append(Reign(begin, end, here[choice[k - 1]]))
            break
        switch = _crossing(here[choice[k - 1]], here[choice[k]], t[k - 1], t[k])
        if below(begin, switch):  # two that are equally good as u -> 0 only cross there
            reigns.append(Reign(begin, switch, here[choice[k - 1]]))
            begin = switch
    return reigns, tied


def _height(candidate: Candidate, t: float) -> sp.Expr:
    """u A + B along a candidate at a log u beyond floats."""
    game, v = candidate.game, candidate.level
    if v is not None:
        a, b = (candidate.value(expr) for expr in (game.A, game.B))
    else:
        at = sp.Float(float(scores(candidate, np.array([t]))[0]), DIGITS)
        a, b = (expr.evalf(DIGITS, subs={game.y: at}) for expr in map(without_hyperbolic, (game.A, game.B)))
    return (sp.exp(sp.Float(t, DIGITS)) * a + b).evalf(DIGITS)


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


def _curve(candidate: Candidate) -> Callable[[Array], tuple[Array, Array]]:
    """log u -> A and B along a candidate."""
    exprs = candidate.game.A, candidate.game.B
    if candidate.level is not None:
        a, b = (float(candidate.value(expr)) for expr in exprs)
        return lambda t: (np.full(t.shape, a), np.full(t.shape, b))

    game = candidate.game

    def of(expr: sp.Expr, v: Array) -> Array:
        found = values(expr, game.y, v)
        for end in (game.low, game.high):
            there = v == float(end)
            if end.is_infinite and there.any():
                limit = attempted(SECONDS, partial(game.at, expr, end))
                found[there] = np.nan if limit is None or not limit.is_finite else float(limit)
        return found

    def at(t: Array) -> tuple[Array, Array]:
        v = scores(candidate, t)
        a, b = (of(expr, v) for expr in exprs)
        return a, b

    return at


def _highest(a: Array, b: Array, t: Array) -> np.ndarray:
    """Which candidates have the highest (u A + B)/(1 + u), up to rounding of the terms of the two that are
    compared: a third may be at -10^300."""
    with np.errstate(all="ignore"):
        terms = expit(t) * a, expit(-t) * b
        heights = np.nan_to_num(terms[0] + terms[1], nan=-np.inf)
        best = heights.max(axis=0)
        sizes = np.abs(terms[0]) + np.abs(terms[1])
        size = np.fmax(sizes, np.take_along_axis(sizes, heights.argmax(axis=0)[None], axis=0))
        close = heights >= best - _EQUAL * size
    return (close & np.isfinite(heights)) | (heights == best)


def _refined(here: list[Candidate], t: Array) -> tuple[Array, np.ndarray]:
    """log u, and which candidates are the highest, so fine that between two points none can win but those
    that win there."""
    curves = [_curve(candidate) for candidate in here]

    def along(t: Array) -> tuple[Array, Array]:
        a, b = zip(*(curve(t) for curve in curves), strict=True)
        return np.array(a), np.array(b)

    a, b = along(t)
    told = _told(a, b, t, [candidate.level is None for candidate in here])
    if told.any():
        t, a, b = t[told], a[:, told], b[:, told]
    while t.size < _MOST:
        wide = np.diff(t) > _NARROW * (1.0 + np.abs(t[1:]))
        halved = _undecided(a, b, t) & wide
        if not halved.any():
            break
        middle = 0.5 * (t[:-1] + t[1:])[halved]
        t = np.concatenate([t, middle])
        order = np.argsort(t)
        t, (a, b) = (
            t[order],
            (np.concatenate(both, axis=1)[:, order] for both in zip((a, b), along(middle), strict=True)),
        )
    return t, _highest(a, b, t)


def _told(a: Array, b: Array, t: Array, branch: list[bool]) -> np.ndarray:
    """Where floats hold A and B along the branches, and not all heights have sunk to 0."""
    with np.errstate(all="ignore"):
        sizes = np.fmax.reduce(expit(t) * np.abs(a) + expit(-t) * np.abs(b))
    return ~np.isinf(np.concatenate([a[branch], b[branch]])).any(axis=0) & (sizes > SMALLEST)


def _undecided(a: Array, b: Array, t: Array) -> np.ndarray:
    """Whether another candidate may win between neighbouring points: whether its chord does not lie below
    the tangents of the one that wins at both.

    In x = u, or for u > 1 in x = 1/u, where E/u = A + B x is convex as well and has the slope B.
    """
    alike = _highest(a, b, t)
    held = alike[:, :-1] & alike[:, 1:]
    one = held.argmax(axis=0)[None]
    beyond = t[:-1] >= 0.0
    with np.errstate(all="ignore"):
        ends = []
        for k in (slice(None, -1), slice(1, None)):
            x = np.exp(np.where(beyond, -t[k], t[k]))
            ends.append(
                (
                    x,
                    np.where(beyond, a[:, k] + b[:, k] * x, a[:, k] * x + b[:, k]),
                    np.where(beyond, b[:, k], a[:, k]),
                )
            )
        (x0, e0, s0), (x1, e1, s1) = ends
        first, last, rise, fall = (np.take_along_axis(part, one, axis=0)[0] for part in (e0, e1, s0, s1))
        # Where the two tangents meet the winner is lowest against a straight line.
        meet = (last - fall * x1 - first + rise * x0) / (rise - fall)
        meet = np.where(np.isfinite(meet), meet, x1)
        share = np.clip((meet - x0) / (x1 - x0), 0.0, 1.0)
        tangents = np.maximum(first + rise * share * (x1 - x0), last - fall * (1.0 - share) * (x1 - x0))
        chords = e0 + (e1 - e0) * share
        above = chords > tangents + _EQUAL * np.maximum(np.abs(first), np.abs(last))
    return ~held.any(axis=0) | (above & ~held & np.isfinite(chords)).any(axis=0)


def _crossing(one: Candidate, other: Candidate, a: float, b: float) -> sp.Expr:
    """u at which both candidates are equally good, log u in [a, b]."""
    if one.level is not None and other.level is not None:
        slopes = [c.value(c.game.A) for c in (one, other)]
        offsets = [c.value(c.game.B) for c in (one, other)]
        u = (offsets[0] - offsets[1]) / (slopes[1] - slopes[0])
        return u if u.is_Rational else simplified(u)
    found = _polished(one, other, (a + b) / 2)
    return found if found.is_Rational else _algebraic(one, other, found) or found


def _algebraic(one: Candidate, other: Candidate, near: sp.Expr) -> sp.Expr | None:
    """The crossing of a level and a branch as a rational number or a square root, where A and B are rational.

    On the branch u = rho(v), so that E is the level's E at the zeros of one polynomial in v.
    """
    branch, level = (one, other) if other.level is not None else (other, one)
    if branch.level is not None or level.level is None:
        return None
    A, B, v = branch.game.A, branch.game.B, branch.game.y
    a, b = (level.value(expr) for expr in (level.game.A, level.game.B))
    if not all(expr.is_rational_function(v) for expr in (A, B)) or not (a.is_Rational and b.is_Rational):
        return None
    rho = -sp.diff(B, v) / sp.diff(A, v)
    numerator, _ = sp.fraction(sp.together(rho * (A - a) + B - b))
    if not numerator.is_polynomial(v) or any(not c.is_Rational for c in sp.Poly(numerator, v).coeffs()):
        return None
    for factor, _ in sp.factor_list(numerator, v)[1]:
        if sp.degree(factor, v) > 2:
            continue
        for root in sp.solve(factor, v):
            exact = sp.radsimp(sp.simplify(rho.subs(v, root)))
            if exact.is_real and abs(exact.evalf(DIGITS + 10) - near) < sp.Float(10) ** (5 - DIGITS) * near:
                return exact
    return None


def _polished(one: Candidate, other: Candidate, t: float) -> sp.Expr:
    """The crossing to 50 digits, by Newton's method: d(E1 - E2)/du = A1 - A2; 0 where they meet as u -> 0."""
    digits = DIGITS + 15
    u = sp.Float(math.exp(t), digits)
    points = [sp.Float(float(scores(c, np.array([t]))[0]), digits) for c in (one, other)]
    for _ in range(_STEPS):
        heights, slopes = [], []
        for k, c in enumerate((one, other)):
            if c.level is not None:
                a, b = (c.value(expr).evalf(digits) for expr in (c.game.A, c.game.B))
            else:
                points[k] = _stationary(c, u, points[k], digits)
                parts = map(without_hyperbolic, (c.game.A, c.game.B))
                a, b = (expr.evalf(digits, subs={c.game.y: points[k]}) for expr in parts)
            heights.append(u * a + b)
            slopes.append(a)
        step = (heights[0] - heights[1]) / (slopes[0] - slopes[1])
        if not step.is_finite:
            raise GantheoryError(
                f"the optimal score jumps near log u = {t:.4g}, but A and B are too flat there to say where"
            )
        u = u - step
        if u < _VANISHING * math.exp(t):
            return sp.S.Zero
        if abs(step) <= sp.Float(10) ** (-DIGITS - 5) * abs(u):
            break
    return sp.S.One if abs(u - 1) < sp.Float(10) ** (5 - DIGITS) else sp.Float(u, DIGITS)


def _stationary(candidate: Candidate, u: sp.Expr, v: sp.Expr, digits: int) -> sp.Expr:
    game = candidate.game
    dA, dB = game.slopes
    g = without_hyperbolic(u * dA + dB)
    slope = sp.diff(g, game.y)
    for _ in range(8):
        step = g.evalf(digits, subs={game.y: v}) / slope.evalf(digits, subs={game.y: v})
        if not abs(step) <= 1 + abs(v):  # away to where exp(v^2) has more digits than there is memory
            raise GantheoryError(f"the optimal score jumps near v = {float(v):.4g}, too flat to say where")
        v = v - step
        if abs(step) <= sp.Float(10) ** (-digits + 5) * (1 + abs(v)):
            break
    return v


__all__ = ["NotFoundError", "Reign", "log", "scores", "upper_envelope"]
