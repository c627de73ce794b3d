"""Welfert et al. (ISIT 2023): statements that are wrong or ambiguous as printed, and the LSGAN codings."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Plan, SameDivergence, by_algebra
from gantheory.claims.papers.welfert_2023_divergences import PAPER
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.regions.alphas import published
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives import v
from gantheory.objectives.families.alpha import alpha_loss
from gantheory.objectives.objective import sigmoid

alpha_D, alpha_G = sp.symbols("alpha_D alpha_G", positive=True)
a, b, c = sp.symbols("a b c", real=True)
_HALF = sp.Rational(1, 2)
_DELTA = (u - 1) ** 2 / (u + 1)
"""Generates Delta = int (p - q)^2/(p + q)."""


@PAPER.claim(
    "er-36-sup",
    "erratum",
    where="eq. (36)",
    statement="LSGAN's discriminator attains sup_w of its squared loss E_r[(D - b)^2] + E_g[(D - a)^2]",
    latex=r"\sup_\omega \mathbb{E}_r[(D_\omega - b)^2] + \mathbb{E}_g[(D_\omega - a)^2]",
    expected="fails",
    correction="inf: the supremum of a square is infinite, the infimum is attained at (b p_r + a p_g)/(p_r + p_g).",
)
def supremum_of_a_square() -> Plan:
    """The printed supremum is of what lsgan's discriminator minimizes, twice -A and -B."""
    game = gt.objectives.lsgan(0, 1, 1, real_term=True)
    printed = replace(game, name="eq. (36)", A=-2 * game.A, B=-2 * game.B)
    try:
        score = str(gt.derive(printed).score)
    except NoPointwiseTheoryError as error:
        return by_algebra(False, "no optimal score", "a maximizer", counterexample=str(error))
    return by_algebra(True, score, "a maximizer")


@PAPER.claim(
    "er-36-abc",
    "erratum",
    where="App. E-A",
    statement="(a, b, c) = (1, 0, 1) is the 0-1 coding of Mao et al.: without real term it induces the same divergence as "
    "(0, 1, 1)",
    latex=r"(a, b, c) = (1, 0, 1)",
    expected="fails",
    correction="Mao's 0-1 coding is (a, b, c) = (0, 1, 1); (1, 0, 1) and the README's (0, 1, 0) push the generator to "
    "the fake label.",
)
def printed_coding() -> Plan:
    lsgan = gt.objectives.lsgan
    return SameDivergence(gt.derive(lsgan(1, 0, 1)).f, gt.derive(lsgan(0, 1, 1)).f)


@PAPER.claim(
    "ls-101",
    "equality",
    where="App. E-A, (a, b, c) = (1, 0, 1)",
    statement="without real term (1, 0, 1) and the README's (0, 1, 0) induce the same f = (u/(1+u))^2/2 - 1/8",
    latex=r"f = \tfrac12\left(\tfrac{u}{1+u}\right)^2 - \tfrac18",
)
def same_wrong_coding() -> Plan:
    lsgan = gt.objectives.lsgan
    claimed = (u / (1 + u)) ** 2 / 2 - sp.Rational(1, 8)
    return [
        SameDivergence(gt.derive(lsgan(1, 0, 1)).f, claimed),
        SameDivergence(gt.derive(lsgan(0, 1, 0)).f, claimed),
    ]


@PAPER.claim(
    "ls-010",
    "erratum",
    where="repository README, a = 0, b = 1, c = 0",
    statement="LSGAN (0, 1, 0) without real term is minimized at P_g = P_r",
    latex=r"P_g = P_r \in \arg\min V_G",
    expected="fails",
    correction="f''(1) = -1/16 with Mao's halves: P_g = P_r is a local maximum, and disjoint supports attain the infimum.",
)
def readme_coding() -> Plan:
    theory = gt.derive(gt.objectives.lsgan(0, 1, 0))
    minimum = theory.unique_minimum()
    curvature = theory.curvature_at_one()
    return Decided(
        minimum.holds,
        "symbolic" if minimum.exported else "computer algebra",
        f"f''(1) = {curvature}",
        "a minimum at u = 1",
        minimum.reason,
        f"f''(1) = {curvature}; {minimum.reason}",
    )


