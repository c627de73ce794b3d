"""Welfert et al. (ISIT 2023): the divergences that Theorems 1 and 2 state for (alpha_D, alpha_G)-GANs."""

from __future__ import annotations

import sympy as sp

from gantheory.claims import Equal, Limit, Paper, Plan, SameDivergence
from gantheory.claims.symbolic_game import SymbolicGame, alpha_game
from gantheory.derivation.algebra.symbols import u

PAPER = Paper(
    key="welfert-2023",
    cite="Welfert et al., (alpha_D, alpha_G)-GANs: Addressing GAN training instabilities via dual "
    "objectives, ISIT 2023",
    arxiv="2302.14320",
)

a_D, a_G = sp.symbols("alpha_D alpha_G", positive=True)
BOTH = (a_D, a_G)
NOT_ONE = (sp.Ne(a_G, 1),)
"""At alpha_G = 1 the printed formulas are 0/0; `fS-at-1` and `sc-NSlim` treat it."""


def exponent(alpha_G: sp.Expr) -> sp.Expr:
    """c = 1 - 1/alpha_G."""
    return (alpha_G - 1) / alpha_G


def without_constants(game: SymbolicGame, alpha_G: sp.Expr) -> sp.Expr:
    """f with the constant 1/c of the real term's loss left out: the representative that eq. (7) prints."""
    return game.f + (u - 1) / exponent(alpha_G)


def simple_exponents(expr: sp.Expr) -> sp.Expr:
    """Exponents canceled: alpha_G given in terms of alpha_D leaves (alpha_G - 1)/alpha_G as it is."""
    return expr.replace(
        lambda node: node.is_Pow and not node.exp.is_Number,
        lambda node: node.base ** sp.expand(sp.cancel(node.exp)),
    )


