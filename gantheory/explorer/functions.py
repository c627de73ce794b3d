"""Objectives as JavaScript: A, B, R, S, the link and the optimal score, with their derivatives.

Functions that occur in several games are stored once, in a table; a game refers to them by number. The
(alpha_D, alpha_G) and least-squares families are lowered with their parameters left open
(`gantheory.lowering.forms.parameter`), for each alpha once below 1, at 1, above 1 and at infinity, where the
formulas differ.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.derivation import Theory, derive
from gantheory.lowering import lower, parameter
from gantheory.objectives import alpha_gan, lsgan, v

Orders = list[int]
"""Numbers in the table of a function and its derivatives."""

_t = sp.Symbol("t", real=True)

ALPHA_D = {
    "below": parameter("alpha_D", "0.4142"),
    "one": sp.S.One,
    "above": parameter("alpha_D", "2.7193"),
    "inf": sp.oo,
}
"""alpha_D by class: what it is lowered as."""

ALPHA_G = {
    "below": parameter("alpha_G", "0.6177"),
    "one": sp.S.One,
    "above": parameter("alpha_G", "1.8713"),
    "inf": sp.oo,
}
"""alpha_G by class."""

LABELS = {"a": parameter("a", "0.1234"), "b": parameter("b", "1.1713"), "c": parameter("c", "0.7771")}
"""The labels of least squares. Their sum of powers of w holds for labels of any sign."""


class FunctionTable:
    """Sources of lowered functions, each distinct one once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def add(self, expr: sp.Expr, symbol: sp.Symbol, derivatives: int) -> Orders:
        """Lower `expr` and its derivatives; their numbers in the table."""
        function = lower(expr, symbol, "javascript")
        numbers = []
        for order in range(derivatives + 1):
            numbers.append(self._numbers.setdefault(function.source, len(self._numbers)))
            if order < derivatives:
                function = function.derivative
        return numbers

    def to_javascript(self) -> str:
        """An array of all functions, (x, p) => number."""
        return "[\n" + ",\n".join(self._numbers) + "\n]"


def game(theory: Theory, table: FunctionTable) -> dict[str, Any]:
    """The functions of one objective without free parameters, as data for the page."""
    objective, solution = theory.objective, theory.solution
    numeric = solution.numeric or (solution.steps is None and theory.score is None)
    # The numeric optimum differentiates lambda(v) = log(-B'/A') twice.
    depth = 3 if numeric else 2
    data: dict[str, Any] = {
        **{role: table.add(getattr(objective, role), v, depth) for role in "AB"},
        **{role: table.add(getattr(objective, role), v, 2) for role in "RS"},
        "link": table.add(objective.link, v, 0),
        "domain": [float(end) for end in objective.domain],
        "score": None,
        "steps": None,
    }
    if solution.steps is not None:
        data["steps"] = {
            "edges": [float(sp.log(step.end)) for step in solution.steps[:-1]],
            "levels": [float(step.closed) for step in solution.steps],  # type: ignore[arg-type]
        }
    elif theory.score is not None:
        data["score"] = _score(theory, table)
    return data


def alpha_family(table: FunctionTable) -> dict[str, Any]:
    """All (alpha_D, alpha_G)-GANs: {"D": by class, "saturating" and "nonsaturating": by class of alpha_G}."""
    by_d: dict[str, dict[str, Orders | None]] = {}
    saturating: dict[str, dict[str, Orders]] = {}
    other: dict[str, dict[str, Orders]] = {}
    for name, alpha in ALPHA_D.items():
        objective = alpha_gan(alpha, 1)
        score = None if alpha is sp.oo else _score(derive(objective), table)
        by_d[name] = {**{role: table.add(getattr(objective, role), v, 2) for role in "AB"}, "score": score}
    for name, alpha in ALPHA_G.items():
        for flag, family in ((True, saturating), (False, other)):
            objective = alpha_gan(1, alpha, saturating=flag)
            family[name] = {role: table.add(getattr(objective, role), v, 2) for role in "RS"}
    link = table.add(alpha_gan(1).link, v, 0)
    return {"D": by_d, "saturating": saturating, "nonsaturating": other, "link": link}


def label_family(table: FunctionTable) -> dict[str, Any]:
    """All LSGANs: A, B, S, the real term, the score."""
    objective = lsgan(**LABELS, real_term=True)
    data = {role: table.add(getattr(objective, role), v, 2) for role in "ABRS"}
    nothing = table.add(sp.S.Zero, v, 2)
    link = table.add(objective.link, v, 0)
    return {**data, "nothing": nothing, "link": link, "score": _score(derive(objective), table)}


def _score(theory: Theory, table: FunctionTable) -> Orders:
    """v*(e^t) and two derivatives in t."""
    assert theory.score is not None
    return table.add(theory.score.subs(theory.u, sp.exp(_t)), _t, 2)
