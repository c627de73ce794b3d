"""kill -9 at random moments, then the same command again: the table is that of an uninterrupted run."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from gantheory.sweeps import RunStore, Serial, Sweep, run

KILLS = 10


def test_kills_of_a_process(content, tmp_path, same):
    """Children that are forked from here have everything imported, so that training and writing are hit."""
    sweep = Sweep.from_dict(content(seeds=6, block=2, epochs=16))
    whole = run(sweep, tmp_path / "warm", executor=Serial())
    whole = run(sweep, tmp_path / "whole", executor=Serial())
    store = RunStore(tmp_path / "store")
    executor = Serial(checkpoint_seconds=0.01)
    rng = random.Random(0)
    context = multiprocessing.get_context("fork")
    log = []
    for number in range(1, KILLS // 2 + 1):
        child = context.Process(target=run, args=(sweep, store.path), kwargs={"executor": executor})
        child.start()
        time.sleep(rng.uniform(0.01, 0.05 + whole.seconds / 4))
        alive = child.is_alive()
        child.kill()
        child.join()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a kill damages nothing
            stored = len(store.records()) if store.path.exists() else 0
        log.append((number, alive, stored, len(list(store.path.glob("checkpoints/*.pt")))))
    print("kill, whether it was alive, units stored, checkpoints:", *log, sep="\n")
    finish = run(sweep, store, executor=Serial())
    assert finish.complete
    same(store.table(), whole.store.table())
    assert list(store.path.glob("checkpoints/*.pt")) == []
    assert sum(alive for _, alive, _, _ in log) >= 2, "most kills came too late to test anything"


def _alive(group: int) -> bool:
    """Whether a process of the group lives; one that is dead and that nobody has waited for does not."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = entry.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if int(process_group) == group and state != "Z":
            return True
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("whom", ["sweep", "group"])
def test_ten_kills_of_the_program(toml, tmp_path, same, whom):
    """The command with its workers, as a user runs it: the sweep alone is killed, or all of its processes."""
    path = toml(seeds=8, block=2, epochs=400)
    whole = run(Sweep.read(path), tmp_path / "whole", executor=Serial())
    store = RunStore(tmp_path / "store")
    command = [
        sys.executable,
        "-m",
        "gantheory",
        "sweep",
        str(path),
        "--store",
        str(store.path),
        "--jobs",
        "2",
    ]
    rng = random.Random(1)
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(rng.uniform(1.0, 7.0))
        if whom == "group":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        end = time.monotonic() + 20
        while _alive(process.pid) and time.monotonic() < end:
            time.sleep(0.05)  # workers notice that nobody is left
        assert not _alive(process.pid)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    same(store.table(), whole.store.table())
    assert list(store.path.glob("checkpoints/*.pt")) == []
