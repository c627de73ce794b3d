"""Welfert et al. (ISIT 2023): special cases and limits of the divergences of Theorems 1 and 2."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Plan, SameDivergence, by_algebra
from gantheory.claims.papers.welfert_2023_divergences import (
    BOTH,
    NOT_ONE,
    PAPER,
    a_D,
    a_G,
    exponent,
    simple_exponents,
)
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.theory import Theory

DERIVED = "derived from Welfert et al., ISIT 2023, "


def alpha_theory(alpha_D: sp.Expr | int, alpha_G: sp.Expr | int, saturating: bool = True) -> Theory:
    return gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G, saturating))


def disjoint(theory: Theory) -> sp.Expr:
    """D_f of two distributions with disjoint supports, f(0+) + f'(inf)."""
    at_zero, slope = theory.ends()
    assert at_zero is not None and slope is not None
    return at_zero + slope


@PAPER.claim(
    "sc-aGinf",
    "equality",
    source=DERIVED + "Theorem 1 at alpha_G = inf",
    statement="alpha_G = inf, saturating: f(u) = (u^(alpha_D + 1) + 1)/(u^alpha_D + 1) - 1",
    latex=r"f_{\alpha_D, \infty}(u) = \frac{u^{\alpha_D + 1} + 1}{u^{\alpha_D} + 1} - 1",
    parameters=(a_D,),
)
def saturating_at_infinity(alpha_D: sp.Expr) -> Plan:
    claimed = (u ** (alpha_D + 1) + 1) / (u**alpha_D + 1) - 1
    return SameDivergence(alpha_game(alpha_D, sp.oo).f, claimed)


@PAPER.claim(
    "sc-NSlim",
    "equality",
    source=DERIVED + "Theorem 2 at alpha_G = inf and 1",
    statement="non-saturating: f(u) = 1/2 - u^alpha_D/(1 + u^alpha_D) at alpha_G = inf and "
    "log(1 + u^(-alpha_D)) - log 2 at alpha_G = 1",
    latex=r"f_{\alpha_D, \infty}(u) = \tfrac12 - \frac{u^{\alpha_D}}{1 + u^{\alpha_D}},\qquad "
    r"f_{\alpha_D, 1}(u) = \log(1 + u^{-\alpha_D}) - \log 2",
    parameters=(a_D,),
)
def non_saturating_limits(alpha_D: sp.Expr) -> Plan:
    return [
        Equal(alpha_game(alpha_D, sp.oo, saturating=False).f, sp.S.Half - u**alpha_D / (1 + u**alpha_D)),
        Equal(alpha_game(alpha_D, sp.S.One, saturating=False).f, sp.log(1 + u**-alpha_D) - sp.log(2)),
    ]


@PAPER.claim(
    "sc-tri",
    "equality",
    source=DERIVED + "Theorems 1 and 2",
    statement="(1, inf): D_f = Delta/2 saturating and Delta/4 non-saturating, Delta = int (p_r - p_g)^2/(p_r + p_g)",
    latex=r"(1, \infty):\quad D_{f_S} = \tfrac12\Delta,\ D_{f_{NS}} = \tfrac14\Delta,\quad "
    r"\Delta = \int\frac{(p_r - p_g)^2}{p_r + p_g}",
)
def triangular() -> Plan:
    delta = (u - 1) ** 2 / (u + 1)
    return [
        SameDivergence(alpha_theory(1, sp.oo).f, delta / 2),
        SameDivergence(alpha_theory(1, sp.oo, saturating=False).f, delta / 4),
    ]


@PAPER.claim(
    "sc-tri-ns",
    "equality",
    source=DERIVED + "Theorems 1 and 2",
    statement="(1, inf): the non-saturating divergence is half the saturating one",
    latex=r"(1, \infty):\quad D_{f_{NS}} = \tfrac12 D_{f_S}",
)
def half_of_saturating() -> Plan:
    saturating = alpha_theory(1, sp.oo).f
    assert saturating is not None
    return SameDivergence(alpha_theory(1, sp.oo, saturating=False).f, saturating / 2)


@PAPER.claim(
    "sc-ns11",
    "equality",
    source=DERIVED + "Theorem 2; related to Arjovsky and Bottou, ICLR 2017",
    statement="(1, 1) non-saturating, with D* substituted: D_f = KL(P_g||P_r) - KL(P_g||M), M = (P_r + P_g)/2",
    latex=r"(1, 1)\text{ non-saturating}:\quad D_f = \mathrm{KL}(P_g\|P_r) - \mathrm{KL}(P_g\|M)",
)
def non_saturating_vanilla() -> Plan:
    reverse = -sp.log(u)
    to_mixture = sp.log(1 / ((1 + u) / 2))
    return SameDivergence(alpha_theory(1, 1, saturating=False).f, reverse - to_mixture)


