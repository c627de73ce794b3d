"""mpmath interpreter of programs, at the caller's precision plus guard digits."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from gantheory.support.multiprecision import context_of, mp, to_mp

GUARD_DIGITS = 15


def _constant(value: sp.Expr) -> mp.mpf:
    return _to_digits(value, mp.dps)


@lru_cache(maxsize=4096)
def _to_digits(value: sp.Expr, digits: int) -> mp.mpf:
    with mp.workdps(digits + 5):
        return mp.mpf(int(value.p)) / int(value.q) if value.is_Rational else to_mp(value)


def _log(x: mp.mpf) -> mp.mpf:
    if x > 0:
        return mp.log(x)
    return -mp.inf if x == 0 else mp.nan


def _divide(x: mp.mpf, y: mp.mpf) -> mp.mpf:
    return x / y if y != 0 else mp.sign(x) * mp.inf


def _power(x: mp.mpf, y: mp.mpf) -> mp.mpf:
    return x**y if x >= 0 or mp.isint(y) else mp.nan


OPERATIONS = {
    "neg": lambda x: -x, "abs": abs, "sign": mp.sign, "exp": mp.exp, "expm1": mp.expm1, "log": _log,
    "log1p": lambda x: mp.log1p(x) if x > -1 else _log(1 + x),
    "sqrt": lambda x: mp.sqrt(x) if x >= 0 else mp.nan,
    "atan": mp.atan, "sin": mp.sin, "cos": mp.cos, "erf": mp.erf, "erfc": mp.erfc,
    "omega": lambda z: z if mp.isnan(z) else mp.lambertw(mp.exp(z)),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x) if mp.isfinite(x) else mp.mpf(0),
    "damp": lambda x, y: x if x == 0 and mp.isinf(y) else x * y,
    "tiny": lambda x: False,  # mpf has no underflow, and expm1(x) is never x
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": _divide,
    "min": lambda x, y: x if x < y else y, "max": lambda x, y: x if x > y else y, "lt": lambda x, y: x < y,
    "or": lambda x, y: x or y, "pow": _power, "where": lambda c, x, y: x if c else y,
    "const": _constant, "rounding": lambda c: mp.mpf(0),
}  # fmt: skip


def make(function: Any) -> Any:
    """Return fn(x) for a number that mpf takes (mpf, int, float, decimal string), or nested lists of them.

    The result belongs to the context of x and has its precision: ``mpmath.mp`` for a plain number.
    """

    def call(x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return [call(item) for item in x]
        context = context_of(x)
        with mp.workdps(context.dps + GUARD_DIGITS):
            result = mp.mpf(function.program.run(OPERATIONS, mp.mpf(x)))
        return +context.make_mpf(result._mpf_)

    return call
