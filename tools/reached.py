"""Which blocks of the code each test reaches: modules are imported with a call in each block that says so."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARIES = (
    "scipy.integrate",
    "scipy.stats",
    "sympy",
    "pandas",
    "flint",
    "torch",
    "jax",
    "diffrax",
    "hypothesis",
)
"""Imported before the tests start, so that no test counts them as its own time."""


def at_home() -> None:
    """Work in the checkout, with what the tests stand on imported; before numpy is, with one thread."""
    os.environ |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    for library in LIBRARIES:
        importlib.import_module(library)


def blocks(tree: ast.AST) -> list[list[ast.stmt]]:
    """The statements of each function, branch, loop and handler inside functions."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = {
        id(body): body
        for function in functions
        for node in ast.walk(function)
        for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody"))
        if isinstance(body, list) and body
    }
    return list(found.values())


def block_of(tree: ast.AST, line: int) -> int | None:
    """First line of the innermost block that holds a line; None at the top of a module."""
    around = [body[0].lineno for body in blocks(tree) if body[0].lineno <= line <= (body[-1].end_lineno or 0)]
    return max(around, default=None)


def recording(file: Path) -> ast.Module:
    """The tree of a file in which each block says that it is reached: ``__reached__("FILE:LINE")``."""
    tree = ast.parse(file.read_text())
    for body in blocks(tree):
        call = ast.parse(f"__reached__({f'{file}:{body[0].lineno}'!r})").body
        first = body[0]
        is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        body[is_text:is_text] = [ast.copy_location(each, first) for each in call]
    return ast.fix_missing_locations(tree)


class Importer(importlib.abc.MetaPathFinder):
    """Gives other trees where the modules of these files are imported."""

    def __init__(self, trees: dict[Path, ast.Module]) -> None:
        self.codes = {
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): compile(
                tree, str(path), "exec"
            )
            for path, tree in trees.items()
        }

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name not in self.codes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, [str(ROOT.joinpath(*name.split(".")).parent)])
        code = self.codes[name]
        loader = type("Other", (importlib.machinery.SourceFileLoader,), {"get_code": lambda *_: code})
        spec.loader = loader(name, spec.origin)
        return spec


class Reached:
    """A pytest plugin: which blocks each test reaches, and its processor seconds (with those of processes
    that it started), as JSON; "" is what imports reach."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.now: set[str] = set()
        self.found: dict[str, tuple[float, list[str]]] = {}
        vars(builtins)["__reached__"] = lambda block: self.now.add(block)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.found.setdefault("", (0.0, sorted(self.now)))
        self.now = set()
        start = sum(os.times()[:4])
        result = yield
        self.found[item.nodeid] = (sum(os.times()[:4]) - start, sorted(self.now))
        return result

    def pytest_sessionfinish(self) -> None:
        self.out.write_text(json.dumps(self.found))
