"""sympy expressions as mpmath functions whose result holds the digits asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb

from gantheory.lowering import lower
from gantheory.support.multiprecision import flint_bits, from_ball, lambdify
from gantheory.support.multiprecision import mp as ctx

_MOST_DIGITS = 4000


class CancellationError(ArithmeticError):
    """A value did not settle below the largest working precision."""


def mp_function(expr: sp.Expr, symbol: sp.Symbol) -> Callable[[Any], Any]:
    """Return `expr` as a function of an mpmath number, evaluated at the working precision of the call."""
    return lambdify(symbol, expr, cse=True)


_PROBES = 0.37, 4.1, 41.0, 410.0
_NEAR_ZERO = tuple(2.0**-k for k in (20, 100, 400, 1000))
_PROBE_BITS = 80


class ScoreFunction:
    """An expression of the score as a function of an mpmath number, at the working precision of the call.

    Args:
        expr: the expression, of one symbol.
        symbol: the score.
        ends: of the domain; an end at 0 is approached to any digit.

    Attributes:
        stable: whether it holds all digits without more bits in the call: its lowered form agrees, where it
            was compared, with the plain formula at all the bits that e^-|v| and 1 + e^-|v| can take.
    """

    def __init__(
        self, expr: sp.Expr, symbol: sp.Symbol, ends: tuple[Any, Any] = (-math.inf, math.inf)
    ) -> None:
        self._plain = mp_function(expr, symbol)
        self._stable: Callable[[Any], Any] | None = None
        try:
            lowered = lower(expr, symbol, "mpmath")
        except ValueError:  # a function that has no lowering
            return
        if self._agrees(lowered, _PROBES if 0 not in ends else _PROBES + _NEAR_ZERO):
            self._stable = lowered

    @property
    def stable(self) -> bool:
        return self._stable is not None

    def __call__(self, v: Any) -> Any:
        if self._stable is not None and not isinstance(v, ctx.mpc):
            value = self._stable(v)
            if ctx.isfinite(value):
                return value
        return self._plain(v)

    def _agrees(self, lowered: Callable[[Any], Any], sizes: tuple[float, ...]) -> bool:
        compared = 0
        for v in (sign * size for size in sizes for sign in (-1, 1)):
            try:
                with ctx.workprec(_PROBE_BITS + int(8 * max(abs(v), -math.log2(abs(v))))):
                    right = real(self._plain(ctx.mpf(v)))
            except (ArithmeticError, ValueError):  # outside the domain
                continue
            with ctx.workprec(_PROBE_BITS):
                value = lowered(ctx.mpf(v))
                if not abs(value - right) <= ctx.ldexp(abs(right), 8 - _PROBE_BITS):
                    return False
            compared += 1
        return compared >= len(sizes) // 2


def real(value: Any) -> Any:
    """Return `value` as a real mpmath number; raise ArithmeticError where it is complex or NaN."""
    if isinstance(value, ctx.mpc):
        if value.imag != 0:
            raise ArithmeticError(f"complex value {ctx.nstr(value, 6)} where a real one is needed")
        value = value.real
    value = ctx.mpf(value)
    if ctx.isnan(value):
        raise ArithmeticError("value is NaN")
    return value


def settled(evaluate: Callable[[], Any], dps: int, scale: Callable[[], Any] | None = None) -> Any:
    """Evaluate at a rising working precision until `dps` digits of the result are settled.

    Two precisions are compared, so any cancellation in the expression costs time and not digits.
    A result below 10^(-0.7 digits) `scale` at four times the digits of the request counts as exactly 0. An
    infinite one is a pole that rounding has met (an argument rounded to 1), no value.

    Raises:
        CancellationError: the result does not settle within 4000 digits.
    """
    work = dps + 12
    before: Any = None
    cause: Exception | None = None
    while work <= _MOST_DIGITS:
        with ctx.workdps(work):
            try:
                value = real(evaluate())
                if ctx.isinf(value):
                    raise OverflowError("infinite within rounding")
            except (ArithmeticError, ValueError) as error:
                value, cause = None, error  # for example log(1 - x) where 1 - x rounded to 0
            if value is not None and before is not None:
                if value == before or abs(value - before) <= ctx.mpf(10) ** (-dps - 2) * abs(value):
                    return value
                size = scale() if scale is not None else ctx.one
                if work > 4 * dps and abs(value) <= ctx.mpf(10) ** (-0.7 * work) * size:
                    return ctx.zero
        before = value
        work *= 2
    raise CancellationError(f"no {dps} digits within a working precision of {_MOST_DIGITS} digits") from cause


def gauss_legendre(n: int) -> tuple[tuple[Any, Any], ...]:
    """(node, weight) of the n-point rule on [-1, 1] at the working precision."""
    return _gauss_legendre(n, ctx.prec)


@lru_cache(maxsize=64)
def _gauss_legendre(n: int, prec: int) -> tuple[tuple[Any, Any], ...]:
    with flint_bits(prec + 10), ctx.workprec(prec):
        pairs = (arb.legendre_p_root(n, k, weight=True) for k in range(n))
        return tuple((from_ball(node), from_ball(weight)) for node, weight in pairs)
