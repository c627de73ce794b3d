"""A limit of time for a proof: work that loops asks `check`, and raises where the time is spent."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from gantheory.arguments.checks import is_real

SECONDS = 60.0

_deadline: ContextVar[tuple[float, float]] = ContextVar("deadline", default=(math.inf, math.inf))


class OutOfTimeError(ArithmeticError):
    """The time is spent before the proof is complete."""


def check_seconds(seconds: Any) -> float:
    """A limit of time as a float.

    Raises:
        TypeError, ValueError: not a number above 0.
    """
    if not is_real(seconds):
        raise TypeError(f"seconds must be a number above 0, got {seconds!r}")
    if not seconds > 0:
        raise ValueError(f"seconds must be a number above 0 (inf for no limit), got {seconds!r}")
    return float(seconds)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Inside the block, `check` raises once that many seconds of wall-clock time have passed."""
    token = _deadline.set((time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def check() -> None:
    """Go on, if there is time.

    Raises:
        OutOfTimeError: the time is spent.
    """
    end, seconds = _deadline.get()
    if time.monotonic() > end:
        raise OutOfTimeError(f"no digit was proved in {seconds:g} s; give more `seconds`")


def allowed() -> float:
    """The limit in seconds."""
    return _deadline.get()[1]