@PAPER.claim(
    "ls-010-num",
    "inequality",
    where="repository README, a = 0, b = 1, c = 0",
    statement="(0, 1, 0): at P = (1/2, 1/2) the generator's objective is lower at Q = (3/5, 2/5) than at Q = P",
    latex=r"V_G(P, Q) < V_G(P, P)",
)
def lower_elsewhere() -> Plan:
    theory = gt.derive(gt.objectives.lsgan(0, 1, 0))
    half, fifth = sp.Rational(1, 2), sp.Rational(1, 5)
    P, Q = (half, half), (3 * fifth, 2 * fifth)
    value = sum(q * theory.f.subs(u, p / q) for p, q in zip(P, Q, strict=True))
    text = f"V_G(P, Q) - V_G(P, P) = {sp.nsimplify(value)}"
    return by_algebra(bool(value < 0), text, "< 0", "exact rationals")


@PAPER.claim(
    "ls-101-r",
    "equality",
    where="eq. (36) with the real term",
    statement="(1, 0, 1) with real term and D* substituted: V_G = Delta/8 + 1/4, minimized at P_g = P_r although the step "
    "with D held fixed repels",
    latex=r"V_G = \tfrac18 \Delta + \tfrac14",
)
def with_real_term() -> Plan:
    theory = gt.derive(gt.objectives.lsgan(1, 0, 1, real_term=True))
    return [
        SameDivergence(theory.f, _DELTA / 8),
        Equal(theory.equilibrium.offset, sp.Rational(1, 4)),
        by_algebra(not theory.convexity("flow").holds, "h is not convex", "h repels"),
    ]


@PAPER.claim(
    "er-36-pearson",
    "erratum",
    where="App. E-A",
    statement="the 0-1 coding (0, 1, 1) reduces eq. (36) to int (2 p_g - (p_r + p_g))^2/(p_r + p_g)",
    latex=r"2C = \int \frac{(2p_g - (p_r+p_g))^2}{p_r+p_g}",
    expected="fails",
    correction="That needs b - c = 1, b - a = 2; the 0-1 coding gives Delta/4 + 1/2: the same up to scale and offset.",
)
def pearson_parameters() -> Plan:
    theory = gt.derive(gt.objectives.lsgan(0, 1, 1, real_term=True))
    return [SameDivergence(2 * theory.f, _DELTA), Equal(2 * theory.equilibrium.offset, 0)]


@PAPER.claim(
    "er-28",
    "erratum",
    where="eq. (28)",
    statement="f_S''(1) > 0 iff alpha_G > alpha_G/2",
    latex=r"f''(1) > 0 \iff \alpha_G > \alpha_G/2",
    parameters=(alpha_D, alpha_G),
    assumptions=(sp.Ne(alpha_G, 1), sp.Ne(alpha_D, 1)),
    pointwise=True,
    points=24,
    expected="fails",
    correction="alpha_G > alpha_D/2, as er-28-corrected proves.",
)
def printed_condition(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    return _sign_at_one(alpha_D, alpha_G, alpha_G > alpha_G / 2)


@PAPER.claim(
    "er-28-corrected",
    "equality",
    where="eq. (28), corrected",
    statement="f_S''(1) = alpha_D (2 alpha_G - alpha_D) 2^(1/alpha_G - 2)/alpha_G, positive iff alpha_G > alpha_D/2",
    latex=r"f''(1) = \frac{\alpha_D(2\alpha_G - \alpha_D)}{\alpha_G}\, 2^{1/\alpha_G - 2}",
    parameters=(alpha_D, alpha_G),
    assumptions=(sp.Ne(alpha_G, 1),),
)
def corrected_condition(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    at_one = sp.diff(alpha_game(alpha_D, alpha_G).f, u, 2).subs(u, 1)
    return Equal(at_one, alpha_D * (2 * alpha_G - alpha_D) * 2 ** (1 / alpha_G - 2) / alpha_G)


def _sign_at_one(alpha_D: sp.Expr, alpha_G: sp.Expr, condition: bool) -> Decided:
    curvature = gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G)).curvature_at_one()
    positive = bool(curvature > 0)
    return by_algebra(
        positive == bool(condition),
        f"f''(1) = {curvature}",
        "> 0" if condition else "<= 0",
        counterexample=f"f''(1) = {curvature}, the condition is {condition}",
    )


