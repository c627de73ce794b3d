"""Kurri, Welfert, Sypherd, Sankar (2022): convergence in alpha-GAN's divergences and in total variation."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, OnPmfs, Paper, Plan, claim
from gantheory.claims.symbolic_game import alpha_game
from gantheory.claims.verdicts import proved
from gantheory.derivation.solution import u

PAPER = Paper(
    key="kurri-2022",
    cite="Kurri et al., alpha-GAN: Convergence and estimation guarantees, ISIT 2022",
    arxiv="2205.06393",
)

a = sp.Symbol("alpha", positive=True)
a_D, a_G = sp.symbols("alpha_D alpha_G", positive=True)

STRICTLY_CONVEX = sp.Or(
    sp.And(a_D <= 1, a_G * (a_D + 1) > a_D),
    sp.And(a_D > 1, 2 * a_G >= a_D, a_G <= a_D),
)
"""Where f of the saturating game is strictly convex: R1 and R2 of ISIT 2023, Theorem 1."""

PAIRS = (
    ((1, 0), (0, 1)),
    ((sp.Rational(7, 10), sp.Rational(3, 10)), (sp.Rational(3, 10), sp.Rational(7, 10))),
)
"""Disjoint supports, where the upper bound is attained, and a reversed pair, where the lower one is."""


def total_variation(P: Any, Q: Any) -> Any:
    return sum(abs(p - q) for p, q in zip(P, Q, strict=True)) / 2


def reversed_pair(v: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Two pmfs on two cells at total variation v, each the other's mirror image."""
    return ((1 + v) / 2, (1 - v) / 2), ((1 - v) / 2, (1 + v) / 2)


@claim(
    "eq-conv",
    "inequality",
    paper=PAPER,
    where="equivalence in convergence (number not checked); for two alphas derived",
    statement="where f is strictly convex, psi(TV) <= D_f <= alpha_G/(alpha_G - 1) (2 - 2^(1/alpha_G)) TV with psi(v) "
    "= D_f of ((1 + v)/2, (1 - v)/2) against its mirror image: D_f, TV and JSD tend to 0 together",
    latex=r"\psi(\mathrm{TV}) \le D_f(P\|Q) \le \frac{\alpha_G}{\alpha_G - 1}\left(2 - 2^{1/\alpha_G}\right)"
    r"\mathrm{TV},\qquad \psi(v) = D_f\!\left(\left(\tfrac{1+v}2, \tfrac{1-v}2\right)\middle\|"
    r"\left(\tfrac{1-v}2, \tfrac{1+v}2\right)\right)",
    parameters=(a_D, a_G),
    assumptions=(sp.Ne(a_G, 1), STRICTLY_CONVEX),
    pointwise=True,
    points=3,
)
def equivalent_in_convergence(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    """Both bounds follow from convexity. Above: f lies below its chords, f(u) <= f(0) (1 - u) for u < 1 and
    f(u) <= f'(inf) (u - 1) for u > 1. Below: merging cells and, D_f being symmetric, averaging with the
    mirror image lower D_f and leave TV. The values on pmfs confirm it."""
    theory = gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G))
    constant = alpha_G / (alpha_G - 1) * (2 - 2 ** (1 / alpha_G))
    at_zero, slope = theory.ends()
    assert at_zero is not None and slope is not None

    def divergence(P: Any, Q: Any) -> mpmath.mpf:
        return theory.divergence(P, Q, dps=60).value

    def above(P: Any, Q: Any) -> mpmath.mpf:
        return total_variation(P, Q) * sp.N(constant, 70)

    def below(P: Any, Q: Any) -> mpmath.mpf:
        return divergence(*reversed_pair(total_variation(P, Q)))

    return [
        proved(theory.convexity(), "f strictly convex", strict=True),
        Equal(at_zero + slope, constant),
        Decided(theory.symmetric(), "high precision", "u^3 f''(u) = f''(1/u)", "symmetric"),
        OnPmfs(divergence, above, "<=", count=2, pairs=PAIRS[:1]),
        OnPmfs(divergence, below, ">=", count=2, pairs=PAIRS[1:]),
    ]


@claim(
    "eq-psi",
    "equality",
    paper=PAPER,
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
