"""f(0), f'(inf) and what a numeric f needs to know at u = 1 and at the thresholds of v*."""

from __future__ import annotations

from functools import partial

import sympy as sp

from gantheory.derivation.algebra import limits
from gantheory.derivation.algebra.expressions import SECONDS, tidy
from gantheory.derivation.algebra.points import exact_value
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.game import per_log_ratio
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.ties import stationary_at
from gantheory.support.deadline import within
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as mpmath

_DIGITS = 60
"""Digits of f(0) and f'(inf) of a numeric f."""

_STEEPEST = 1e12
"""A slope of f at u = 1 from which it is infinite, but for the digits of v*(1)."""


def falls(solution: OptimalScore) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(u0, -jump of S(v*)) at each threshold where S jumps."""
    found = []
    for tie, *sides in zip(solution.junctions, solution.pieces, solution.pieces[1:], strict=False):
        values = [_at_threshold(piece, "S", tie.at) for piece in sides]
        fall = values[0] - values[1]
        if abs(fall.evalf(40)) > sp.Float(10) ** -30 * (1 + abs(values[0].evalf(20))):
            found.append((tie.at, fall))
    return tuple(found)


def _at_threshold(piece: Piece, role: str, threshold: sp.Expr) -> sp.Expr:
    """A function of the game at v*(threshold), on one side of it."""
    expr = getattr(piece.game, role)
    if piece.level:
        return piece.of(expr)
    if piece.closed is not None:
        return _number_at(piece.of(expr), threshold)
    expr, y, score = getattr(piece.plain, role), piece.plain.y, stationary_at(piece, threshold)
    if not score.is_Rational:
        return expr.evalf(_DIGITS, subs={y: score})
    value = expr.subs(y, score)  # evalf takes exp(0) - 1 for a small number, and divides by it
    return sp.N(value if value.is_finite else sp.limit(expr, y, score), _DIGITS)


def _number_at(expr: sp.Expr, ratio: sp.Expr) -> sp.Expr:
    """expr at u = ratio to 60 digits; its limit where the formula is 0/0 there."""
    value = sp.N(expr.subs(u, ratio), _DIGITS)
    return value if value.is_finite and value.is_real else exact_value(expr, ratio)


def flow_at_zero(solution: OptimalScore) -> sp.Expr | None:
    """h(0) = S(v*(0)) - S(v*(1))."""
    piece = solution.pieces[0]
    if piece.closed is not None:
        start = limits.at_zero(tidy(piece.of(piece.game.S), u))
    else:
        start = _limit(piece, piece.plain.S, piece.ends[0])
    if start is None or not start.is_finite:
        return start
    middle = (_at_one(solution, "S", 0) + _at_one(solution, "S", 1)) / 2
    return sp.N(start - middle, _DIGITS)


def flow_slope(solution: OptimalScore, jumps: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr | None:
    """h'(inf) = -int S'(v)/rho(v) dv over the scores above v*(1), and what the jumps add; None if not
    resolved."""
    total = sum((fall / u0 / (2 if u0 == 1 else 1) for u0, fall in jumps if u0 >= 1), sp.S.Zero)
    for piece in solution.pieces[solution.around_one[1] :]:
        if piece.level:
            continue
        game = piece.plain
        dA, dB = game.slopes
        rate = sp.diff(game.S, game.y) * dA / dB
        density, end = lambdify(game.y, rate), stationary_at(piece, piece.end)
        with mpmath.workdps(50):
            span = [to_mp(stationary_at(piece, sp.Max(piece.start, 1))), to_mp(end)]
            try:
                value = within(SECONDS, partial(mpmath.quad, density, span))
                # The error that quad tells of an integral that diverges is small: all its nodes keep one
                # distance from the end. That distance goes with the digits.
                with mpmath.workdps(40):
                    error = abs(within(SECONDS, partial(mpmath.quad, density, span)) - value)
            except (ArithmeticError, ValueError):
                return None
            if not error <= mpmath.mpf(10) ** -22 * (1 + abs(value)):
                # What falls no faster than one over the distance from an end has no integral up to it.
                size = _limit(piece, rate * (end - game.y if end.is_finite else game.y), end)
                return sp.oo * sp.sign(size) if size else None
            total += sp.Float(mpmath.nstr(value, 30), 30)
    return sp.N(total, 30)


def _at_one(solution: OptimalScore, role: str, side: int) -> sp.Expr:
    """A function of the game at v*(1), from below (0) or above (1)."""
    return _at_threshold(solution.pieces[solution.around_one[side]], role, sp.S.One)


def is_finite_at_one(solution: OptimalScore, role: str) -> bool:
    """Whether a function of the game is finite at v*(1), from below and from above."""
    return all(bool(_at_one(solution, role, side).is_finite) for side in (0, 1))


def height_at_one(solution: OptimalScore, real: str, fake: str) -> sp.Expr | None:
    """The value at u = 1 where v* jumps there, at the score that is reported."""
    tie = solution.tie_at_one
    return None if tie is None else sp.N(tie.of(real) + tie.of(fake), _DIGITS)


def heights(solution: OptimalScore) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(u, u R + S) at the score that is reported where v* jumps off u = 1."""
    away = (tie for tie in solution.jumps if tie.at != 1)
    return tuple((tie.at, sp.N(tie.at * tie.of("R") + tie.of("S"), _DIGITS)) for tie in away)


