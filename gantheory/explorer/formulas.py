"""What the page typesets: D*, f, h and s of every objective that it lists, and of both open families."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.derivation import Theory
from gantheory.divergences.kinds import Kind
from gantheory.explorer.mathml import bars, expression, math, name, text

u = sp.Symbol("u", positive=True)
D = sp.Symbol("D", positive=True)
x = sp.Symbol("x", positive=True)
alpha_D, alpha_G = sp.Symbol("alpha_D", positive=True), sp.Symbol("alpha_G", positive=True)
c = sp.Symbol("c", real=True)
"""1 - 1/alpha_G, or the generator's target of least squares."""

Row = dict[str, str]
"""A formula: {"id", "math"}."""


def listed(theory: Theory) -> list[Row]:
    """Formulas of an objective without open parameters, as derived."""
    objective = theory.objective
    rows = [
        _row("A", name("A", "v"), objective.A),
        _row("B", name("B", "v"), objective.B),
        _row("S", name("S", "v"), objective.S),
    ]
    if objective.R != 0:
        rows.append(_row("R", name("R", "v"), objective.R))
    if theory.discriminator is not None:
        rows.append(_row("D", name("D", "u", sup="*"), theory.discriminator))
    kinds: tuple[tuple[Kind, str], ...] = (("equilibrium", "f"), ("flow", "h"))
    for kind, letter in kinds:
        part = theory.induced(kind)
        if part.expr is None:
            words = "found numerically" if part.infinite is None else part.reason
            rows.append({"id": letter, "math": math(name(letter, "u"), ":", text(words))})
            continue
        known = theory.name(kind)
        tail = (text(f"   ({known})".replace("||", "‖")),) if known else ()
        rows.append({"id": letter, "math": math(name(letter, "u"), "=", expression(part.expr), *tail)})
    symbol = str(theory.landscape.symbol)
    rows.append({"id": "s", "math": math(bars(name("s", symbol)), "=", expression(theory.saturation))})
    return rows


def alpha_expressions(d: str, g: str, saturating: bool) -> dict[str, Any]:
    """f, D*, |s| and the two parts of h of an (alpha_D, alpha_G)-GAN, by the classes of both alphas.

    The classes are "generic", "one" and "inf"; c = 1 - 1/alpha_G.

        f_S = (1/c) [(u^(aD c + 1) + 1)/(1 + u^aD)^c - 2^(-c) (1 + u)]
        f_NS = (1/c) [2^(-c) - D^c] + aD 2^(-c-1) (u - 1)
        h = u h' + s(u) - s(1),  h' = int_(1/2)^(D*) x^(-1/aD) (1 - x)^(1/aD - 1/aG) dx,
            non-saturating h' = int_(1/2)^(D*) x^(-1/aD - 1/aG) (1 - x)^(1/aD) dx
        |s| = aD D (1 - D)^c, non-saturating aD (1 - D) D^c;  h'' = |s|/u^2

    Source: f as eqs. (7) and (12) of Welfert, Otstot, Kurri, Sankar, ISIT 2023, with another multiple of
    u - 1; the tests compare all of it with `gantheory.derive`.
    """
    a = sp.S.One if d == "one" else alpha_D
    k = {"one": sp.S.Zero, "inf": sp.S.One}.get(g, c)
    b = {"one": sp.S.Zero, "inf": sp.S.One}.get(g, 1 - 1 / alpha_G)
    ratio = u**a
    optimal = ratio / (1 + ratio)
    if g == "one":
        f = a * u * sp.log(u) - (1 + u) * sp.log((1 + ratio) / 2)
        if not saturating:
            f = sp.log((1 + u ** (-a)) / 2) + a / 2 * (u - 1)
        s = sp.log(2 * (1 - D)) if saturating else -sp.log(2 * D)
    elif saturating:
        f = ((u ** (a * k + 1) + 1) / (1 + ratio) ** k - 2 ** (-k) * (1 + u)) / k
        s = ((1 - D) ** k - 2 ** (-k)) / k
    else:
        f = (2 ** (-k) - D**k) / k + a * 2 ** (-k - 1) * (u - 1)
        s = (2 ** (-k) - D**k) / k
    return {
        "D": optimal,
        "f": f,
        "saturation": a * D * (1 - D) ** k if saturating else a * (1 - D) * D**k,
        "h1": x ** (-1 / a) * (1 - x) ** (1 / a - 1 + b)
        if saturating
        else x ** (-1 / a - 1 + b) * (1 - x) ** (1 / a),
        "s": s,
    }


