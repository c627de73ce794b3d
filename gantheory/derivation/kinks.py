"""An expression with kinks |.| and sign(.), split into smooth pieces."""

from __future__ import annotations

import itertools

import sympy as sp

from gantheory.derivation.optimum.zeros import chain_zeros
from gantheory.derivation.power_sums import constant_sign
from gantheory.derivation.solution import u

_KINKED = (sp.Abs, sp.sign)


def pieces(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[tuple[sp.Expr, sp.Expr, sp.Expr | None]]:
    """(start, end, expression without |.| and sign(.)) between the kinks of `expr` in u; None in place of an
    expression where the kinks were not found."""
    nodes = {
        node for node in expr.atoms(*_KINKED) if not any(arg.has(*_KINKED) for arg in node.args)
    }  # those around them are cut between their kinks
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
        found += pieces(expr.xreplace(resolved), start, end)
    return found if all(part[2] is not None for part in found) else [(low, high, None)]


def _roots(argument: sp.Expr) -> list[sp.Expr] | None:
    """Positive zeros of a polynomial of degree 1 or 2 in u, or of one u inside functions with an inverse.

    None if they are not all known.
    """
    if argument.free_symbols - {u}:
        return None
    if not argument.has(u):
        return []
    if argument.is_polynomial(u) and sp.degree(argument, u) <= 2:
        zeros: list[sp.Expr] | None = list(sp.roots(sp.Poly(argument, u)))
    else:
        zeros = chain_zeros(argument, u)
    if zeros is None:
        return None
    found = []
    for root in zeros:
        if root.is_real is False:
            continue
        sign = constant_sign(root)
        if sign is None:
            return None
        if sign > 0:
            found.append(root)
    return found
