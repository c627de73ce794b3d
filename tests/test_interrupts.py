"""Ctrl-C and SIGTERM: what is done is kept, workers end, and nothing but one line is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gantheory.cli import app
from gantheory.support.interrupts import waiting_interrupts

linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")


def test_an_interruption_waits_for_the_end_of_a_step(ctrl_c):
    steps = []
    with pytest.raises(KeyboardInterrupt), waiting_interrupts() as interrupted:
        for step in range(5):
            if step == 2:
                signal.raise_signal(signal.SIGINT)
            steps.append(step)
            if interrupted():
                break
    assert steps == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt), waiting_interrupts():  # the second one does not wait
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("not reached")
    with pytest.raises(KeyboardInterrupt), waiting_interrupts(wanted=False):
        signal.raise_signal(signal.SIGINT)
        pytest.fail("not reached")
    with waiting_interrupts() as interrupted:
        assert not interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_exit_status_says_which_signal_it_was(monkeypatch, ctrl_c, number, status):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(app, "_dispatch", lambda args: signal.raise_signal(number))
    try:
        assert app.main() == status
    finally:
        for each, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(each, handler)


def test_a_reader_that_goes_away_and_a_closed_output_are_no_failure():
    for redirected in ("derive --list | head -1", "--version >&-"):
        command = f"set -o pipefail; {sys.executable} -m gantheory {redirected}"
        done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (0, ""), redirected


def _workers(session: int) -> list[tuple[int, str]]:
    """(process, its SigBlk) of a session's spawned interpreters."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"spawn_main" in (folder / "cmdline").read_bytes() and os.getsid(int(folder.name)) == session:
                status = (folder / "status").read_text()
                found.append((int(folder.name), status.split("SigBlk:")[1].split()[0]))
        except OSError:
            continue
    return found


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("when", ["starting", "working"])
def test_workers_end_with_an_interrupted_check(number, when):
    command = [sys.executable, "-m", "gantheory", "check", "--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    end = time.monotonic() + 60
    while time.monotonic() < end and len(_workers(process.pid)) < 2:
        time.sleep(0.005)
    if when == "working":
        time.sleep(5)
    workers = _workers(process.pid)
    assert len(workers) == 2 and all(int(blocked, 16) & 1 << signal.SIGINT - 1 for _, blocked in workers)
    if number is signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert said == "" or number is signal.SIGKILL
    while _workers(process.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _workers(process.pid)


def test_a_handler_of_the_callers_own_lets_no_half_done_work_pass_for_done(ctrl_c):
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("own"))
    try:
        with pytest.raises(KeyboardInterrupt), waiting_interrupts() as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["own"]
