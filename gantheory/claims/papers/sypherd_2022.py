"""Sypherd et al. (2022): alpha-loss."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, by_algebra
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.families.alpha import alpha_loss
from gantheory.objectives.families.cpe import D
from gantheory.objectives.objective import cosigmoid, sigmoid, v

PAPER = Paper(
    key="sypherd-2022",
    cite="Sypherd et al., A tunable loss function for robust classification: calibration, landscape, and "
    "generalization, IEEE Transactions on Information Theory 2022",
    arxiv="1906.02314",
)

a = sp.Symbol("alpha", positive=True)


@PAPER.claim(
    "al-limit-1",
    "limit",
    where="definition of alpha-loss; also Welfert et al., ISIT 2023, eq. (2)",
    statement="l_alpha(1, D) = alpha/(alpha - 1) (1 - D^((alpha - 1)/alpha)) tends to -log D as alpha -> 1",
    latex=r"\lim_{\alpha \to 1}\frac{\alpha}{\alpha - 1}\left(1 - D^{(\alpha - 1)/\alpha}\right) = -\log D",
    parameters=(D,),
)
def limit_at_one(D: sp.Expr) -> Plan:
    return [
        Equal(alpha_loss(D, a), a / (a - 1) * (1 - D ** ((a - 1) / a)), (sp.Ne(a, 1),)),
        Equal(sp.limit(alpha_loss(D, a), a, 1), -sp.log(D)),
        Equal(alpha_loss(D, sp.S.One), -sp.log(D)),
    ]


@PAPER.claim(
    "al-half",
    "equality",
    where="exponential loss as alpha = 1/2 (number not checked)",
    statement="l_{1/2}(1, D) = 1/D - 1, and as a margin loss exp(-v)",
    latex=r"\ell_{1/2}(1, D) = \frac1D - 1,\qquad \ell_{1/2}(1, \sigma(v)) = e^{-v}",
)
def half() -> Plan:
    return [Equal(alpha_loss(D, sp.S.Half), 1 / D - 1), Equal(alpha_loss(sigmoid, sp.S.Half), sp.exp(-v))]


@PAPER.claim(
    "al-inf",
    "limit",
    source="Welfert et al., ISIT 2023, eqs. (2) and (35)",
    statement="l_inf(1, D) = 1 - D, the limit as alpha -> inf, so that V_inf = E_r D - E_g D - 1 and "
    "sup_D V_inf + 1 = TV(P_r, P_g)",
    latex=r"\ell_\infty(1, D) = 1 - D,\qquad V_\infty = E_r D - E_g D - 1,\qquad \sup_D V_\infty + 1 = "
    r"\mathrm{TV}(P_r, P_g)",
)
def infinite() -> Plan:
    objective = gt.objectives.alpha_gan(sp.oo)
    supremum = gt.derive(objective).supremum
    return [
        Equal(alpha_loss(D, sp.oo), 1 - D),
        Equal(sp.limit(alpha_loss(D, a), a, sp.oo), 1 - D),
        Equal(objective.A, sigmoid - 1),
        Equal(objective.B, -sigmoid),
        Equal(supremum.expr, sp.Abs(u - 1) / 2),
        Equal(supremum.offset, -1),
    ]


@PAPER.claim(
    "al-grad",
    "equality",
    source="derived from Welfert et al., ISIT 2023, eq. (2)",
    statement="d l_alpha(1, D)/dD = -D^(-1/alpha) for every alpha in (0, inf]",
    latex=r"\frac{\partial}{\partial D}\ell_\alpha(1, D) = -D^{-1/\alpha}",
    parameters=(a,),
)
def slope(alpha: sp.Expr) -> Plan:
    return [
        Equal(sp.diff(alpha_loss(D, alpha), D), -(D ** (-1 / alpha))),
        Equal(sp.diff(alpha_loss(D, sp.S.One), D), -1 / D),
        Equal(sp.diff(alpha_loss(D, sp.oo), D), -1),
    ]


@PAPER.claim(
    "al-convexD",
    "inequality",
    source="derived from Welfert et al., ISIT 2023, eq. (2)",
    statement="l_alpha(1, D) is strictly convex in D for every finite alpha: its second derivative is "
    "D^(-1/alpha - 1)/alpha > 0",
    latex=r"\frac{\partial^2}{\partial D^2}\ell_\alpha(1, D) = \frac{D^{-1/\alpha - 1}}{\alpha} > 0",
    parameters=(a,),
)
def convex_in_probability(alpha: sp.Expr) -> Plan:
    claimed = D ** (-1 / alpha - 1) / alpha
    return [
        Equal(sp.diff(alpha_loss(D, alpha), D, 2), claimed),
        by_algebra(claimed.is_positive, claimed, "> 0"),
    ]


@PAPER.claim(
    "al-logit-grad",
    "equality",
    source="derived; used for Welfert et al., ISIT 2023, eq. (21)",
    statement="d l_alpha(1, sigmoid(v))/dv = -sigmoid(v)^(1 - 1/alpha) sigmoid(-v) for every alpha in (0, inf]",
    latex=r"\frac{d}{dv}\ell_\alpha(1, \sigma(v)) = -\sigma(v)^{1 - 1/\alpha}\sigma(-v)",
    parameters=(a,),
)
def slope_in_score(alpha: sp.Expr) -> Plan:
    return [
        Equal(sp.diff(alpha_loss(sigmoid, alpha), v), -(sigmoid ** (1 - 1 / alpha)) * cosigmoid),
        Equal(sp.diff(alpha_loss(sigmoid, sp.S.One), v), -cosigmoid),
        Equal(sp.diff(alpha_loss(sigmoid, sp.oo), v), -sigmoid * cosigmoid),
    ]


@PAPER.claim(
    "al-logit-convex",
    "iff",
    where="convexity of the margin loss (number not checked)",
    statement="v -> l_alpha(1, sigmoid(v)) is convex iff alpha <= 1",
    latex=r"v \mapsto \ell_\alpha(1, \sigma(v)) \text{ convex} \iff \alpha \le 1",
    parameters=(a,),
)
def convex_in_score(alpha: sp.Expr) -> Plan:
    """The second derivative is a positive factor times e^v - c with c = 1 - 1/alpha, whose infimum over v is
    -c: it is nonnegative for all v iff c <= 0."""
    positive = sigmoid ** (1 - 1 / alpha) * cosigmoid**2
    second = sp.diff(alpha_loss(sigmoid, alpha), v, 2)
    x = sp.Symbol("x", real=True)
    bracket = sp.exp(v) - (x - 1) / x
    lowest = sp.limit(bracket, v, -sp.oo)
    convex = sp.solve_univariate_inequality(
        lowest >= 0, x, relational=False, domain=sp.Interval.open(0, sp.oo)
    )
    return [
        Equal(second / positive, bracket.subs(x, alpha)),
        by_algebra(convex == sp.Interval.Lopen(0, 1), f"convex for alpha in {convex}", "(0, 1]"),
    ]


@PAPER.claim(
    "al-deriv-remark",
    "erratum",
    source="Welfert et al., ISIT 2023, Appendix E-C, last paragraph",
    statement="the derivative of alpha-loss approaches 1 as D -> 0 and alpha -> inf",
    latex=r"\left|\frac{\partial}{\partial D}\ell_\alpha(1, D)\right| \to 1 \text{ as } D \to 0,\ \alpha \to \infty",
    expected="undecided",
    correction="The derivative is -D^(-1/alpha): -1 if alpha -> inf first, -inf if D -> 0 first, -e along "
    "D = exp(-alpha); the order of the limits and the sign are missing.",
)
def derivative_remark() -> Plan:
    size = sp.powsimp(sp.expand(-sp.diff(alpha_loss(D, a), D)))
    orders = {
        "alpha -> inf, then D -> 0": sp.limit(sp.limit(size, a, sp.oo), D, 0, "+"),
        "D -> 0, then alpha -> inf": sp.limit(size.subs(a, 7), D, 0, "+"),
        "D = exp(-alpha)": sp.limit(sp.simplify(size.subs(D, sp.exp(-a))), a, sp.oo),
    }
    found = ", ".join(f"{order}: {value}" for order, value in orders.items())
    agree = len(set(orders.values())) == 1
    holds = (orders.popitem()[1] == 1) if agree else None
    return Decided(
        holds, "computer algebra" if agree else "none", found, 1, f"the limit depends on its order: {found}"
    )
