"""The domain of the score, cut where a clamp, |.|, max or sign changes its branch: on each stretch all is
smooth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import sympy as sp

from gantheory.derivation.optimum.game import KINKED, Game, between
from gantheory.derivation.optimum.zeros import sign_changes

_ROLES = ("A", "B", "R", "S", "link")


def stretches(game: Game) -> list[Game]:
    """The game between neighbouring kinks of A, B, R, S and the link, each resolved to its active branch.

    Neighbours with the same formulas are one stretch.
    """
    found: list[Game] = []
    for part in _cut(game):
        if found and all(_same(getattr(found[-1], role), getattr(part, role)) for role in _ROLES):
            found[-1] = replace(found[-1], high=part.high)
        else:
            found.append(part)
    return found


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
    innermost = {
        node
        for expr in exprs
        for node in expr.atoms(*KINKED)
        if not any(arg.has(*KINKED) for arg in node.args)
    }
    if not innermost:
        return [game]
    points: set[sp.Expr] = set()
    for node in innermost:
        for difference in differences(node):
            points.update(sign_changes(difference, game.y, game.low, game.high))
    parts = []
    for low, high in pairwise([game.low, *_distinct(points), game.high]):
        inside = between(low, high)
        branches = {node: active_branch(node, game.y, inside) for node in innermost}
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


def differences(node: sp.Expr) -> list[sp.Expr]:
    """The functions whose sign decides the branch of a kinked node."""
    if isinstance(node, sp.Min | sp.Max):
        return [a - b for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
    if isinstance(node, sp.Piecewise):
        relations = {c for _, condition in node.args for c in condition.atoms(sp.core.relational.Relational)}
        return [c.lhs - c.rhs for c in sorted(relations, key=sp.default_sort_key)]
    return [node.args[0]]


def active_branch(node: sp.Expr, symbol: sp.Symbol, point: sp.Expr) -> sp.Expr:
    """What a kinked node is around a point at which its branch does not change."""

    def at(expr: sp.Expr) -> sp.Expr:
        return expr.evalf(40, subs={symbol: point}, maxn=2000)

    if isinstance(node, sp.Min):
        return min(node.args, key=at)
    if isinstance(node, sp.Max):
        return max(node.args, key=at)
    if isinstance(node, sp.Piecewise):
        return next(value for value, condition in node.args if condition.subs(symbol, point) == True)  # noqa: E712
    positive = bool(at(node.args[0]) > 0)
    if isinstance(node, sp.Abs):
        return node.args[0] if positive else -node.args[0]
    if isinstance(node, sp.sign):
        return sp.S.One if positive else sp.S.NegativeOne
    return sp.S.One if positive else sp.S.Zero


__all__ = ["active_branch", "differences", "smooth_parts", "stretches"]
