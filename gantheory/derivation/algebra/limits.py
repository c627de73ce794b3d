"""Limits of functions of the density ratio at u = 0 and u = infinity."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import expanded, power_product, simplified, tidy
from gantheory.derivation.algebra.symbols import u


def at_zero(expr: sp.Expr) -> sp.Expr | None:
    """lim_{u -> 0} of a function that is smooth in u, or None where sympy finds none."""
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
    value = expr.subs(u, 0)
    if value.is_finite and not value.has(sp.log):
        return simplified(value) if not value.is_Rational else value
    try:
        limit = sp.limit(expr, u, 0, "+")
    except (NotImplementedError, ValueError, TypeError):
        return None
    return limit if limit.is_extended_real else None


def at_infinity(expr: sp.Expr) -> sp.Expr | None:
    """lim_{u -> oo}, or None where sympy finds none."""
    return at_zero(tidy(sp.expand_log(expr.subs(u, 1 / u), force=True), u))


def slope_at_infinity(expr: sp.Expr) -> sp.Expr | None:
    """f'(inf) = lim f(u)/u."""
    return at_infinity(tidy(expanded(expr / u), u))


def flow_slope_at_infinity(h: sp.Expr) -> sp.Expr | None:
    """h'(inf) = lim h(u)/u of a sum with u B(a, b; 1/2, x), x = u^m/(1 + u^m): each is its value at x = 1."""
    held = {node: sp.Dummy() for node in h.atoms(sp.betainc) if node.has(u)}
    linear = sp.expand(h.xreplace(held) / u)
    slope = at_infinity(tidy(linear.xreplace(dict.fromkeys(held.values(), sp.S.Zero)), u))
    if slope is None:
        return None
    for node, symbol in held.items():
        a, b, half, _ = node.args
        slope += linear.coeff(symbol) * (sp.betainc(a, b, half, 1) if b > 0 else sp.oo)
    return None if slope is sp.nan else slope
