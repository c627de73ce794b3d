"""Limits of functions of the density ratio at u = 0 and u = infinity."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import expanded, power_product, simplified, tidy
from gantheory.derivation.algebra.symbols import u


def at_zero(expr: sp.Expr) -> sp.Expr | None:
    """lim_{u -> 0} expr, or None where sympy finds none."""
    product = power_product(expr, u)
    if product is not None:
        power = product.powers.get(u, sp.S.Zero)
        constant = sp.Mul(
            product.coefficient, *(b.subs(u, 0) ** k for b, k in product.powers.items() if b != u)
        )
        if constant.is_finite and constant != 0:
            if power == 0:
                return simplified(constant)
            return sp.S.Zero if power > 0 else sp.oo * sp.sign(constant)
    if isinstance(expr, sp.Piecewise) or expr.has(sp.Abs, sp.Max):
        expr = _branch(expr, sp.Rational(1, 10**9))
        return at_zero(tidy(expr, u))
    value = expr.subs(u, 0)
    if value.is_finite and not value.has(sp.log):
        return simplified(value) if not value.is_Rational else value
    try:
        limit = sp.limit(expr, u, 0, "+")
    except (NotImplementedError, ValueError, TypeError):
        return None
    return limit if limit.is_extended_real else None


def at_infinity(expr: sp.Expr) -> sp.Expr | None:
    """lim_{u -> oo} expr, or None where sympy finds none."""
    if expr.has(sp.Abs, sp.Max, sp.Piecewise):
        expr = _branch(expr, sp.Integer(10) ** 9)
    return at_zero(tidy(sp.expand_log(expr.subs(u, 1 / u), force=True), u))


def _branch(expr: sp.Expr, point: sp.Expr) -> sp.Expr:
    def branch(node: sp.Expr) -> sp.Expr:
        if isinstance(node, sp.Abs):
            return node.args[0] * sp.sign(node.args[0].subs(u, point))
        if isinstance(node, sp.Max):
            return max(node.args, key=lambda arg: arg.subs(u, point))
        return next(value for value, condition in node.args if condition.subs(u, point) == True)  # noqa: E712

    return expr.replace(lambda node: isinstance(node, sp.Abs | sp.Max | sp.Piecewise), branch)


def ends(expr: sp.Expr | None) -> tuple[sp.Expr | None, sp.Expr | None]:
    """f(0+) and f'(inf) = lim f(u)/u of a generating function."""
    if expr is None:
        return None, None
    if expr.has(sp.betainc):
        return None, None
    return at_zero(expr), slope_at_infinity(expr)


def slope_at_infinity(expr: sp.Expr) -> sp.Expr | None:
    """f'(inf) = lim f(u)/u."""
    return at_infinity(tidy(expanded(expr / u), u))


def flow_ends(expr: sp.Expr | None, s: sp.Expr) -> tuple[sp.Expr | None, sp.Expr | None]:
    """h(0+) and h'(inf) where h = u h' + s - s(1) holds incomplete beta functions.

    h(0) = int_0^1 z h''(z) dz = s(0) - s(1), and h'(inf) is the beta functions' value at x = 1.
    """
    start = at_zero(s)
    zero = None if start is None or start.is_infinite else simplified(start - s.subs(u, 1))
    if start is not None and start.is_infinite:
        zero = start
    slope: sp.Expr = sp.S.Zero
    assert expr is not None
    for term in sp.Add.make_args(expr):
        if not term.has(sp.betainc):
            continue
        (beta,) = term.atoms(sp.betainc)
        a, b, half, _ = beta.args
        factor = term / beta / u
        if factor.has(u):
            return zero, None
        slope += factor * sp.betainc(a, b, half, 1) if b > 0 else factor * sp.oo
    rest = at_infinity(tidy(s / u, u))
    total = None if rest is None else slope + rest
    return zero, None if total is sp.nan else total
