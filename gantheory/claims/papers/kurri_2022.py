"""Kurri, Welfert, Sypherd, Sankar (2022): convergence in alpha-GAN's divergences and in total variation."""

from __future__ import annotations

import sympy as sp

from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.papers.welfert_2023_cases import ends_of_saturating
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.regions.alphas import STRICT
from gantheory.derivation.regions.theorems import region_theorems

PAPER = Paper(
    key="kurri-2022",
    cite="Kurri et al., alpha-GAN: Convergence and estimation guarantees, ISIT 2022",
    arxiv="2205.06393",
)

a = sp.Symbol("alpha", positive=True)
a_D, a_G = sp.symbols("alpha_D alpha_G", positive=True)

STRICTLY_CONVEX = sp.Or(sp.And(a_D <= 1, a_G * (a_D + 1) > a_D), sp.And(a_D > 1, 2 * a_G >= a_D, a_G <= a_D))
"""Where f of the saturating game is strictly convex: R1 and R2 of ISIT 2023, Theorem 1."""


@PAPER.claim(
    "eq-conv",
    "inequality",
    where="equivalence in convergence (number not checked); for two alphas derived",
    statement="where f is strictly convex, psi(TV) <= D_f <= alpha_G/(alpha_G - 1) (2 - 2^(1/alpha_G)) TV with psi(v) "
    "= D_f of ((1 + v)/2, (1 - v)/2) against its mirror image: D_f, TV and JSD tend to 0 together",
    latex=r"\psi(\mathrm{TV}) \le D_f(P\|Q) \le \frac{\alpha_G}{\alpha_G - 1}\left(2 - 2^{1/\alpha_G}\right)"
    r"\mathrm{TV},\qquad \psi(v) = D_f\!\left(\left(\tfrac{1+v}2, \tfrac{1-v}2\right)\middle\|"
    r"\left(\tfrac{1-v}2, \tfrac{1+v}2\right)\right)",
    parameters=(a_D, a_G),
    assumptions=(sp.Ne(a_G, 1), STRICTLY_CONVEX),
)
def equivalent_in_convergence(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """Both bounds follow from convexity, symmetry and the ends. Above: f lies below its chords,
    f(u) <= f(0) (1 - u) for u < 1 and f(u) <= f'(inf) (u - 1) for u > 1. Below: merging the cells where p > q
    and where p <= q and then, D_f being symmetric, averaging with the mirror image lower D_f and leave TV."""
    f = alpha_game(alpha_D, alpha_G).f
    return [
        *ends_of_saturating(alpha_D, alpha_G, alpha_G / (alpha_G - 1) * (2 - 2 ** (1 / alpha_G))),
        SameDivergence(u * f.subs(u, 1 / u), f),
        strictly_convex(),
    ]


def strictly_convex() -> Decided:
    """The theorems of the regions that make up `STRICTLY_CONVEX`."""
    names = ("R1, alpha_D < 1", "R1, alpha_D = 1", "R2", "lower boundary of R2")
    theorems = [theorem for theorem in region_theorems(True) if theorem.name in names]
    holds = len(theorems) == len(names) and all(t.check() and t.label == STRICT for t in theorems)
    text = "; ".join(f"{t.condition}: {t.label}" for t in theorems)
    return by_algebra(holds, text, STRICT, "f'' > 0 in R1 and R2", text)


@PAPER.claim(
    "eq-psi",
    "equality",
    where="lower bound of the equivalence in convergence (number not checked); Osterreicher 1996",
    statement="alpha_D = alpha_G = alpha: psi(v) = alpha/(alpha - 1) (((1 + v)^alpha + (1 - v)^alpha)^(1/alpha) "
    "- 2^(1/alpha))",
    latex=r"\psi_\alpha(v) = \frac{\alpha}{\alpha - 1}\left[\left((1 + v)^\alpha + (1 - v)^\alpha\right)^{1/\alpha}"
    r" - 2^{1/\alpha}\right]",
    parameters=(a,),
    assumptions=(sp.Ne(a, 1),),
)
def psi(alpha: sp.Expr) -> Plan:
    """With v = (u - 1)/(u + 1), where every u > 0 stands for a v in (-1, 1)."""
    f = alpha_game(alpha, alpha).f
    P, Q = (u / (u + 1), 1 / (u + 1)), (1 / (u + 1), u / (u + 1))
    divergence = Q[0] * f + Q[1] * f.subs(u, P[1] / Q[1])
    plus, minus = 2 * u / (u + 1), 2 / (u + 1)
    claimed = alpha / (alpha - 1) * ((plus**alpha + minus**alpha) ** (1 / alpha) - 2 ** (1 / alpha))
    return Equal(divergence, claimed)