@PAPER.claim(
    "disj-S",
    "equality",
    source=DERIVED + "Theorem 1",
    statement="disjoint supports, saturating, alpha_D (1 - 1/alpha_G) > -1: "
    "D_f = alpha_G/(alpha_G - 1) (2 - 2^(1/alpha_G)), whatever alpha_D is",
    latex=r"P_r \perp P_g \implies D_{f_S}(P_r\|P_g) = \frac{\alpha_G}{\alpha_G - 1}\left(2 - 2^{1/\alpha_G}\right)",
    parameters=BOTH,
    assumptions=(*NOT_ONE, a_D * (a_G - 1) > -a_G),
)
def disjoint_saturating(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    return [
        *ends_of_saturating(alpha_D, alpha_G, alpha_G / (alpha_G - 1) * (2 - 2 ** (1 / alpha_G))),
        Equal(disjoint(alpha_theory(sp.Rational(3, 10), sp.Rational(6, 5))), 12 - 6 * 2 ** sp.Rational(5, 6)),
    ]


def ends_of_saturating(alpha_D: sp.Expr, alpha_G: sp.Expr, claimed: sp.Expr) -> list[Equal]:
    """That f(0+) + f'(inf) is as claimed where alpha_D c > -1.

    V = u R + S is a continuous function of u, u^alpha_D and u^(alpha_D c + 1), all of which tend to 0 with
    u as the exponents are positive; V(u)/u at infinity is V at 0, since u V(1/u) = V(u).
    """
    game, c = alpha_game(alpha_D, alpha_G), exponent(alpha_G)
    one, two, three = sp.symbols("x_1 x_2 x_3", nonnegative=True)
    continuous = (three / (1 + two) ** c - one + 1 / (1 + two) ** c - 1) / c
    at_zero = continuous.subs({one: 0, two: 0, three: 0})
    return [
        Equal(2 * at_zero - game.offset, claimed),
        Equal(game.value, continuous.subs({one: u, two: u**alpha_D, three: u ** (alpha_D * c + 1)})),
        Equal(u * game.value.subs(u, 1 / u), game.value),
    ]


@PAPER.claim(
    "disj-S-values",
    "equality",
    source=DERIVED + "Theorem 1",
    statement="disjoint supports, saturating: D_f = 2 log 2 at alpha_G = 1, 2 at (1/2, 1/2), 1 at alpha_G = inf",
    latex=r"P_r \perp P_g \implies D_{f_S} = 2\log 2,\ 2,\ 1 \text{ at } \alpha_G = 1,\ \tfrac12,\ \infty",
)
def disjoint_values() -> Plan:
    half = sp.S.Half
    return [
        *(Equal(disjoint(alpha_theory(alpha_D, 1)), 2 * sp.log(2)) for alpha_D in (half, 1, 3)),
        Equal(disjoint(alpha_theory(half, half)), 2),
        *(Equal(disjoint(alpha_theory(alpha_D, sp.oo)), 1) for alpha_D in (half, 1, 3, sp.oo)),
    ]


@PAPER.claim(
    "disj-NS",
    "equality",
    source=DERIVED + "Theorem 2",
    statement="disjoint supports, non-saturating: D_f = 2^(-c)/c with c = 1 - 1/alpha_G if alpha_G > 1, and inf if "
    "alpha_G <= 1",
    latex=r"P_r \perp P_g \implies D_{f_{NS}} = \begin{cases} 2^{-c}/c & \alpha_G > 1 \\ "
    r"\infty & \alpha_G \le 1\end{cases},\quad c = 1 - \frac1{\alpha_G}",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def disjoint_non_saturating(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """V = S is between 0 and its value at u = 0, so V(u)/u tends to 0, and D_f = V(0) - offset. For
    alpha_G > 1, V is a continuous function of u^alpha_D and u^(alpha_D c), which tend to 0; for
    alpha_G <= 1 it grows without bound as u^-alpha_D does."""
    game, c = alpha_game(alpha_D, alpha_G, saturating=False), exponent(alpha_G)
    one, two = sp.symbols("x_1 x_2", nonnegative=True)
    continuous = (1 - two / (1 + one) ** c) / c
    at_zero = continuous.subs({one: 0, two: 0})
    infinite = [disjoint(alpha_theory(2, alpha, saturating=False)) for alpha in (sp.S.Half, sp.S.One)]
    return [
        Equal(at_zero - game.offset, 2**-c / c),
        Equal(game.value, continuous.subs({one: u**alpha_D, two: u ** (alpha_D * c)})),
        Equal(game.value, ((1 + u**-alpha_D) ** -c - 1) / -c),
        Equal(alpha_game(alpha_D, sp.S.One, saturating=False).value, sp.log(1 + u**-alpha_D)),
        Equal(disjoint(alpha_theory(2, 3, saturating=False)), 3 * sp.S.Half * sp.S.Half ** sp.Rational(2, 3)),
        by_algebra(infinite == [sp.oo, sp.oo], infinite, "inf at alpha_G = 1/2 and 1"),
    ]


@PAPER.claim(
    "disj-boundary",
    "equality",
    source=DERIVED + "Theorem 1",
    statement="at alpha_G = alpha_D/(alpha_D + 1), on disjoint supports, f(0+) + f'(inf) is 2 alpha_D below what "
    "V_G(D*) exceeds its value at P_g = P_r by: at (1/2, 1/3) 2 against 3",
    latex=r"\alpha_G = \frac{\alpha_D}{\alpha_D + 1},\ P_r \perp P_g:\quad V_G(D^*) - V_G|_{P_g = P_r} = "
    r"f(0^+) + f'(\infty) + 2\alpha_D",
    parameters=(a_D,),
)
def disjoint_at_boundary(alpha_D: sp.Expr) -> Plan:
    """D* is exactly 1 on real and 0 on fake data, so both losses vanish and V_G(D*) = 0; the expectation of
    f takes the limit of D*^c as D* -> 0 along with it. V(u)/u at infinity is V at 0 as u V(1/u) = V(u)."""
    game = alpha_game(alpha_D, alpha_D / (alpha_D + 1))
    value, offset = simple_exponents(game.value), simple_exponents(game.offset)
    z = sp.Symbol("z", nonnegative=True)
    continuous = -alpha_D * (2 * (1 + z) ** (1 / alpha_D) - 1 - u)
    at_zero = continuous.subs({z: 0, u: 0})
    ends = (at_zero - offset) + at_zero
    half = alpha_theory(sp.S.Half, sp.Rational(1, 3))
    assert half.equilibrium.offset is not None
    return [
        Equal(value, continuous.subs(z, u**alpha_D)),
        Equal(u * value.subs(u, 1 / u), value),
        Equal(-offset - ends, 2 * alpha_D),
        Equal(disjoint(half), 2),
        Equal(-half.equilibrium.offset, 3),
    ]


@PAPER.claim(
    "local-chi2",
    "limit",
    source="Shannon et al., Properties of f-divergences and f-GAN training, 2020 (arXiv:2009.00757)",
    statement="D_f(P + eps d||P) = f''(1)/2 eps^2 sum d^2/p + o(eps^2), with f_S''(1) = alpha_D (2 alpha_G - "
    "alpha_D)/alpha_G 2^(1/alpha_G - 2) and f_NS''(1) = alpha_D/alpha_G 2^(1/alpha_G - 3) (2 alpha_G + alpha_D)",
    latex=r"D_f(P + \varepsilon d\|P) = \frac{f''(1)}2\varepsilon^2\sum_i\frac{d_i^2}{p_i} + o(\varepsilon^2)",
    parameters=BOTH,
    assumptions=NOT_ONE,
)
def local(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """On two cells: P = (p, q)/(p + q), d = (1, -1)."""
    plans = []
    p, q = sp.symbols("p q", positive=True)
    eps = sp.Symbol("eps", real=True)
    masses = (p / (p + q), q / (p + q))
    curvatures = (
        alpha_D * (2 * alpha_G - alpha_D) / alpha_G * 2 ** (1 / alpha_G - 2),
        alpha_D / alpha_G * 2 ** (1 / alpha_G - 3) * (2 * alpha_G + alpha_D),
    )
    for saturating, curvature in zip((True, False), curvatures, strict=True):
        f = alpha_game(alpha_D, alpha_G, saturating).f
        divergence = sum(m * f.subs(u, 1 + d * eps / m) for m, d in zip(masses, (1, -1), strict=True))
        plans += [
            Equal(sp.diff(divergence, eps).subs(eps, 0), 0),
            Equal(sp.diff(divergence, eps, 2).subs(eps, 0) / 2, curvature / 2 * sum(1 / m for m in masses)),
        ]
    return plans
