"""An expression with kinks |.| and sign(.), split into smooth pieces."""

from __future__ import annotations

import itertools

import sympy as sp

from gantheory.derivation.power_sums import constant_sign
from gantheory.derivation.solution import u


def pieces(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[tuple[sp.Expr, sp.Expr, sp.Expr | None]]:
    """(start, end, expression without |.| and sign(.)) between the kinks of `expr` in u; None in place of an
    expression where the kinks were not found."""
    nodes = expr.atoms(sp.Abs, sp.sign)
    if not nodes:
        return [(low, high, expr)]
    points: set[sp.Expr] = set()
    for node in nodes:
        roots = _roots(node.args[0])
        if roots is None:
            return [(low, high, None)]
        points |= {r for r in roots if low < r < high}
    edges = [low, *sorted(points), high]
    found = []
    for start, end in itertools.pairwise(edges):
        inside = (start + end) / 2 if end.is_finite else start + 1
        resolved = {}
        for node in nodes:
            known = constant_sign(node.args[0].subs(u, inside))
            if known is None:
                return [(low, high, None)]
            sign = sp.Integer(known)
            resolved[node] = sign if isinstance(node, sp.sign) else sign * node.args[0]
        found.append((start, end, expr.xreplace(resolved)))
    return found


def _roots(argument: sp.Expr) -> list[sp.Expr] | None:
    """Positive zeros of a polynomial of degree 1 or 2 in u; None if they are not all known."""
    if not argument.is_polynomial(u) or argument.free_symbols - {u} or sp.degree(argument, u) > 2:
        return None
    found = []
    for root in sp.roots(sp.Poly(argument, u)):
        if root.is_real is False:
            continue
        sign = constant_sign(root)
        if sign is None:
            return None
        if sign > 0:
            found.append(root)
    return found
