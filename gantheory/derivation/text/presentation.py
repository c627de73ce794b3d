"""A Theory as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra.limits import at_infinity, at_zero
from gantheory.derivation.induced.equilibrium import Induced, of_pieces
from gantheory.derivation.optimum.ties import Tie
from gantheory.derivation.text.latex_terms import to_latex
from gantheory.derivation.text.plain import plain
from gantheory.divergences.kinds import Kind
from gantheory.support.lines import with_inf, wrapped
from gantheory.support.notebook import inline, table

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_LABELS: dict[Kind, tuple[str, str]] = {
    "equilibrium": ("f", "equilibrium divergence D_f"),
    "flow": ("h", "flow divergence D_h"),
    "discriminator": ("f_D", "discriminator divergence D_{f_D}"),
}

_CONVEX = {True: "convex", False: "not convex", None: "convexity undecided"}


def to_text(theory: Theory) -> str:
    obj, solution = theory.objective, theory.solution
    lines = [obj.name, f"  source          {obj.source}"]
    lines += [f"  {role}(v)            {plain(getattr(obj, role))}" for role in "ABRS"]
    if obj.outer is not None:
        lines.append(f"  outer           Phi(x, y) = {plain(obj.outer)},  x = E_r R, y = E_g S")
    if obj.domain != (-sp.oo, sp.oo):
        lines.append(f"  domain          v in {plain(sp.Interval(*obj.domain))}")
    lines += [
        "",
        f"  v*(u)           {_or(theory.score, 'numeric')}    ({solution.method})",
        f"  D*(u)           {_or(theory.discriminator, 'numeric')}    (u = p_r/p_g)",
        *(f"  {'' if k else 'ties':<16}{tie}" for k, tie in enumerate(ties(theory))),
        *(f"  {'' if k else 'limits':<16}{limit}" for k, limit in enumerate(solution.limits)),
    ]
    for kind, (symbol, title) in _LABELS.items():
        lines += ["", f"  {title}", *_divergence_lines(theory, kind, symbol)]
    at_fake, at_real = theory.landscape.in_words()
    ends = _ends(theory)
    lines += [
        "",
        f"  saturation      |s| = {plain(theory.saturation)}",
        f"                  {ends[0]}: {at_fake};  {ends[1]}: {at_real}",
        f"  ideal loss      {_valued(theory.ideal_loss)}",
    ]
    return wrapped(with_inf("\n".join(lines)))


def ties(theory: Theory) -> list[str]:
    """Where several scores are optimal, and which is reported."""
    return [*theory.solution.ties, *map(_tie, theory.solution.jumps)]


def _tie(tie: Tie) -> str:
    at, below, above, score = (
        str(sp.N(number, 12) if number.has(sp.Float) else number)
        for number in (tie.at, tie.below, tie.above, tie.score)
    )
    reported = f"the middle {score}" if tie.flat else f"v = {score}"
    return f"u = {at}: v = {below} and v = {above} are optimal, {reported} is reported"


def _ends(theory: Theory) -> tuple[str, str]:
    """What is approached as u -> 0 and as u -> oo: values of D* where they are known and finite."""
    if theory.discriminator is not None:
        links = of_pieces(theory.solution, "link")
        low, high = at_zero(links[0]), at_infinity(links[-1])
        if low is not None and high is not None and low.is_finite and high.is_finite:
            return f"D -> {low}", f"D -> {high}"
    return "u -> 0", "u -> oo"


def _divergence_lines(theory: Theory, kind: Kind, symbol: str) -> list[str]:
    part = theory.induced(kind)
    if part.expr is None:
        return [f"    {symbol + '(u)':<13} {_without_formula(theory, part)}"]
    lines = [f"    {symbol + '(u)':<13} {plain(part.expr)}"]
    name = theory.name(kind)
    if name:
        lines.append(f"    {'':13} = {name}")
    zero, slope = theory.ends(kind)
    curvature = theory.curvature_at_one(kind)
    facts = [f"{symbol}(0) = {_or(zero, '?')}", f"{symbol}'(inf) = {_or(slope, '?')}"]
    if part.expr.has(sp.betainc):
        lines.append(f"    {'':13} betainc(a, b, x1, x2) = int_x1^x2 z^(a-1) (1-z)^(b-1) dz")
    if curvature is not None:
        facts.append(f"{symbol}''(1) = {plain(curvature)}")
    lines.append(f"    {'':13} {', '.join(facts)}")
    verdict = theory.convexity(kind)
    answer = _CONVEX[verdict.holds]
    symmetry = {True: "symmetric", False: "not symmetric", None: "symmetry unknown"}[theory.symmetric(kind)]
    lines.append(f"    {'':13} {symmetry}; {answer}: {verdict.reason}")
    if verdict.holds is False:
        unique = theory.unique_minimum(kind)
        divergence = {"equilibrium": "D_f", "flow": "D_h"}.get(kind, "D")
        held = {True: ">= 0, 0 only at P = Q", False: "not >= 0 with 0 only at P = Q", None: "sign undecided"}
        lines.append(f"    {'':13} {divergence} {held[unique.holds]}: {unique.reason}")
    if kind != "flow" and part.offset is not None:
        what, name = ("V_G(D*)", "D_f") if kind == "equilibrium" else ("max V_D", "D_{f_D}")
        lines.append(f"    {'':13} {what} = {_plus(name, part.offset)}")
    return lines


def _without_formula(theory: Theory, part: Induced) -> str:
    """Why there is no formula: f is known by numbers, or there is none."""
    numeric = part.infinite is None and theory.objective.outer is None
    return f"{'numeric: ' if numeric else ''}{part.reason}"


def to_html(theory: Theory) -> str:
    """The main results as a table for notebooks, where MathJax typesets the formulas."""

    def shown(expr: sp.Expr | None) -> str:
        return "numeric" if expr is None else inline(to_latex(expr))

    rows = [(inline("v^*(u)"), shown(theory.score)), (inline("D^*(u)"), shown(theory.discriminator))]
    for kind, (symbol, _) in _LABELS.items():
        part = theory.induced(kind)
        name = f"; {theory.name(kind)}" if part.expr is not None and theory.name(kind) else ""
        text = with_inf(_without_formula(theory, part))
        if part.expr is not None:
            text = f"{shown(part.expr)}{name}; {_CONVEX[theory.convexity(kind).holds]}"
        rows.append((inline(f"{symbol}(u)"), text))
    rows.append((inline("|s|"), shown(theory.saturation)))
    rows.append(("ideal loss", f"{shown(theory.ideal_loss)} = {float(theory.ideal_loss):.9g}"))
    return table(theory.objective.name, rows)


def to_json(theory: Theory) -> dict[str, Any]:
    obj = theory.objective
    at_fake, at_real = theory.landscape.in_words()
    result: dict[str, Any] = {
        "objective": obj.name,
        "source": obj.source,
        "parameters": {
            name: value if isinstance(value, bool | str) else str(value) for name, value in obj.parameters
        },
        **{role: str(getattr(obj, role)) for role in "ABRS"},
        "outer": None if obj.outer is None else str(obj.outer),
        "domain": [str(end) for end in obj.domain],
        "score": _text(theory.score),
        "method": theory.solution.method,
        "ties": ties(theory),
        "limits": list(theory.solution.limits),
        "link": str(obj.link),
        "discriminator": _text(theory.discriminator),
        "saturation": str(theory.saturation),
        "saturation_symbol": str(theory.landscape.symbol),
        "saturation_at_fake": at_fake,
        "saturation_at_real": at_real,
        "ideal_loss": str(theory.ideal_loss),
        "ideal_loss_value": float(theory.ideal_loss),
        "divergences": {},
    }
    for kind, (symbol, _) in _LABELS.items():
        part = theory.induced(kind)
        zero, slope = theory.ends(kind)
        verdict, unique = theory.convexity(kind), theory.unique_minimum(kind)
        result["divergences"][kind] = {
            "symbol": symbol,
            "expression": _text(part.expr),
            "reason": part.reason or None,
            "name": theory.name(kind),
            "offset": _text(part.offset),
            "at_zero": _text(zero),
            "slope_at_infinity": _text(slope),
            "curvature_at_one": _text(theory.curvature_at_one(kind)),
            "symmetric": theory.symmetric(kind),
            "convex": verdict.holds,
            "strictly_convex": verdict.strict,
            "convexity_reason": verdict.reason,
            "convexity_method": verdict.method,
            "convexity_certificate": verdict.certificate,
            "witness_log_u": verdict.witness_log_u,
            "unique_minimum": unique.holds,
            "unique_minimum_reason": unique.reason,
            "unique_minimum_certificate": unique.certificate,
        }
    return result


def _valued(number: sp.Expr) -> str:
    return str(number) if number.is_Rational and len(str(number)) < 8 else f"{number} = {float(number):.9g}"


def _plus(name: str, offset: sp.Expr) -> str:
    if offset == 0:
        return name
    text = str(offset)
    if sp.Add.make_args(offset)[1:]:
        return f"{name} + ({text})"
    return f"{name} - {text[1:]}" if text.startswith("-") else f"{name} + {text}"


def _or(expr: sp.Expr | None, otherwise: str) -> str:
    return otherwise if expr is None else plain(expr)


def _text(expr: sp.Expr | None) -> str | None:
    return None if expr is None else str(expr)
