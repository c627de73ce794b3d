"""A bound on the time of a computation that cannot say how long it will take, such as a simplification."""

from __future__ import annotations

import ctypes
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

from gantheory.arguments.checks import positive_number

T = TypeVar("T")


class TimeBoundError(ArithmeticError):
    """A computation was given up at its bound of time."""


_PATIENCE = 8.0

_AGAIN = 0.1
"""Seconds after which a call that goes on is interrupted again: Python passes over what is raised in a
finalizer or the callback of a weak reference."""


class _Late(BaseException):  # no `except Exception` of a library swallows it
    """The time of the call at a depth of nesting is up."""

    depth: int


class _Call:
    """One running call: either its end comes first or its interruption.

    No locks: the end itself may be interrupted, by an outer call, and would leave them held.
    """

    def __init__(self, seconds: float, depth: int) -> None:
        self.seconds, self.depth, self.thread = seconds, depth, threading.get_ident()
        self.used = _clock(self.thread)
        now = time.monotonic()
        self.start, self.latest, self.due = self.used(), now + _PATIENCE * seconds, now + seconds
        self.first: dict[int, str] = {}
        self.raised = 0

    @property
    def ended(self) -> bool:
        """Whether no interruption of it begins any more."""
        return self.first.get(self.raised) == "end"

    def look(self, now: float) -> None:
        """Interrupt the call if its time is up, or set when to look again."""
        try:
            left = min(self.seconds - (self.used() - self.start), self.latest - now)
        except OSError:  # the thread is no more
            self.first[self.raised] = "end"
            return
        if left > 0:
            self.due = now + left
        elif self.first.setdefault(self.raised, "late") == "late":
            late = type("_Late", (_Late,), {"depth": self.depth})
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(late))
            self.raised += 1
            self.due = now + _AGAIN

    def end(self) -> None:
        """From here on nothing is raised any more; may be called again."""
        times = 0
        while self.first.setdefault(times, "end") == "late":
            while self.raised <= times:  # it comes here and now
                time.sleep(1e-4)
            times += 1


class _Calls(threading.local):
    def __init__(self) -> None:
        self.running: list[_Call] = []


_calls = _Calls()
_watched: list[SimpleQueue[_Call]] = []


def _watch(queue: SimpleQueue[_Call]) -> None:
    """Look after the calls of all threads.

    One thread for all: while a thread starts another, an interruption meant for it may reach the new one.
    """
    calls: list[_Call] = []
    while True:
        with suppress(Empty):
            due = min((call.due for call in calls), default=math.inf)
            wait = None if due == math.inf else max(0.0, due - time.monotonic())
            calls.append(queue.get(timeout=wait))
        now = time.monotonic()
        for call in calls:
            if call.due <= now and not call.ended:
                call.look(now)
        calls = [call for call in calls if not call.ended]


def _watcher() -> SimpleQueue[_Call]:
    if not _watched:
        _quiet()
        queue: SimpleQueue[_Call] = SimpleQueue()
        threading.Thread(target=_watch, args=(queue,), name="gantheory-deadline", daemon=True).start()
        _watched.append(queue)
    return _watched[0]


def _quiet() -> None:
    """Interruptions that Python passes over are not printed as "Exception ignored"."""
    shown = sys.unraisablehook

    def hook(event: sys.UnraisableHookArgs) -> None:
        if not issubclass(event.exc_type, _Late):
            shown(event)

    sys.unraisablehook = hook


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watched.clear)


def within(seconds: float, compute: Callable[[], T]) -> T:
    """compute(), given up after `seconds` of processor time of the running thread.

    So what is found does not depend on what else the machine does. At the latest it is given up after eight
    times as much wall-clock time; where the system does not tell a thread's time, after `seconds` of it.

    It is interrupted between two steps of Python code, in any thread; one long step in C, such as a product
    of numbers of a million digits, ends first. Calls may be nested: the shorter time counts.

    Raises:
        TimeBoundError: the time was up.
        ValueError: seconds not in (0, inf].
    """
    # The watcher is one for all calls: what it cannot compare would end every later bound with it.
    if isinstance(seconds, float) and seconds == math.inf:
        return compute()
    seconds = positive_number(seconds, "seconds")
    queue, running = _watcher(), _calls.running
    depth = len(running)
    call = _Call(seconds, depth)
    try:
        try:
            running.append(call)
            queue.put(call)
            return compute()
        finally:
            _end(running, depth)
    except _Late as late:
        while len(running) > depth:
            with suppress(_Late):
                _end(running, depth)
        if late.depth < depth:
            raise
        for outer in running:
            if outer.raised:  # a thread holds one interruption: this call's stood in place of the outer one's
                raise type("_Late", (_Late,), {"depth": outer.depth}) from None
        raise TimeBoundError(f"not done within {seconds:g} s") from None


def _end(running: list[_Call], depth: int) -> None:
    """End a call, and those inside it whose own end was interrupted."""
    while len(running) > depth:
        running[-1].end()
        running.pop()


def _clock(thread: int) -> Callable[[], float]:
    """The processor time of a thread, read from any other."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)


__all__ = ["TimeBoundError", "within"]
