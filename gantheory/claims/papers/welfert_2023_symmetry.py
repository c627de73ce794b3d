"""Welfert et al. (ISIT 2023): which of the divergences of Theorems 1 and 2 are symmetric."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from gantheory.claims import Decided, Equal, Plan, SameDivergence, by_algebra
from gantheory.claims.papers.welfert_2023_divergences import (
    BOTH,
    NOT_ONE,
    PAPER,
    a_D,
    a_G,
    exponent,
    simple_exponents,
    without_constants,
)
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.lowering.balls.enclosure import enclosure

GRID = [sp.Rational(k, 4) for k in range(1, 17)]
"""alpha = 1/4, 1/2, ..., 4; alpha_G = inf besides."""


def mirrored(expr: sp.Expr) -> sp.Expr:
    """u f(1/u), the generating function of D_f(Q||P)."""
    return u * expr.subs(u, 1 / u)


def curvatures(alpha_D: sp.Expr, alpha_G: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """u^3 f''(u) and f''(1/u) of the non-saturating f: equal for all u iff the divergence is symmetric."""
    second = sp.diff(alpha_game(alpha_D, alpha_G, saturating=False).f, u, 2)
    return u**3 * second, second.subs(u, 1 / u)


@PAPER.claim(
    "sym-S",
    "equality",
    where="Theorem 1, 'symmetric'",
    statement="D_f(P||Q) = D_f(Q||P) for every saturating pair; f of eq. (7) has "
    "u f(1/u) = f(u) + 2^(1/alpha_G) alpha_G/(alpha_G - 1) (1 - u)",
    latex=r"D_{f_S}(P\|Q) = D_{f_S}(Q\|P),\qquad "
    r"u f_S(1/u) = f_S(u) + \frac{2^{1/\alpha_G}\alpha_G}{\alpha_G - 1}(1 - u)",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def saturating_symmetric(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    game = alpha_game(alpha_D, alpha_G)
    printed = without_constants(game, alpha_G)
    return [
        SameDivergence(mirrored(game.f), game.f),
        Equal(mirrored(printed) - printed, 2 ** (1 / alpha_G) / exponent(alpha_G) * (1 - u)),
    ]


@PAPER.claim(
    "asym-NS",
    "inequality",
    where="Theorem 2, 'asymmetric'",
    statement="D_f is not symmetric for any finite non-saturating pair with alpha_D + alpha_G > alpha_D alpha_G",
    latex=r"\alpha_D + \alpha_G > \alpha_D\alpha_G \implies "
    r"D_{f_{NS}}(P\|Q) \ne D_{f_{NS}}(Q\|P) \text{ for some } P, Q",
    parameters=BOTH,
    assumptions=(*NOT_ONE, a_D + a_G > a_D * a_G),
)
def non_saturating_asymmetric(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """u^3 f''(u)/f''(1/u) is a power of u with a negative exponent times a factor that has a finite limit
    as u -> oo, so it tends to 0 and is not 1."""
    c = exponent(alpha_G)
    power = -1 - alpha_D / alpha_G
    k = 1 - alpha_D * c
    bounded = (k + (1 + alpha_D) * u**alpha_D) / (k * u**alpha_D + 1 + alpha_D)
    left, right = curvatures(alpha_D, alpha_G)
    left_at_one, right_at_one = curvatures(alpha_D, sp.S.One)
    # For u >= 1 the factor lies between 0 and (k + 1 + alpha_D)/k, as k > 0: that is the assumption over alpha_G.
    at_one = (1 + (1 + alpha_D) * u**alpha_D) / (u**alpha_D + 1 + alpha_D)
    return [
        Equal(left / right, u**power * bounded),
        Equal(k * alpha_G, alpha_D + alpha_G - alpha_D * alpha_G),
        by_algebra(
            sp.sympify(power, strict=True).is_negative,
            f"u^({power}) -> 0 times a bounded factor",
            "u^3 f''(u)/f''(1/u) is not 1",
        ),
        Equal(left_at_one / right_at_one, u ** (-1 - alpha_D) * at_one),
    ]


@PAPER.claim(
    "sym-NS-boundary",
    "equality",
    source="derived; the exception to 'asymmetric' in Welfert et al., ISIT 2023, Theorem 2; (2, 2) is there",
    statement="where alpha_D (1 - 1/alpha_G) = 1 the non-saturating D_f is symmetric: "
    "f(u) = alpha_D (2^(-1/alpha_D) - u/(1 + u^alpha_D)^(1/alpha_D))",
    latex=r"\alpha_D + \alpha_G = \alpha_D\alpha_G \implies D_{f_{NS}} = \alpha_D\left(2^{-1/\alpha_D} - "
    r"\int\frac{p_r p_g}{(p_r^{\alpha_D} + p_g^{\alpha_D})^{1/\alpha_D}}\right)",
    parameters=(a_D,),
    assumptions=(a_D > 1,),
)
def boundary_symmetric(alpha_D: sp.Expr) -> Plan:
    f = simple_exponents(alpha_game(alpha_D, alpha_D / (alpha_D - 1), saturating=False).f)
    return [
        SameDivergence(f, alpha_D * (2 ** (-1 / alpha_D) - u / (1 + u**alpha_D) ** (1 / alpha_D))),
        SameDivergence(mirrored(f), f),
    ]


@PAPER.claim(
    "sym-NS-grid",
    "iff",
    source="derived",
    statement="for alpha_D in {1/4, ..., 4} and alpha_G in {1/4, ..., 4, inf} the non-saturating D_f is "
    "symmetric iff alpha_D (1 - 1/alpha_G) = 1: at (1, inf), (3/2, 3), (2, 2) and (3, 3/2)",
    latex=r"D_{f_{NS}} \text{ symmetric} \iff \alpha_D\left(1 - \frac1{\alpha_G}\right) = 1",
)
def symmetric_grid() -> Plan:
    """A pair is refuted by u^3 f''(u) != f''(1/u) at u = 2, and confirmed by a proof for all u."""
    claimed = [(1, sp.oo), (sp.Rational(3, 2), 3), (2, 2), (3, sp.Rational(3, 2))]
    claimed = [
        (sp.sympify(alpha_D, strict=True), sp.sympify(alpha_G, strict=True)) for alpha_D, alpha_G in claimed
    ]
    found = symmetric_members((alpha_D, alpha_G) for alpha_D in GRID for alpha_G in [*GRID, sp.oo])
    proofs = []
    for alpha_D, alpha_G in found:
        f = alpha_game(alpha_D, alpha_G, saturating=False).f
        gap = (mirrored(f) - f).subs(u, u ** (1 / alpha_D))
        proofs.append(Equal(gap, alpha_D * 2 ** (-1 / alpha_D) * (u ** (1 / alpha_D) - 1)))
    as_claimed = found == claimed
    text = ", ".join(map(str, found))
    return [Decided(as_claimed, "ball arithmetic", text, claimed), *proofs]


def symmetric_members(pairs: Iterable[tuple[sp.Expr, sp.Expr]]) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs at which a ball that contains u^3 f''(u) - f''(1/u) at u = 2 also contains 0."""
    from flint import arb, fmpq

    def gap(alpha_G: sp.Expr) -> sp.Expr:
        left, right = curvatures(a_D, alpha_G)
        return (left - right).subs(u, 2)

    special = {alpha_G: enclosure(gap(alpha_G), a_D) for alpha_G in (sp.S.One, sp.oo)}
    general = enclosure(gap(a_G), a_D, a_G)
    found = []
    for alpha_D, alpha_G in pairs:
        alphas = [arb(fmpq(alpha.p, alpha.q)) for alpha in (alpha_D, alpha_G) if alpha.is_finite]
        ball = special[alpha_G](alphas[0]) if alpha_G in special else general(*alphas)
        if ball.contains(0):
            found.append((alpha_D, alpha_G))
    return found
