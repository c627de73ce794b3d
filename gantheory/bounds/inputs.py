"""Numbers from user input as float64, each error one line that names the argument."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gantheory.arguments.arrays import as_float64
from gantheory.arguments.checks import is_whole

_LARGEST = 10**300
"""Sample sizes go through float64."""


def number(value: Any, name: str) -> float:
    """One number in [0, inf)."""
    array = as_float64(value, name)
    if array.ndim:
        raise TypeError(f"{name} must be one real number, got {value!r}")
    if not 0 <= array < math.inf:
        raise ValueError(f"{name} must be in [0, inf), got {value}")
    return float(array)


def numbers(value: Any, name: str) -> tuple[float, ...]:
    """A sequence of numbers in [0, inf)."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a sequence of numbers, one a layer, got {value!r}")
    return tuple(number(item, f"{name}[{i}]") for i, item in enumerate(value))


def size(value: Any, name: str) -> int:
    """A sample size, an integer of at least 1."""
    if not is_whole(value):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if int(value) > _LARGEST:
        raise ValueError(f"{name} must be at most 10^300, got a number of {len(str(value))} digits")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return int(value)
