"""sympy expressions as mpmath functions whose result holds the digits asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from mpmath import mp as ctx

_MOST_DIGITS = 4000


class CancellationError(ArithmeticError):
    """A value did not settle below the largest working precision."""


def mp_function(expr: sp.Expr, symbol: sp.Symbol) -> Callable[[Any], Any]:
    """Return `expr` as a function of an mpmath number, evaluated at the working precision of the call."""
    return sp.lambdify(symbol, expr, modules="mpmath", cse=True)


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
    A result below 10^(-0.7 digits) `scale` at four times the digits of the request counts as exactly 0.

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
