"""Gulrajani et al. (2017): the gradient penalty, on examples that can be solved."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, OnPmfs, Paper, Plan, by_algebra
from gantheory.claims.papers.berthelot_2017 import best_critic
from gantheory.objectives.objective import v

PAPER = Paper(
    key="gulrajani-2017",
    cite="Gulrajani et al., Improved training of Wasserstein GANs, NeurIPS 2017",
    arxiv="1704.00028",
)

theta, lam, slope = sp.symbols("theta lambda s", positive=True)
score = sp.Symbol("w", real=True)


def value(real: sp.Expr, fake: sp.Expr) -> sp.Expr:
    """A(real) + B(fake) of the Wasserstein objective: what the critic gains from one point of each."""
    objective = gt.objectives.wgan()
    return objective.A.subs(v, real) + objective.B.subs(v, fake)


@PAPER.claim(
    "gp-dirac",
    "equality",
    where="eq. (3), solved for two points (derived)",
    statement="for point masses at distance theta and a linear critic with penalty lambda (s - 1)^2 the optimal "
    "slope is 1 + theta/(2 lambda) and the optimum theta + theta^2/(4 lambda), above W1 = theta",
    latex=r"s^* = 1 + \frac{\theta}{2\lambda},\quad \max_s\ s\theta - \lambda(s-1)^2 = \theta + "
    r"\frac{\theta^2}{4\lambda} > W_1",
    parameters=(theta, lam),
)
def dirac(theta: sp.Expr, lam: sp.Expr) -> Plan:
    """Real mass at theta, generated mass at 0, critic x -> s x; the objective is concave in s."""
    penalized = value(slope * theta, sp.S.Zero) - lam * (slope - 1) ** 2
    (best,) = sp.solve(sp.diff(penalized, slope), slope)
    optimum = sp.expand(penalized.subs(slope, best))
    excess = sp.factor(optimum - theta)
    above = bool(excess.is_positive) and bool(sp.diff(penalized, slope, 2).is_negative)
    text = f"optimum - W1 = {excess}"
    return [
        Equal(best, 1 + theta / (2 * lam)),
        Equal(optimum, theta + theta**2 / (4 * lam)),
        by_algebra(above, text, "> 0", text),
    ]


@PAPER.claim(
    "wgan-shift",
    "equality",
    where="Proposition 1, special case of a shift on the line",
    statement="W1 between a distribution on the line and its shift by theta > 0 is theta, attained by the critic "
    "v(x) = x, whose slope is 1",
    latex=r"W_1(X + \theta, X) = \theta",
    parameters=(theta,),
)
def shift(theta: sp.Expr) -> Plan:
    """Real x + theta beside generated x. Every critic gains v(x + theta) - v(x) per pair, which a 1-Lipschitz
    one bounds by theta; v(x) = x gains theta at every x, whatever the distribution."""
    x, other = sp.symbols("x y", real=True)
    return [
        Equal(value(other, score), other - score),
        Equal(value(x + theta, x), theta),
        # The supremum itself, on a grid of spacing 1 and for a shift by one cell.
        OnPmfs(lambda P, Q: best_critic((0, *P), (*P, 0)), lambda P, Q: 1),
    ]
