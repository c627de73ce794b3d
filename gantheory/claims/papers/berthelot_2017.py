"""Berthelot, Schumm and Metz (2017): BEGAN's bound on the Wasserstein distance."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, OnPmfs, Paper, Plan
from gantheory.claims.comparisons.relations import Pmf
from gantheory.objectives.objective import v

PAPER = Paper(
    key="berthelot-2017",
    cite="Berthelot, Schumm, Metz, BEGAN: Boundary equilibrium generative adversarial networks, 2017",
    arxiv="1703.10717",
)


def best_critic(P: Pmf, Q: Pmf) -> Fraction:
    """E_r A + E_g B of the Wasserstein objective at the optimal 1-Lipschitz critic on the points 0, 1, 2, ...:
    in one dimension its slope between k and k + 1 is the sign of F_Q(k) - F_P(k)."""
    objective = gt.objectives.wgan()
    height, cumulated, total = 0, Fraction(0), Fraction(0)
    for p, q in zip(P, Q, strict=True):
        at_point = p * objective.A.subs(v, height) + q * objective.B.subs(v, height)
        total += Fraction(int(at_point.p), int(at_point.q))
        cumulated += q - p
        height += 1 if cumulated > 0 else -1
    return total


def mean(P: Pmf) -> Fraction:
    return sum((k * Fraction(p) for k, p in enumerate(P)), Fraction(0))


@PAPER.claim(
    "began",
    "inequality",
    where="Section 3.3 (number not checked)",
    statement="W1(mu_1, mu_2) >= |m_1 - m_2| for distributions of reconstruction losses with means m_1, m_2",
    latex=r"W_1(\mu_1, \mu_2) \ge |m_1 - m_2|",
)
def mean_bound() -> Plan:
    """W1 is the supremum over 1-Lipschitz critics, among them v(x) = x and v(x) = -x: a real x beside a
    generated y gains x - y and y - x, in the mean m_1 - m_2 and m_2 - m_1."""
    objective = gt.objectives.wgan()
    x, y = sp.symbols("x y", real=True)
    return [
        Equal(objective.A.subs(v, x) + objective.B.subs(v, y), x - y),
        Equal(objective.A.subs(v, -x) + objective.B.subs(v, -y), y - x),
        OnPmfs(best_critic, lambda P, Q: abs(mean(P) - mean(Q)), ">="),
    ]


@PAPER.claim(
    "began-ordered",
    "equality",
    where="derived: where the bound of Section 3.3 is attained",
    statement="W1(mu_1, mu_2) = |m_1 - m_2| for two losses on two values",
    latex=r"W_1(\mu_1, \mu_2) = |m_1 - m_2|",
)
def two_values() -> Plan:
    """On two points one of the distributions is always the stochastically larger."""
    return OnPmfs(best_critic, lambda P, Q: abs(mean(P) - mean(Q)), cells=2)
