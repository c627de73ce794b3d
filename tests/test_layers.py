"""Imports point downward only: a module imports from its own layer and from those below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gantheory

PACKAGE = Path(gantheory.__file__).parent

# From the bottom up. A module or subpackage of gantheory belongs here.
LAYERS = [
    {"_version", "errors"},
    {"exact"},
    {"lowering"},
    {"objectives"},
    {"divergences"},
    {"derivation"},
    {"datasets"},
    {"training"},
    {"plotting", "validation"},  # a report draws pictures, and a picture may take a Prediction
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"
)


def _top(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def _imports(module: Path) -> set[str]:
    """Top-level parts of gantheory that the module imports, anywhere in it, also for type checkers."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            if node.module == "gantheory":
                found |= {alias.name for alias in node.names}
            elif node.module and node.module.startswith("gantheory."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("gantheory.")}
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_point_downward(module):
    level = LEVEL[_top(module)]
    upward = {name for name in _imports(module) if LEVEL.get(name, -1) > level}
    assert not upward, f"{module} imports from a layer above its own"


def test_every_part_of_the_package_has_a_layer():
    assert {_top(module) for module in MODULES} <= set(LEVEL)
