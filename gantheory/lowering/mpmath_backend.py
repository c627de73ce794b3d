"""mpmath interpreter of programs, at the caller's precision plus guard digits."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from .program import Program

GUARD_DIGITS = 15


def _constant(value: sp.Expr) -> mpmath.mpf:
    if value.is_Rational:
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(sp.N(value, mpmath.mp.dps + 10)._mpf_)


def _omega(z: mpmath.mpf) -> mpmath.mpf:
    """Newton's method for w + log w = z, in log w where w is small and in w where it is large."""
    if mpmath.isinf(z) or mpmath.isnan(z):
        return z if not z < 0 else mpmath.mpf(0)
    if z < -mpmath.mp.prec:
        w = mpmath.exp(z)
        return w * (1 - w)
    w = (
        mpmath.exp(z)
        if z < -1
        else (mpmath.mpf("0.567") + z * mpmath.mpf("0.36") if z < 1 else z - mpmath.log(z))
    )
    for _ in range(60):
        step = w * (z - w - mpmath.log(w)) / (1 + w)
        w += step
        if abs(step) <= w * mpmath.eps:
            break
    return w


def _expm1(x: mpmath.mpf) -> mpmath.mpf:
    return mpmath.expm1(x) if mpmath.isfinite(x) else mpmath.exp(x) - 1


def _log(x: mpmath.mpf) -> mpmath.mpf:
    if x > 0:
        return mpmath.log(x)
    return -mpmath.inf if x == 0 else mpmath.nan


def _divide(x: mpmath.mpf, y: mpmath.mpf) -> mpmath.mpf:
    if y == 0:
        return mpmath.nan if x == 0 or mpmath.isnan(x) else mpmath.sign(x) * mpmath.inf
    return x / y


def _power(x: mpmath.mpf, y: mpmath.mpf) -> mpmath.mpf:
    if x == 0:
        return mpmath.mpf(0) if y > 0 else mpmath.inf
    return x**y if x > 0 or mpmath.isint(y) else mpmath.nan


OPERATIONS = {
    "neg": lambda x: -x, "abs": abs, "sign": mpmath.sign, "exp": mpmath.exp, "expm1": _expm1, "log": _log,
    "log1p": lambda x: mpmath.log1p(x) if x > -1 else _log(1 + x),
    "sqrt": lambda x: mpmath.sqrt(x) if x >= 0 else mpmath.nan,
    "atan": mpmath.atan, "sin": mpmath.sin, "cos": mpmath.cos, "erf": mpmath.erf, "erfc": mpmath.erfc,
    "omega": _omega,
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x) if mpmath.isfinite(x) else mpmath.mpf(0),
    "damp": lambda x, y: x if x == 0 and mpmath.isinf(y) else x * y,
    "tiny": lambda x: False,  # mpf has no underflow, and expm1(x) is never x
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": _divide,
    "min": lambda x, y: x if x < y else y, "max": lambda x, y: x if x > y else y, "lt": lambda x, y: x < y,
    "or": lambda x, y: x or y, "pow": _power, "where": lambda c, x, y: x if c else y,
    "const": _constant, "rounding": lambda c: mpmath.mpf(0),
}  # fmt: skip


def make(program: Program) -> Any:
    """Return fn(x) for a number that mpf takes (mpf, int, float, decimal string), or nested lists of them."""

    def call(x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return [call(item) for item in x]
        with mpmath.workdps(mpmath.mp.dps + GUARD_DIGITS):
            result = program.run(OPERATIONS, mpmath.mpf(x))
        return +mpmath.mpf(result)

    return call
