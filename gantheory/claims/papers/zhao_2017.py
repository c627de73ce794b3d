"""Zhao, Mathieu and LeCun (2017): the energy-based GAN."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, SameDivergence
from gantheory.claims.comparisons.known import known
from gantheory.claims.comparisons.verdicts import proved
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import v

PAPER = Paper(
    key="zhao-2017",
    cite="Zhao, Mathieu, LeCun, Energy-based generative adversarial network, ICLR 2017",
    arxiv="1609.03126",
)

m = sp.Symbol("m", positive=True)


def margin_is_scale(m: sp.Expr) -> list[Equal]:
    """The game with margin m is m times the game with margin 1 at the energy v/m, so that its optimal energy,
    its divergences and its values are m times those of margin 1, for all m at once."""
    unit, scaled = gt.objectives.ebgan(1), gt.objectives.ebgan(m)
    published = (-v, -sp.Max(0, m - v), v)
    roles = zip((unit.A, unit.B, unit.S), (scaled.A, scaled.B, scaled.S), published, strict=True)
    return [
        equal
        for of_unit, of_scaled, form in roles
        for equal in (
            Equal(_without_max(m * of_unit.subs(v, v / m)), _without_max(form)),
            Equal(_without_max(of_scaled), _without_max(form)),
        )
    ]


def _without_max(expr: sp.Expr) -> sp.Expr:
    """Max(0, z) as (z + |z|)/2, with |z| of a factored z."""
    return sp.expand(expr.replace(sp.Max, lambda *args: sum(z + sp.Abs(sp.factor(z)) for z in args) / 2))


@PAPER.claim(
    "opt-eb",
    "equality",
    where="Lemma 1 and the proof of Theorem 1 (numbers not checked)",
    statement="D* is 0 where p_r > p_g and m where p_r < p_g; min_D V = m int min(p_r, p_g) = m (1 - TV)",
    latex=r"D^* = m\,\mathbf{1}[p_r < p_g],\quad \min_D V = m\int\min(p_r, p_g)\,dx = m(1 - \mathrm{TV})",
    parameters=(m,),
)
def optimum(m: sp.Expr) -> Plan:
    """The game maximizes -V; min(p_r, p_g) is p_g min(u, 1)."""
    theory = gt.derive(gt.objectives.ebgan(1))
    loss = -m * (known(theory.f_D) + known(theory.supremum.offset))
    return [
        Equal(m * known(theory.discriminator), m * (1 - sp.sign(u - 1)) / 2),
        SameDivergence(loss, m * sp.Min(u, 1)),
        SameDivergence(loss, m * (1 - sp.Abs(u - 1) / 2)),
        *margin_is_scale(m),
    ]


@PAPER.claim(
    "eb-nash-value",
    "equality",
    where="Theorem 1",
    statement="at the Nash equilibrium P_g = P_r and V(D*, G*) = m",
    latex=r"P_g = P_r,\quad V(D^*, G^*) = m",
    parameters=(m,),
)
def equilibrium(m: sp.Expr) -> Plan:
    """min_D V = m (1 - TV) is largest, that is m, only at P_g = P_r."""
    theory = gt.derive(gt.objectives.ebgan(1))
    return [
        Equal(m * theory.ideal_loss, m),
        proved(theory.unique_minimum("discriminator"), "min_D V = m only at P_g = P_r"),
        *margin_is_scale(m),
    ]


@PAPER.claim(
    "eb-nash-constant",
    "equality",
    where="Theorem 2",
    statement="at P_g = P_r every constant energy gamma in [0, m] is optimal: V = m for each",
    latex=r"P_g = P_r:\quad V(\gamma) = m \text{ for all } \gamma \in [0, m]",
    parameters=(m,),
)
def constant_energy(m: sp.Expr) -> Plan:
    """gamma/m = s/(1 + s) runs through (0, 1); the ends by themselves."""
    objective = gt.objectives.ebgan(1)
    loss = -m * (objective.A + objective.B)
    s = sp.Symbol("s", positive=True)
    inside = _without_max(loss.subs(v, s / (1 + s)))
    return [Equal(inside, m), Equal(loss.subs(v, 0), m), Equal(loss.subs(v, 1), m), *margin_is_scale(m)]


@PAPER.claim(
    "eb-flow",
    "equality",
    where="derived: the training step with the discriminator held fixed",
    statement="the generator's step with D* held fixed descends m TV, although its objective E_g D* alone is "
    "no divergence",
    latex=r"D_h = m\,\mathrm{TV}",
    parameters=(m,),
)
def flow(m: sp.Expr) -> Plan:
    theory = gt.derive(gt.objectives.ebgan(1))
    return [
        SameDivergence(m * known(theory.h), m * sp.Abs(u - 1) / 2),
        proved(theory.unique_minimum(), "no divergence", holds=False),
        *margin_is_scale(m),
    ]
