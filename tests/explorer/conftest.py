"""The page's own JavaScript in node, with the functions that the page would hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gantheory.explorer.bundle import bundle
from gantheory.explorer.functions import FunctionTable, alpha_family, label_family


@pytest.fixture(scope="session")
def families() -> tuple[FunctionTable, dict[str, Any]]:
    """A table that holds both families with open parameters."""
    table = FunctionTable()
    return table, {"alpha": alpha_family(table), "labels": label_family(table)}


QUANTITIES = """
const quantities = (game, points) => {
  const th = theory.theoryOf(game);
  const each = (g) => points.map(g);
  return {
    score: each(th.score), D: each(th.D), f: each(th.f), h: each(th.h), curvature: each(th.curvature),
    s: each(th.saturation), potential: each(th.potential[0]), idealLoss: th.idealLoss,
    limits: [-1, 1].map((side) => theory.limitInWords(th, side)),
    convex: ["equilibrium", "flow"].map((kind) => theory.convexOnGrid(th, kind)),
  };
};
"""
"""JavaScript: everything that the page shows of a game, at points t."""


@pytest.fixture(scope="session")
def engine(node, families) -> Callable[..., Any]:
    """Run JavaScript with all modules, TABLE and FAMILIES in scope."""
    modules = bundle(["theory", "regions", "catalog", "own_loss", "flow", "stability"])
    data = f"const FAMILIES = {json.dumps(families[1])};"

    def run(body: str, value: Any = None, table: FunctionTable | None = None) -> Any:
        functions = f"const TABLE = {(table or families[0]).to_javascript()};"
        return node("\n".join([modules, functions, data, QUANTITIES, body]), value)

    return run
