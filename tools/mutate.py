"""Breaks formulas one at a time and runs tests on each: those that no test notices are printed.

    python tools/mutate.py gantheory/bounds --tests tests/test_bounds.py --count 40 --seed 1

A mutant has one operator, sign, constant or comparison of one file changed. It is compiled in a forked
process as that module is imported there, so no file is touched and nothing that another mutant has
cached is seen; the process has sympy, torch and JAX already. A first run, of the unbroken code, records
which tests reach which block of those files: a mutant meets these only, the ones that have killed before
first, then the shortest. A block that no test reaches is worth a look of its own: it is untested or idle.
Tests that start processes of their own run there on the unbroken code. Slow and long tests are left out, as
`make test` leaves them.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
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
from reached import ROOT, Importer, Reached, at_home, block_of, recording

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


class Killers:
    """A pytest plugin: of the tests that reach a mutant those that killed before go first, then the shortest;
    the one that kills now is written to a file."""

    def __init__(self, seconds: dict[str, float], known: Counter[str], found: Path) -> None:
        self.seconds, self.known, self.found = seconds, known, found

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.seconds]
        items.sort(key=lambda item: (-self.known[item.nodeid], self.seconds[item.nodeid]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.found.write_text(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.found.write_text(f"import of {report.nodeid}")


def forked(importer: Importer, tests: list[str], plugin: Callable[[], object], limit: float) -> int | None:
    """How pytest ends in a forked process that imports by `importer`; None if it takes longer."""
    child = os.fork()
    if child == 0:
        os.setpgrp()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        sys.meta_path.insert(0, importer)
        options = ["-x", "-q", "-m", "not slow and not long", "-p", "no:cacheprovider", "-p", "no:xdist"]
        os._exit(int(pytest.main([*options, *tests], plugins=[plugin()])))
    end = time.monotonic() + limit
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.05)
    return os.waitstatus_to_exitcode(ended[1])


def killed(importer: Importer, seconds: dict[str, float], known: Counter[str], folder: Path) -> str | None:
    """Name of the first test that fails, of those of `seconds`; "timeout"; None if all pass."""
    found = folder / "killer"
    found.unlink(missing_ok=True)
    files = sorted({test.partition("::")[0] for test in seconds})
    limit = 60 + 4 * sum(seconds.values())
    code = forked(importer, files, lambda: Killers(seconds, known, found), limit)
    if found.exists():
        return found.read_text()
    # A conftest that fails on import has no report.
    return None if code == 0 else "timeout" if code is None else f"pytest ends with {code}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders to break")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest runs")
    parser.add_argument("--count", type=int, default=40, help="mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    at_home()
    folders = [sorted(path.rglob("*.py")) if path.is_dir() else [path] for path in given.paths]
    files = [file.resolve() for folder in folders for file in folder]
    with tempfile.TemporaryDirectory() as scratch:
        return broken_in_turn(files, given.tests, given.count, given.seed, Path(scratch))


def broken_in_turn(files: list[Path], tests: list[str], count: int, seed: int, scratch: Path) -> int:
    """Draw the mutants, run what reaches each, and print what became of it."""
    start = time.monotonic()
    record = scratch / "reached"
    if forked(Importer({file: recording(file) for file in files}), tests, lambda: Reached(record), 3600) != 0:
        print("the tests fail on the unbroken code", file=sys.stderr)
        return 2
    reached = {test: (cost, set(hit)) for test, (cost, hit) in json.loads(record.read_text()).items()}
    _, at_import = reached.pop("")
    everything = [(file, k) for file in files for k in range(len(list(sites(ast.parse(file.read_text())))))]
    drawn = sorted(random.Random(seed).sample(everything, min(count, len(everything))))
    print(f"{len(drawn)} of {len(everything)} mutants; unbroken {time.monotonic() - start:.0f} s", flush=True)
    known: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for file, number in drawn:
        mutant = Replaced(ast.parse(file.read_text()), number)
        line = block_of(ast.parse(file.read_text()), mutant.line)
        block = f"{file}:{line}"
        everywhere = line is None or block in at_import
        seconds = {test: cost for test, (cost, hit) in reached.items() if everywhere or block in hit}
        killer = killed(Importer({file: mutant.tree}), seconds, known, scratch) if seconds else None
        known[killer or ""] += 1
        word = "killed" if killer else "SURVIVED" if seconds else "UNREACHED"
        words[word] += 1
        what = f"{file.relative_to(ROOT)}:{mutant.line}  {mutant.before}  ->  {mutant.after}"
        print(f"{word:9} {what}   [{killer or f'{len(seconds)} tests'}]", flush=True)
    print(f"{words['killed']} of {len(drawn)} killed, {words['UNREACHED']} in blocks that no test reaches")
    return 0


if __name__ == "__main__":
    sys.exit(main())
