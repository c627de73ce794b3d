"""No string is evaluated: every function and class of the package gets a hostile one for each parameter."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import io
import json
import multiprocessing.process
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import gantheory as gt
from gantheory.errors import ExpressionError
from gantheory.support.multiprecision import lambdify

MARK = "gantheory_hostile_mark"
HOSTILE = f"__import__('os').mkdir('{MARK}')"
SECONDS = 0.1

_FORBIDDEN = {"os.system", "subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn"}
_FORBIDDEN |= {"socket.connect", "socket.getaddrinfo"}

_seen: list[str] = []
_watching = threading.Event()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Code that was made of the string, or what it would have done: an audit hook cannot be removed again."""
    if not _watching.is_set():
        return
    if event == "compile":
        source = arguments[0]
        if MARK in (source.decode(errors="replace") if isinstance(source, bytes) else str(source)):
            # ast.parse asks for a tree, which runs nothing: parse_expression walks it.
            flags = sys._getframe(1)
            if flags.f_globals.get("__name__") != "ast":
                _seen.append("compile")
    elif event == "exec":
        code = arguments[0]
        if MARK in repr(getattr(code, "co_consts", "")) or MARK in repr(getattr(code, "co_names", "")):
            _seen.append("exec")
    elif event == "os.mkdir" and os.path.basename(str(arguments[0])) == MARK:
        _seen.append("os.mkdir")
    elif event in _FORBIDDEN:
        raise PermissionError(f"{event} in the walk")


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    _seen.clear()
    _watching.set()
    try:
        yield _seen
    finally:
        _watching.clear()


class _OutOfTime(BaseException):
    pass


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    def expire(*_: Any) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


SKIPPED = ("gantheory.__main__", "gantheory.sweeps.executors.worker")
"""Runs the command line on import; reads its commands, JSON, from its parent."""


def modules(parts: tuple[str, ...]) -> list[Any]:
    found = []
    for info in pkgutil.walk_packages(gt.__path__, "gantheory."):
        if info.name not in SKIPPED and info.name.startswith(parts):
            with contextlib.suppress(ImportError):  # an extra that is not installed
                found.append(importlib.import_module(info.name))
    return found


def callables(module: Any) -> list[Callable[..., Any]]:
    """Functions and classes that the module defines, and the methods of those classes."""
    found: list[Callable[..., Any]] = []
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            found.append(value)
        if inspect.isclass(value):
            found += [m for m in vars(value).values() if inspect.isfunction(m)]
    return found


_v, _u = gt.objectives.v, sp.Symbol("u", positive=True)


@functools.cache
def _theory() -> Any:
    return gt.derive(gt.objectives.vanilla())


_PLAUSIBLE: dict[str, Any] = {
    "objective": lambda: gt.objectives.vanilla(),
    "theory": _theory,
    "solution": lambda: _theory().solution,
    "game": lambda: _theory().solution.game,
    "expr": lambda: _u * sp.log(_u) - _u + 1, "f": lambda: _u * sp.log(_u) - _u + 1,
    "formula": lambda: _u * sp.log(_u) - _u + 1, "value": lambda: sp.Rational(1, 3),
    "symbol": lambda: _u, "u": lambda: _u, "v": lambda: _v, "x": lambda: 0.5, "t": lambda: sp.Symbol("t"),
    "P": lambda: [0.5, 0.5], "Q": lambda: [0.9, 0.1], "p": lambda: 0.5, "q": lambda: 0.5,
    "kind": lambda: "equilibrium", "low": lambda: sp.Integer(0), "high": lambda: sp.oo, "side": lambda: 1,
    "name": lambda: "value", "alpha": lambda: 0.5, "alpha_d": lambda: 0.5, "alpha_g": lambda: 1.2,
    "A": lambda: -sp.log(1 + sp.exp(-_v)), "B": lambda: -sp.log(1 + sp.exp(_v)), "dps": lambda: 15,
    "S": lambda: sp.log(1 + sp.exp(-_v)), "R": lambda: sp.Integer(0), "log_ratio": lambda: _v,
}  # fmt: skip


def arguments(parameter: inspect.Parameter) -> Any:
    make = _PLAUSIBLE.get(parameter.name)
    return make() if make else 1


