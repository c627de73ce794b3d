"""The domain of the score, cut where a clamp, |.|, max or sign changes its branch and where a root vanishes:
on each stretch all is smooth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import sympy as sp

from gantheory.derivation.optimum.game import Game, between
from gantheory.derivation.optimum.zeros import exact_zeros, sign_changes
from gantheory.lowering.forms.kinks import active_branch, differences, innermost

_ROLES = ("A", "B", "R", "S", "link")


def stretches(game: Game) -> list[Game]:
    """The game between neighbouring kinks of A, B, R, S and the link, each resolved to its active branch.

    Neighbours with the same formulas are one stretch, unless a root vanishes between them.
    """
    found: list[Game] = []
    for part in _cut(game):
        if found and all(_same(getattr(found[-1], role), getattr(part, role)) for role in _ROLES):
            found[-1] = replace(found[-1], high=part.high)
        else:
            found.append(part)
    return [part for whole in found for part in _cut_at_cusps(whole)]


def _cut_at_cusps(game: Game) -> list[Game]:
    """Between zeros of bases of roots: sqrt(log(1 + v^2)) has a cusp at 0, as |v| has."""
    exprs = [expr for role in _ROLES if (expr := getattr(game, role)) is not None]
    powers = set[sp.Expr]().union(*(expr.atoms(sp.Pow) for expr in exprs))
    bases = {power.base for power in powers if power.exp.is_Rational and not power.exp.is_Integer}
    zeros = {zero for base in bases if base.has(game.y) for zero in exact_zeros(base, game.y)}
    inside = {zero for zero in zeros if sp.N(game.low) < sp.N(zero) < sp.N(game.high)}
    ends = [game.low, *_distinct(inside), game.high]
    return [replace(game, low=low, high=high) for low, high in pairwise(ends)]


def smooth_parts(
    expr: sp.Expr, symbol: sp.Symbol, low: sp.Expr, high: sp.Expr
) -> list[tuple[sp.Expr, sp.Expr, sp.Expr]]:
    """(start, end, formula) of one expression between its kinks."""
    zero = sp.S.Zero
    parts = stretches(Game(expr, zero, zero, zero, None, symbol, low, high, symbol, symbol))
    return [(part.low, part.high, part.A) for part in parts]


def _same(one: sp.Expr | None, other: sp.Expr | None) -> bool:
    return one == other or (one is not None and other is not None and sp.expand(one - other) == 0)


def _cut(game: Game) -> list[Game]:
    """Cut at the innermost kinks first: between them, the arguments of those around them are smooth."""
    exprs = [expr for role in _ROLES if (expr := getattr(game, role)) is not None]
    nodes = set[sp.Expr]().union(*map(innermost, exprs))
    if not nodes:
        return [game]
    points: set[sp.Expr] = set()
    for node in nodes:
        for difference in differences(node):
            points.update(sign_changes(difference, game.y, game.low, game.high))
    parts = []
    for low, high in pairwise([game.low, *_distinct(points), game.high]):
        inside = between(low, high)
        branches = {node: active_branch(node, game.y, inside) for node in nodes}
        resolved = {
            role: None if (expr := getattr(game, role)) is None else expr.xreplace(branches)
            for role in _ROLES
        }
        parts += _cut(replace(game, low=low, high=high, **resolved))
    return parts


def _distinct(points: set[sp.Expr]) -> list[sp.Expr]:
    """Increasing, one of each group that agrees to 20 digits, the shortest."""
    kept: list[sp.Expr] = []
    for point in sorted(points, key=lambda p: (sp.N(p, 40), sp.count_ops(p))):
        if kept and abs(sp.N(point - kept[-1], 30)) <= sp.Float(10) ** -20 * (1 + abs(sp.N(point, 20))):
            kept[-1] = min(kept[-1], point, key=sp.count_ops)
        else:
            kept.append(point)
    return kept


__all__ = ["smooth_parts", "stretches"]
