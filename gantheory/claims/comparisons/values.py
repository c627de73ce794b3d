"""Values of expressions at exact points, and whether two of them are the same number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from gantheory.lowering.forms.kinks import KINKED
from gantheory.support.multiprecision import lambdify
from gantheory.support.multiprecision import mp as mpmath

DIGITS = 50
"""Digits to which two sides are compared; they are evaluated to twice as many, and to more in doubt."""

_MORE = 400
_SMALL_EXPONENT = 500

LARGEST_EXPONENT = 10_000
"""Beyond it, substitution and factoring write out numbers and polynomials of that length."""

_FAILURES = (TypeError, ValueError, ZeroDivisionError, OverflowError, NameError, RecursionError)

Point = Mapping[sp.Symbol, sp.Expr]


def value_at(expr: sp.Expr, point: Point, digits: int = 2 * DIGITS) -> Any:
    """The value to `digits` digits, an mpf, or mpc where it is not real; None where it is undefined."""
    with mpmath.workdps(digits):
        value = _quickly(expr, point)
        if value is None:
            value = _exactly(expr, point)
        if value is None or mpmath.isnan(value):
            return None
        if mpmath.isinf(value):
            return value
        real = abs(mpmath.im(value)) <= mpmath.mpf(10) ** (-digits // 2) * (1 + abs(value))
        return mpmath.re(value) if real else value


def compare(left: sp.Expr, right: sp.Expr, point: Point) -> tuple[bool | None, Any, Any, bool]:
    """(whether both are the same number at the point, their values, whether that is exact).

    None where a side is undefined or neither is real. Numbers count as equal if they agree to `DIGITS` digits
    relative to the larger, whatever its size; rational ones only if they are equal. A difference, and a value
    that may be the rounding of zero, is looked at again with 400 digits.
    """
    sides = (value_at(left, point), value_at(right, point))
    if None in sides or all(isinstance(side, mpmath.mpc) for side in sides):
        return None, *sides, False
    if any(mpmath.isinf(side) for side in sides):
        return bool(sides[0] == sides[1]), *sides, False
    exact = (rational_at(left, point), rational_at(right, point))
    if None not in exact:
        return bool(exact[0] == exact[1]), *sides, True
    if close(*sides) and min(map(abs, sides)) > mpmath.mpf(10) ** -DIGITS:
        return True, *sides, False
    sides = tuple(_settled(side, expr, point) for side, expr in ((sides[0], left), (sides[1], right)))
    return close(*sides), *sides, False


def rational_at(expr: sp.Expr, point: Point) -> sp.Rational | None:
    """The value where it is a rational number found by small exact arithmetic, else None."""
    if expr.has(sp.Function, sp.NumberSymbol, sp.exp) or not all(v.is_Rational for v in point.values()):
        return None
    at = dict(point)
    for power in expr.atoms(sp.Pow):
        exponent = power.exp.xreplace(at)
        if not (exponent.is_Integer and abs(exponent) <= _SMALL_EXPONENT):
            return None
    value = expr.xreplace(at)
    return value if value.is_Rational else None


def enormous(expr: sp.Expr) -> bool:
    """Whether a power has a number beyond `LARGEST_EXPONENT` for its exponent, or a rational is that long."""
    if any(p.exp.is_Rational and abs(p.exp) > LARGEST_EXPONENT for p in expr.atoms(sp.Pow)):
        return True
    return any(max(r.p.bit_length(), r.q.bit_length()) > LARGEST_EXPONENT for r in expr.atoms(sp.Rational))


def close(a: Any, b: Any, digits: int = DIGITS) -> bool:
    """Whether two numbers agree to `digits` digits relative to the larger."""
    if mpmath.isinf(a) or mpmath.isinf(b):
        return bool(a == b)
    with mpmath.workdps(digits + 20):
        return bool(abs(a - b) <= max(abs(a), abs(b)) * mpmath.mpf(10) ** -digits)


def _settled(value: Any, expr: sp.Expr, point: Point) -> Any:
    """The value with 400 digits; zero where it was rounding, which is smaller there by as many digits."""
    again = value_at(expr, point, _MORE)
    if again is None:
        return value
    with mpmath.workdps(_MORE):
        noise = abs(again) < mpmath.mpf(10) ** -DIGITS and not close(value, again, 10)
    return mpmath.mpf(0) if noise else again


def _quickly(expr: sp.Expr, point: Point) -> Any:
    """A finite value by one function for all points; None where that has none."""
    if not point or not all(number.is_Rational for number in point.values()):
        return None
    try:
        numbers = [mpmath.mpf(number.p) / number.q for number in point.values()]
        value = mpmath.mpmathify(_function(expr, tuple(point))(*numbers))
    except _FAILURES:
        return None
    return value if mpmath.isfinite(value) else None


@lru_cache(maxsize=64)
def _function(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Any]:
    if expr.has(*KINKED):
        raise ValueError("a kink is decided at the exact point")
    function: Callable[..., Any] = lambdify(symbols, expr)
    return function


def _exactly(expr: sp.Expr, point: Point) -> Any:
    """A value by substitution, which knows infinities and kinks."""
    at = expr.subs(point)
    if at.is_infinite:
        return mpmath.inf if at.is_extended_positive else -mpmath.inf
    try:
        return mpmath.mpmathify(lambdify((), at)())
    except _FAILURES:
        return None
