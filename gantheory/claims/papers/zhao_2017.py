"""Zhao, Mathieu and LeCun (2017): the energy-based GAN."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, SameDivergence, claim
from gantheory.claims.known import known
from gantheory.claims.verdicts import proved
from gantheory.derivation.solution import u
from gantheory.objectives.objective import v

PAPER = Paper(
    key="zhao-2017",
    cite="Zhao, Mathieu, LeCun, Energy-based generative adversarial network, ICLR 2017",
    arxiv="1609.03126",
)

m = sp.Symbol("m", positive=True)


@claim(
    "opt-eb",
    "equality",
    paper=PAPER,
    where="Lemma 1 and the proof of Theorem 1 (numbers not checked)",
    statement="D* is 0 where p_r > p_g and m where p_r < p_g; min_D V = m int min(p_r, p_g) = m (1 - TV)",
    latex=r"D^* = m\,\mathbf{1}[p_r < p_g],\quad \min_D V = m\int\min(p_r, p_g)\,dx = m(1 - \mathrm{TV})",
    parameters=(m,),
    pointwise=True,
)
def optimum(m: sp.Expr) -> Plan:
    """The game maximizes -V; min(p_r, p_g) is p_g min(u, 1)."""
    theory = gt.derive(gt.objectives.ebgan(m))
    loss = -known(theory.f_D) - known(theory.supremum.offset)
    return [
        Equal(theory.discriminator, m * (1 - sp.sign(u - 1)) / 2),
        SameDivergence(loss, m * sp.Min(u, 1)),
        SameDivergence(loss, m * (1 - sp.Abs(u - 1) / 2)),
    ]


@claim(
    "eb-nash-value",
    "equality",
    paper=PAPER,
    where="Theorem 1",
    statement="at the Nash equilibrium P_g = P_r and V(D*, G*) = m",
    latex=r"P_g = P_r,\quad V(D^*, G^*) = m",
    parameters=(m,),
    pointwise=True,
)
def equilibrium(m: sp.Expr) -> Plan:
    """min_D V = m - (m/2) 2 TV is largest, that is m, only at P_g = P_r."""
    theory = gt.derive(gt.objectives.ebgan(m))
    return [
        Equal(theory.ideal_loss, m),
        proved(theory.unique_minimum("discriminator"), "min_D V = m only at P_g = P_r"),
    ]


@claim(
    "eb-nash-constant",
    "equality",
    paper=PAPER,
    where="Theorem 2",
    statement="at P_g = P_r every constant energy gamma in [0, m] is optimal: V = m for each",
    latex=r"P_g = P_r:\quad V(\gamma) = m \text{ for all } \gamma \in [0, m]",
    parameters=(m,),
    pointwise=True,
)
def constant_energy(m: sp.Expr) -> Plan:
    """gamma = m s/(1 + s) runs through (0, m); the ends by themselves."""
    objective = gt.objectives.ebgan(m)
    loss = -(objective.A + objective.B)
    s = sp.Symbol("s", positive=True)
    inside = loss.subs(v, m * s / (1 + s)).replace(sp.Max, _larger)
    return [Equal(inside, m), Equal(loss.subs(v, 0), m), Equal(loss.subs(v, m), m)]


def _larger(*args: sp.Expr) -> sp.Expr:
    """Max(0, z), where the sign of z is certain from its factors."""
    (other,) = (sp.factor(arg) for arg in args if arg != 0)
    return other if other.is_nonnegative else sp.Max(*args)


@claim(
    "eb-flow",
    "equality",
    paper=PAPER,
    where="derived: the training step with the discriminator held fixed",
    statement="the generator's step with D* held fixed descends m TV, although its objective E_g D* alone is "
    "no divergence",
    latex=r"D_h = m\,\mathrm{TV}",
    parameters=(m,),
    pointwise=True,
)
def flow(m: sp.Expr) -> Plan:
    return SameDivergence(gt.derive(gt.objectives.ebgan(m)).h, m * sp.Abs(u - 1) / 2)
