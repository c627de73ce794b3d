"""Breaks formulas one at a time and runs tests on each: those that no test notices are printed.

    python tools/mutate.py gantheory/bounds --tests tests/test_bounds.py --count 40 --seed 1

A mutant has one operator, sign, constant or comparison of one file changed. It is compiled in a forked
process as that module is imported there, so no file is touched and nothing that another mutant has
cached is seen; the process has sympy, torch and JAX already. Tests that killed a mutant run first on the
next one. Tests that start processes of their own run there on the unbroken code.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.machinery
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}

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

SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
CALLS = {"min": "max", "max": "min", "exp": "log", "log": "exp", "minimum": "maximum", "maximum": "minimum"}
NO_FORMULA = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)
ANNOTATIONS = ("annotation", "returns", "decorator_list")


def sites(node: ast.AST) -> Iterator[ast.AST]:
    """What can be broken, in the order of the file; errors, annotations and decorators are left alone."""
    if isinstance(node, NO_FORMULA):
        return
    if broken(node) is not None:
        yield node
    for field, value in ast.iter_fields(node):
        if field not in ANNOTATIONS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from sites(child)


def broken(node: ast.AST) -> ast.AST | None:
    """The node with one thing changed, or None where there is nothing to change."""
    new = copy.copy(node)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        new.value = node.value + 1
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
        new.op = SWAPPED[type(node.op)]()
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        new.ops = [SWAPPED[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS:
            return None
        new.func = copy.copy(node.func)
        setattr(new.func, "attr" if isinstance(node.func, ast.Attribute) else "id", CALLS[name])
    else:
        return None
    return new


class Replaced(ast.NodeTransformer):
    """A tree with its site of this number broken; `line`, `before` and `after` say which that was."""

    def __init__(self, tree: ast.Module, number: int) -> None:
        self.site = list(sites(tree))[number]
        self.line = self.site.lineno if hasattr(self.site, "lineno") else 0
        self.before, self.after = ast.unparse(self.site), ast.unparse(broken(self.site))
        self.tree = ast.fix_missing_locations(self.visit(tree))

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(broken(node), node) if node is self.site else self.generic_visit(node)


class Importer(importlib.abc.MetaPathFinder):
    """Gives the broken tree where the module of `path` is imported."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        code = compile(tree, str(path), "exec")
        self.loader = type("Broken", (importlib.machinery.SourceFileLoader,), {"get_code": lambda *_: code})

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, [str(ROOT.joinpath(*name.split(".")).parent)])
        spec.loader = self.loader(name, spec.origin)
        return spec


class Killers:
    """A pytest plugin: tests that killed before go first, and the one that kills now is written to a file."""

    def __init__(self, known: Counter[str], found: Path) -> None:
        self.known, self.found = known, found

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: -self.known[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.found.write_text(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.found.write_text(f"import of {report.nodeid}")


def tested(prepare: Callable[[], None], tests: list[str], known: Counter[str], limit: float) -> str | None:
    """Name of the first test that fails in a forked process after `prepare`; "timeout"; None if all pass."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "killer")
        child = os.fork()
        if child == 0:
            os.setpgrp()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            prepare()
            options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist"]
            os._exit(int(pytest.main([*options, *tests], plugins=[Killers(known, found)])))
        end = time.monotonic() + limit
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "timeout"
            time.sleep(0.05)
        if found.exists():
            return found.read_text()
        # A conftest that fails on import has no report.
        return f"pytest ends with {code}" if (code := os.waitstatus_to_exitcode(ended[1])) else None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders to break")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest runs")
    parser.add_argument("--count", type=int, default=40, help="mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    for library in LIBRARIES:
        importlib.import_module(library)
    folders = [sorted(path.rglob("*.py")) if path.is_dir() else [path] for path in given.paths]
    files = [file.resolve() for folder in folders for file in folder]
    known: Counter[str] = Counter()
    start = time.monotonic()
    if failed := tested(lambda: None, given.tests, known, 3600):
        print(f"the tests fail on the unbroken code: {failed}", file=sys.stderr)
        return 2
    limit = 30 + 3 * (time.monotonic() - start)
    everything = [(file, k) for file in files for k in range(len(list(sites(ast.parse(file.read_text())))))]
    drawn = sorted(random.Random(given.seed).sample(everything, min(given.count, len(everything))))
    print(f"{len(drawn)} of {len(everything)} mutants; unbroken {time.monotonic() - start:.0f} s", flush=True)
    survived = 0
    for file, number in drawn:
        mutant = Replaced(ast.parse(file.read_text()), number)
        importer = Importer(file, mutant.tree)
        killer = tested(lambda found=importer: sys.meta_path.insert(0, found), given.tests, known, limit)
        known[killer or ""] += 1
        survived += killer is None
        what = f"{file.relative_to(ROOT)}:{mutant.line}  {mutant.before}  ->  {mutant.after}"
        print(
            f"{'killed  ' if killer else 'SURVIVED'} {what}" + (f"   [{killer}]" if killer else ""),
            flush=True,
        )
    print(f"{len(drawn) - survived} of {len(drawn)} killed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
