"""Limits, each held against values ever nearer to the end; of functions of the density ratio at 0 and oo."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import expanded, power_product, simplified, tidy
from gantheory.derivation.algebra.symbols import u

_NEAR = (70, 100)
_NEARER = (1000, 3000)
"""Scores, or -log of the distance to a finite end, at which a limit shows; and beyond shifts of 500."""

_SMALL = sp.Float(10) ** -15
"""Values that are smaller and fall tend to 0; those above its inverse that rise tend to oo."""

_CONVERGING = 0.9
"""Of one step to the next, of values at distances that are squared or more each time."""


def limit(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: str = "+") -> sp.Expr:
    """lim of `expr` as x -> `end`, from above ("+") or from below ("-") where that is finite.

    What sympy finds, unless values near the end say something else: sympy 1.14 finds 4 for
    (1 - tanh(x + 1)^2)/(e^-2x - e^-x^2), which tends to 4 e^-2 as x -> oo.

    Raises:
        NotImplementedError, ValueError, TypeError: as sympy says that it finds none.
    """
    found = sp.limit(expr, x, end, side)
    if expr.free_symbols - {x} or not expr.has(x):
        return found
    seen: sp.Expr | None = None
    for points in (_NEAR, _NEARER):
        seen = _seen(expr, x, end, side, points)
        if seen is None or seen == found:
            return found
        if found.is_finite and abs(found - seen) <= 1e-6 * (1 + abs(seen)):  # -oo is not near oo
            return found
    return seen


def _seen(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: str, points: tuple[int, int]) -> sp.Expr | None:
    """What two values near the end tell of a limit: a number that stays, 0, +-oo, or nothing."""
    sign = 1 if side == "+" else -1
    at = (k * sp.sign(end) if end.is_infinite else end + sign * sp.exp(-k) for k in points)
    try:
        near, far = (expr.evalf(30, subs={x: point}, maxn=4000, strict=True) for point in at)
    except (ArithmeticError, NotImplementedError, TypeError, ValueError):
        return None
    if not (near.is_Float and far.is_Float):
        return None
    if abs(far - near) <= 1e-20 * abs(far):
        return far
    if abs(far) < abs(near) < _SMALL:
        return sp.S.Zero
    return sp.oo * sp.sign(far) if abs(far) > abs(near) > 1 / _SMALL and far * near > 0 else None


def estimated(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: str = "+") -> sp.Expr:
    """What values ever nearer to the end tend to, or NaN: where sympy finds nothing in its time."""
    sign = 1 if side == "+" else -1
    found: list[sp.Expr] = []
    for k in range(2, 9):
        near = (
            end + sign * sp.Float(2, 60) ** (-8 * k) if end.is_finite else sp.sign(end) * sp.Float(4**k, 60)
        )
        value = expr.evalf(30, subs={x: near}, maxn=3000)
        if not (value.is_Float and value.is_finite):
            break
        found.append(value)
    if len(found) < 3:
        return sp.nan
    before, step = found[-2] - found[-3], found[-1] - found[-2]
    if abs(step) < 1e-6 * (1 + abs(found[-1])) or abs(step) < _CONVERGING * abs(before):
        return sp.Float(found[-1], 15)
    return sp.oo * sp.sign(step)


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
    if value.is_finite and not value.has(sp.log, sp.AccumBounds):  # the latter is sympy's atan(1/0)
        return simplified(value) if not value.is_Rational else value
    try:
        found = limit(expr, u, sp.S.Zero)
    except (NotImplementedError, ValueError, TypeError):
        return None
    return found if found.is_extended_real and not found.has(sp.AccumBounds) else None


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