@PAPER.claim(
    "fS-form",
    "equality",
    where="Theorem 1, eqs. (7)-(9)",
    statement="saturating, at D*: V_G = D_f(P_r||P_g) + alpha_G/(alpha_G - 1) (2^(1/alpha_G) - 2) with "
    "f(u) = ((u^(alpha_D c + 1) + 1)/(u^alpha_D + 1)^c - 2^(1/alpha_G))/c, c = 1 - 1/alpha_G",
    latex=r"V_{\alpha_G} = D_f(P_r\|P_g) + \frac{\alpha_G}{\alpha_G - 1}\left(2^{1/\alpha_G} - 2\right),"
    r"\quad f(u) = \frac{\alpha_G}{\alpha_G - 1}\left(\frac{u^{\alpha_D(1 - 1/\alpha_G) + 1} + 1}"
    r"{(u^{\alpha_D} + 1)^{1 - 1/\alpha_G}} - 2^{1/\alpha_G}\right)",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def saturating_form(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    game, c = alpha_game(alpha_D, alpha_G), exponent(alpha_G)
    printed = ((u ** (alpha_D * c + 1) + 1) / (u**alpha_D + 1) ** c - 2 ** (1 / alpha_G)) / c
    return [
        SameDivergence(game.f, printed),
        Equal(game.offset, alpha_G / (alpha_G - 1) * (2 ** (1 / alpha_G) - 2)),
        Equal(without_constants(game, alpha_G), printed),
    ]


@PAPER.claim(
    "fNS-form",
    "equality",
    where="Theorem 2, eqs. (12)-(13)",
    statement="non-saturating, at D*: V_G = D_f(P_r||P_g) + alpha_G/(alpha_G - 1) (1 - 2^(1/alpha_G - 1)) "
    "with f(u) = (2^(1/alpha_G - 1) - (u^alpha_D/(1 + u^alpha_D))^c)/c, c = 1 - 1/alpha_G",
    latex=r"V^{NS}_{\alpha_G} = D_f(P_r\|P_g) + \frac{\alpha_G}{\alpha_G - 1}"
    r"\left(1 - 2^{1/\alpha_G - 1}\right),\quad f(u) = \frac{\alpha_G}{\alpha_G - 1}\left(2^{1/\alpha_G - 1} - "
    r"\left(\frac{u^{\alpha_D}}{1 + u^{\alpha_D}}\right)^{1 - 1/\alpha_G}\right)",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def non_saturating_form(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    game, c = alpha_game(alpha_D, alpha_G, saturating=False), exponent(alpha_G)
    printed = (2 ** (1 / alpha_G - 1) - (u**alpha_D / (1 + u**alpha_D)) ** c) / c
    return [
        SameDivergence(game.f, printed),
        Equal(game.f, printed),
        Equal(game.offset, alpha_G / (alpha_G - 1) * (1 - 2 ** (1 / alpha_G - 1))),
    ]


@PAPER.claim(
    "const-S",
    "equality",
    where="Theorem 1, eq. (8)",
    statement="the offset of eq. (8) is -log 4 at alpha_G = 1, -2 at 1/2 and -1 at inf, for every alpha_D",
    latex=r"\min V_{\alpha_G} = -\log 4,\ -2,\ -1 \text{ at } \alpha_G = 1,\ \tfrac12,\ \infty",
    parameters=(a_D,),
)
def saturating_offset(alpha_D: sp.Expr) -> Plan:
    return [
        Equal(alpha_game(alpha_D, sp.S.One).offset, -sp.log(4)),
        Equal(alpha_game(alpha_D, sp.S.Half).offset, -2),
        Equal(alpha_game(alpha_D, sp.oo).offset, -1),
    ]


@PAPER.claim(
    "const-NS",
    "equality",
    where="Theorem 2, eq. (13)",
    statement="the offset of eq. (13) is log 2 at alpha_G = 1 and 1/2 at inf, for every alpha_D",
    latex=r"\min V^{NS}_{\alpha_G} = \log 2,\ \tfrac12 \text{ at } \alpha_G = 1,\ \infty",
    parameters=(a_D,),
)
def non_saturating_offset(alpha_D: sp.Expr) -> Plan:
    return [
        Equal(alpha_game(alpha_D, sp.S.One, saturating=False).offset, sp.log(2)),
        Equal(alpha_game(alpha_D, sp.oo, saturating=False).offset, sp.S.Half),
    ]


@PAPER.claim(
    "d1-vals",
    "equality",
    source="derived from Welfert et al., ISIT 2023, eqs. (7) and (12)",
    statement="f'(1) is 2^(-c)/c for f of eq. (7) and -alpha_D 2^(-c - 1) for f of eq. (12), "
    "c = 1 - 1/alpha_G",
    latex=r"f_S'(1) = \frac{2^{-c}}{c},\qquad f_{NS}'(1) = -\alpha_D 2^{-c - 1},\qquad "
    r"c = 1 - \frac1{\alpha_G}",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def slopes_at_one(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    c = exponent(alpha_G)
    f_S = without_constants(alpha_game(alpha_D, alpha_G), alpha_G)
    f_NS = alpha_game(alpha_D, alpha_G, saturating=False).f
    return [
        Equal(sp.diff(f_S, u).subs(u, 1), 2**-c / c),
        Equal(sp.diff(f_NS, u).subs(u, 1), -alpha_D * 2 ** (-c - 1)),
    ]


@PAPER.claim(
    "fS-pole",
    "erratum",
    where="Theorem 1, eq. (7), 'alpha = 1 by continuity'",
    statement="at u = 2, f of eq. (7) tends to the f of alpha_G = 1 as alpha_G -> 1",
    latex=r"\lim_{\alpha_G \to 1} f_{\alpha_D, \alpha_G}(2) = f_{\alpha_D, 1}(2)",
    parameters=(a_D,),
    pointwise=True,
    points=3,
    expected="fails",
    correction="f of eq. (7) grows like (u - 1)/c; ((u^(alpha_D c + 1) + 1)/(1 + u^alpha_D)^c - 2^(-c) (1 + u))/c"
    ", which gives the same divergence, has the limit.",
)
def pole(alpha_D: sp.Expr) -> Plan:
    printed = without_constants(alpha_game(alpha_D, a_G), a_G)
    return Limit(printed.subs(u, 2), a_G, 1, alpha_game(alpha_D, sp.S.One).f.subs(u, 2))


@PAPER.claim(
    "fS-at-1",
    "equality",
    source="derived; what Welfert et al., ISIT 2023, Theorem 1 means at alpha_G = 1",
    statement="at alpha_G = 1 the saturating divergence has f(u) = alpha_D u log u - (1 + u) "
    "log((1 + u^alpha_D)/2), the limit as alpha_G -> 1 of ((u^(alpha_D c + 1) + 1)/(1 + u^alpha_D)^c - 2^(-c) (1 + u))/c",
    latex=r"f_{\alpha_D, 1}(u) = \alpha_D u\log u - (1 + u)\log\frac{1 + u^{\alpha_D}}{2} = "
    r"\lim_{c \to 0}\frac1c\left[\frac{u^{\alpha_D c + 1} + 1}{(1 + u^{\alpha_D})^c} - 2^{-c}(1 + u)\right]",
    parameters=(a_D,),
)
def at_one(alpha_D: sp.Expr) -> Plan:
    """The bracket vanishes at c = 0, so the limit is its derivative there."""
    c = sp.Symbol("c", real=True)
    claimed = alpha_D * u * sp.log(u) - (1 + u) * sp.log((1 + u**alpha_D) / 2)
    bracket = (u ** (alpha_D * c + 1) + 1) / (1 + u**alpha_D) ** c - 2**-c * (1 + u)
    return [
        SameDivergence(alpha_game(alpha_D, sp.S.One).f, claimed),
        Equal(bracket.subs(c, 0), 0),
        Equal(sp.diff(bracket, c).subs(c, 0), claimed),
    ]


@PAPER.claim(
    "dd-S-NS",
    "equality",
    where="eqs. (23), (24), (29) (arrangement of terms not checked against the print)",
    statement="f_S'' = (aD/aG) u^(aD c - 2) (1 + u^aD)^(-c - 2) [(aG + aD aG - aD) (u + u^(aD + aD/aG)) + "
    "(aG - aD aG) (u^(aD/aG) + u^(aD + 1))] and f_NS'' = (aD/aG) u^(aD c - 2) (1 + u^aD)^(-c - 2) "
    "[aD + aG - aD aG + aG (1 + aD) u^aD], with aD, aG the two alphas and c = 1 - 1/aG",
    latex=r"f_S'' = A\left[(\alpha_G + \alpha_D\alpha_G - \alpha_D)(u + u^{\alpha_D + \alpha_D/\alpha_G}) + "
    r"(\alpha_G - \alpha_D\alpha_G)(u^{\alpha_D/\alpha_G} + u^{\alpha_D + 1})\right],\quad "
    r"f_{NS}'' = A\left[\alpha_D + \alpha_G - \alpha_D\alpha_G + \alpha_G(1 + \alpha_D)u^{\alpha_D}\right],"
    r"\quad A = \frac{\alpha_D}{\alpha_G}u^{\alpha_D(1 - 1/\alpha_G) - 2}(1 + u^{\alpha_D})^{1/\alpha_G - 3}",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def second_derivatives(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    x = u**alpha_D
    shared = alpha_D / alpha_G * u ** (alpha_D - alpha_D / alpha_G - 2) * (1 + x) ** (1 / alpha_G - 3)
    f_S = alpha_game(alpha_D, alpha_G).f
    f_NS = alpha_game(alpha_D, alpha_G, saturating=False).f
    outer = (alpha_G + alpha_D * alpha_G - alpha_D) * (u + u ** (alpha_D + alpha_D / alpha_G))
    inner = (alpha_G - alpha_D * alpha_G) * (u ** (alpha_D / alpha_G) + u ** (alpha_D + 1))
    return [
        Equal(sp.diff(f_S, u, 2), shared * (outer + inner)),
        Equal(
            sp.diff(f_NS, u, 2),
            shared * (alpha_D + alpha_G - alpha_D * alpha_G + alpha_G * (1 + alpha_D) * x),
        ),
    ]


@PAPER.claim(
    "dd-at-1",
    "equality",
    source="derived from Welfert et al., ISIT 2023, eqs. (23) and (29)",
    statement="f_S''(1) = alpha_D (2 alpha_G - alpha_D)/alpha_G 2^(1/alpha_G - 2) and "
    "f_NS''(1) = alpha_D/alpha_G 2^(1/alpha_G - 3) (2 alpha_G + alpha_D)",
    latex=r"f_S''(1) = \frac{\alpha_D(2\alpha_G - \alpha_D)}{\alpha_G}2^{1/\alpha_G - 2},\qquad "
    r"f_{NS}''(1) = \frac{\alpha_D}{\alpha_G}2^{1/\alpha_G - 3}(2\alpha_G + \alpha_D)",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def curvature_at_one(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    f_S = alpha_game(alpha_D, alpha_G).f
    f_NS = alpha_game(alpha_D, alpha_G, saturating=False).f
    printed_S = alpha_D * (2 * alpha_G - alpha_D) / alpha_G * 2 ** (1 / alpha_G - 2)
    printed_NS = alpha_D / alpha_G * 2 ** (1 / alpha_G - 3) * (2 * alpha_G + alpha_D)
    return [
        Equal(sp.diff(f_S, u, 2).subs(u, 1), printed_S),
        Equal(sp.diff(f_NS, u, 2).subs(u, 1), printed_NS),
    ]
