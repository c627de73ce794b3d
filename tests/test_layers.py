"""Imports point downward only: a module imports from its own layer and from those below it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gantheory

PACKAGE = Path(gantheory.__file__).parent

# From the bottom up. A module or subpackage of gantheory belongs here.
LAYERS = [
    {"_version", "errors"},
    {"arguments"},
    {"support"},
    {"exact"},
    {"lowering"},
    {"objectives"},
    {"divergences"},
    {"derivation"},
    {"bounds", "datasets", "stability"},
    {"training", "claims", "ntk"},
    {"landscape", "explorer"},
    {"reading"},
    {"plotting", "validation"},  # a report draws pictures, and a picture may take a Prediction
    {"sweeps", "runs"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# The same inside four large parts, from the bottom up: folders and files of large parts.
ROOMS = {
    "lowering": ["forms", "programs", "backends", "lower", "balls"],
    "plotting": ["style", "theory", "training", "ntk", "landscape", "report", "paper"],
    "training": [
        "tensors",
        "seeding",
        "checks",
        "networks",
        "remedies",
        "variants",
        "entry",
        "settings",
        "inputs",
        "updates",
        "step",
        "engines",
        "metrics",
        "checkpoint",
        "discriminator",
        "gan",
        "laplacian",
    ],
    "sweeps": ["shipped", "store", "unit", "comparison", "executors", "grid", "run", "reports"],
    "derivation": [
        "verdict",
        "failures",
        "algebra",
        "optimum",
        "signs",
        "induced",
        "regions",
        "verdicts",
        "numbers",
        "text",
        "theory",
    ],
    "validation": [
        "environment",
        "predictions",
        "models",
        "experiments",
        "presets",
        "check",
        "result",
        "report",
        "run",
    ],
    "divergences": [
        "kinds",
        "result",
        "functions",
        "inputs",
        "engines",
        "sampling",
        "alpha_grid",
        "certified",
        "compute",
    ],
}

MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"
)


def _top(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def _imports(module: Path, tree: ast.Module) -> set[str]:
    """Top-level parts of gantheory that the module imports, anywhere in it, also for type checkers."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            source = node.module.split(".") if node.module else []
            if node.level:  # relative: level 1 is the module's own folder
                folder = ("gantheory", *module.parts[:-1])
                source = [*folder[: len(folder) - node.level + 1], *source]
            names = [[*source, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == "gantheory" and len(name) > 1}
    return found


def test_relative_and_absolute_imports_are_both_seen(modules):
    assert "errors" in _imports(Path("cli/app.py"), modules[Path("cli/app.py")])
    assert {"cli"} == _imports(Path("__main__.py"), modules[Path("__main__.py")])
    relative = [m for m in MODULES if "\nfrom ." in (PACKAGE / m).read_text(encoding="utf-8")]
    assert all(_imports(module, modules[module]) & set(LEVEL) for module in relative)


def test_imports_point_downward(modules):
    upward = [
        f"{module} -> {name}"
        for module in MODULES
        for name in sorted(_imports(module, modules[module]))
        if LEVEL.get(name, -1) > LEVEL[_top(module)]
    ]
    assert upward == []


def test_every_part_of_the_package_has_a_layer():
    assert {_top(module) for module in MODULES} <= set(LEVEL)


def _at_run_time(tree: ast.Module) -> set[str]:
    """Dotted names of what is imported, but for type checkers."""
    found = set()
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        nodes += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("part", ROOMS)
def test_rooms_know_only_those_below_them(modules, part):
    order = {room: k for k, room in enumerate(ROOMS[part])}
    upward = []
    for module in MODULES:
        if module.parts[0] != part or len(module.parts) < 2 or module.parts[1] == "__init__.py":
            continue
        own = order[module.parts[1].removesuffix(".py")]
        for name in _at_run_time(modules[module]):
            words = name.split(".")
            if words[:2] == ["gantheory", part] and order.get(words[2], -1) > own:
                upward.append(f"{module} -> {name}")
    assert not upward


def _map_of_the_house():
    """Rows of CONTRIBUTING.md's map: the parts that it names, and the files and folders in them."""
    text = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", text, re.M)
    return [
        (re.findall(r"`(\w+)(?:/|\.py)`", parts), re.findall(r"`([\w.]+/?)`", what)) for parts, what in rows
    ]


def test_the_map_of_the_house_names_every_part_once_and_from_the_bottom_up():
    listed = [name for parts, _ in _map_of_the_house() for name in parts]
    assert sorted(listed) == sorted(set(LEVEL) - {"_version", "__main__"})
    lowest = [min(LEVEL[name] for name in parts) for parts, _ in _map_of_the_house()]
    assert lowest == sorted(lowest)


def test_what_the_map_says_is_in_a_part_is_there():
    for parts, inside in _map_of_the_house():
        for name in inside:
            place = name.removesuffix("/")
            found = [path for part in parts for path in (PACKAGE / part).rglob(place)]
            assert found and all(path.is_dir() == name.endswith("/") for path in found), (parts, name)
