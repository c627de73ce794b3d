"""Welfert et al. (2024): CPE losses and f-GANs, and the gradients of the two generators."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.papers.welfert_2023_divergences import simple_exponents
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.saturation import D

PAPER = Paper(
    key="welfert-2024",
    cite="Welfert et al., Addressing GAN training instabilities via tunable classification losses, "
    "IEEE Journal on Selected Areas in Information Theory 2024",
    arxiv="2310.18291",
)

a = sp.Symbol("alpha", positive=True)
a_D, a_G = sp.symbols("alpha_D alpha_G", positive=True)
w, k = sp.symbols("w k", positive=True)
BOTH = (a_D, a_G)


def factor(alpha_D: sp.Expr, alpha_G: sp.Expr, saturating: bool) -> sp.Expr:
    """|s| as derived, in D."""
    return gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G, saturating)).saturation


@PAPER.claim(
    "cpe-fgan",
    "equality",
    where="theorem on CPE losses and f-GANs (number not checked)",
    statement="alpha-loss: f(u) = sup_t (-u l(1, t) - l(0, t)) gives the divergence of (alpha, alpha), "
    "alpha/(alpha - 1) ((1 + u^alpha)^(1/alpha) - 2^(1/alpha)) up to k (u - 1)",
    latex=r"\sup_{t \in [0, 1]}\left[-u\,\ell_\alpha(1, t) - \ell_\alpha(0, t)\right] = "
    r"\frac{\alpha}{\alpha - 1}\left((1 + u^\alpha)^{1/\alpha} - (1 + u)\right)",
    parameters=(a,),
    assumptions=(sp.Ne(a, 1),),
)
def correspondence(alpha: sp.Expr) -> Plan:
    """That v* = alpha log u is the maximizer is the claim opt-alpha; its value is put in here, and compared
    with the supremum and the equilibrium f that are derived at alpha = 3."""
    game = alpha_game(alpha, alpha)
    supremum = u * game.at_optimum(game.A) + game.at_optimum(game.B)
    theory = gt.derive(gt.objectives.alpha_gan(3))

    def claimed(alpha: sp.Expr) -> sp.Expr:
        return alpha / (alpha - 1) * ((1 + u**alpha) ** (1 / alpha) - (1 + u))

    at_three = claimed(sp.Integer(3))
    return [
        Equal(supremum, claimed(alpha)),
        SameDivergence(theory.f_D, at_three - at_three.subs(u, 1)),
        SameDivergence(theory.f, at_three - at_three.subs(u, 1)),
    ]


@PAPER.claim(
    "sat-S",
    "equality",
    where="gradient theorem, saturating (number not checked)",
    statement="d/dx of -l_alpha_G(0, D*(x)) is alpha_D D* (1 - D*)^(1 - 1/alpha_G) "
    "(grad log p_g - grad log p_r), for every pair",
    latex=r"-\nabla_x \ell_{\alpha_G}(0, D^*(x)) = \alpha_D D^*(1 - D^*)^{1 - 1/\alpha_G}"
    r"\left(\nabla\log p_g - \nabla\log p_r\right)",
    parameters=BOTH,
)
def saturating(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """The core's s multiplies grad log p_r - grad log p_g = grad log u."""
    d = u**alpha_D / (1 + u**alpha_D)
    plan = [
        Equal(alpha_game(alpha_D, x).saturation, -alpha_D * d * (1 - d) ** exponent)
        for x, exponent in ((alpha_G, 1 - 1 / alpha_G), (sp.S.One, 0), (sp.oo, 1))
    ]
    derived = factor(sp.Integer(2), sp.Integer(3), saturating=True)
    return [*plan, Equal(derived, 2 * D * (1 - D) ** sp.Rational(2, 3), (D < 1,))]


