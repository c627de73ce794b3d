"""Local maxima of u A(v) + B(v) in the score v, each with the interval of u = p_r/p_g on which it is one.

On a stretch where A and B are smooth a stationary score satisfies u = rho(v) = -B'(v)/A'(v), which is
positive where A' and B' have opposite signs. As u A'' + B'' = -A' rho' there, it is a maximum iff
A' rho' > 0: a *branch* is a stretch of scores on which A', B' and rho' keep their signs so. A *level* is one
score: a kink, an end of the domain (a limit at infinity), or a score at which A' and B' vanish together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.limits import estimated
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.game import Game, log_ratio
from gantheory.derivation.optimum.slopes import SECONDS, Slopes
from gantheory.derivation.optimum.zeros import (
    DIGITS,
    changes,
    zero_between,
)

_EPS = float(np.finfo(np.float64).eps)

_HIGHEST_ORDER = 6.0
"""Of a zero next to which slopes are told from their rounding."""

_FLAT = 1e-13
"""Relative change of log rho between neighbouring grid points below which it is taken for rounding."""


@dataclass(frozen=True)
class Candidate:
    """A local maximum for u in [start, end].

    `level` is its score where that is one for all u; else the scores are those of `game`, from game.low to
    game.high, inside a `stretch` that is smooth, and `rising` says whether they rise with u.
    """

    game: Game
    start: sp.Expr
    end: sp.Expr
    level: sp.Expr | None = None
    rising: bool = True
    stretch: Game | None = None

    def value(self, expr: sp.Expr) -> sp.Expr:
        """A function of the score at the level: a limit at infinity."""
        assert self.level is not None
        return self.game.at(expr, self.level)


def candidates(parts: list[Game]) -> list[Candidate]:
    """All local maxima on the stretches, whose union is the domain, and the suprema at its ends."""
    slopes = [Slopes.of(part) for part in parts]
    found = [candidate for slope in slopes for candidate in _inside(slope)]
    found += _at_kinks(slopes)
    found += _at_end(slopes[0], -1)
    found += _at_end(slopes[-1], +1)
    return [c for c in found if below(c.start, c.end)]


def below(one: sp.Expr, other: sp.Expr) -> bool:
    """one < other by more than rounding."""
    if one is sp.oo or other is sp.S.Zero:
        return False
    if one is sp.S.Zero or other is sp.oo:
        return True
    return bool(sp.N(other - one, 30) > sp.Float(10) ** -25 * sp.N(one, 20))


def _inside(slopes: Slopes) -> Iterator[Candidate]:
    both = _common_zeros(slopes)
    if slopes.constant_ratio is None:  # else u A' + B' is A' but for a factor
        yield from _branches(slopes, both)
    for zero in both:
        # A maximum for those u for which u A' + B' falls through 0 there.
        yield Candidate(slopes.game, *_common(_where(slopes, zero, -1), _where(slopes, zero, +1)), zero)


def _common_zeros(slopes: Slopes) -> dict[sp.Expr, float]:
    """Zeros of both A' and B', one of which changes its sign there, with the higher of their orders."""
    found: dict[sp.Expr, float] = {}
    for slope, f, other in ((slopes.dA, slopes.a, slopes.dB), (slopes.dB, slopes.b, slopes.dA)):
        for i, j in changes(f):
            zero = zero_between(slope, slopes.game.y, slopes.at[i], slopes.at[j])
            orders = [_order(one, slopes.game.y, zero) for one in (slope, other)]
            if orders[1] > 0 and not any(abs(zero - known) < _beside(zero) for known in found):
                found[zero] = max(orders)
    return found


def _order(slope: sp.Expr, y: sp.Symbol, zero: sp.Expr) -> float:
    """Of a zero of `slope`, by its growth from one distance to the double; 0 where it does not vanish."""
    near, far = (abs(slope.evalf(40, subs={y: zero + k * _beside(zero)}, maxn=500)) for k in (1, 2))
    return float(sp.log(far / near, 2).round()) if near and near.is_finite and far.is_finite else math.inf


def _beside(point: sp.Expr) -> sp.Expr:
    """A distance at which slopes that vanish at a point show their signs and their order."""
    return sp.Float(10, 40) ** -12 * (1 + abs(point))


def _branches(slopes: Slopes, common: dict[sp.Expr, float]) -> Iterator[Candidate]:
    a, log_rho = slopes.signs[0], slopes.log_rho
    usable = np.isfinite(log_rho)
    # The signs of A' and of rho' between neighbouring points; 0 where there is no such branch.
    with np.errstate(invalid="ignore"):
        step = np.diff(log_rho)
        noise = _FLAT * (1.0 + np.abs(log_rho[1:]) + np.abs(log_rho[:-1]))
        rising = np.where(np.abs(step) <= noise, 0, np.sign(step))
    for zero, order in common.items():
        # At a distance d slopes of order k have an error of eps/d^k, and log rho changes by d^2 or more.
        distance = 10.0 * _EPS ** (1.0 / (min(order, _HIGHEST_ORDER) + 2.0)) * (1.0 + abs(float(zero)))
        rising[np.abs(slopes.at[1:] - float(zero)) < distance] = 0
    joined = usable[1:] & usable[:-1] & (a[1:] == a[:-1])
    if joined.any() and not rising[joined].any():
        rate = sp.diff(log_ratio(slopes.game), slopes.game.y)
        if rate.is_number:  # rho = e^(k y), and k y is lost on the whole grid
            rising = np.full(joined.shape, float(sp.sign(rate)))
    direction = _filled(np.where(joined, rising, 0).astype(int), joined)
    good = joined & (direction * a[1:] > 0)
    for first, last in _runs(good, direction):
        yield _branch(slopes, first, last + 1, int(direction[first]))


def _filled(direction: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """Steps lost in rounding take the direction of their neighbour."""
    out = direction.copy()
    for order in (range(1, len(out)), range(len(out) - 2, -1, -1)):
        shift = -1 if order.step > 0 else 1
        for k in order:
            if joined[k] and joined[k + shift] and out[k] == 0:
                out[k] = out[k + shift]
    return out


def _runs(good: np.ndarray, direction: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of good steps of one direction."""
    for (is_good, _), run in groupby(range(len(good)), key=lambda k: (good[k], direction[k])):
        if is_good:
            steps = list(run)
            yield steps[0], steps[-1]


