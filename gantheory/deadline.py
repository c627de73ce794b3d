"""A bound on the time of a computation that cannot say how long it will take, such as a simplification."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TimeBoundError(ArithmeticError):
    """A computation was given up at its bound of time."""


_PATIENCE = 8.0


def within(seconds: float, compute: Callable[[], T]) -> T:
    """compute(), given up after `seconds` of processor time of the running thread.

    So what is found does not depend on what else the machine does. At the latest it is given up after eight
    times as much wall-clock time; where the system does not tell a thread's time, after `seconds` of it.

    It is interrupted between two steps of Python code, in any thread; one long step in C, such as a product
    of numbers of a million digits, ends first. Calls may be nested: the shorter time counts.

    Raises:
        TimeBoundError: the time was up.
    """

    class Late(BaseException):  # of this call alone; no `except Exception` of a library swallows it
        pass

    lock, over = threading.Lock(), threading.Event()
    thread = threading.get_ident()
    used = _clock(thread)
    start, latest = used(), time.monotonic() + _PATIENCE * seconds

    def watch() -> None:
        left = seconds
        while left > 0.0:
            if over.wait(left):
                return
            left = min(seconds - (used() - start), latest - time.monotonic())
        with lock:
            if not over.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Late))

    threading.Thread(target=watch, daemon=True).start()
    try:
        try:
            return compute()
        finally:
            with lock:  # from here on nothing is raised any more
                over.set()
    except Late:
        raise TimeBoundError(f"not done within {seconds:g} s") from None


def _clock(thread: int) -> Callable[[], float]:
    """The processor time of a thread, read from any other."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)


__all__ = ["TimeBoundError", "within"]