def attacks(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """One call for each parameter: that one hostile, others plausible where they are required."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    spread = [p for p in parameters if p.kind is p.VAR_POSITIONAL]
    for target in [*named, *spread]:
        for text in (HOSTILE,):
            positional: list[Any] = []
            keywords: dict[str, Any] = {}
            for p in named:
                if p is target:
                    value = text
                elif p.default is p.empty:
                    value = arguments(p)
                else:
                    continue
                if p.kind is p.POSITIONAL_ONLY:
                    positional.append(value)
                else:
                    keywords[p.name] = value
            if target in spread:
                positional = [
                    keywords.pop(p.name) for p in named if p.name in keywords and p.kind is not p.KEYWORD_ONLY
                ]
                positional.append(text)
            yield target.name, lambda a=tuple(positional), k=dict(keywords): function(*a, **k)


def walk(parts: list[str]) -> dict[str, Any]:
    """Attack all that the parts of the package define; what was executed, and how many calls that were."""
    set_handler = signal.signal

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError("in the walk")

    def own_handlers(number: int, handler: Any) -> Any:
        own = handler is signal.SIG_DFL or "_bounded" in getattr(handler, "__qualname__", "")
        return set_handler(number, handler) if number == signal.SIGALRM and own else forbidden()

    everything = [(m, f) for m in modules(tuple(parts)) for f in callables(m)]
    multiprocessing.process.BaseProcess.start = forbidden  # type: ignore[method-assign]
    signal.signal = own_handlers  # type: ignore[assignment]
    sys.stdin = io.StringIO()
    calls, guilty, slow = 0, [], []
    sys.addaudithook(_audit)
    with watched(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for module, function in everything:
            for name, call in attacks(function):
                calls += 1
                _seen.clear()
                try:
                    with _bounded():
                        call()
                except _OutOfTime:
                    slow.append(f"{module.__name__}.{function.__qualname__}({name})")
                except BaseException:
                    pass
                if _seen:
                    guilty.append(f"{module.__name__}.{function.__qualname__}({name}): {_seen[0]}")
    return {"calls": calls, "guilty": guilty, "slow": slow}


SYMBOLIC = ["arguments", "derivation", "divergences", "exact", "lowering", "objectives", "support"]


@pytest.mark.parametrize(
    "parts, least",
    [
        pytest.param([f"gantheory.{part}" for part in SYMBOLIC], 2000, id="symbolic"),
        pytest.param(["gantheory"], 8000, id="all", marks=pytest.mark.slow),
    ],
)
def test_no_function_of_the_package_evaluates_a_string(parts, least, tmp_path):
    # In a process of its own: a call that is interrupted may leave sympy's caches half filled.
    environment = os.environ | {"PYTHONPATH": str(Path(gt.__file__).parents[1])}
    command = [sys.executable, __file__, *parts]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["guilty"] == []
    assert found["calls"] > least
    assert len(found["slow"]) < 0.02 * found["calls"], found["slow"]
    assert not any(tmp_path.rglob(MARK))


def test_the_watch_sees_an_evaluated_string(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sys.addaudithook(_audit)
    with watched() as seen:
        with contextlib.suppress(Exception):
            sp.sympify(HOSTILE)  # called by a test and not by the package: as sympy has it
        assert "compile" in seen and "os.mkdir" in seen
    assert (tmp_path / MARK).exists()


@pytest.mark.parametrize(
    "use",
    [
        lambda text: gt.derivation.signs.nonnegative(text, _u),
        lambda text: gt.derivation.signs.nonnegative(_u, text),
        lambda text: gt.derivation.signs.nonnegative(_u, _u, low=text),
        lambda text: gt.derivation.algebra.tidy(text, _u),
        lambda text: gt.lowering.lower(text, _v),
        lambda text: gt.divergences.ClosedForm(text, _u, at_zero=1, slope_at_infinity=1),
        lambda text: lambdify(_u, text),
        lambda text: lambdify([text], _u),
    ],
)
def test_inner_doors_refuse_text_in_one_line(use, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in (HOSTILE, "u + 1"):
        with pytest.raises((ValueError, TypeError, AttributeError)) as error:
            use(text)
        assert "\n" not in str(error.value)
    assert not any(tmp_path.iterdir())


def test_calls_of_sympy_from_elsewhere_are_as_they_were():
    assert sp.sympify("1/3 + x") == sp.Rational(1, 3) + sp.Symbol("x")
    assert sp.parse_expr("2*x") == 2 * sp.Symbol("x")
    assert sp.nsimplify(sp.sqrt(2).evalf(30)) == sp.sqrt(2)
    with pytest.raises(ExpressionError, match="parse_expression"):
        gt.derivation.induced.equilibrium.exact_value(_u + 1, "x + 1")


def test_what_sympy_writes_itself_is_no_text_of_a_user():
    """Its tables of integrals hold S("3/2")."""
    from sympy.simplify.hyperexpand import FormulaCollection

    call = types.FunctionType((lambda made: made()).__code__, {"__name__": "gantheory.made"})
    assert call(FormulaCollection).formulae


EVALUATORS = {"eval", "exec", "__import__"}
KEYWORDS = {"strict", "weights_only", "allow_pickle"}


def test_no_module_evaluates_or_unpickles(modules):
    assert [(str(path), wrong) for path, tree in modules.items() if (wrong := list(_evaluations(tree)))] == []


def _evaluations(tree):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        keywords = {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg in KEYWORDS}
        if name in EVALUATORS or name.startswith(
            ("pickle.load", "joblib.load", "yaml.load", "sp.parse_expr")
        ):
            yield name
        if name.endswith("sympify") and keywords.get("strict") != "True":
            yield f"{name} without strict=True"
        if name == "sp.S":
            yield name
        if name.endswith("torch.load") and keywords.get("weights_only") != "True":
            yield f"{name} without weights_only"
        if keywords.get("allow_pickle", "False") != "False":
            yield f"{name} with allow_pickle"


if __name__ == "__main__":
    print(json.dumps(walk(sys.argv[1:])))
    sys.stdout.flush()
    os._exit(0)  # threads that a call has left behind are no reason to wait
