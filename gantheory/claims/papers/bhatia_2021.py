"""Bhatia et al. (2021): least k-th order and Renyi GANs."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.symbolic_game import SymbolicGame, game_of
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import x, y

PAPER = Paper(
    key="bhatia-2021",
    cite="Bhatia et al., Least kth-order and Renyi generative adversarial networks, Neural Computation 2021",
    arxiv="2006.02479",
)

a = sp.Symbol("alpha", positive=True)
k = sp.Symbol("k", positive=True)

CODINGS = ((0, 1), (-1, 2))
"""Labels of fake and of real data."""


@PAPER.claim(
    "renyi",
    "equality",
    where="theorem on the Renyi GAN (number not checked)",
    statement="at D* the Renyi GAN's generator minimizes 2 JR_alpha(P_r, P_g) - log 4 with "
    "JR_alpha = (R_alpha(P_r||M) + R_alpha(P_g||M))/2, M = (P_r + P_g)/2",
    latex=r"V_G = 2\,\mathrm{JR}_\alpha(P_r, P_g) - \log 4,\qquad \mathrm{JR}_\alpha(P, Q) = "
    r"\tfrac12\left(R_\alpha(P\|M) + R_\alpha(Q\|M)\right)",
    parameters=(a,),
    assumptions=(sp.Ne(a, 1),),
)
def renyi(alpha: sp.Expr) -> Plan:
    """With X = sum p_r^alpha M^(1 - alpha), R_alpha(P_r||M) = log X/(alpha - 1), and Y for P_g likewise.
    Per unit of p_g, the summands of E_r R are 2^(1 - alpha) times those of X, and Phi does the rest."""
    X, Y = sp.symbols("X Y", positive=True)
    mixture = (u + 1) / 2
    plans = []
    for order in (alpha, sp.Integer(3), sp.S.Half):
        game, outer = renyi_game(order)
        scale = 2 ** (1 - order)
        plans += [
            Equal(u * game.at_optimum(game.R), scale * u**order * mixture ** (1 - order)),
            Equal(game.at_optimum(game.S), scale * mixture ** (1 - order)),
            Equal(outer.subs({x: scale * X, y: scale * Y}), sp.log(X * Y) / (order - 1) - sp.log(4)),
        ]
    return plans


def renyi_game(alpha: sp.Expr) -> tuple[SymbolicGame, sp.Expr]:
    """The game of the objective, with its outer function."""
    objective = gt.objectives.renyi(alpha)
    assert objective.outer is not None
    return game_of(objective, sp.log(u)), objective.outer


@PAPER.claim(
    "lk",
    "equality",
    where="theorem on the LkGAN (number not checked)",
    statement="with a + b = 2 c the LkGAN generator minimizes |(b - a)/2|^k times the Pearson-Vajda divergence "
    "int |p_r - p_g|^k/(p_r + p_g)^(k - 1)",
    latex=r"V_G = \left|\frac{b - a}{2}\right|^k \int\frac{|p_r - p_g|^k}{(p_r + p_g)^{k - 1}}"
    r" = \left|\frac{b - a}{2}\right|^k |\chi|^k(P_r + P_g\|2 P_g)",
    parameters=(k,),
    assumptions=(k >= 1,),
)
def pearson_vajda(k: sp.Expr) -> Plan:
    """For every k at two codings, and once more with k = 3 as `derive` finds it."""
    cubic = gt.derive(gt.objectives.lkgan(3, a=-1, b=2, c=sp.S.Half)).equilibrium
    return [
        *(
            SameDivergence(generator_value(k, fake, real), claimed_value(k, fake, real))
            for fake, real in CODINGS
        ),
        SameDivergence(cubic.expr, claimed_value(sp.Integer(3), -1, 2)),
        Equal(cubic.offset, 0),
    ]


def claimed_value(k: sp.Expr, fake: int, real: int) -> sp.Expr:
    return sp.Rational(real - fake, 2) ** k * sp.Abs(u - 1) ** k / (1 + u) ** (k - 1)


def generator_value(k: sp.Expr, fake: int, real: int) -> sp.Expr:
    """u R(v*) + S(v*) for any k, with the target midway between the labels."""
    objective = gt.objectives.lkgan(k, fake, real, sp.Rational(fake + real, 2))
    game = game_of(objective, (real * u + fake) / (u + 1))
    return sp.factor(game.value.replace(sp.Abs, _factored))


@PAPER.claim(
    "lk-conv",
    "inequality",
    where="convexity of the Pearson-Vajda generating function (number not checked)",
    statement="f(u) = |u - 1|^k/(1 + u)^(k - 1) is convex for every k >= 1: f(u) = u f(1/u), and for u > 1 "
    "f''(u) = 4 k (k - 1) (u - 1)^(k - 2)/(u + 1)^(k + 1)",
    latex=r"f''(u) = \frac{4k(k - 1)|u - 1|^{k - 2}}{(u + 1)^{k + 1}} \ge 0",
    parameters=(k,),
    assumptions=(k >= 1,),
)
def convex(k: sp.Expr) -> Plan:
    """Besides f'' >= 0 off u = 1, f has its minimum 0 there, so that its slope does not fall."""
    s = sp.Symbol("s", positive=True)
    f = 2**k * generator_value(k, 0, 1)
    above, below = (f.subs(u, side).replace(sp.Abs, _factored) for side in (1 + s, 1 / (1 + s)))
    positive = 4 * k * s ** (k - 2) / (s + 2) ** (k + 1)
    claimed = (k - 1) * positive
    return [
        Equal(sp.diff(above, s, 2), claimed),
        Equal((1 + s) * below, above),
        by_algebra(positive.is_positive, f"f''/(k - 1) = {positive}", "> 0"),
    ]


def _factored(z: sp.Expr) -> sp.Expr:
    return sp.Abs(sp.factor(z))
