"""Mao et al. (2017) as trained: without the real term, and with the discriminator held fixed in the step."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Limit, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.known import known
from gantheory.claims.comparisons.verdicts import proved
from gantheory.claims.papers.mao_2017 import PAPER, a, b, c, derived
from gantheory.claims.symbolic_game import least_squares_game
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import v


@PAPER.claim(
    "ls-convex-nor",
    "equality",
    where="derived from eq. (2)",
    statement="without the real term, f'' = 2 (a - b) [2 (b - c)(1 + u) + 3 (a - b)]/(1 + u)^4 for 2 C(G)",
    latex=r"f''(u) = \frac{2(a-b)\,[\,2(b-c)(1+u) + 3(a-b)\,]}{(1+u)^4}",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def curvature_without_real_term(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    game = least_squares_game(a, b, c, False)
    return Equal(
        2 * sp.diff(game.f, u, 2), 2 * (a - b) * (2 * (b - c) * (1 + u) + 3 * (a - b)) / (1 + u) ** 4
    )


@PAPER.claim(
    "ls-011",
    "equality",
    where="eq. (10), 0-1 labels, as trained",
    statement="(0, 1, 1) without the real term: f = 1/(1 + u)^2 - 1/4 for 2 C(G), f'' = 6/(1 + u)^4: strictly "
    "convex, an f-divergence",
    latex=r"(0,1,1):\quad f(u) = \frac{1}{(1+u)^2} - \frac14,\quad f'' = \frac{6}{(1+u)^4} > 0",
)
def zero_one() -> Plan:
    theory = derived(0, 1, 1)
    return [
        SameDivergence(2 * known(theory.f), 1 / (1 + u) ** 2 - sp.Rational(1, 4)),
        Equal(2 * sp.diff(theory.f, u, 2), 6 / (1 + u) ** 4),
        Equal(2 * known(theory.equilibrium.offset), sp.Rational(1, 4)),
        proved(theory.convexity(), "strictly convex", strict=True),
    ]


@PAPER.claim(
    "ls-m110",
    "equality",
    where="eq. (9), Pearson labels, as trained",
    statement="(-1, 1, 0) without the real term: f = ((u - 1)/(u + 1))^2 for 2 C(G), f'' = 8 (2 - u)/(1 + u)^4, "
    "so not convex for u > 2, yet D_f >= 0 with equality only at P_g = P_r",
    latex=r"(-1,1,0):\quad f(u) = \Big(\frac{u-1}{u+1}\Big)^2,\quad f'' = \frac{8(2-u)}{(1+u)^4}",
)
def pearson_labels() -> Plan:
    theory = derived(-1, 1, 0)
    return [
        SameDivergence(2 * known(theory.f), ((u - 1) / (u + 1)) ** 2),
        Equal(2 * sp.diff(theory.f, u, 2), 8 * (2 - u) / (1 + u) ** 4),
        proved(theory.convexity(), "not convex", holds=False),
        proved(theory.unique_minimum(), "D_f = 0 only at P_g = P_r"),
    ]


@PAPER.claim(
    "ls-frozen",
    "equality",
    where="derived: the training step of eq. (2)",
    statement="with D* held fixed in the step on E_g (D - c)^2, h'' = 2 (c - D*)(b - a)/(u (1 + u)^2)",
    latex=r"h''(u) = \frac{2(c - D^*)(b-a)}{u(1+u)^2}",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def frozen(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    game = least_squares_game(a, b, c, False)
    D = (b * u + a) / (u + 1)
    return Equal(2 * game.flow_curvature, 2 * (c - D) * (b - a) / (u * (1 + u) ** 2))


@PAPER.claim(
    "ls-frozen-attractive",
    "iff",
    where="derived: the training step of eq. (2)",
    statement="that step attracts to P_r at every u (h'' > 0) if and only if (b - a)(c - b) >= 0: the target c "
    "is the real label b or beyond it; at (-1, 1, 0) h'' changes sign at u = 1",
    latex=r"h'' > 0 \text{ on } (0,\infty) \iff (b-a)(c-b) \ge 0",
)
def frozen_attracts() -> Plan:
    """u (1 + u)^3 h'' = k1 u + k0 for E_g (D - c)^2/2: positive for all u > 0 iff k1 >= 0 and k0 >= 0, not
    both 0. As k1 = (b - a)(c - b) and k0 = k1 + (b - a)^2, that is k1 >= 0."""
    game = least_squares_game(a, b, c, False)
    line = sp.Poly(sp.cancel(game.flow_curvature * u * (1 + u) ** 3), u)
    k1, k0 = line.coeff_monomial(u), line.coeff_monomial(1)
    linear = line.degree() == 1
    text = f"u (1 + u)^3 h'' = {sp.factor(k1)} u + {sp.factor(k0)}"
    plan: list[Decided | Equal] = [
        by_algebra(linear, text, "linear in u", text),
        Equal(k1, (b - a) * (c - b)),
        Equal(k0 - k1, (b - a) ** 2),
    ]
    at = {a: -1, b: 1, c: 0}
    return [
        *plan,
        Equal(line.as_expr().subs(at), 2 * (1 - u)),
        proved(derived(0, 1, 1).convexity("flow"), "h'' > 0 for (0, 1, 1)", strict=True),
    ]


@PAPER.claim(
    "sat-ls",
    "equality",
    where="derived: the gradient of eq. (2)",
    statement="the generator's gradient of E_g (D - c)^2/2 carries the factor (c - D)(D - a)(b - D)/(b - a) "
    "times grad log p_g - grad log p_r; for (0, 1, 1) it is D (1 - D)^2, which vanishes as D -> 0",
    latex=r"\nabla_x \tfrac12(D^*-c)^2 = \frac{(c-D)(D-a)(b-D)}{b-a}\,(\nabla\log p_g - \nabla\log p_r)",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def saturation(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    """`saturation` multiplies grad log p_r - grad log p_g."""
    game = least_squares_game(a, b, c, False)
    D = (b * u + a) / (u + 1)
    trained = derived(0, 1, 1)
    return [
        Equal(-game.saturation, (c - D) * (D - a) * (b - D) / (b - a)),
        Equal(trained.saturation, v * (1 - v) ** 2),
        Equal(trained.landscape.at_fake, 0),
    ]


@PAPER.claim(
    "ls-flat",
    "limit",
    where="Section 3.2, figure of the two losses (number not checked)",
    statement="as a function of the score the least squares loss of the generator is flat at one point only, v = c, "
    "while the sigmoid cross entropy saturates: its slope -sigmoid(-v) vanishes as v -> infinity",
    latex=r"\frac{d}{dv}\tfrac12(v-c)^2 = 0 \iff v = c,\qquad \frac{d}{dv}\big(-\log\sigma(v)\big) \to 0 "
    r"\quad (v \to \infty)",
    parameters=(c,),
)
def flat(c: sp.Expr) -> Plan:
    game = least_squares_game(0, 1, c, False)
    roots = sp.solve(sp.diff(game.S, v), v)
    text = f"d/dv S = 0 at v in {roots}"
    cross_entropy = sp.diff(gt.objectives.vanilla(saturating=False).S, v)
    return [
        by_algebra(len(roots) == 1, text, "one point", text),
        Equal(roots[0], c),
        Limit(cross_entropy, v, sp.oo, 0),
        Equal(cross_entropy, -1 / (1 + sp.exp(v))),
    ]
