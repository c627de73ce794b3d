"""Arguments checked before any work, each error one line with the name, the value and what would be right."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import Any, TypeVar

from gantheory.arguments.arrays import as_float64
from gantheory.errors import did_you_mean, listed, shown

Text = TypeVar("Text", bound=str)
Kind = TypeVar("Kind")


def is_flag(value: Any) -> bool:
    """Whether `value` is one truth value: Python's, NumPy's, or a 0-dimensional array or tensor of them."""
    alone = getattr(value, "ndim", None) == 0
    return isinstance(value, bool) or (alone and str(getattr(value, "dtype", "")).endswith("bool"))


def is_whole(value: Any) -> bool:
    """Whether `value` is one whole number, `operator.index` of which is Python's; no truth value is one."""
    if is_flag(value) or getattr(value, "ndim", 0) != 0:
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def is_real(value: Any) -> bool:
    """Whether `value` is one real number, possibly infinite or NaN, which `float` reads: of Python, NumPy,
    mpmath or sympy, or a 0-dimensional array or tensor; no truth value is one."""
    if is_flag(value):
        return False
    if isinstance(value, (Real, Decimal)):
        return True
    if getattr(value, "ndim", None) == 0:
        try:
            as_float64(value)
        except TypeError:
            return False
        return True
    return bool(getattr(value, "is_extended_real", False) and getattr(value, "is_number", False))


def flag(value: Any, name: str) -> bool:
    """Return `value` if it is True or False; "no" and 0 are refused, not taken for their truth value."""
    if not is_flag(value):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


def instance(value: Any, name: str, kind: type[Kind]) -> Kind:
    """Return `value` if it is of this class, or raise TypeError."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, got {shown(value)}")
    return value


def several(values: Any, name: str, what: str) -> list[Any]:
    """Return what `values` holds, or raise TypeError where it is no collection, ValueError if empty."""
    scalar = not isinstance(values, Iterable) or getattr(values, "ndim", 1) == 0
    if scalar or isinstance(values, (str, bytes)):
        raise TypeError(f"{name} must be a list of {what}, got {shown(values)}")
    found = list(values)
    if not found:
        raise ValueError(f"{name} must hold at least one of {what}")
    return found


def choice(value: Any, name: str, choices: Iterable[Text]) -> Text:
    """Return `value` if it is one of `choices`, all of them text.

    Raises:
        ValueError: it is not, with the nearest that is.
    """
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(not_one_of(value, name, known))
    return next(one for one in known if one == value)


def not_one_of(value: Any, name: str, choices: Iterable[Any], further: str = "", meant: str = "") -> str:
    """The line that says so, which begins with what was meant, if that is to be guessed.

    Args:
        further: what else may be, after a comma.
        meant: "; did you mean ...?" in place of what is nearest in `choices`.
    """
    known = list(choices)
    near = meant or (did_you_mean(value, map(str, known)) if isinstance(value, str) else "")
    if near:
        return f"{name} {shown(value)}{near.replace(';', ':', 1)} It must be one of {listed(known)}{further}"
    return f"{name} must be one of {listed(known)}{further}, got {shown(value)}"


def whole(value: Any, name: str, least: int = 0) -> int:
    """Return `value` as an int of at least `least`; 3.0 and True are refused.

    Raises:
        ValueError: anything else.
    """
    return _integer(value, name, least, f"a whole number of at least {least}")


def positive_integer(value: Any, name: str) -> int:
    """Return `value` as an int of at least 1, or raise ValueError."""
    return _integer(value, name, 1, "a positive integer")


def nonnegative_integer(value: Any, name: str) -> int:
    """Return `value` as an int of at least 0, or raise ValueError."""
    return _integer(value, name, 0, "a nonnegative integer")


def positive_number(value: Any, name: str) -> float:
    """Return `value` as a float in (0, inf), or raise ValueError."""
    if not is_real(value) or not 0 < float(value) < math.inf:
        raise ValueError(f"{name} must be in (0, inf), got {shown(value)}")
    return float(value)


def _integer(value: Any, name: str, least: int, what: str) -> int:
    if not is_whole(value) or value < least:
        raise ValueError(f"{name} must be {what}, got {shown(value)}")
    return operator.index(value)


def finite_number(value: Any, name: str) -> float:
    """Return `value` as a finite float, or raise ValueError."""
    if not is_real(value) or not math.isfinite(float(value)):
        raise ValueError(f"{name} must be a finite number, got {shown(value)}")
    return float(value)


def has_columns(table: Any, *wanted: str) -> None:
    """Raise ValueError unless a table has these columns, and a row."""
    missing = [name for name in wanted if name not in table]
    if missing:
        held = ", ".join(map(str, table.columns)) or "none"
        raise ValueError(f"table must have columns {', '.join(wanted)}, got {held}")
    if not len(table):
        raise ValueError("table must have at least one row, got none")