def alpha_rows(d: str, g: str, saturating: bool) -> list[Row]:
    """Formulas of the alpha family by class; for alpha_D = inf in words where f is infinite."""
    k = {"one": sp.S.Zero, "inf": sp.S.One}.get(g, c)
    rows = [_c_row(d != "inf")] if g == "generic" else []
    if d == "inf":
        return [*rows, *_at_infinity(g, k, saturating)]
    e = alpha_expressions(d, g, saturating)
    bounds = "<mfrac><mn>1</mn><mn>2</mn></mfrac><msup><mi>D</mi><mo>*</mo></msup>"
    dx = '<mspace width="0.17em"/><mi mathvariant="normal">d</mi><mi>x</mi>'
    integral = f"<msubsup><mo>∫</mo>{bounds}</msubsup>{expression(e['h1'])}{dx}"
    # The factor alpha_D first, where sympy would sort it behind D.
    front = expression(alpha_D) if d == "generic" else ""
    factor = f"<mrow>{front}{expression(e['saturation'].subs(alpha_D, 1))}</mrow>"
    over = "<msup><mi>u</mi><mn>2</mn></msup>"
    return [
        _row("D", name("D", "u", sup="*"), e["D"]),
        {"id": "f", "math": math(name("f", "u"), "=", _divided(e["f"], k))},
        {"id": "h", "math": math(name("h", "u"), "=", "<mi>u</mi>", integral, "+", _divided(e["s"], k))},
        {"id": "h2", "math": math(name("h", "u", sup="″"), "=", f"<mfrac>{factor}{over}</mfrac>")},
        {"id": "s", "math": math(bars(name("s", "D")), "=", factor)},
        *rows,
    ]


def _divided(expr: sp.Expr, k: sp.Expr) -> str:
    """expr with the fraction 1/c in front of a bracket."""
    if not k.free_symbols:
        return expression(expr)
    terms = sp.Add.make_args(expr)
    inside = sp.Add(*(term for term in terms if term.has(1 / k) or k in sp.denom(term).free_symbols))
    rest = expr - inside
    front = f"<mfrac><mn>1</mn>{expression(k)}</mfrac><mo>[</mo>{expression(inside * k)}<mo>]</mo>"
    return front if rest == 0 else f"{front}<mo>+</mo>{expression(rest)}"


def _c_row(optimal: bool) -> Row:
    """What the short letters stand for."""
    more = (text(",  "), expression(D), "=", name("D", "u", sup="*")) if optimal else ()
    return {"id": "c", "math": math(text("with "), expression(c), "=", expression(1 - 1 / alpha_G), *more)}


def _at_infinity(g: str, k: sp.Expr, saturating: bool) -> list[Row]:
    step = sp.Piecewise((0, u < 1), (sp.Rational(1, 2), sp.Eq(u, 1)), (1, True))
    rows = [_row("D", name("D", "u", sup="*"), step)]
    if saturating:
        words = text("for α_G > 1; else −∞ off u = 1")
        f = sp.Abs(u - 1) / (2 * k) if k != 0 else None
    else:
        words = text("for α_G > 1; else ∞ off u = 1")
        one = (1 - 2 ** (-k)) / k if k != 0 else None
        f = None if one is None else sp.Piecewise((1 / k - one, u < 1), (0, sp.Eq(u, 1)), (-one, True))
    if f is None:
        sign = "−∞" if saturating else "∞"
        rows.append({"id": "f", "math": math(name("f", "u"), "=", sign, text(" for u ≠ 1"))})
    else:
        tail = (text("   "), words) if g == "generic" else ()
        rows.append({"id": "f", "math": math(name("f", "u"), "=", expression(f), *tail)})
        h = sp.Abs(u - 1) / (2 * k)
        rows.append({"id": "h", "math": math(name("h", "u"), "=", expression(h), *tail)})
    rows.append({"id": "s", "math": math(bars(name("s", "D")), "=", "<mn>0</mn>", text(" for u ≠ 1"))})
    return rows


def label_rows(real_term: bool) -> list[Row]:
    """Formulas of least squares with the labels left open."""
    a, b = sp.Symbol("a", real=True), sp.Symbol("b", real=True)
    optimum = (a + b * u) / (1 + u)
    v = name("v", sup="*")
    squared = f"<msup><mrow><mo>(</mo>{v}<mo>−</mo>{expression(c)}<mo>)</mo></mrow><mn>2</mn></msup>"
    front = expression((1 + u) / 2) if real_term else expression(sp.Rational(1, 2))
    score = sp.Symbol("v")
    slope = sp.Abs((score - c) * (score - a) * (b - score) / (b - a))
    second = expression((b - a) ** 2 / (1 + u) ** 3)
    rows = [
        _row("D", name("v", "u", sup="*"), optimum),
        {"id": "f", "math": math(name("f", "u"), "=", front, squared, text("  up to  k (u − 1) + const"))},
    ]
    if real_term:
        rows.append({"id": "f2", "math": math(name("f", "u", sup="″"), "=", second)})
    h2 = expression((a - b) / u / (1 + u) ** 2)
    bracket = ("<mo>(</mo>", v, "−", expression(c), "<mo>)</mo>")
    rows.append({"id": "h2", "math": math(name("h", "u", sup="″"), "=", h2, *bracket)})
    return [*rows, {"id": "s", "math": math(bars(name("s", "v")), "=", expression(slope))}]


def _row(identifier: str, left: str, right: sp.Expr) -> Row:
    return {"id": identifier, "math": math(left, "=", expression(right))}