def end_values(solution: OptimalScore, real: str, fake: str) -> tuple[sp.Expr | None, sp.Expr | None]:
    """f(0) and f'(inf) of the normalized f, where they are limits that can be found."""
    constant, slope = sp.S.Zero, sp.S.Zero
    for side, k in enumerate(solution.around_one):
        piece = solution.pieces[k]
        r, s = (_at_one(solution, role, side) for role in (real, fake))
        if piece.level:
            moved: sp.Expr = sp.S.Zero
        elif piece.closed is not None:
            moved = _number_at(
                sp.diff(piece.of(getattr(piece.game, real) + getattr(piece.game, fake)), u), sp.S.One
            )
        else:
            game = piece.plain
            rate = per_log_ratio(getattr(game, real) + getattr(game, fake), game)
            moved = rate.evalf(_DIGITS, subs={game.y: stationary_at(piece, sp.S.One)})
        constant, slope = constant + (r + s) / 2, slope + (r + moved) / 2
    tied = height_at_one(solution, real, fake)
    constant = constant if tied is None else tied
    if not slope.is_finite or abs(slope) > _STEEPEST:  # f has no finite slope at u = 1: none is taken off
        slope = sp.S.Zero
    first, last = solution.pieces[0], solution.pieces[-1]
    start = _end_value(first, real, fake, towards_zero=True)
    stop = _end_value(last, real, fake, towards_zero=False)
    at_zero = (
        None if start is None else start if not start.is_finite else sp.N(start - constant + slope, _DIGITS)
    )
    at_infinity = None if stop is None else stop if not stop.is_finite else sp.N(stop - slope, _DIGITS)
    return at_zero, at_infinity


def _end_value(piece: Piece, real: str, fake: str, *, towards_zero: bool) -> sp.Expr | None:
    """lim u R + S as u -> 0, or lim R + S/u as u -> oo."""
    if piece.closed is not None:
        r, s = (tidy(piece.of(getattr(piece.game, role)), u) for role in (real, fake))
        return limits.at_zero(u * r + s) if towards_zero else limits.at_infinity(tidy(r + s / u, u))
    game = piece.plain
    r, s = getattr(game, real), getattr(game, fake)
    end = game.low if piece.rising == towards_zero else game.high
    dA, dB = game.slopes
    ratio = -dB / dA
    kept, fading = (s, r * ratio) if towards_zero else (r, s / ratio)
    main = _limit(piece, kept, end)
    other = r if towards_zero else s
    rest = sp.S.Zero if other == 0 else _limit(piece, other, end)
    rest = _limit(piece, fading, end) if rest is None or not rest.is_finite else sp.S.Zero
    total = None if main is None or rest is None else main + rest
    return None if total is None or total is sp.nan else total


def _limit(piece: Piece, expr: sp.Expr, end: sp.Expr) -> sp.Expr | None:
    """A limit at an end of the branch; None where it takes too long or is not known."""
    if end.is_finite and end.has(sp.Float):
        value = expr.evalf(_DIGITS, subs={piece.plain.y: end})
        return value if value.is_finite else None
    value = attempted(SECONDS, lambda: piece.plain.at(expr, end))
    # sympy's sine of oo is an interval, and no number.
    return value if value is not None and value.is_extended_real and value.is_number else None
