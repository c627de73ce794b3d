"""Equality of two expressions: refuted at a point, or proved, or confirmed to 50 digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp

from gantheory.claims.finding import Finding, Method, all_hold, undecided
from gantheory.claims.sampling import Sampler
from gantheory.claims.zero import proves_zero
from gantheory.derivation.solution import u

DIGITS = 50
"""Digits to which two sides are compared; they are evaluated to twice as many."""

_POINTS = 12
_KINKED = (sp.Abs, sp.sign, sp.Max, sp.Min, sp.Piecewise, sp.Heaviside)


@dataclass(frozen=True)
class Equal:
    """computed = claimed, for all values of their symbols that satisfy the claim's assumptions and `given`.

    Attributes:
        computed: what this package found: a sympy expression or a number.
        claimed: what the statement says; text is read by the whitelist of `objectives.parse_expression`,
            with the symbols of `computed` and u as its names.
        given: further relations on the symbols.

    Random points first: one with a difference refutes. Then a proof that the difference vanishes identically;
    without it the verdict rests on the points.
    """

    computed: Any
    claimed: Any
    given: tuple[sp.Basic, ...] = ()

    def decide(self, sampler: Sampler) -> Finding:
        computed = as_expr(self.computed)
        claimed = as_expr(self.claimed, computed.free_symbols | {u})
        shown = {"computed": short(computed), "claimed": short(claimed)}
        narrowed = Sampler(sampler.random.randint(0, 2**31), (*sampler.assumptions, *self.given))
        points = narrowed.points(computed.free_symbols | claimed.free_symbols, _POINTS)
        if not points:
            return undecided("no point satisfied the assumptions", **shown)
        compared = 0
        for point in points:
            sides = (value_at(computed, point), value_at(claimed, point))
            if None in sides or all(isinstance(side, mpmath.mpc) for side in sides):
                continue
            compared += 1
            if not close(*sides):
                # Two unequal rationals refute exactly.
                exact = all(side.subs(point).is_Rational for side in (computed, claimed))
                at = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
                left, right = (mpmath.nstr(side, 17) for side in sides)
                text = f"{at + ': ' if at else ''}computed {left}, claimed {right}"
                method: Method = "symbolic" if exact else "high precision"
                return Finding(False, method, **shown, counterexample=text)
        if _proved(computed - claimed):
            return Finding(True, "symbolic", **shown, detail="the difference vanishes identically")
        if not compared:
            return undecided("neither side has a real value at the points tried", **shown)
        detail = f"equal to {DIGITS} digits at {compared} point{'s' * (compared != 1)}"
        return Finding(True, "high precision", **shown, detail=detail)


@dataclass(frozen=True)
class SameDivergence:
    """Two generating functions of u give the same divergence: they differ by k (u - 1).

    Attributes:
        computed, claimed: generating functions in u; text as in `Equal`.
        given: further relations on the symbols.
    """

    computed: Any
    claimed: Any
    given: tuple[sp.Basic, ...] = ()

    def decide(self, sampler: Sampler) -> Finding:
        computed = as_expr(self.computed)
        claimed = as_expr(self.claimed, computed.free_symbols | {u})
        slope = (claimed - computed).subs(u, 2) - (claimed - computed).subs(u, 1)
        at_one = Equal(claimed.subs(u, 1), computed.subs(u, 1), self.given).decide(sampler)
        rest = Equal(computed + slope * (u - 1), claimed, self.given).decide(sampler)
        found = all_hold([rest, at_one])
        return Finding(
            found.holds,
            found.method,
            short(computed),
            short(claimed),
            found.detail.replace("the difference", "the difference, up to k (u - 1),"),
            found.counterexample and f"up to k (u - 1): {found.counterexample}",
        )


def as_expr(value: Any, names: set[sp.Symbol] | frozenset[sp.Symbol] = frozenset()) -> sp.Expr:
    """A number, an expression, or text read by the whitelist, as an exact sympy expression."""
    if isinstance(value, str):
        from gantheory.objectives.parsing import parse_expression

        return parse_expression(value, {symbol.name: symbol for symbol in names}, "claimed")
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, sp.Expr):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"a side of an equality must be an expression, text or an exact number, got {value!r}"
        )
    return sp.Integer(value)


def value_at(expr: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> Any:
    """The value to `DIGITS` digits, an mpf, or mpc where it is not real; None where it is undefined."""
    with mpmath.workdps(2 * DIGITS):
        value = _quickly(expr, point)
        if value is None:
            value = _exactly(expr, point)
        if value is None or mpmath.isnan(value):
            return None
        if mpmath.isinf(value):
            return value
        real = abs(mpmath.im(value)) <= mpmath.mpf(10) ** -DIGITS * (1 + abs(value))
        return mpmath.re(value) if real else value


_FAILURES = (TypeError, ValueError, ZeroDivisionError, OverflowError, NameError)


def _quickly(expr: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> Any:
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
    if expr.has(*_KINKED):
        raise ValueError("a kink is decided at the exact point")
    function: Callable[..., Any] = sp.lambdify(symbols, expr, ["mpmath", {"betainc": mpmath.betainc}])
    return function


def _exactly(expr: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> Any:
    """A value by substitution, which knows infinities and kinks."""
    at = expr.subs(point)
    if at.is_infinite:
        return mpmath.inf if at.is_extended_positive else -mpmath.inf
    try:
        return mpmath.mpmathify(sp.lambdify((), at, ["mpmath", {"betainc": mpmath.betainc}])())
    except _FAILURES:
        return None


def close(a: Any, b: Any, digits: int = DIGITS - 10) -> bool:
    """Whether two numbers agree to `digits` digits; below 10^-60 a number counts as zero."""
    if mpmath.isinf(a) or mpmath.isinf(b):
        return bool(a == b)
    scale = max(abs(a), abs(b))
    return bool(scale < mpmath.mpf(10) ** -60 or abs(a - b) <= scale * mpmath.mpf(10) ** -digits)


def _proved(difference: sp.Expr) -> bool:
    if not difference.has(*_KINKED):
        return proves_zero(difference) or (not difference.free_symbols and bool(difference.is_zero))
    if u not in difference.free_symbols:
        return False
    # Every kink of a generating function here is at u = 1: on either side the expression is smooth.
    s = sp.Dummy("s", positive=True)
    return all(_smooth_zero(difference, side) for side in (1 + s, 1 / (1 + s)))


def _smooth_zero(difference: sp.Expr, side: sp.Expr) -> bool:
    smooth = sp.piecewise_fold(difference.subs(u, side)).replace(
        sp.Abs, lambda z: z if z.factor().is_nonnegative else -z if z.factor().is_nonpositive else sp.Abs(z)
    )
    return not smooth.has(*_KINKED) and proves_zero(smooth)


def short(expr: Any, width: int = 160) -> str:
    """Text of an expression, cut where it would fill lines."""
    text = str(expr)
    return text if len(text) <= width else text[: width - 3] + "..."