@PAPER.claim(
    "sat-NS",
    "equality",
    where="gradient theorem, non-saturating (number not checked)",
    statement="d/dx of l_alpha_G(1, D*(x)) is alpha_D (1 - D*) D*^(1 - 1/alpha_G) "
    "(grad log p_g - grad log p_r), for every pair",
    latex=r"\nabla_x \ell_{\alpha_G}(1, D^*(x)) = \alpha_D (1 - D^*) {D^*}^{1 - 1/\alpha_G}"
    r"\left(\nabla\log p_g - \nabla\log p_r\right)",
    parameters=BOTH,
)
def non_saturating(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    d = u**alpha_D / (1 + u**alpha_D)
    plan = [
        Equal(alpha_game(alpha_D, x, saturating=False).saturation, -alpha_D * (1 - d) * d**exponent)
        for x, exponent in ((alpha_G, 1 - 1 / alpha_G), (sp.S.One, 0), (sp.oo, 1))
    ]
    derived = factor(sp.Integer(2), sp.Integer(3), saturating=False)
    return [*plan, Equal(derived, 2 * (1 - D) * D ** sp.Rational(2, 3), (D < 1,))]


def in_odds(alpha_D: sp.Expr, alpha_G: sp.Expr, saturating: bool) -> sp.Expr:
    """|s| as a function of the odds w = D*/(1 - D*) = u^alpha_D."""
    return -alpha_game(alpha_D, alpha_G, saturating).saturation.subs(u, w ** (1 / alpha_D))


def by_order(
    alpha_D: sp.Expr, saturating: bool, end: sp.Expr, claimed: tuple[sp.Expr, sp.Expr, sp.Expr]
) -> list[Equal | Decided]:
    """Limits of |s| at an end of the odds for every alpha_G > 1, for alpha_G = 1 and for every
    alpha_G < 1."""
    above, below = 1 / (1 - k), 1 / (1 + k)  # 1 - 1/alpha_G is k, and -k
    plans: list[Equal | Decided] = []
    for alpha_G, value in zip((above, sp.S.One, below), claimed, strict=True):
        size = sp.powsimp(sp.simplify(simple_exponents(in_odds(alpha_D, alpha_G, saturating))))
        found = sp.limit(size, w, end, "+")
        if value.is_infinite:
            plans.append(by_algebra(found == value, f"lim {size} = {found}", value))
        else:
            plans.append(Equal(found, value))
    return plans


@PAPER.claim(
    "sat-D0",
    "limit",
    source="derived from the gradient theorem of Welfert et al. 2024",
    statement="D* -> 0: the saturating factor vanishes for every pair; the non-saturating one tends to 0 if "
    "alpha_G > 1, to alpha_D if alpha_G = 1 and to inf if alpha_G < 1",
    latex=r"D^* \to 0:\quad |s_S| \to 0,\qquad |s_{NS}| \to \begin{cases}0 & \alpha_G > 1 \\ \alpha_D & \alpha_G = 1 "
    r"\\ \infty & \alpha_G < 1\end{cases}",
    parameters=(a_D,),
)
def where_fake(alpha_D: sp.Expr) -> Plan:
    return [
        *by_order(alpha_D, True, sp.S.Zero, (sp.S.Zero, sp.S.Zero, sp.S.Zero)),
        *by_order(alpha_D, False, sp.S.Zero, (sp.S.Zero, alpha_D, sp.oo)),
    ]


@PAPER.claim(
    "sat-D1",
    "limit",
    source="derived from the gradient theorem of Welfert et al. 2024",
    statement="D* -> 1: the non-saturating factor vanishes for every pair; the saturating one tends to 0 if "
    "alpha_G > 1, to alpha_D if alpha_G = 1 and to inf (explodes) if alpha_G < 1",
    latex=r"D^* \to 1:\quad |s_{NS}| \to 0,\qquad |s_S| \to \begin{cases}0 & \alpha_G > 1 \\ \alpha_D & \alpha_G = 1 "
    r"\\ \infty & \alpha_G < 1\end{cases}",
    parameters=(a_D,),
)
def where_real(alpha_D: sp.Expr) -> Plan:
    return [
        *by_order(alpha_D, True, sp.oo, (sp.S.Zero, alpha_D, sp.oo)),
        *by_order(alpha_D, False, sp.oo, (sp.S.Zero, sp.S.Zero, sp.S.Zero)),
    ]


@PAPER.claim(
    "sat-max",
    "equality",
    source="derived from the gradient theorem of Welfert et al. 2024",
    statement="alpha_G > 1: the saturating factor is largest at D* = alpha_G/(2 alpha_G - 1), the non-saturating one "
    "at D* = (alpha_G - 1)/(2 alpha_G - 1)",
    latex=r"\alpha_G > 1:\quad \arg\max_D |s_S| = \frac{\alpha_G}{2\alpha_G - 1},\qquad "
    r"\arg\max_D |s_{NS}| = \frac{\alpha_G - 1}{2\alpha_G - 1}",
    parameters=BOTH,
    assumptions=(a_G > 1,),
)
def largest(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """The slope of log |s| against log u is a positive number times (D_max - D*), so |s| rises up to D_max
    and falls beyond."""
    plans = []
    for saturating, at in ((True, alpha_G), (False, alpha_G - 1)):
        game = alpha_game(alpha_D, alpha_G, saturating)
        slope = u * sp.diff(game.saturation, u) / game.saturation
        d = u**alpha_D / (1 + u**alpha_D)
        plans.append(Equal(slope, alpha_D * (2 * alpha_G - 1) / alpha_G * (at / (2 * alpha_G - 1) - d)))
    return plans
