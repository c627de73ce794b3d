"""Executor on a Slurm cluster: arrays of jobs through submitit.

Every job writes its own result to the store, which has to be on a file system that the nodes share, and the
store alone says what is finished. A job is asked for in `squeue`: submitit's `result()` waits for ever for a
job that was cancelled where there is no accounting, and would miss results that are there.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gantheory.arguments.checks import is_whole
from gantheory.sweeps.executors.outcome import Failure, Listener, is_storage, reason
from gantheory.sweeps.store.store import RunStore
from gantheory.sweeps.unit import CHECKPOINT_SECONDS, Unit, run_unit

_ARRAY = 1000
"""Jobs in an array; Slurm's usual MaxArraySize is 1001."""


@dataclass(frozen=True)
class Job:
    """What a node runs: one unit. Before its time is up or it is preempted, Slurm queues it again."""

    store: str
    checkpoint_seconds: float = CHECKPOINT_SECONDS

    def __call__(self, config: dict[str, Any]) -> str:
        """Run the unit; returns why it failed, or nothing."""
        try:
            run_unit(config, RunStore(self.store), checkpoint_seconds=self.checkpoint_seconds)
        except Exception as error:
            return f"{'storage: ' if is_storage(error) else ''}{reason(error)}"
        return ""

    def checkpoint(self, config: dict[str, Any]) -> Any:
        """What submitit queues when the job is about to be stopped: the same, which resumes."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, config)


@dataclass(frozen=True, kw_only=True)
class Slurm:
    """Arrays of Slurm jobs, a unit a job.

    Attributes:
        partition: None for the cluster's default.
        time: limit of a job, minutes or Slurm's [days-]hours:minutes[:seconds]. A job that needs longer is
            queued again and goes on from its checkpoint.
        cpus, gpus, memory_gb: of each job.
        jobs: that may run at once.
        options: further parameters of sbatch, such as account or constraint.
        poll: seconds between two looks at the queue.
        checkpoint_seconds: between two checkpoints of a unit.
        patience: seconds that a result may need to become visible here after its job has left the queue.
    """

    partition: str | None = None
    time: int | str = 240
    cpus: int = 1
    gpus: int = 0
    memory_gb: float | None = None
    jobs: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    poll: float = 5.0
    patience: float = 60.0

    def __post_init__(self) -> None:
        for name, least in (("cpus", 1), ("gpus", 0), ("jobs", 1)):
            value = getattr(self, name)
            if value is not None and (not is_whole(value) or value < least):
                raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
        if self.memory_gb is not None and not 0 < self.memory_gb < float("inf"):
            raise ValueError(f"memory_gb must be in (0, inf), got {self.memory_gb!r}")
        minutes(self.time)

    def check(self) -> None:
        """Raise, before any work, if jobs cannot be submitted from here.

        Raises:
            ImportError: submitit is not installed.
            ValueError: sbatch is not on PATH.
        """
        import submitit  # noqa: F401

        for program in ("sbatch", "squeue"):
            if shutil.which(program) is None:
                raise ValueError(f"executor slurm needs {program} on PATH: is this a Slurm login node?")

    def run(self, units: Sequence[Unit], store: RunStore, listener: Listener) -> list[Failure]:
        """Submit all units and wait; those that failed come back. An interruption cancels the jobs.

        Raises:
            OSError: Slurm refuses the jobs.
        """
        self.check()
        # A folder of its own for every submission: submitit reads results by job number, and a cluster that
        # was set up anew numbers from 1 again.
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        jobs: dict[str, Any] = {}
        try:
            self._submit(units, store, store.path.resolve() / "slurm" / stamp, jobs)
            return self._wait(units, store, jobs, listener)
        except BaseException:
            _cancel(jobs)
            raise

    def _submit(self, units: Sequence[Unit], store: RunStore, folder: Path, jobs: dict[str, Any]) -> None:
        import submitit

        folder.mkdir(parents=True)
        executor = submitit.AutoExecutor(folder=folder, cluster="slurm")
        parameters: dict[str, Any] = {
            "name": "gantheory",
            "timeout_min": minutes(self.time),
            "cpus_per_task": self.cpus,
            "slurm_array_parallelism": self.jobs or min(_ARRAY, len(units)),
            "slurm_setup": [f"export OMP_NUM_THREADS={self.cpus}"],
            "slurm_additional_parameters": dict(self.options),
        }
        asked = {"slurm_partition": self.partition, "gpus_per_node": self.gpus, "mem_gb": self.memory_gb}
        executor.update_parameters(**parameters, **{name: value for name, value in asked.items() if value})
        run = Job(str(store.path.resolve()), self.checkpoint_seconds)
        for first in range(0, len(units), _ARRAY):
            part = units[first : first + _ARRAY]
            try:
                # submitit repeats on stderr what sbatch says, beside raising it.
                with contextlib.redirect_stderr(io.StringIO()):
                    submitted = executor.map_array(run, [unit.config for unit in part])
            except Exception as error:  # submitit's own classes, or the shell's
                raise OSError(f"Slurm refuses the jobs: {_short(error)}") from error
            jobs.update({unit.key: job for unit, job in zip(part, submitted, strict=True)})

    def _wait(
        self, units: Sequence[Unit], store: RunStore, jobs: dict[str, Any], listener: Listener
    ) -> list[Failure]:
        left = {unit.key: unit for unit in units}
        gone: dict[str, float] = {}
        failures = []
        while left:
            queued = _queued()
            for key, unit in list(left.items()):
                job = jobs[key]
                if key in store:
                    listener(unit, 1.0)
                elif queued is None or str(job.job_id) in queued:
                    gone.pop(key, None)
                    continue  # also while the controller does not answer: a job may be anywhere then
                else:
                    why = _said(job)
                    waited = time.monotonic() - gone.setdefault(key, time.monotonic())
                    if not why and waited < self.patience:
                        continue
                    failures.append(
                        Failure(unit, why or f"job {job.job_id} left no result; see {job.paths.stderr}")
                    )
                del left[key]
            if left:
                time.sleep(self.poll)
        return failures


def minutes(time_limit: int | str) -> int:
    """Minutes of Slurm's time formats: minutes, minutes:seconds, hours:minutes:seconds, days-hours[:...].

    Raises:
        ValueError: another text, or no time at all.
    """
    text = str(time_limit)
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text)
    if match and not isinstance(time_limit, (bool, float)):
        days, *parts = match.groups()
        first, second, third = (int(part or 0) for part in parts)
        if days is not None:
            seconds = int(days) * 86400 + first * 3600 + second * 60 + third
        elif parts[2] is not None:
            seconds = first * 3600 + second * 60 + third
        else:
            seconds = first * 60 + second
        if seconds:
            return -(-seconds // 60)
    raise ValueError(f'time must be minutes or text such as "2:00:00" or "1-12", got {time_limit!r}')


def _queued() -> set[str] | None:
    """The user's jobs that wait or run, as JOB or ARRAY_TASK; None if Slurm does not answer."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        # --me and not --jobs: asked for a job that it has forgotten, squeue errs.
        done = subprocess.run(
            ["squeue", "--me", "--noheader", "--array", "--format=%i"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0:
            return set(done.stdout.split())
    return None


def _said(job: Any) -> str:
    """Why a job that has left the queue failed, if it said so."""
    with contextlib.suppress(Exception):  # a result that is half written, or from another Python
        if job.paths.result_pickle.exists():
            outcome, value = job._get_outcome_and_result()
            return str(value) if outcome == "success" else _short(value)
    return ""


def _short(error: Any) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _cancel(jobs: dict[str, Any]) -> None:
    arrays = sorted({str(job.job_id).partition("_")[0] for job in jobs.values()})
    if arrays:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["scancel", *arrays], capture_output=True, timeout=60, check=False)
