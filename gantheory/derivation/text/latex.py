"""A Theory as LaTeX that a paper can paste: one align* environment, which needs amsmath."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.text.latex_terms import readable, sigma, terms, to_latex, width
from gantheory.divergences.kinds import Kind
from gantheory.objectives.objective import x, y

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_KINDS: dict[Kind, str] = {"equilibrium": "f", "flow": "h", "discriminator": "f_D"}

# The arguments of an outer function: whose samples, which term.
_OUTER_INPUTS = {x: ("r", "R"), y: ("g", "S")}

# Digits of formula in a line: the text width of LaTeX's article class, less the left-hand side.
_LINE = 52

# What gantheory.derivation.verdicts.equality calls a divergence, as a paper would write it.
NAMES = {
    "KL(P_r||P_g)": r"\mathrm{KL}(P_r \,\|\, P_g)",
    "KL(P_g||P_r)": r"\mathrm{KL}(P_g \,\|\, P_r)",
    "KL(P_g||M)": r"\mathrm{KL}(P_g \,\|\, M)",
    "KL(P_r||M)": r"\mathrm{KL}(P_r \,\|\, M)",
    "JSD": r"\mathrm{JSD}(P_r, P_g)",
    "TV": r"\mathrm{TV}(P_r, P_g)",
    "squared Hellinger": r"\int \bigl(\sqrt{p_r} - \sqrt{p_g}\bigr)^2",
    "Pearson chi^2(P_r||P_g)": r"\chi^2(P_r \,\|\, P_g)",
    "Neyman chi^2(P_r||P_g)": r"\chi^2(P_g \,\|\, P_r)",
    "Jeffreys": r"\mathrm{KL}(P_r \,\|\, P_g) + \mathrm{KL}(P_g \,\|\, P_r)",
    "triangular discrimination": r"\int \frac{(p_r - p_g)^2}{p_r + p_g}",
}


def theory_to_latex(theory: Theory) -> str:
    """The align* environment; comments above it say what was derived and what the symbols are."""
    body = " \\\\\n".join(f"  {row}" for row in _rows(theory))
    return "\n".join([*_comments(theory, body), r"\begin{align*}", body, r"\end{align*}"])


def _comments(theory: Theory, body: str) -> list[str]:
    obj = theory.objective
    notes = [f"{obj.name} ({obj.source})", r"needs \usepackage{amsmath}; u = p_r/p_g, logarithms are natural"]
    if re.search(r"\bW\b", body):
        notes.append("W is Lambert's function")
    if re.search(r"\bM\b", body):
        notes.append("M = (P_r + P_g)/2")
    without = [symbol for kind, symbol in _KINDS.items() if theory.induced(kind).expr is None]
    if theory.score is None:
        without = ["v^*", "D^*", *without]
    if without:
        notes.append(f"no closed form: {', '.join(without)}")
    return [f"% {' '.join(note.split())}" for note in notes]


def _rows(theory: Theory) -> list[str]:
    obj = theory.objective
    roles = [(f"{role}(v)", readable(getattr(obj, role))) for role in "ABRS"]
    rows = [r"\sigma(v) &= \frac{1}{1 + e^{-v}}"] if any(expr.has(sigma) for _, expr in roles) else []
    rows += formulas(roles)
    if obj.outer is not None:
        inputs = {s: rf"\mathrm{{E}}_{player}[{role}]" for s, (player, role) in _OUTER_INPUTS.items()}
        rows.append(rf"\Phi &= {sp.latex(obj.outer, symbol_names=inputs)}")
    rows += formulas([("v^*(u)", theory.score), ("D^*(u)", theory.discriminator)])
    induced = [(f"{symbol}(u)", theory.induced(kind).expr) for kind, symbol in _KINDS.items()]
    rows += formulas(induced, upper_ends(theory))
    names = [(f"D_{{{symbol}}}", theory.name(kind)) for kind, symbol in _KINDS.items()]
    rows += [f"{left} &= {name_to_latex(name)}" for left, name in _merged(names)]
    rows += formulas([(f"|s({theory.landscape.symbol})|", theory.saturation)])
    return rows + formulas([(r"\mathcal{L}_D^{\mathrm{ideal}}", theory.ideal_loss)])


def formulas(pairs: list[tuple[str, Any]], upper: dict[sp.Expr, str] | None = None) -> list[str]:
    """Rows of an align* environment for (left-hand side, expression); long ones take several."""
    return [row for left, expr in _merged(pairs) for row in _row(left, readable(expr), upper)]


def _merged(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Names of equal values joined, f(u) = h(u); without those that have none."""
    groups: dict[Any, list[str]] = {}
    for name, value in pairs:
        if value is not None:
            groups.setdefault(value, []).append(name)
    return [(" = ".join(names), value) for value, names in groups.items()]


def _row(left: str, expr: sp.Expr, upper: dict[sp.Expr, str] | None = None) -> list[str]:
    """One formula, on as many lines as it needs."""
    lines, free = [""], _LINE - max(0.0, width(left) - 4)
    for text in terms(expr, upper):
        if lines[-1] and width(lines[-1]) + width(text) > free:
            lines.append("")
        lines[-1] = f"{lines[-1]} {text}".strip()
    return [f"{left} &= {lines[0]}", *(rf"&\quad {line}" for line in lines[1:])]


def upper_ends(theory: Theory) -> dict[sp.Expr, str]:
    """D*(u) by its name where an integral ends there."""
    optimum = theory.discriminator
    betas = {beta for kind in _KINDS for beta in (theory.induced(kind).expr or sp.S.Zero).atoms(sp.betainc)}
    if optimum is None:
        return {}
    return {beta.args[3]: "D^*(u)" for beta in betas if sp.simplify(beta.args[3] - optimum) == 0}


def name_to_latex(name: str) -> str:
    """LaTeX of a name that `recognition` gives, such as "KL(P_g||P_r) - 2 JSD"."""
    out = []
    for part in re.split(r"( [-+] )", name):
        if part.strip() in {"-", "+"}:
            out.append(part.strip())
            continue
        factor, plain = re.fullmatch(r"(-?[\d/]+ )?(.*)", part).groups()  # type: ignore[union-attr]
        if plain not in NAMES:
            return rf"\text{{{name}}}"
        out.append((to_latex(sp.Rational(factor.strip())) + r"\," if factor else "") + NAMES[plain])
    return " ".join(out)
