"""Set-up that all tests share: one thread a process, no window, repeatable hypothesis, the program, node."""

from __future__ import annotations

import ast
import gc
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Before numpy, torch or matplotlib are imported; subprocesses inherit them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("MPMATH_NOGMPY", "1")  # most users have no gmpy2; tests/test_gmpy2.py has it

# No deadline, as a shared machine pauses anywhere; the same examples in every run: a new failure is a change.
settings.register_profile("gantheory", deadline=None, derandomize=True)
settings.load_profile("gantheory")


def pytest_collection_finish() -> None:
    """What the modules hold stays to the end: walking it again and again would be a twentieth of all time."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


LONG_TESTS = Path(__file__).with_name("long_tests.txt")
"""Made by tools/long_tests.py."""


@pytest.hookimpl(tryfirst=True)  # before -m leaves out what is slow or long
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of `LONG_TESTS` are long. Cases that `slow_cases` names are slow; a name that no case has is an
    error: it would hide nothing."""
    long = set(LONG_TESTS.read_text().splitlines())
    found: dict[str, set[str]] = {}
    for item in items:
        if item.nodeid in long:
            item.add_marker("long")
        if mark := item.get_closest_marker("slow_cases"):
            case = item.callspec.id  # type: ignore[attr-defined]
            found.setdefault(item.nodeid.partition("[")[0], set(mark.args)).discard(case)
            if case in mark.args:
                item.add_marker("slow")
    if unknown := {test: names for test, names in found.items() if names and _all_cases(test, items)}:
        raise pytest.UsageError(f"slow_cases of cases that do not exist: {unknown}")


def _all_cases(test: str, items: list[pytest.Item]) -> bool:
    """Whether a test was collected with all its cases, and not some by their names."""
    return not any(argument.startswith(f"{test}[") for argument in items[0].config.args)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as in a terminal: what a script starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
    """Run a fresh Python interpreter with ``args``, nothing imported yet; None unsets a variable of `env`."""

    def run(*args: str, timeout: float = 120, **env: str | None) -> Outcome:
        done = subprocess.run(
            [sys.executable, *args],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
            env={name: value for name, value in {**os.environ, **env}.items() if value is not None},
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def modules() -> dict[Path, ast.Module]:
    """Every module of the package as Python reads it, by its path in the package."""
    package = Path(__file__).parent.parent / "gantheory"
    return {
        path.relative_to(package): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }


_NODE = """
const revive = (v) => (v === "inf" ? Infinity : v === "-inf" ? -Infinity : v === "nan" ? NaN
  : Array.isArray(v) ? v.map(revive)
  : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, revive(w)])) : v);
const strict = (key, v) => (typeof v === "number" && !Number.isFinite(v)
  ? (Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf") : ArrayBuffer.isView(v) ? Array.from(v) : v);
const input = revive(INPUT);
const output = (() => { BODY })();
process.stdout.write(JSON.stringify(output === undefined ? null : output, strict));
"""


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Run the body of a JavaScript function of ``input`` in node; infinities and NaN survive."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")

    def run(body: str, value: Any = None, timeout: float = 60) -> Any:
        done = subprocess.run(
            [program, "-"],
            input=f"const INPUT = {json.dumps(_strict(value))};\n{_NODE.replace('BODY', body)}",
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return _revive(json.loads(done.stdout))

    return run


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return _strict(value.tolist())
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _revive(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_revive(item) for item in value]
    if isinstance(value, str):
        return {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}.get(value, value)
    return value
