"""Scores inside the domain at which A or B is infinite: the supremum may be approached there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import sympy as sp

from gantheory.derivation.algebra.expressions import is_positive, simplified
from gantheory.derivation.optimum.game import Game
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.zeros import exact_zeros, sign_changes

_DIGITS = 120
_NEAR = [sp.Float(10, _DIGITS) ** -k for k in (15, 25, 35)]


def between_poles(game: Game) -> list[Game]:
    """The smooth game on the stretches between the poles of A and B."""
    inside = {
        point
        for expr in (game.A, game.B)
        for point in _suspects(expr, game)
        if any(_pole(expr, game.y, point, side) for side in (-1, 1))
    }
    edges = [game.low, *sorted(inside, key=lambda point: point.evalf(30)), game.high]
    return [replace(game, low=low, high=high) for low, high in pairwise(edges)]


def ratios_at_poles(pieces: Iterable[Piece], flow: bool) -> dict[sp.Expr, sp.Expr]:
    """u in (0, oo) at which S (for a flow), or u R + S, is infinite at an optimal score that moves on both
    sides, and +-oo, or NaN where the sides differ.

    u = 1 is left out, where it makes all values infinite.
    """
    met: dict[sp.Expr, list[int]] = {}
    for piece in pieces:
        game = piece.plain
        if piece.level:
            continue
        ends = dict(zip(piece.ends, piece.branch, strict=True))
        dA, dB = game.slopes
        roles, total = ([game.S], game.S) if flow else ([game.R, game.S], game.S - dB / dA * game.R)
        suspects = {point for expr in roles for point in _suspects(expr, game)}
        for point in {*suspects, *(end for end in ends if end.is_finite)}:
            ratio = ends[point] if point in ends else simplified((-dB / dA).subs(game.y, point))
            reached = ratio.is_finite and ratio > 0 and piece.start <= ratio <= piece.end
            if reached and abs(ratio - 1) > sp.Float(1e-12):
                way = 1 if piece.rising else -1
                sides = [side for side, edge in ((-way, piece.start), (way, piece.end)) if ratio != edge]
                signs = [_pole(total, game.y, point, side) for side in sides]
                met.setdefault(ratio, []).extend(
                    signs if len(signs) > 1 and any(signs) else filter(None, signs)
                )
    poles = {u: sp.oo * signs[0] if len({*signs}) == 1 else sp.nan for u, signs in met.items() if signs[1:]}
    return dict(sorted(poles.items(), key=lambda item: item[0].evalf(30)))


def _suspects(expr: sp.Expr, game: Game) -> Iterator[sp.Expr]:
    """Zeros in the open domain of what is divided by, or is the argument of a logarithm."""
    found: set[sp.Expr] = set()
    for node in _in_quotients(expr).atoms(sp.Pow, sp.log):
        base = node.args[0]
        if (
            not base.has(game.y)
            or is_positive(base)
            or (isinstance(node, sp.Pow) and not node.exp.is_negative)
        ):
            continue
        found.update(exact_zeros(base, game.y) or sign_changes(base, game.y, game.low, game.high))
    yield from (point for point in found if float(game.low) < float(point) < float(game.high))


def _in_quotients(expr: sp.Expr) -> sp.Expr:
    """coth and csch, whose poles no power shows, as 1 over sinh."""
    for function, numerator in ((sp.coth, sp.cosh), (sp.csch, lambda z: sp.S.One)):
        expr = expr.replace(function, lambda z, top=numerator: top(z) / sp.sinh(z, evaluate=False))
    return expr


def _pole(expr: sp.Expr, y: sp.Symbol, point: sp.Expr, side: int) -> int:
    """The sign of `expr` where |expr| grows towards the point no slower than a logarithm, else 0."""
    at = point.evalf(_DIGITS)
    near = [expr.evalf(30, subs={y: at + side * distance}, maxn=1000) for distance in _NEAR]
    if not all(value.is_real for value in near):
        return 0
    first, second = abs(near[1]) - abs(near[0]), abs(near[2]) - abs(near[1])
    grows = first > sp.Rational(1, 10**6) and second >= sp.Rational(9, 10) * first
    return int(sp.sign(near[2])) if grows else 0
