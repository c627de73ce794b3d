"""Where a formula of u > 0 with Abs, Max, Piecewise and the like changes its branch, and its branches."""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp

from gantheory.lowering.forms.kinks import KINKED, active_branch, differences, innermost


def kinks(expr: sp.Expr, u: sp.Symbol) -> list[sp.Expr]:
    """Points u > 0, sorted, between which Abs, Max, Min, sign, Heaviside, Piecewise keep their branches."""
    points: set[sp.Expr] = set()
    for node in expr.atoms(*KINKED):
        for difference in differences(node):
            points |= _positive_zeros(difference, u)
    return sorted(points, key=lambda point: sp.N(point, 50))


def _positive_zeros(expr: sp.Expr, u: sp.Symbol) -> set[sp.Expr]:
    """Zeros and poles on (0, oo) of c (u - a)/(positive), all of them."""
    zeros: set[sp.Expr] = set()
    for part in sp.fraction(sp.together(expr)):
        if not part.has(u):
            continue
        if not part.is_polynomial(u):
            raise ValueError(f"f has a kink at a zero of {expr}, which has no exact place")
        polynomial = sp.Poly(part, u)
        if polynomial.degree() == 1:
            root = sp.simplify(-polynomial.coeff_monomial(1) / polynomial.coeff_monomial(u))
            zeros |= {root} if root.is_positive else set()
        elif all(c.is_Rational for c in polynomial.coeffs()):
            zeros |= {root for root in polynomial.real_roots() if root.is_positive}
        else:
            raise ValueError(f"f has a kink at a zero of {expr}, which has no exact place")
    return zeros


def between(kinks: list[sp.Expr]) -> list[sp.Rational]:
    """A rational point inside each interval that the kinks leave of (0, oo)."""
    if not kinks:
        return [sp.S.One]
    values = [
        Fraction(sp.Rational(str(sp.N(kink, 30))).p, sp.Rational(str(sp.N(kink, 30))).q) for kink in kinks
    ]
    inner = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    return [sp.Rational(p) for p in (values[0] / 2, *inner, values[-1] * 2)]


def resolve(expr: sp.Expr, u: sp.Symbol, point: sp.Rational) -> sp.Expr:
    """expr with each kinked function replaced by its branch at the point."""
    while nodes := innermost(expr):
        expr = expr.xreplace({node: active_branch(node, u, point) for node in nodes})
    return expr