def _branch(slopes: Slopes, first: int, last: int, direction: int) -> Candidate:
    """The branch through grid points first..last, continued to where A', B' or rho' changes its sign."""
    low, at_low = _edge(slopes, first, -1)
    high, at_high = _edge(slopes, last, +1)
    rising = direction > 0
    start, end = (at_low, at_high) if rising else (at_high, at_low)
    return Candidate(replace(slopes.game, low=low, high=high), start, end, None, rising, slopes.game)


def _edge(slopes: Slopes, index: int, side: int) -> tuple[sp.Expr, sp.Expr]:
    """(score, u) at one end of a branch."""
    game, dA, dB, at = slopes.game, slopes.dA, slopes.dB, slopes.at
    outside = range(index + side, len(at) if side > 0 else -1, side)
    for k in outside:
        a, b = (sign[k] for sign in slopes.signs)
        left, right = sorted((float(at[index]), float(at[k])))
        falls = [now * sign[index] < 0 for now, sign in zip((a, b), slopes.signs, strict=True)]
        if any(falls):
            slope, there = (dA, sp.oo) if falls[0] else (dB, sp.S.Zero)
            zero = zero_between(slope, game.y, left, right)
            other = dB if slope == dA else dA
            if abs(other.evalf(30, subs={game.y: zero}, maxn=500)) < sp.Float(10) ** -25:
                return zero, slopes.limit(zero, -side)  # both vanish
            return zero, there
        if a == 0 or b == 0 or not math.isfinite(slopes.log_rho[k]):
            continue  # underflow far out, or exactly on a zero
        # A', B' keep their signs: rho turns.
        around = at[index - side], at[k]
        turning = dA * sp.diff(dB, game.y) - dB * sp.diff(dA, game.y)
        zero = zero_between(turning, game.y, float(min(around)), float(max(around)))
        a, b = (slope.evalf(DIGITS, subs={game.y: zero}, maxn=500) for slope in (dA, dB))
        # Zeros at which A' or B' does not change its sign, to the digits of their place.
        flat = [abs(x) < sp.Float(10) ** -20 * abs(f[index]) for x, f in ((a, slopes.a), (b, slopes.b))]
        if any(flat):
            return zero, slopes.limit(zero, -side) if all(flat) else sp.oo if flat[0] else sp.S.Zero
        return zero, sp.Float(-b / a, DIGITS)
    end = game.high if side > 0 else game.low
    return end, slopes.limit(end, -side)


