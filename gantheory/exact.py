"""Exact numbers from user input: derivations run on short rationals, never on binary floats."""

from __future__ import annotations

import math
import operator
import sys
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any

import sympy as sp

from gantheory.arguments.arrays import as_float
from gantheory.arguments.checks import is_real, is_whole
from gantheory.errors import shown

_SHORT = 10_000
"""Largest denominator tried before a float falls back to its shortest decimal."""


_LONG = 25
"""Characters of the longest number that is written out whatever gave it."""

RESERVED = frozenset({"v", "x", "y"})
"""Names that an objective's functions use for the score and for the expectations of its outer function."""


def exact(value: Any, name: str = "value", *, symbolic: bool = False) -> sp.Expr:
    """Return `value` as an exact sympy number.

    A float becomes the shortest rational that rounds back to it (0.1 -> 1/10, 1/3 -> 1/3), because
    sympy solves with rational exponents in milliseconds and with floats in tens of seconds.

    Args:
        value: int, float, `fractions.Fraction`, `decimal.Decimal`, NumPy scalar, 0-dimensional array or
            tensor, constant sympy expression or +-infinity.
        name: argument name for the error message.
        symbolic: whether a sympy expression of real symbols may stand for a number.

    Raises:
        TypeError: `value` is not a real number.
        ValueError: `value` is NaN.
    """
    if isinstance(value, sp.Expr):
        if symbolic and value.free_symbols:
            return _of_symbols(value, name)
        if value.is_number and (value.is_real or value in (sp.oo, -sp.oo)):
            return exact(float(value), name) if value.is_Float else value
        raise TypeError(f"{name} must be a real number, got {value}")
    if not is_real(value):
        raise TypeError(f"{name} must be a real number, got {shown(value)}")
    if isinstance(value, Decimal) and value.is_finite():
        value = Fraction(value)
    if is_whole(value):
        value = operator.index(value)
    if isinstance(value, Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    number = as_float(value, name)
    if math.isnan(number):
        raise ValueError(f"{name} must be a real number, got nan")
    if math.isinf(number):
        return sp.oo if number > 0 else -sp.oo
    short = Fraction(number).limit_denominator(_SHORT)
    fraction = short if float(short) == number else Fraction(repr(number))
    return sp.Rational(fraction)


def _of_symbols(value: sp.Expr, name: str) -> sp.Expr:
    taken = sorted({symbol.name for symbol in value.free_symbols} & RESERVED)
    if taken:
        raise ValueError(f"{name} must hold no symbol named v, x or y, which an objective uses, got {value}")
    if not value.is_real:
        raise TypeError(
            f"{name} must be a real number or an expression of symbols declared real, got {value}"
        )
    return value


def positive(value: Any, name: str, *, infinite: bool = False, symbolic: bool = False) -> sp.Expr:
    """Return `value` as an exact number in (0, inf), or in (0, inf] if `infinite`; if `symbolic`, also an
    expression that its symbols' assumptions make positive.

    Raises:
        TypeError: not a real number.
        ValueError: outside the interval.
    """
    interval = "(0, inf]" if infinite else "(0, inf)"
    if symbolic and isinstance(value, sp.Expr) and value.free_symbols:
        if not _of_symbols(value, name).is_positive:
            raise ValueError(
                f"{name} must be in {interval}, got {value}, which its symbols do not make positive"
            )
        return value
    try:
        number = exact(value, name)
    except ValueError:
        raise ValueError(f"{name} must be in {interval}, got {value}") from None
    if not number > 0 or (number is sp.oo and not infinite):
        raise ValueError(f"{name} must be in {interval}, got {value}")
    return number


def finite(value: Any, name: str, *, symbolic: bool = False) -> sp.Expr:
    """Return `value` as an exact finite number; raise ValueError for an infinite or NaN one."""
    number = exact(value, name, symbolic=symbolic)
    if number.is_infinite:
        raise ValueError(f"{name} must be finite, got {value}")
    return number


def written(number: sp.Expr) -> str:
    """Text that stands for this number: of one that a float gave, such as 1e300, no longer than that."""
    text = str(number)
    if len(text) <= _LONG or not isinstance(number, sp.Rational) or abs(number) > sys.float_info.max:
        return text
    short = repr(float(number))
    return short if exact(float(short)) == number else text
