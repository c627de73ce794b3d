"""A bound on the time of a computation that cannot say how long it will take, such as a simplification."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TimeBoundError(ArithmeticError):
    """A computation was given up at its bound of time."""


def within(seconds: float, compute: Callable[[], T]) -> T:
    """compute(), given up after `seconds` of wall-clock time.

    It is interrupted between two steps of Python code, in any thread; one long step in C, such as a product
    of numbers of a million digits, ends first. Calls may be nested: the shorter time counts.

    Raises:
        TimeBoundError: the time was up.
    """

    class Late(BaseException):  # of this call alone; no `except Exception` of a library swallows it
        pass

    lock, over = threading.Lock(), False
    thread = threading.get_ident()

    def stop() -> None:
        with lock:
            if not over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Late))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        try:
            return compute()
        finally:
            with lock:  # from here on nothing is raised any more
                over = True
            timer.cancel()
    except Late:
        raise TimeBoundError(f"not done within {seconds:g} s") from None


__all__ = ["TimeBoundError", "within"]
