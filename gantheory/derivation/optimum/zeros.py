"""Where a smooth function of the score changes its sign: exactly where that can be written, else to 50
digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import (
    as_powers,
    in_exponential,
    power_product,
    simplified,
    vanishes,
    without_hyperbolic,
)
from gantheory.lowering import lower
from gantheory.support.multiprecision import lambdify, mp, to_mp

DIGITS = 50
"""Digits of a point that has no exact form."""

SMALLEST = 1e-290
"""Size of A' or B' below which it has lost digits."""

_REACH = 25.0  # scores up to e^25
_POINTS = 801
_HIGHEST_DEGREE = 8
_TERMS = 24
"""Of a Taylor series."""
_SHARP = 300
"""Digits with which a sign is known where float64 has none: v^6 at the grid's smallest v, 1e-13, beside 1."""


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


def values_beside(expr: sp.Expr, symbol: sp.Symbol, at: Array, ends: Iterable[sp.Expr]) -> Array:
    """expr on an array, from its Taylor series next to those ends at which it is flat."""
    found = values(expr, symbol, at)
    for end in ends:
        series = flat_series(expr, symbol, end)
        if series is not None:
            radius, coefficients = series
            offset = at - float(end)
            near = np.abs(offset) <= radius
            found[near] = np.polynomial.polynomial.polyval(offset[near], coefficients)
    return found


@lru_cache(maxsize=512)
def flat_series(expr: sp.Expr, symbol: sp.Symbol, end: sp.Expr) -> tuple[float, Array] | None:
    """Radius and coefficients of the Taylor series at a zero of order two or more, next to which float64 has
    few digits of a sum: 2e-16 of its terms, as v - sinh v = -v^3/6 - ... in units of v.

    The radius is the largest at which the series is the function, and no sum of larger terms. None where
    `end` is no such zero, or the series converges nowhere, as at a kink.
    """
    if not end.is_finite or not expr.has(symbol):
        return None
    plain = lambdify(symbol, without_hyperbolic(expr))

    def value(x: Any) -> Any:
        try:
            return plain(at + x)
        except (ValueError, TypeError, ZeroDivisionError, OverflowError):
            return mp.nan

    with mp.workdps(_SHARP):
        at, step = to_mp(end), mp.mpf(10) ** -20  # beside which the digits of `end` are many
        orders = [mp.log(mp.fabs(value(2 * x) / (value(x) or mp.nan)), 2) for x in (step, -step)]
        order = int(mp.nint(orders[0])) if mp.isfinite(orders[0]) else 0
        if order < 2 or not all(abs(k - order) < 1e-9 for k in orders):
            return None
    with mp.workdps(60):
        at = to_mp(end)
        try:
            terms = [mp.zero] * order + mp.taylor(plain, at, max(_TERMS, 2 * order))[order:]
        except (ValueError, TypeError, ZeroDivisionError, OverflowError):
            return None
        for power in range(40, -41, -1):
            radius = mp.ldexp(1, power)
            most = mp.polyval([abs(c) for c in terms[::-1]], radius)
            pairs = [(value(x), mp.polyval(terms[::-1], x)) for x in (radius, -radius)]
            if all(abs(a - b) < 1e-17 * abs(a) and most < 8 * abs(a) for a, b in pairs):
                return float(radius), np.array(terms, dtype=np.float64)
    return None


def sharp_values(expr: sp.Expr, symbol: sp.Symbol, at: Array, end: float) -> Array:
    """expr on an array next to `end`, one by one with digits for a zero of any order up to eight."""
    nearest = np.abs(at - end)[at != end].min(initial=1.0)
    sharp = sharp_function(expr, symbol, digits=_SHARP - 8 * math.floor(math.log10(nearest)))
    return np.array([sharp(x) for x in at])


def signed_values(expr: sp.Expr, symbol: sp.Symbol, at: Array) -> Array:
    """expr on an array, of many digits where float64 does not know its sign: sinh v - v around 0.

    Each change of sign is looked at with many digits; if one was none, so are all values.
    """
    found = values(expr, symbol, at)
    beside = sorted({k for pair in changes(found) for k in pair})
    if not beside:
        return found
    sharp = sharp_function(expr, symbol)
    if all(np.sign(sharp(at[k])) in (np.sign(found[k]), 0.0) for k in beside):
        return found
    return np.array([sharp(x) for x in at])


def sharp_function(
    expr: sp.Expr, symbol: sp.Symbol, rounded: Callable[[Any], Any] = float, digits: int = _SHARP
) -> Callable[[Any], Any]:
    """expr from `digits` digits; NaN where it has no value."""
    plain = lambdify(symbol, without_hyperbolic(expr))

    def value(x: Any) -> Any:
        with mp.workdps(digits):
            try:
                return rounded(plain(mp.mpf(x)))
            except (ValueError, ZeroDivisionError, TypeError, OverflowError):
                return math.nan

    return value


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
    found = changes(signed_values(expr, symbol, at))
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


def _refined(expr: sp.Expr, symbol: sp.Symbol, low: float, high: float) -> sp.Expr:
    """Bisection in float64, then secants with many digits, as long as they stay beside it. Where these do not
    end, as at a zero of order three, around which float64 knows no sign, bisection with many digits."""

    def sign(x: float) -> float:
        return float(np.sign(values(expr, symbol, np.array([x]))[0]))

    a, b, left = low, high, sign(low)
    for _ in range(60):
        middle = a + (b - a) / 2
        if not a < middle < b:
            break
        here = sign(middle)
        if here == 0 or not math.isfinite(here):
            a = b = middle
            break
        a, b = (middle, b) if here == left else (a, middle)
    sharp = sharp_function(expr, symbol, mp.re)
    with mp.workdps(_SHARP):
        found = _by_secants(sharp, mp.mpf(a))
        if found is None:
            found = _bisected(sharp, mp.mpf(low), mp.mpf(high))
    zero = sp.Float(a if found is None else found, DIGITS)
    known = rational_zero(expr, symbol, zero)
    return zero if known is None else known


def _by_secants(f: Callable[[Any], Any], start: Any) -> Any | None:
    """The zero next to `start`; None where the secants leave it or do not end."""
    x, y = start, start + max(abs(start), 1e-8) * 1e-12
    fx, fy = f(x), f(y)
    for _ in range(12):
        if fy == 0:
            return y
        if fx == fy:
            return None
        x, y, fx = y, y - fy * (y - x) / (fy - fx), fy
        if not abs(y - start) <= 1e-6 * max(abs(start), 1.0):
            return None
        if _close(x, y):
            return y
        fy = f(y)
    return None


def _bisected(f: Callable[[Any], Any], a: Any, b: Any) -> Any | None:
    """The change of sign in [a, b]; None where many digits see none."""
    left = mp.sign(f(a))
    if not left * mp.sign(f(b)) < 0:
        return None
    while not _close(a, b):
        middle = (a + b) / 2
        here = f(middle)
        if here == 0:
            return middle
        a, b = (middle, b) if mp.sign(here) == left else (a, middle)
    return b


def _close(x: Any, y: Any) -> bool:
    return bool(abs(y - x) <= mp.mpf(10) ** -DIGITS * (abs(y) + mp.mpf(10) ** -DIGITS))


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
    exponents = as_powers(base, w)
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
    "flat_series",
    "grid",
    "rational_zero",
    "sharp_function",
    "sharp_values",
    "sign_changes",
    "signed_values",
    "values",
    "values_beside",
    "zero_between",
]
