"""Where a formula of u > 0 with Abs, Max, Piecewise and the like changes its branch, and its branches."""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp

_KINKED = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise)


def kinks(expr: sp.Expr, u: sp.Symbol) -> list[sp.Expr]:
    """Points u > 0, sorted, between which Abs, Max, Min, sign, Heaviside, Piecewise keep their branches."""
    points: set[sp.Expr] = set()
    for node in expr.atoms(*_KINKED):
        for difference in _switches(node):
            points |= _positive_zeros(difference, u)
    return sorted(points, key=lambda point: sp.N(point, 50))


def _switches(node: sp.Expr) -> list[sp.Expr]:
    """The expressions whose sign decides the branch."""
    if isinstance(node, sp.Max | sp.Min):
        return [a - b for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
    if isinstance(node, sp.Piecewise):
        return [
            c.lhs - c.rhs
            for _, condition in node.args
            for c in condition.atoms(sp.core.relational.Relational)
        ]
    return [node.args[0]]


def _positive_zeros(expr: sp.Expr, u: sp.Symbol) -> set[sp.Expr]:
    """Zeros and poles on (0, oo) of c (u - a)/(positive), all of them."""
    if not expr.has(u):
        return set()
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
    return [sp.Rational(p.numerator, p.denominator) for p in (values[0] / 2, *inner, values[-1] * 2)]


def resolve(expr: sp.Expr, u: sp.Symbol, point: sp.Rational) -> sp.Expr:
    """expr with each kinked function replaced by its branch at the point."""

    def positive(difference: sp.Expr) -> bool:
        return bool(difference.subs(u, point) > 0)

    def branch(node: sp.Expr) -> sp.Expr:
        if isinstance(node, sp.Max | sp.Min):
            pick = max if isinstance(node, sp.Max) else min
            return pick(node.args, key=lambda arg: sp.N(arg.subs(u, point), 40))
        if isinstance(node, sp.Piecewise):
            return next(value for value, condition in node.args if condition.subs(u, point) == True)  # noqa: E712
        inside = node.args[0]
        if isinstance(node, sp.Heaviside):
            return sp.S.One if positive(inside) else sp.S.Zero
        sign = sp.S.One if positive(inside) else sp.S.NegativeOne
        return sign if isinstance(node, sp.sign) else sign * inside

    while expr.has(*_KINKED):
        expr = expr.replace(
            lambda node: isinstance(node, _KINKED) and not any(a.has(*_KINKED) for a in node.args), branch
        )
    return expr
