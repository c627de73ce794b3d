"""Worker processes that Ctrl-C does not reach, and that end with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pool(ProcessPoolExecutor):
    """One that starts its processes while SIGINT is blocked, which they inherit."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(call, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(call, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def workers(jobs: int, prepare: Callable[..., None], *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh interpreters, in each of which `prepare(*arguments)` has run; a fork would copy the
    threads' locks of whatever the caller has loaded.

    Ctrl-C reaches this process alone, also while a worker is starting. Where the body raises, nobody waits
    for what they are in the middle of, and where this process dies they end by themselves.
    """
    others = set(multiprocessing.active_children())
    pool = _Pool(jobs, multiprocessing.get_context("spawn"), _begin, (prepare, arguments))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    pool.shutdown()


def _begin(prepare: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where no signal can be blocked
    threading.Thread(target=_follow, daemon=True).start()
    prepare(*arguments)


def _follow() -> None:
    """End with the parent, which an idle worker does not notice: it holds both ends of its pipe."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
