"""Executors on this machine: worker processes, or this process."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from gantheory.arguments.checks import positive_integer
from gantheory.support.workers import usable_cores
from gantheory.sweeps.executors.outcome import Failure, Listener, is_storage, reason
from gantheory.sweeps.store.store import RunStore
from gantheory.sweeps.unit import CHECKPOINT_SECONDS, Unit, run_unit

_PATIENCE = 5.0
"""Seconds that a worker has to end by itself."""


@dataclass(frozen=True)
class Serial:
    """All units in this process, one after another: for a debugger.

    `checkpoint_seconds` is the time between two checkpoints of a unit.
    """

    checkpoint_seconds: float = CHECKPOINT_SECONDS

    def run(self, units: Sequence[Unit], store: RunStore, listener: Listener) -> list[Failure]:
        """Run all units; those that failed come back."""
        failures = []
        for unit in units:
            try:
                run_unit(unit.config, store, partial(_tell, listener, unit), self.checkpoint_seconds)
            except Exception as error:
                failures.append(Failure(unit, reason(error), is_storage(error)))
                if failures[-1].storage:
                    break
            else:
                listener(unit, 1.0)
        return failures


def _tell(listener: Listener, unit: Unit, done: int, total: int) -> None:
    if done < total:  # the end is told when the result is stored
        listener(unit, done / total)


@dataclass(frozen=True)
class Local:
    """Worker processes on this machine.

    A worker that dies (no memory, a crash, kill -9) costs the unit that it had, which is reported, and is
    replaced. If this process dies, its workers end with it.

    Attributes:
        jobs: processes; None for one a core, and one for all on a GPU.
        threads: of each; None shares the cores among the workers, unless OMP_NUM_THREADS is set.
        checkpoint_seconds: between two checkpoints of a unit: what a kill may cost.
    """

    jobs: int | None = None
    threads: int | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS

    def __post_init__(self) -> None:
        for name in ("jobs", "threads"):
            if getattr(self, name) is not None:
                positive_integer(getattr(self, name), name)

    def run(self, units: Sequence[Unit], store: RunStore, listener: Listener) -> list[Failure]:
        """Run all units; those that failed come back.

        Raises:
            OSError: no worker can be started; the message holds what it said.
        """
        on_gpu = any(not str(unit.config["device"]).startswith("cpu") for unit in units)
        jobs = min(self.jobs or (1 if on_gpu else usable_cores()), len(units))
        asked = os.environ.get("OMP_NUM_THREADS", "")
        shared = int(asked) if asked.isdecimal() else max(1, usable_cores() // max(1, jobs))
        threads = self.threads or shared
        return _Pool(jobs, threads, store, listener, self.checkpoint_seconds).run(units)


class _Worker:
    """A worker process and the thread that reads what it says."""

    def __init__(self, store: RunStore, threads: int, inbox: queue.Queue[tuple[_Worker, Any]]) -> None:
        self.unit: Unit | None = None
        self.ready = False
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": path}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gantheory.sweeps.executors.worker", str(store.path.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
        )
        threading.Thread(target=self._read, args=(inbox,), daemon=True).start()

    def _read(self, inbox: queue.Queue[tuple[_Worker, Any]]) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with contextlib.suppress(ValueError):  # a line cut off by the worker's death
                    inbox.put((self, json.loads(line)))
        inbox.put((self, None))

    def start(self, unit: Unit, checkpoint_seconds: float) -> None:
        """Hand the worker a unit. If it is dead already, its reader says so."""
        self.unit = unit
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            message = {"config": unit.config, "checkpoint_seconds": checkpoint_seconds}
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()

    def end(self) -> None:
        """Let the worker end: closing its stdin is the message, signals follow if it does not hear."""
        for stop in (lambda: self.process.stdin and self.process.stdin.close(), self.process.kill):
            with contextlib.suppress(OSError):
                stop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=_PATIENCE)
                break
        self._errors.close()

    def cause_of_death(self) -> str:
        """Why the process is gone, in one line."""
        status = self.process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        last = f"; its last words: {said[-1].strip()}" if said else ""
        if status >= 0:
            return f"its worker process ended with status {status}{last}"
        with contextlib.suppress(ValueError):
            name = signal.Signals(-status).name
            memory = ", as happens when memory runs out" if name == "SIGKILL" else ""
            return f"its worker process was killed by {name}{memory}{last}"
        return f"its worker process was killed by signal {-status}{last}"


class _Pool:
    def __init__(
        self, jobs: int, threads: int, store: RunStore, listener: Listener, checkpoint_seconds: float
    ) -> None:
        self._jobs, self._threads, self._store, self._listener = jobs, threads, store, listener
        self._checkpoint_seconds = checkpoint_seconds
        self._inbox: queue.Queue[tuple[_Worker, Any]] = queue.Queue()
        self._workers: list[_Worker] = []

    def run(self, units: Sequence[Unit]) -> list[Failure]:
        waiting, failures = deque(units), list[Failure]()
        try:
            while True:
                working = sum(worker.unit is not None for worker in self._workers)
                if not working and (not waiting or any(f.storage for f in failures)):
                    return failures
                while len(self._workers) < min(self._jobs, working + len(waiting)):
                    self._workers.append(_Worker(self._store, self._threads, self._inbox))
                worker, message = self._inbox.get()
                failure = self._handle(worker, message)
                if failure:
                    failures.append(failure)
                if any(f.storage for f in failures):
                    waiting.clear()  # each would be trained for nothing
                if worker in self._workers and worker.ready and worker.unit is None and waiting:
                    worker.start(waiting.popleft(), self._checkpoint_seconds)
        finally:
            for worker in self._workers:
                worker.end()

    def _handle(self, worker: _Worker, message: Any) -> Failure | None:
        """Take note of what a worker said, None for its end; the failure of its unit, if it is one."""
        unit = worker.unit
        if message is None:
            self._workers.remove(worker)
            cause = worker.cause_of_death()
            worker.end()
            if not worker.ready:
                raise OSError(f"worker processes do not start: {cause}")
            return Failure(unit, cause) if unit else None
        if message["event"] == "ready":
            worker.ready = True
        elif message["event"] == "warning":
            warnings.warn(message["text"], stacklevel=2)
        elif unit and message["event"] == "progress":
            self._listener(unit, message["share"])
        elif unit:
            worker.unit = None
            if message["event"] == "failed":
                return Failure(unit, message["reason"], message["storage"])
            self._listener(unit, 1.0)
        return None
