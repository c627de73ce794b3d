"""Unique minimum for piecewise linear f, which games with a step function as optimal score have."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra import simplified
from gantheory.derivation.power_sums import constant_sign
from gantheory.derivation.solution import u
from gantheory.derivation.verdict import Verdict


def piecewise_minimum(f: sp.Expr) -> Verdict:
    """Whether f(u1)/(1 - u1) + f(u2)/(u2 - 1) > 0 for all u1 < 1 < u2 <= inf; f is linear between its kinks.

    On a piece f = c + m (u - 1) the quotient f/(u - 1) = m + c/(u - 1) is monotone, so its infimum is
    at an end of a piece.
    """
    points = {sp.S.One, *_edges(f)}
    if any(constant_sign(point) != 1 for point in points):
        return Verdict(None, "none", "f has a kink that was not located")
    edges = sorted(points)
    left: list[sp.Expr] = []
    right: list[sp.Expr] = []
    for start, end in zip([sp.S.Zero, *edges], [*edges, sp.oo], strict=True):
        inside = (start + end) / 2 if end.is_finite else start + 1
        line = _line(f, inside)
        if line is None:
            return Verdict(None, "none", "f is not piecewise linear")
        offset, slope = line
        side = -1 if end <= 1 else 1
        for point in (start, end):
            distance = side * (point - 1)
            if distance == 0:
                value = side * slope + (sp.oo * sp.sign(offset) if offset != 0 else 0)
            else:
                value = side * slope + (offset / distance if distance.is_finite else 0)
            (left if side < 0 else right).append(simplified(value))
    low, high = sp.Min(*left), sp.Min(*right)
    data = {"inf of f(u)/(1 - u), u < 1": str(low), "inf of f(u)/(u - 1), u > 1": str(high)}
    if sp.oo in (-low, -high):
        return Verdict(False, "symbolic", "f jumps down at u = 1", 0.0, certificate=data)
    total = constant_sign(low + high) if (low + high).is_finite else 1
    if total == 1:
        reason = f"f(u1)/(1 - u1) + f(u2)/(u2 - 1) >= {simplified(low + high)} > 0 for all u1 < 1 < u2"
        return Verdict(True, "symbolic", reason, certificate=data)
    flat = 1 not in _edges(f) and _line(f, sp.Rational(99, 100)) == _line(f, sp.Rational(101, 100))
    if total == -1 or flat:
        return Verdict(False, "symbolic", "f(u1)/(1 - u1) + f(u2)/(u2 - 1) is not positive", certificate=data)
    return Verdict(None, "none", "f(u1)/(1 - u1) + f(u2)/(u2 - 1) comes down to 0", certificate=data)


def _edges(f: sp.Expr) -> set[sp.Expr]:
    points: set[sp.Expr] = set()
    for node in f.atoms(sp.Abs, sp.Max, sp.Piecewise):
        if isinstance(node, sp.Abs):
            points |= set(sp.solve(node.args[0], u))
        elif isinstance(node, sp.Max):
            points |= set(sp.solve(node.args[0] - node.args[1], u))
        else:
            points |= {c.rhs for _, c in node.args if isinstance(c, sp.core.relational.Relational)}
    return points


def _line(f: sp.Expr, inside: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(f(1), slope) of the line that f is around `inside`."""

    def branch(node: sp.Expr) -> sp.Expr:
        if isinstance(node, sp.Abs):
            return node.args[0] * sp.sign(node.args[0].subs(u, inside))
        if isinstance(node, sp.Max):
            return max(node.args, key=lambda arg: arg.subs(u, inside))
        return next(value for value, condition in node.args if condition.subs(u, inside) == True)  # noqa: E712

    line = sp.expand(f.replace(lambda node: isinstance(node, sp.Abs | sp.Max | sp.Piecewise), branch))
    slope = sp.diff(line, u)
    return None if slope.has(u) else (simplified(line.subs(u, 1)), slope)
