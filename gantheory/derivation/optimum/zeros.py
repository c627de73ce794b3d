"""Where a smooth function of the score changes its sign: exactly where that can be written, else to 50
digits."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import (
    in_exponential,
    power_product,
    simplified,
    vanishes,
    without_hyperbolic,
)
from gantheory.lowering import lower

DIGITS = 50
"""Digits of a point that has no exact form."""

SMALLEST = 1e-290
"""Size of A' or B' below which it has lost digits."""

_REACH = 25.0  # scores up to e^25
_POINTS = 801
_HIGHEST_DEGREE = 8


def grid(low: sp.Expr, high: sp.Expr) -> Array:
    """Scores inside (low, high): dense around 0, and towards a finite end dense on the scale of the
    distance."""
    a, b = float(low), float(high)
    distance = np.exp(np.linspace(-30.0, _REACH, _POINTS))
    around_zero = np.concatenate([-distance, np.sinh(np.linspace(-7.0, 7.0, _POINTS)), distance])
    near = distance * (b - a) if math.isfinite(b - a) else distance
    points = np.concatenate(
        [around_zero, *(end + side * near for end, side in ((a, 1), (b, -1)) if math.isfinite(end))]
    )
    if math.isfinite(b - a):
        points = np.concatenate([points, np.linspace(a, b, _POINTS)])
    points = np.unique(points)
    return points[(points > a) & (points < b)]


def values(expr: sp.Expr, symbol: sp.Symbol, at: Array) -> Array:
    """expr on an array, NaN where it cannot be evaluated."""
    if not expr.has(symbol):
        return np.full(at.shape, float(expr))
    with np.errstate(all="ignore"):
        return np.asarray(lower(expr, symbol)(at), dtype=np.float64)


def changes(f: Array) -> list[tuple[int, int]]:
    """Neighbouring indices of an array between which its sign changes; zeros and NaN are passed over."""
    known = np.flatnonzero(np.isfinite(f) & (f != 0.0))
    (last,) = np.nonzero(np.diff(f[known] > 0))
    return list(zip(known[last].tolist(), known[last + 1].tolist(), strict=True))


def sign_changes(expr: sp.Expr, symbol: sp.Symbol, low: sp.Expr, high: sp.Expr) -> list[sp.Expr]:
    """Points of the open interval (low, high), increasing, at which a smooth `expr` changes its sign."""
    if not expr.has(symbol):
        return []
    at = grid(low, high)
    found = changes(values(expr, symbol, at))
    if not found:
        return []
    exact = exact_zeros(expr, symbol)
    return [zero_between(expr, symbol, float(at[i]), float(at[j]), exact) for i, j in found]


def zero_between(
    expr: sp.Expr, symbol: sp.Symbol, a: float, b: float, exact: list[sp.Expr] | None = None
) -> sp.Expr:
    """The zero of `expr` in [a, b], where it changes its sign."""
    slack = 1e-9 * (1 + abs(a) + abs(b))
    known = exact_zeros(expr, symbol) if exact is None else exact
    inside = [zero for zero in known if a - slack <= float(zero) <= b + slack]
    if len(inside) == 1:
        return inside[0]
    return _refined(expr, symbol, a, b)


def _refined(expr: sp.Expr, symbol: sp.Symbol, a: float, b: float) -> sp.Expr:
    """Bisection in float64, then secants with 20 more digits than are kept, as long as they stay beside it:
    far off a function such as exp(exp(v)) has more digits than there is memory."""

    def sign(x: float) -> float:
        return float(np.sign(values(expr, symbol, np.array([x]))[0]))

    left = sign(a)
    for _ in range(60):
        middle = a + (b - a) / 2
        if not a < middle < b:
            break
        here = sign(middle)
        if here == 0 or not math.isfinite(here):
            a = b = middle
            break
        a, b = (middle, b) if here == left else (a, middle)
    digits, expr = DIGITS + 20, without_hyperbolic(expr)
    x = sp.Float(a, digits)
    width = sp.Float(max(abs(a), 1e-8) * 1e-12, digits)
    y = x + width

    def at(point: sp.Expr) -> sp.Expr:
        return sp.re(expr.evalf(digits, subs={symbol: point}, maxn=2000))

    f, g = at(x), at(y)
    near = True
    for _ in range(12):
        if f == g or g == 0:
            break
        x, y, f = y, y - g * (y - x) / (g - f), g
        near = abs(float(y) - a) <= 1e-6 * max(abs(a), 1.0)
        if not near or abs(y - x) <= sp.Float(10) ** (-DIGITS) * (abs(y) + sp.Float(10) ** -DIGITS):
            break
        g = at(y)
    zero = sp.Float(y if near else a, DIGITS)
    known = rational_zero(expr, symbol, zero)
    return zero if known is None else known


def rational_zero(expr: sp.Expr, symbol: sp.Symbol, near: sp.Expr) -> sp.Expr | None:
    """An exact zero beside `near`: of a multiple one few digits are known."""
    known = sp.Rational(round(float(near) * 720720), 720720)
    return known if abs(known - near) < 1e-6 and vanishes(expr.subs(symbol, known)) else None


def exact_zeros(expr: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """Real zeros that can be written exactly, not all of them where the form of `expr` is not one of those
    known.

    Known are chains of invertible functions, polynomials of the score, and polynomials of a root of w = e^y.
    """
    found: list[sp.Expr] = []
    factors = [f for f in sp.Mul.make_args(expr) if f.has(symbol)]
    if len(factors) > 1:
        tops = [f for f in factors if not (f.is_Pow and f.exp.is_negative)]
        return list(dict.fromkeys(zero for factor in tops for zero in exact_zeros(factor, symbol)))
    solved = chain_zeros(expr, symbol)
    if solved is None:
        w = sp.Dummy("w", positive=True)
        if expr.is_polynomial(symbol):
            solved = _polynomial(sp.Poly(expr, symbol))
        else:
            product = power_product(in_exponential(expr, symbol, w), w)
            solved = []
            for base in () if product is None else product.powers:
                solved += [sp.log(root) for root in _sum_of_powers(base, w)]
            if not solved:
                numerator = sp.fraction(sp.together(expr))[0]
                if numerator.is_polynomial(symbol):
                    solved = _polynomial(sp.Poly(numerator, symbol))
    for zero in solved:
        value = zero.evalf(30)
        if value.is_real and value.is_finite and zero not in found:
            found.append(zero)
    return found


def _polynomial(polynomial: sp.Poly) -> list[sp.Expr]:
    if polynomial.degree() > _HIGHEST_DEGREE or not all(c.is_Rational for c in polynomial.coeffs()):
        if polynomial.degree() == 1:
            c1, c0 = polynomial.all_coeffs()
            return [simplified(-c0 / c1)]
        return []
    zeros: list[sp.Expr] = []
    for factor, _ in polynomial.factor_list()[1]:
        if factor.degree() <= 2:
            zeros += [root for root in sp.roots(factor) if root.is_real]
        else:
            zeros += [sp.Float(root.evalf(DIGITS), DIGITS) for root in factor.real_roots()]
    return zeros


def _sum_of_powers(base: sp.Expr, w: sp.Symbol) -> list[sp.Expr]:
    """Positive zeros of sum c_k w^k with rational exponents."""
    if base == w:
        return []
    exponents = [term.as_coeff_exponent(w)[1] for term in sp.Add.make_args(base)]
    if not all(k.is_Rational for k in exponents):
        return []
    scale = math.lcm(*(int(k.q) for k in exponents))
    lowest = min(exponents)
    z = sp.Dummy("z", positive=True)
    shifted = sp.expand((base * w ** (-lowest)).subs(w, z**scale))
    if not shifted.is_polynomial(z) or sp.degree(shifted, z) > 60:
        return []
    return [root**scale for root in _polynomial(sp.Poly(shifted, z)) if root.evalf(15) > 0]


def chain_zeros(expr: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr] | None:
    """All real solutions of expr = 0 where the symbol occurs once, inside invertible functions."""
    targets: list[sp.Expr] = [sp.S.Zero]
    while expr != symbol:
        constant, rest = expr.as_independent(symbol, as_Add=True)
        if expr.is_Add and constant != 0:
            expr, targets = rest, [target - constant for target in targets]
            continue
        factor, rest = expr.as_independent(symbol, as_Add=False)
        if expr.is_Mul and factor != 1:
            expr, targets = rest, [target / factor for target in targets]
            continue
        if isinstance(expr, sp.Pow) and not expr.exp.has(symbol) and expr.exp.is_Rational:
            k, targets = expr.exp, [t for t in targets if t != 0 or expr.exp > 0]
            if k.is_Integer and k % 2 == 0:
                roots = [t ** (1 / k) for t in targets if t.evalf(20) >= 0]
                targets = [sign * root for root in roots for sign in ((1, -1) if root != 0 else (1,))]
            elif k.is_Integer:
                targets = [sp.sign(t) * sp.Abs(t) ** (1 / k) for t in targets]
            else:
                targets = [t ** (1 / k) for t in targets if t.evalf(20) >= 0]
            expr = expr.base
            continue
        if expr.func not in _INVERSES:
            return None
        inside, inverse = _INVERSES[expr.func]
        targets = [inverse(t) for t in targets if inside(t.evalf(20))]
        expr = expr.args[0]
    return targets


_INVERSES = {
    sp.exp: (lambda t: t > 0, sp.log),
    sp.log: (lambda t: True, sp.exp),
    sp.sinh: (lambda t: True, sp.asinh),
    sp.tanh: (lambda t: abs(t) < 1, sp.atanh),
    sp.atan: (lambda t: abs(t) < sp.pi.evalf(20) / 2, sp.tan),
    sp.erf: (lambda t: abs(t) < 1, sp.erfinv),
    sp.LambertW: (lambda t: t > -1, lambda t: t * sp.exp(t)),
}

__all__ = [
    "DIGITS",
    "SMALLEST",
    "chain_zeros",
    "changes",
    "exact_zeros",
    "grid",
    "rational_zero",
    "sign_changes",
    "values",
    "zero_between",
]
