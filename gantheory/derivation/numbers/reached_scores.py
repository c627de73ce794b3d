"""The scores of a branch as an interval on which the density ratio can be inverted."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.derivation.optimum.game import Game, log_ratio
from gantheory.derivation.optimum.piece import Piece
from gantheory.divergences.functions.high_precision import real
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as mpmath

_END_BITS = 20_000
"""Bits of an end of the reached scores: enough for |log u| up to 13,000."""

_DIGITS = 60

_CONTINUATIONS = 6
"""Lengths, each a 16th of the one before, over which the density ratio may go on beyond a kink."""


def reached_scores(piece: Piece) -> tuple[Any, Any]:
    """An open interval around the scores of a branch, on which log(-B'/A') is real and monotone.

    Where an end is a zero of A' or B', scores come as close to it as e^-|log u|, so it needs many digits.
    A kink, or an end of the domain, is reached at a finite u: there the interval goes on a little, so that
    the score of that u lies inside.
    """
    game = piece.plain
    ends = []
    for side, end in ((-1, game.low), (1, game.high)):
        if end.is_infinite:
            ends.append(mpmath.mpf("inf" if end is sp.oo else "-inf"))
            continue
        with mpmath.workprec(_END_BITS):
            point = mpmath.mpf(end.evalf(_END_BITS // 3.33, maxn=_END_BITS)._to_mpmath(_END_BITS))
            if end.has(sp.Float):
                slopes = [sp.diff(f, game.y) for f in (game.A, game.B)]
                sizes = [abs(g.evalf(30, subs={game.y: end}, maxn=500)) for g in slopes]
                slope = slopes[0] if sizes[0] < sizes[1] else slopes[1]
                # Else rho turns there, and is regular.
                if min(sizes) < sp.Float(10) ** -25 * (1 + max(sizes)):
                    point = _polished([lambdify(game.y, sp.diff(slope, game.y, k)) for k in range(3)], point)
            point += side * _continued(game, end, side)
        ends.append(point)
    return ends[0], ends[1]


def _continued(game: Game, end: sp.Expr, side: int) -> Any:
    """How far log(-B'/A') goes on beyond an end of the scores at much the same rate; 0 where it does not."""
    ratio = log_ratio(game)
    value, rate = (lambdify(game.y, expr) for expr in (ratio, sp.diff(ratio, game.y)))
    with mpmath.workdps(_DIGITS):
        at, reach = to_mp(end), to_mp(sp.Min(game.high - game.low, 1 + sp.Abs(end))) / 16
        for _ in range(_CONTINUATIONS):
            try:
                there = at + side * reach
                if real(value(there)) is not None and 0.5 < real(rate(there)) / real(rate(at)) < 2:
                    return reach
            except (ArithmeticError, ValueError):  # a pole, or no real number
                pass
            reach /= 16
    return mpmath.zero


def _polished(values: list[Any], point: Any) -> Any:
    """Newton's method, at a multiple zero on g/g', which has a simple one there.

    From the 50 digits of `point` each step doubles them, and works with no more than it can gain: a slope
    needs half as many.
    """
    value, first, second = values
    steps = [_END_BITS]
    while steps[-1] > 300:
        steps.append(steps[-1] // 2 + 20)
    simple = False
    for bits in [*steps[-1:] * 2, *reversed(steps)]:  # a multiple zero has fewer digits at first
        with mpmath.workprec(bits):
            g = value(point)
            with mpmath.workprec(bits // 2 + 20 if simple else bits):
                slope = first(point)
                bend = mpmath.zero if simple else second(point)
            divisor = slope**2 - g * bend
            if divisor != 0:
                point -= g * slope / divisor
                simple = abs(g * bend) <= mpmath.ldexp(slope**2, -20)
    return point
