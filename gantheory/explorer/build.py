"""The explorer as one self-contained HTML page: template, style, script and data put together."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from gantheory._version import __version__
from gantheory.derivation import Theory, derive
from gantheory.divergences.kinds import Kind
from gantheory.explorer import formulas, functions
from gantheory.explorer.bundle import bundle
from gantheory.objectives import Objective, from_spec
from gantheory.support.progress import Progress, reporting

DEFAULT = (
    "vanilla",
    "vanilla(saturating=False)",
    'fgan("kl")',
    'fgan("reverse_kl")',
    'fgan("pearson")',
    'fgan("neyman")',
    'fgan("squared_hellinger")',
    'fgan("js")',
    'fgan("jeffrey")',
    'fgan("tv")',
    'fgan("kl", saturating=False)',
    'fgan("reverse_kl", saturating=False)',
    'fgan("pearson", saturating=False)',
    'hybrid_fgan(generator="kl", discriminator="gan")',
    "hinge",
    "ebgan(1)",
    "lkgan(3)",
    "l_alpha(2)",
)
"""Objectives that the page lists beside the two families that have sliders."""


def page(objectives: Iterable[str | Objective] = DEFAULT, progress: Progress = False) -> str:
    """The explorer as the text of one HTML page, which needs no network.

    The page holds the (alpha_D, alpha_G) and least-squares families with sliders, `objectives` in a list, and
    a box for losses of the reader's own. Its numbers come from JavaScript that is lowered from the same
    symbolic objectives (`gantheory.lowering`); scores, f, h and |s| are functions of u = p_r/p_g.

    Args:
        objectives: specs such as ``"lkgan(3)"``, or objectives; each needs pointwise theory and an f.
        progress: True for a bar on a terminal, or a callable (done, of how many).

    Raises:
        TypeError: an entry that is neither text nor an objective.
        ValueError: an unknown spec, an objective without pointwise theory or without f, or one listed twice.
    """
    theories = _theories(objectives)
    table = functions.FunctionTable()
    families = {"alpha": functions.alpha_family(table), "labels": functions.label_family(table)}
    classes = ("generic", "one", "inf")
    rows = {
        "alpha": {
            f"{d}-{g}-{flag}": formulas.alpha_rows(d, g, flag == "saturating")
            for d in classes
            for g in classes
            for flag in ("saturating", "nonsaturating")
        },
        "labels": {str(flag).lower(): formulas.label_rows(flag) for flag in (True, False)},
    }
    listed = []
    with reporting(progress, len(theories), "deriving objectives") as report:
        for number, theory in enumerate(theories, start=1):
            listed.append(_entry(theory, table))
            report(number)
    data = {"version": __version__, "families": families, "formulas": rows, "listed": listed}
    script = "\n".join(
        [
            "(() => {",
            bundle(["app"]),
            f"const TABLE = {table.to_javascript()};",
            f"app.start({_script_json(data)}, TABLE);",
            "})();",
        ]
    )
    style = _file("style.css")
    return (
        _file("page.html")
        .replace("{{policy}}", _policy(script, style))
        .replace("{{version}}", __version__)
        .replace("{{style}}", style)
        .replace("{{script}}", script)
    )


def _theories(objectives: Iterable[str | Objective]) -> list[Theory]:
    theories, names = [], set()
    for entry in objectives:
        objective = from_spec(entry) if isinstance(entry, str) else entry
        if objective.name in names:
            raise ValueError(f"objectives: {objective.name} is listed twice")
        if objective.outer is not None:
            raise ValueError(
                f"objectives: {objective.name} has no f to show, as its outer function is not a sum"
            )
        names.add(objective.name)
        theories.append(derive(objective))
    return theories


def _entry(theory: Theory, table: functions.FunctionTable) -> dict[str, Any]:
    convex = {}
    kinds: tuple[Kind, ...] = ("equilibrium", "flow")
    for kind in kinds:
        verdict, name = theory.convexity(kind), theory.name(kind)
        convex[kind] = {"holds": verdict.holds, "reason": verdict.reason, "name": name}
    return {
        "name": theory.objective.name,
        "source": theory.objective.source,
        "game": functions.game(theory, table),
        "formulas": formulas.listed(theory),
        "convexity": convex,
        "limits": list(theory.landscape.in_words()),
    }


def _script_json(value: Any) -> str:
    """JSON that is also JavaScript, with infinities, and nothing that would end the script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(script: str, style: str) -> str:
    """Content security policy: this script and this style, and nothing from anywhere else."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; script-src 'sha256-{digest(script)}'; style-src 'sha256-{digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
