"""Whether the rules of the certificates prove that an optimal score is the maximum over the whole domain."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import sympy as sp

from gantheory.derivation.algebra.expressions import derivative, tidy
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.algebra.zero import proves_zero
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.smooth import signs_of
from gantheory.derivation.verdict import PROOFS
from gantheory.derivation.verdicts.language import NoCertificateError, Played, chart, limits, smooth


def proved(game: Played, methods: Sequence[str]) -> bool:
    """Whether they do, with signs by `methods`.

    g = u A + B at the optimum is convex in u, and no line u A(y) + B(y) is above it: the line touches g where
    y is optimal for some u; elsewhere it is below a line that does, or below a mean of two.
    """
    try:
        if not all(_joined(game, i) for i in range(len(game.optimum) - 1)):
            return False
        swept = set()
        for i, (start, end) in enumerate(game.spans()):
            swept.add(tuple(sorted(limits(game.optimum[i], start, end))))
            A, B = (smooth(game.at(name, i), start, end) for name in "AB")
            slope = derivative(A, u)
            rises = _nonnegative(_charted(slope, u, start, end), methods)
            if not rises or not _stationary(slope, derivative(B, u)):
                return False
        touched = {point for ends in swept for point in ends if point.is_finite}
        for low, high in itertools.pairwise(game.domain):
            if (low, high) not in swept:
                near = touched & {low, high}
                dominated = (
                    any(_below(game, low, high, point, methods) for point in near)
                    or (len(near) == 2 and _curved(game, low, high, methods))
                    or (methods == PROOFS and any(_falls(game, low, high, point) for point in near))
                )
                if not dominated:
                    return False
        return True
    except NoCertificateError:
        return False


def _stationary(dA: sp.Expr, dB: sp.Expr) -> bool:
    """Whether u A + B moves with u as if the score stood still: g' = A."""
    moved = u * dA + dB
    return moved == 0 or proves_zero(moved) or proves_zero(tidy(moved, u))


def _joined(game: Played, i: int) -> bool:
    """Whether g goes on continuously from piece i to the next, and its slope A does not fall there."""
    at = game.pieces[i + 1]
    A, B = ([game.four[name].subs(game.y, game.optimum[k].subs(u, at)) for k in (i, i + 1)] for name in "AB")
    gap = at * (A[1] - A[0]) + B[1] - B[0]
    known = constant_sign(A[1] - A[0])
    return known is not None and known >= 0 and (gap == 0 or proves_zero(gap))


def _below(game: Played, low: sp.Expr, high: sp.Expr, point: sp.Expr, methods: Sequence[str]) -> bool:
    """Whether A and B on (low, high) are at most what they are at `point`."""
    return all(
        _nonnegative(
            _charted(game.four[name].subs(game.y, point) - game.four[name], game.y, low, high), methods
        )
        for name in "AB"
    )


def _falls(game: Played, low: sp.Expr, high: sp.Expr, point: sp.Expr) -> bool:
    """Whether A and B fall on (low, high) with the distance from its end `point`."""
    side = 1 if point == low else -1
    at = {name: _charted(game.four[name], game.y, low, high) for name in "AB"}
    slopes = [-side * sp.diff(expr, u) / sp.diff(chart(low, high), u) for expr in at.values()]
    return all(_nonnegative(slope, PROOFS) for slope in slopes)


def _curved(game: Played, low: sp.Expr, high: sp.Expr, methods: Sequence[str]) -> bool:
    """Whether A and B are convex on (low, high), so at most the means of their values at its ends."""
    rate = sp.diff(chart(low, high), u)
    slopes = [sp.diff(_charted(game.four[name], game.y, low, high), u) / rate for name in "AB"]
    return all(_nonnegative(sp.diff(slope, u) / rate, methods) for slope in slopes)


def _charted(expr: sp.Expr, symbol: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """A function of `symbol` in (low, high) as one of u in (0, oo)."""
    return smooth(expr.subs(symbol, chart(low, high)), sp.S.Zero, sp.oo)


def _nonnegative(expr: sp.Expr, methods: Sequence[str]) -> bool:
    found = signs_of(tidy(expr, u))
    return isinstance(found, Signs) and found.method in methods and -1 not in (found.pattern or (-1,))
