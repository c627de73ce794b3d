"""Bounds of time: nested ones, and interruptions that come while a call ends."""

from __future__ import annotations

import contextlib
import functools
import math
import threading
import time
import weakref

import numpy as np
import pytest

from gantheory.support.deadline import TimeBoundError, within


def _busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
    return seconds


def test_a_result_in_time_is_returned_and_a_late_one_is_not():
    assert within(5.0, lambda: _busy(0.01)) == 0.01
    with pytest.raises(TimeBoundError, match=r"not done within 0\.05 s"):
        within(0.05, lambda: _busy(5.0))


def test_of_nested_calls_the_shorter_time_counts():
    with pytest.raises(TimeBoundError, match=r"0\.05 s"):
        within(5.0, lambda: within(0.05, lambda: _busy(5.0)))
    with pytest.raises(TimeBoundError, match=r"0\.05 s"):
        within(0.05, lambda: within(5.0, lambda: _busy(5.0)))


@pytest.mark.slow_cases("3")
@pytest.mark.parametrize("threads", [1, 3])
def test_no_interruption_outlives_its_call(threads):
    """Inner and outer times that are up at nearly the same moment: once an inner timer that its call had not
    stopped raised seconds later, anywhere."""
    strays = []

    def many():
        try:
            for k in range(60):
                with contextlib.suppress(TimeBoundError):
                    within(1e-3 + (k % 7) * 1e-4, functools.partial(_all_inner, k))
            _busy(0.05)
        except BaseException as stray:
            strays.append(stray)

    def _all_inner(k):
        return [_inner(k, j) for j in range(5)]

    def _inner(k, j):
        try:
            return within(2e-4 * (1 + (k + j) % 6), lambda: _busy(1e-3))
        except TimeBoundError:
            return None

    started = [threading.Thread(target=many) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(timeout=60)
    assert not strays and not any(thread.is_alive() for thread in started)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interruption_in_a_callback_of_a_weak_reference_comes_again(capfd):
    """Python drops what such a callback raises: a bound was lost so, and a traceback was printed."""

    class Node:
        pass

    def compute():
        node = Node()
        reference = weakref.ref(node, lambda _: _busy(0.2))
        del node
        return _busy(8.0), reference

    start = time.perf_counter()
    with pytest.raises(TimeBoundError):
        within(0.005, compute)
    assert time.perf_counter() - start < 6
    assert _busy(0.15) == 0.15  # none outlives its call
    assert "Exception ignored" not in capfd.readouterr().err


def test_no_bound_leaves_the_outer_one():
    assert within(math.inf, lambda: 3) == 3
    with pytest.raises(TimeBoundError):
        within(0.05, lambda: within(math.inf, lambda: _busy(5.0)))


@pytest.mark.parametrize("seconds", [np.array([]), "1", None, 0, math.nan, -math.inf])
def test_a_bound_that_is_no_time_is_refused_and_ends_no_other(seconds):
    with pytest.raises(ValueError, match=r"seconds must be in \(0, inf\)"):
        within(seconds, lambda: 1)
    with pytest.raises(TimeBoundError):
        within(0.05, lambda: _busy(5.0))
