"""Functions of which a sign decides the branch: |.|, max, min, sign, steps and cases."""

from __future__ import annotations

import sympy as sp

KINKED = (sp.Min, sp.Max, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise)


def innermost(expr: sp.Expr) -> set[sp.Expr]:
    """The kinked nodes in whose arguments there is no other: between their kinks those around are smooth."""
    return {node for node in expr.atoms(*KINKED) if not any(arg.has(*KINKED) for arg in node.args)}


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
