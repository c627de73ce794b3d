"""Goodfellow et al. (2014): the original GAN."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Limit, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.known import known
from gantheory.claims.comparisons.verdicts import proved
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.saturation import D
from gantheory.objectives.objective import v

PAPER = Paper(
    key="goodfellow-2014",
    cite="Goodfellow et al., Generative adversarial nets, NeurIPS 2014",
    arxiv="1406.2661",
)


@PAPER.claim(
    "gan-optimum",
    "equality",
    where="Proposition 1",
    statement="D* = p_r/(p_r + p_g)",
    latex=r"D^* = \frac{p_r}{p_r + p_g}",
)
def optimum() -> Plan:
    theory = gt.derive(gt.objectives.vanilla())
    return Equal(theory.discriminator, u / (1 + u))


@PAPER.claim(
    "gan-jsd",
    "equality",
    where="Theorem 1",
    statement="at D* the generator minimizes 2 JSD(P_r, P_g) - log 4",
    latex=r"\max_D V = 2\,\mathrm{JSD}(P_r, P_g) - \log 4",
)
def jensen_shannon() -> Plan:
    theory = gt.derive(gt.objectives.vanilla())
    return [
        SameDivergence(theory.f, u * sp.log(2 * u / (1 + u)) + sp.log(2 / (1 + u))),
        Equal(theory.equilibrium.offset, -sp.log(4)),
    ]


@PAPER.claim(
    "gan-optimum-unique",
    "inequality",
    where="Proposition 1, proof",
    statement="for a, b > 0 the function y -> a log y + b log(1 - y) has its only maximum in [0, 1] at a/(a + b)",
    latex=r"\arg\max_{y \in [0,1]} a\log y + b\log(1-y) = \frac{a}{a+b}",
)
def optimum_unique() -> Plan:
    """Per unit of b, with u = a/b and y = sigmoid(v): strictly concave in v, and stationary at the derived
    score."""
    objective = gt.objectives.vanilla()
    w = sp.Symbol("w", positive=True)
    curvature = sp.factor(
        sp.diff(u * objective.A + objective.B, v, 2).subs(sp.exp(-v), 1 / w).subs(sp.exp(v), w)
    )
    concave = bool(curvature.is_negative)
    text = f"second derivative in the score, w = e^v: {curvature}"
    score = gt.derive(objective).score
    return [
        Equal(sp.diff(u * objective.A + objective.B, v).subs(v, score), 0),
        by_algebra(concave, text, "< 0", text),
    ]


@PAPER.claim(
    "gan-minimum",
    "iff",
    where="Theorem 1",
    statement="C(G) = max_D V >= -log 4, with equality if and only if P_g = P_r",
    latex=r"C(G) \ge -\log 4,\quad C(G) = -\log 4 \iff P_g = P_r",
)
def minimum() -> Plan:
    """The offset is the value at P_g = P_r, and D_f > 0 elsewhere."""
    theory = gt.derive(gt.objectives.vanilla())
    return [
        Equal(theory.equilibrium.offset, -sp.log(4)),
        proved(theory.unique_minimum(), "D_f >= 0, and D_f = 0 only at P_g = P_r"),
    ]


@PAPER.claim(
    "gan-kl-sum",
    "equality",
    where="eq. (5)",
    statement="C(G) = -log 4 + KL(P_r || (P_r + P_g)/2) + KL(P_g || (P_r + P_g)/2)",
    latex=r"C(G) = -\log 4 + \mathrm{KL}\big(p_r \big\| \tfrac{p_r+p_g}{2}\big)"
    r" + \mathrm{KL}\big(p_g \big\| \tfrac{p_r+p_g}{2}\big)",
)
def divergences_from_mixture() -> Plan:
    theory = gt.derive(gt.objectives.vanilla())
    middle = (1 + u) / 2
    claimed = u * sp.log(u / middle) + sp.log(1 / middle) - sp.log(4)
    return SameDivergence(known(theory.f) + known(theory.equilibrium.offset), claimed)


@PAPER.claim(
    "gan-half",
    "equality",
    where="Section 4.1",
    statement="at P_g = P_r the optimal discriminator is 1/2 and V = -log 4",
    latex=r"P_g = P_r \implies D^* = \tfrac12,\quad V = -\log 4",
)
def half() -> Plan:
    theory = gt.derive(gt.objectives.vanilla())
    return [
        Equal(known(theory.discriminator).subs(u, 1), sp.Rational(1, 2)),
        Equal(-theory.ideal_loss, -sp.log(4)),
    ]


@PAPER.claim(
    "gan-range",
    "equality",
    where="derived from Theorem 1",
    statement="on disjoint supports C(G) = 0, its largest value (JSD = log 2)",
    latex=r"\operatorname{supp}P_r \cap \operatorname{supp}P_g = \emptyset \implies C(G) = 0",
)
def value_range() -> Plan:
    """f(0) + f'(inf) is the value of D_f on disjoint supports, the largest of an f-divergence."""
    theory = gt.derive(gt.objectives.vanilla())
    at_zero, slope_at_infinity = theory.ends()
    return Equal(known(at_zero) + known(slope_at_infinity) + known(theory.equilibrium.offset), 0)


@PAPER.claim(
    "gan-ns-stronger",
    "limit",
    where="Section 3, last paragraph",
    statement="maximizing log D instead of minimizing log(1 - D) gives the same fixed point and much stronger "
    "gradients early in learning: the factors are 1 - D and D, so their quotient grows without bound as D -> 0",
    latex=r"\frac{s_{NS}(D)}{s_S(D)} = \frac{1-D}{D} \to \infty \quad (D \to 0)",
)
def stronger_gradients() -> Plan:
    """Fixed point: both flow divergences are minimal at P_g = P_r only, since both h are strictly convex."""
    saturating = gt.derive(gt.objectives.vanilla())
    other = gt.derive(gt.objectives.vanilla(saturating=False))
    quotient = other.saturation / saturating.saturation
    return [
        Equal(quotient, (1 - D) / D, (D < 1,)),
        Limit(quotient, D, 0, sp.oo),
        proved(saturating.convexity("flow"), "h strictly convex", strict=True),
        proved(other.convexity("flow"), "h strictly convex", strict=True),
    ]
