"""Certificates: what a verdict says, as exact data that a program without this package can check.

A certificate states a game by its four functions of a coordinate y of the score, the domain of y, the optimal
score y*(u), the second derivative of f or h, and conclusions. `tools/verify_certificates.py` works everything
else out: that y* is the maximum, that the second derivative is the one stated, its signs for all u, the ends.
docs/certificates.md has the format.

Only what that program can read and prove is written: sums, products, rational powers, logarithms and |.|,
with signs by the rules of `gantheory.derivation.signs.descartes`. A verdict that has no certificate is not
called "symbolic".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra.expressions import derivative, power_product
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import roles
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.smooth import signs_of
from gantheory.derivation.verdict import Verdict
from gantheory.derivation.verdicts.language import NoCertificateError, Played, chart, smooth, text
from gantheory.derivation.verdicts.played import played
from gantheory.derivation.verdicts.properties import convexity_verdict, once
from gantheory.derivation.verdicts.unique_minimum import unique_minimum
from gantheory.divergences.kinds import Kind

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

Certificate = dict[str, Any]

MOST_DIGITS = 60
"""Digits of a divergence up to which the verifying program computes."""

FUNCTIONS = {"equilibrium": "f", "flow": "h", "discriminator": "f_D"}


def of_theory(theory: Theory, kind: Kind) -> Certificate | None:
    """The certificate of convexity and, where it is settled, of the unique minimum, or None."""
    return _of_verdicts(theory, kind, convexity_verdict(theory, kind), unique_minimum(theory, kind))


def named(theory: Theory, kind: Kind, question: str, verdict: Verdict) -> Verdict:
    """A verdict with its method: "symbolic" only where a certificate settles the question.

    Args:
        question: "convex" or "unique minimum".
    """
    if verdict.method not in ("symbolic", "theorem"):
        return verdict
    if question == "convex":
        found = _of_verdicts(theory, kind, verdict, None)
    else:
        found = _of_verdicts(theory, kind, convexity_verdict(theory, kind), verdict)
    if found is not None and question in found["holds"]:
        return replace(verdict, exported=found)
    return verdict if verdict.method == "theorem" else replace(verdict, method="computer algebra")


def of_pmfs(
    theory: Theory,
    kind: Kind,
    formula: sp.Expr,
    P: Sequence[Fraction],
    Q: Sequence[Fraction],
    between: tuple[str, str],
) -> Certificate | None:
    """The certificate of bounds of the divergence of two pmfs by f = `formula`, or None where there is
    none."""
    try:
        game = played(theory)
        for i, (start, end) in enumerate(game.spans()):
            smooth(formula, start, end)
            _second(game, kind, i)
        return {
            "statement": f"a divergence by {FUNCTIONS[kind]} of {theory.objective.name}",
            "function": FUNCTIONS[kind],
            **game.data(),
            "formula": text(formula),
            "P": [str(p) for p in P],
            "Q": [str(q) for q in Q],
            "between": list(between),
        }
    except NoCertificateError:
        return None


def of_sign(expr: sp.Expr, symbol: sp.Symbol, low: Any = 0, high: Any = sp.oo) -> Certificate | None:
    """The certificate of the signs of a function of one positive variable on an interval, or None."""
    low, high = sp.sympify(low, strict=True), sp.sympify(high, strict=True)
    try:
        formula = smooth(expr.subs(symbol, u), low, high)
        inside = formula if (low, high) == (0, sp.oo) else formula.subs(u, chart(low, high))
        found = signs_of(inside)
        if not (isinstance(found, Signs) and found.method == "symbolic" and found.pattern):
            return None
        return {
            "statement": f"signs on ({low}, {high})",
            "formula": text(formula),
            "interval": [str(low), str(high)],
            "signs": list(found.pattern),
        }
    except NoCertificateError:
        return None


def _of_verdicts(theory: Theory, kind: Kind, curved: Verdict, least: Verdict | None) -> Certificate | None:
    if curved.holds is None or curved.method not in ("symbolic", "theorem"):
        return None
    holds = {"convex": curved.holds, "strictly convex": bool(curved.holds and curved.strict)}
    second = _curvatures(theory, kind)
    if second is None:
        return None
    try:
        game = played(theory)
        # Without convexity the rule needs f and its ends: h is known by its second derivative.
        settled = curved.holds or (kind != "flow" and len(second) == 1)
        if (
            least is not None
            and least.holds is not None
            and least.method in ("symbolic", "theorem")
            and settled
        ):
            holds["unique minimum"] = least.holds
        return {
            "statement": f"{FUNCTIONS[kind]} of {theory.objective.name}",
            "function": FUNCTIONS[kind],
            **game.data(),
            "second_derivative": [text(expr) for expr in second],
            "holds": holds,
        }
    except NoCertificateError:
        return None


@once
def _curvatures(theory: Theory, kind: Kind) -> list[sp.Expr] | None:
    """The second derivatives on the pieces, where their signs are told and f does not jump."""
    try:
        game = played(theory)
        second = [_second(game, kind, i) for i in range(len(game.optimum))]
        return second if all(map(_told, second, game.spans())) and _continuous(game, kind) else None
    except NoCertificateError:
        return None


def _value(game: Played, kind: Kind, i: int) -> sp.Expr:
    real, fake = roles(kind)
    return smooth(u * game.at(real, i) + game.at(fake, i), *game.spans()[i])


def _second(game: Played, kind: Kind, i: int) -> sp.Expr:
    """The second derivative on piece i, as a product of powers where it is one."""
    if kind == "flow":
        expr = -derivative(smooth(game.at("S", i), *game.spans()[i]), u) / u
    else:
        expr = derivative(derivative(_value(game, kind, i), u), u)
    product = power_product(expr, u)
    return expr if product is None else product.expr()


def _told(expr: sp.Expr, span: tuple[sp.Expr, sp.Expr]) -> bool:
    """Whether the rules tell the signs of a function of u on an interval."""
    low, high = span
    if span != (0, sp.oo):
        expr = expr.subs(u, chart(low, high))
    found = signs_of(expr)
    return isinstance(found, Signs) and found.method == "symbolic" and found.pattern is not None


def _continuous(game: Played, kind: Kind) -> bool:
    """Whether f does not jump between the pieces; h never does."""
    if kind == "flow":
        return True
    values = [_value(game, kind, i) for i in range(len(game.optimum))]
    joints = zip(values, values[1:], game.pieces[1:], strict=False)
    return all(sp.simplify(a.subs(u, at) - b.subs(u, at)) == 0 for a, b, at in joints)


__all__ = ["Certificate", "named", "of_pmfs", "of_theory"]
