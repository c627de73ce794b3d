"""Ctrl-C that waits until a step is done, so that what is half done need not be thrown away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def waiting_interrupts(wanted: bool = True) -> Iterator[Callable[[], bool]]:
    """The body asks the function that it gets whether Ctrl-C was pressed, and then ends early: the
    interruption is raised behind it. A second one is raised at once.

    SIGTERM waits too where it has a handler. Nothing waits if not `wanted`, or off the main thread.
    """
    came: list[tuple[int, FrameType | None]] = []
    before: dict[int, Callable[[int, FrameType | None], object]] = {}

    def hold(signum: int, frame: FrameType | None) -> None:
        came.append((signum, frame))
        for number, handler in before.items():
            signal.signal(number, handler)

    if wanted and threading.current_thread() is threading.main_thread():
        for kind in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(kind)
            if callable(handler) and not isinstance(handler, signal.Handlers):
                before[kind] = handler
                signal.signal(kind, hold)
    try:
        yield lambda: bool(came)
    finally:
        if not came:
            for number, handler in before.items():
                signal.signal(number, handler)
    if came:
        before[came[0][0]](*came[0])
        raise KeyboardInterrupt  # the body has ended early, whatever a handler of the caller's own thinks