@PAPER.claim(
    "er-appA-D",
    "erratum",
    where="App. A, second display",
    statement="1 - D* = p_r^alpha_D/(p_r^alpha_D + p_g^alpha_D)",
    latex=r"1 - D^* = \frac{p_r^{\alpha_D}}{p_r^{\alpha_D} + p_g^{\alpha_D}}",
    parameters=(alpha_D, alpha_G),
    assumptions=(sp.Ne(alpha_G, 1), sp.Ne(alpha_D, 1)),
    expected="fails",
    correction="The numerator is p_g^alpha_D; the last line of the display is right.",
)
def numerator(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    return Equal(1 - alpha_game(alpha_D, alpha_G).discriminator, u**alpha_D / (u**alpha_D + 1))


@PAPER.claim(
    "er-appB-eq",
    "erratum",
    where="App. B",
    statement="(alpha_D + alpha_G - alpha_D alpha_G)/(alpha_G (1 + alpha_D)) > -u^alpha_D for all u > 0 iff the left side is > 0",
    latex=r"\frac{\alpha_D + \alpha_G - \alpha_D\alpha_G}{\alpha_G(1+\alpha_D)} > -u^{\alpha_D}\ \forall u > 0 "
    r"\iff \alpha_D + \alpha_G > \alpha_D\alpha_G",
    parameters=(alpha_D,),
    assumptions=(alpha_D > 1,),
    pointwise=True,
    points=4,
    expected="fails",
    correction="iff the left side is >= 0: the boundary alpha_D + alpha_G = alpha_D alpha_G belongs to the convex region.",
)
def strict_on_the_boundary(alpha_D: sp.Expr) -> Plan:
    """On the boundary the left side is 0, so the printed equivalence says that f_NS is not strictly convex."""
    boundary = alpha_D / (alpha_D - 1)
    verdict = gt.derive(gt.objectives.alpha_gan(alpha_D, boundary, saturating=False)).convexity()
    refuted = bool(verdict.holds and verdict.strict)
    text = f"f_NS at ({alpha_D}, {boundary}): {verdict.reason}"
    return by_algebra(not refuted, text, "not strictly convex")


@PAPER.claim(
    "er-sigma0",
    "erratum",
    where="App. D, Claim 1",
    statement="sigma(0) = 0 for the sigmoid",
    latex=r"\sigma(0) = 0",
    expected="fails",
    correction="sigma(0) = 1/2.",
    about="mathematics",
)
def sigmoid_at_zero() -> Plan:
    return Equal(sigmoid.subs(v, 0), 0)


@PAPER.claim(
    "er-domain",
    "erratum",
    where="abstract and README",
    statement="(alpha_D, alpha_G) ranges over [0, inf)^2: alpha-loss has a finite limit as alpha -> 0",
    latex=r"(\alpha_D, \alpha_G) \in [0, \infty)^2",
    expected="fails",
    correction="(0, inf]^2, as the text and the later arXiv abstract have it: l_alpha(1, D) diverges as alpha -> 0.",
)
def alpha_zero() -> Plan:
    n = sp.Symbol("n", positive=True)
    found = sp.limit(sp.simplify(alpha_loss(_HALF, 1 / n)), n, sp.oo)
    text = f"l_alpha(1, 1/2) -> {found} as alpha -> 0"
    return by_algebra(bool(found.is_finite), text, "a finite limit")


@PAPER.claim(
    "er-ns2",
    "erratum",
    where="after Theorem 2; Section III-B, Tables VI and VII",
    statement="the experiments at (2, 2) lie in Theorem 2's region alpha_D + alpha_G > alpha_D alpha_G",
    latex=r"2 + 2 > 2 \cdot 2",
    expected="fails",
    correction="They lie on its boundary, which the theorem excludes; f is strictly convex there nevertheless (RNS-boundary).",
)
def experiments_on_the_boundary() -> Plan:
    inside = published(2, 2, saturating=False)
    text = f"(2, 2) in the region as printed: {inside}; on its boundary 2 + 2 = 2 * 2"
    return by_algebra(inside, text, "in the region")


@PAPER.claim(
    "er-masc",
    "erratum",
    where="repository justin-veiner/MASc, alphagan.py",
    statement="the code's alpha_G = 1, the non-saturating loss, is the limit alpha_G -> 1 of its saturating loss",
    latex=r"\lim_{\alpha_G \to 1} D_{f_S} = D_{f_{NS}}|_{\alpha_G = 1}",
    expected="fails",
    correction="The limit is the saturating loss at alpha_G = 1: the code's family jumps there.",
)
def not_a_continuous_family() -> Plan:
    # The saturating f is continuous at alpha_G = 1 (sc-js, fS-form); what the code has there is this one:
    alpha_gan = gt.objectives.alpha_gan
    return SameDivergence(gt.derive(alpha_gan(1, 1)).f, gt.derive(alpha_gan(1, 1, saturating=False)).f)
