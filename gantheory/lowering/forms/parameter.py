"""Named numbers: constants that lowering treats like pi, and that a backend may leave open.

A slider moves alpha, but a normal form needs to know whether 1 - 1/alpha is positive. A `Parameter` is
an exact irrational number to sympy, so that nothing of it is multiplied out or rounded; its `value`
settles comparisons. What is lowered with it holds for all values that settle them in the same way, and
the JavaScript backend takes the value at run time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp
from mpmath.libmp import from_rational

from gantheory.errors import shown


class Parameter(sp.NumberSymbol):
    """A named real number; make it with `parameter`."""

    is_real = True
    is_irrational = True
    is_algebraic = False
    is_transcendental = True
    name: str
    value: sp.Rational

    __slots__ = ("name", "value")

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.value)

    def _as_mpf_val(self, prec: int) -> Any:
        return from_rational(self.value.p, self.value.q, prec, "n")

    def __int__(self) -> int:
        return int(self.value)

    def _eval_is_extended_positive(self) -> bool:
        return bool(self.value > 0)

    def _eval_is_extended_negative(self) -> bool:
        return bool(self.value < 0)

    def _sympystr(self, printer: Any) -> str:
        return self.name

    _sympyrepr = _sympystr


@lru_cache(maxsize=256)
def parameter(name: str, value: str | int | sp.Rational) -> Parameter:
    """The number called `name`, compared as the rational ``value`` (text such as "1.37").

    Choose a value on no special point: at 1.37 nothing cancels that cancels for no other number.

    Raises:
        ValueError: text that is no number.
    """
    made = Parameter.__new__(Parameter)
    try:
        made.name, made.value = name, sp.Rational(value)
    except TypeError:
        raise ValueError(f'value must be a rational number such as "1.37", got {shown(value)}') from None
    return made
