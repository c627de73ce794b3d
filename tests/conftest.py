"""Set-up that all tests share: one thread a process, no window, repeatable hypothesis, the program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# Before numpy, torch or matplotlib are imported; subprocesses inherit them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# No deadline, as a shared machine pauses anywhere; the same examples in every run: a new failure is a change.
settings.register_profile("gantheory", deadline=None, derandomize=True)
settings.load_profile("gantheory")


@dataclass(frozen=True)
class Outcome:
    """What a run of the program came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``gantheory ARGS`` in this process."""

    def run(*args: str) -> Outcome:
        from gantheory.cli.app import main

        capsys.readouterr()
        status = main(args)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def python() -> Callable[..., Outcome]:
    """Run a fresh Python interpreter with ``args``, where nothing has been imported yet."""

    def run(*args: str, timeout: float = 120, **env: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, *args],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **env},
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
