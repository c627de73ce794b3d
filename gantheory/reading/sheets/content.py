"""What a card says, whatever it is printed as: sections of formulas, lines of text and a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sympy as sp
from matplotlib.figure import Figure

from gantheory.derivation.text.latex import formulas, upper_ends
from gantheory.derivation.theory import Theory, derive
from gantheory.divergences.kinds import Kind
from gantheory.errors import GantheoryError
from gantheory.explorer import mathml
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.relativistic import t
from gantheory.reading.citing.citation import by_key, used
from gantheory.reading.identification.identified import Identified
from gantheory.reading.sheets import pictures
from gantheory.stability import local_spectrum

MODES = (1, 2, 3)
"""Eigenvalues of a standard normal distribution, of which the local game is told."""


@dataclass(frozen=True)
class Formula:
    """One equation: as a <math> element, as rows of align* (one, unless it is long), and as text."""

    mathml: str
    latex: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Section:
    title: str
    formulas: tuple[Formula, ...] = ()
    lines: tuple[str, ...] = ()
    picture: Callable[[], Figure] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Card:
    """All that is printed, in order."""

    name: str
    source: str
    sections: tuple[Section, ...]


def card_of(game: Objective | Relativistic, found: Identified | None, training: Section) -> Card:
    """The sections about `game`; `found` says which code it was read from."""
    theory, note = _theory(game)
    sections = [_definition(game, found)]
    if theory is None:
        sections.append(Section("Theory", lines=(note,)))
    else:
        sections += [_optimum(theory), _divergences(theory), _gradient(theory)]
    sections += [_stability(game), training, _sources(game)]
    return Card(game.name, game.source, tuple(sections))


def _theory(game: Objective | Relativistic) -> tuple[Theory | None, str]:
    try:
        return derive(game), ""  # type: ignore[arg-type]
    except (GantheoryError, TypeError) as reason:
        if isinstance(game, Relativistic):
            return None, "It couples real and generated scores, so there is no optimal score at a point."
        return None, f"{reason}."


def _definition(game: Objective | Relativistic, found: Identified | None) -> Section:
    lines: list[str] = []
    rows: list[Formula | None] = []
    if isinstance(game, Relativistic):
        rows.append(formula("phi", "t", game.phi))
        lines.append(
            "D minimizes E phi(v_r - E v_g) + E phi(E v_r - v_g), G that with real and generated exchanged."
            if game.average
            else "D minimizes E phi(v_r - v_g) over pairs, G that with real and generated exchanged."
        )
    else:
        rows += [formula(role, "v", getattr(game, role)) for role in "ABRS"]
        goal = "E_r R(v) + E_g S(v)" if game.outer is None else f"{game.outer} of x = E_r R(v), y = E_g S(v)"
        lines.append(
            "The discriminator maximizes E_r A(v) + E_g B(v) over its score v; the generator minimizes "
            f"{goal}. E_r is over real, E_g over generated samples, and u = p_r/p_g."
        )
        if game.critic is not None:
            lines.append(f"The critic runs over the {game.critic} functions.")
        if game.domain != (-sp.oo, sp.oo):
            low, high = (str(end).replace("oo", "inf") for end in game.domain)
            lines.append(f"Scores lie in [{low}, {high}].")
    if found is not None:
        lines.append(
            f"Read from code that takes {found.inputs}, with {found.reduction} over the batch; its "
            "discriminator's loss at P_g = P_r is "
            + ("not known." if found.ideal_loss is None else f"{found.ideal_loss:.6g}.")
        )
        lines += [str(each) for each in found.findings] or ["Nothing was found wrong in it."]
    return Section("Definition", _present(rows), tuple(lines))


def _optimum(theory: Theory) -> Section:
    rows = [formula("v", "u", theory.score, sup="*"), formula("D", "u", theory.discriminator, sup="*")]
    ideal = theory.ideal_loss
    value = "" if ideal.is_Integer else f" = {float(ideal):.6g}"
    lines = [f"At P_g = P_r the discriminator's loss is {ideal}{value}."]
    if theory.score is None:
        lines.insert(0, "v*(u) has no closed form; it is known numerically.")
    return Section("Optimal discriminator", _present(rows), tuple(lines))


def _divergences(theory: Theory) -> Section:
    rows, lines = [], []
    for kind, symbol in pictures.CURVES:
        part = theory.induced(kind)
        if part.expr is None:
            lines.append(f"{kind.capitalize()} divergence ({symbol}): {part.reason}.")
            if part.infinite is not None or theory.objective.outer is not None:
                continue
        else:
            letter, _, sub = symbol.partition("_")
            rows.append(formula(letter, "u", part.expr, sub=sub, upper=upper_ends(theory)))
        lines.append(_verdict(theory, kind, symbol))
    lines.append(
        "D_f is what the generator's objective equals at the optimal discriminator, D_h what its step "
        "descends with the discriminator held, D_f_D what the discriminator's own value measures."
    )
    return Section("Divergences", _present(rows), tuple(lines), partial(pictures.divergences, theory))


def _verdict(theory: Theory, kind: Kind, symbol: str) -> str:
    """Name, convexity and, where that fails, the sign, each with the method that decided it."""
    name, verdict = theory.name(kind), theory.convexity(kind)
    answer = {True: "convex", False: "not convex", None: "convexity undecided"}[verdict.holds]
    told = f"{kind.capitalize()} divergence D_{symbol}{f' = {name}' if name else ''}: {symbol} is {answer}"
    told += f" ({verdict.method}: {verdict.reason})"
    if verdict.holds is False:
        unique = theory.unique_minimum(kind)
        sign = {True: "yes", False: "no", None: "undecided"}[unique.holds]
        told += f"; is it 0 only at P_g = P_r, and else positive? {sign} ({unique.method}: {unique.reason})"
    return told + "."


def _gradient(theory: Theory) -> Section:
    at_fake, at_real = theory.landscape.in_words()
    letter = str(theory.landscape.symbol)
    lines = (
        "A generated sample moves along |s| (grad log p_r - grad log p_g). |s| where it looks fake: "
        f"{at_fake}; where it looks real: {at_real}.",
    )
    row = formula("s", letter, theory.saturation, absolute=True)
    shown = partial(pictures.saturation, theory) if theory.saturation != 0 else None
    return Section("Saturation of the generator's gradient", _present([row]), lines, shown)


def _stability(game: Objective | Relativistic) -> Section:
    title = "Local stability near P_g = P_r"
    try:
        found = local_spectrum(game, [float(mode) for mode in MODES])
    except GantheoryError as reason:
        return Section(title, lines=(f"{reason}.",))
    rows = [
        formula(name, "", value) for name, value in (("kappa", found.kappa), ("b", found.b), ("s", found.s))
    ]
    rows.append(formula("lambda", "", found.threshold, sub="c"))
    told = ", ".join(f"{verdict} at {mode}" for mode, verdict in zip(MODES, found.verdict, strict=True))
    lines = (
        "Each eigenvalue lambda of the data's -div(p grad .)/p gives a mode mu^2 + kappa mu + b s lambda "
        f"= 0; those above lambda_c swing. For standard normal data: {told} (no penalty, equal rates).",
    )
    return Section(title, _present(rows), lines)


def _sources(game: Objective | Relativistic) -> Section:
    papers = used(game)
    if isinstance(game, Objective) and game.critic is None:
        papers.append(("local stability", by_key("mescheder-2018")))
    return Section("Sources", lines=tuple(f"{entry.plain} ({reason})" for reason, entry in papers))


def _spelled(expr: sp.Expr) -> str:
    if isinstance(expr, sp.Piecewise):
        return ", ".join(
            f"{value} "
            + ("else" if condition == sp.true else f"for {sp.pretty(condition, use_unicode=False)}")
            for value, condition in expr.args
        ).replace("oo", "inf")
    return str(expr).replace("oo", "inf")


def _present(rows: Iterable[Formula | None]) -> tuple[Formula, ...]:
    return tuple(row for row in rows if row is not None)


def formula(
    letter: str,
    argument: str,
    expr: Any,
    *,
    sub: str = "",
    sup: str = "",
    absolute: bool = False,
    upper: dict[sp.Expr, str] | None = None,
) -> Formula | None:
    """letter_sub^sup(argument) = expr, or None where there is no expr."""
    if expr is None:
        return None
    greek = {"kappa": "κ", "lambda": "λ", "phi": "φ"}
    left = mathml.name(greek.get(letter, letter), argument, sub, sup)
    inside = (mathml.bars(left) if absolute else left, "=", mathml.expression(expr))
    tex = (f"\\{letter}" if letter in greek else letter) + (f"_{{{sub}}}" if sub else "")
    tex += (f"^{sup}" if sup else "") + (f"({argument})" if argument else "")
    shown = expr.subs(t, sp.Symbol("t", real=True))
    rows = formulas([(f"|{tex}|" if absolute else tex, shown)], upper)
    plain = f"{greek.get(letter, letter)}{f'_{sub}' if sub else ''}{sup}{f'({argument})' if argument else ''}"
    text = f"{f'|{plain}|' if absolute else plain} = {_spelled(sp.sympify(expr, strict=True))}"
    return Formula(mathml.math(*inside), tuple(rows), text)


__all__ = ["Card", "Formula", "Section", "card_of", "formula"]