def _at_kinks(slopes: list[Slopes]) -> Iterator[Candidate]:
    for left, right in pairwise(slopes):
        kink = left.game.high
        rises, falls = _where(left, kink, -1), _where(right, kink, +1)
        infinite = [_infinite(side.game, kink) for side in (left, right)]
        for sign, grows, beside in zip("-+", infinite, (rises, falls), strict=True):
            if grows is sp.oo and below(*beside):
                raise Unbounded(f"{kink}{sign}", *beside)
        if any(infinite):
            sides = zip((left, right), infinite, (rises, falls), strict=True)
            for side, grows, beside in sides:
                if grows is None:
                    yield Candidate(side.game, *beside, kink)
        elif all(_equal(left.game, right.game, role, kink) for role in "AB"):
            yield Candidate(left.game, *_common(rises, falls), kink)
        else:
            yield Candidate(left.game, *rises, kink)
            yield Candidate(right.game, *falls, kink)


def _infinite(game: Game, end: sp.Expr) -> sp.Expr | None:
    """The infinite one of A and B towards a finite end of a stretch, oo before -oo; None if there is none."""
    found = [_value(game, expr, end) for expr in (game.A, game.B)]
    return next((limit for limit in (sp.oo, -sp.oo) if limit in found), None)


def _common(one: tuple[sp.Expr, sp.Expr], other: tuple[sp.Expr, sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
    """What two intervals of u share; empty where it ends before it starts."""
    return max(one[0], other[0], key=float), min(one[1], other[1], key=float)


def _equal(left: Game, right: Game, role: str, point: sp.Expr) -> bool:
    gap = getattr(left, role).subs(left.y, point) - getattr(right, role).subs(right.y, point)
    return gap == 0 or bool(abs(gap.evalf(30)) < sp.Float(10) ** -25)


def _where(slopes: Slopes, point: sp.Expr, side: int) -> tuple[sp.Expr, sp.Expr]:
    """The interval of u in which u A + B rises, or stays, towards a point from one side (+1: from above)."""
    y, at = slopes.game.y, slopes.at
    (nearest,) = np.nonzero((at - float(point)) * side > 0)
    nearest = nearest[::side]

    def sign(array: Array, slope: sp.Expr) -> int:
        """Of the slope at the point, or next to it."""
        if slope == 0:
            return 0
        if point.is_finite:
            here = slope.subs(y, point).evalf(30)
            if not (here.is_real and here.is_finite and abs(here) > sp.Float(10) ** -25):
                # On the grid, next to a zero of the slope, are signs of its rounding.
                here = slope.evalf(40, subs={y: point + side * _beside(point)}, maxn=500)
            if here.is_real and here.is_finite and here != 0:
                return 1 if here > 0 else -1
        known = (int(np.sign(array[k])) for k in nearest if math.isfinite(array[k]) and array[k] != 0)
        return next(known, 0)

    a, b = -side * sign(slopes.a, slopes.dA), -side * sign(slopes.b, slopes.dB)
    if a >= 0 and b >= 0:
        return sp.S.Zero, sp.oo
    if a <= 0 and b <= 0:
        return sp.S.Zero, sp.S.Zero
    edge = slopes.constant_ratio
    edge = slopes.limit(point, side) if edge is None else edge
    return (edge, sp.oo) if a > 0 else (sp.S.Zero, edge)


def _at_end(slopes: Slopes, side: int) -> Iterator[Candidate]:
    game = slopes.game
    end = game.high if side > 0 else game.low
    start, stop = _where(slopes, end, -side)
    if not below(start, stop):
        return
    if end.is_infinite and slopes.dA == 0 and slopes.dB == 0:
        return  # flat: as good as its finite end
    values_there = [_value(game, expr, end) for expr in (game.A, game.B)]
    if any(value is sp.oo for value in values_there):
        raise Unbounded(str(end), start, stop)
    if all(value.is_finite for value in values_there):
        yield Candidate(game, start, stop, end)


def _value(game: Game, expr: sp.Expr, end: sp.Expr) -> sp.Expr:
    if not expr.has(game.y):
        return expr
    if (found := attempted(SECONDS, lambda: game.at(expr, end))) is not None:
        return found
    return estimated(expr, game.y, end, "+" if end == game.low else "-")


class Unbounded(ArithmeticError):
    """u A(v) + B(v) grows without bound as the score goes to `end`, for u in (start, stop)."""

    def __init__(self, end: str, start: sp.Expr, stop: sp.Expr) -> None:
        super().__init__(f"u A(v) + B(v) grows without bound as v -> {end} for u in ({start}, {stop})")


__all__ = ["Candidate", "Unbounded", "below", "candidates"]
