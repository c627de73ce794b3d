"""Values of an expression in u at one point."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import expanded, is_large, simplified, without_hyperbolic
from gantheory.derivation.algebra.limits import limit
from gantheory.derivation.algebra.symbols import u


def same(one: sp.Expr, other: sp.Expr) -> bool:
    """Whether two constants are equal, to 30 digits."""
    if one == other:
        return True
    gap = sp.N(without_hyperbolic(one - other), 40)
    return bool(gap.is_finite and abs(gap) <= sp.Float(10) ** -30 * (1 + abs(sp.N(one, 20))))


def holds_infinity(expr: sp.Expr) -> bool:
    """Whether an infinity or NaN stands in an expression, as where a score is infinite."""
    return bool(expr.has(sp.oo, -sp.oo, sp.zoo, sp.nan))


def value_at(expr: sp.Expr, point: sp.Expr) -> sp.Expr:
    """expr at u = point; the limit where the formula is 0/0 there."""
    value = expr.subs(u, point)
    return limit(expr, u, point) if value.is_infinite or holds_infinity(value) else value


def exact_value(expr: sp.Expr, point: sp.Expr) -> sp.Expr:
    """expr at u = point, simplified to a short exact number."""
    value = value_at(expr, point)
    if is_large(value):
        return value  # simplify would write out 2^(10^6), or search for roots of that order
    value = sp.expand_log(sp.powsimp(expanded(value)))  # by force log(-1/(e - 3)) takes for ever
    short = sp.nsimplify(value) if value.is_Rational else simplified(value)
    return min((value, short), key=sp.count_ops)
