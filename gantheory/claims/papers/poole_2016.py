"""Poole et al. (2016): estimate the density ratio with one f-divergence, minimize another."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Claim, Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.lambert import resolve_lambert
from gantheory.claims.symbolic_game import SymbolicGame
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import v

PAPER = Paper(
    key="poole-2016",
    cite="Poole et al., Improved generator objectives for GANs, NeurIPS Workshop on Adversarial Training 2016",
    arxiv="1612.02780",
)

T = sp.Symbol("T", real=True)

RATIOS: dict[str, sp.Expr] = {
    "kl": sp.exp(T - 1),
    "reverse_kl": -1 / T,
    "pearson": 1 + T / 2,
    "squared_hellinger": 1 / (1 - T) ** 2,
    "js": sp.exp(T) / (2 - sp.exp(T)),
    "gan": sp.exp(T) / (1 - sp.exp(T)),
}
"""(f_D')^{-1}(T) as published."""


def recovery(name: str) -> list[Equal]:
    """The ratio that the hybrid objective's generator reads off the score, as a function of T = g(v), and
    its value at the optimal score of the discriminator's own game. The reverse KL generator -log r tells
    r."""
    hybrid = gt.objectives.hybrid_fgan(generator="reverse_kl", discriminator=name)
    ratio = sp.exp(-hybrid.S)
    return [
        Equal(ratio, RATIOS[name].subs(T, hybrid.A)),
        Equal(RATIOS[name].subs(T, gt.derive(hybrid).discriminator), u),
    ]


def _ratio_claim(name: str, title: str) -> Claim:
    @PAPER.claim(
        f"po-ratio-{name.replace('_', '-')}",
        "equality",
        where="Section 3",
        statement=f"with the {title} discriminator at its optimum p_r/p_g = (f_D')^-1(T*), which is "
        f"{RATIOS[name]} at T = T*",
        latex=rf"\frac{{p_r}}{{p_g}} = (f_D')^{{-1}}(T^*),\quad (f_D')^{{-1}}(T) = {sp.latex(RATIOS[name])}",
    )
    def ratio() -> Plan:
        return recovery(name)

    return ratio


kl = _ratio_claim("kl", "KL")
reverse_kl = _ratio_claim("reverse_kl", "reverse KL")
pearson = _ratio_claim("pearson", "Pearson")
squared_hellinger = _ratio_claim("squared_hellinger", "squared Hellinger")
js = _ratio_claim("js", "Jensen-Shannon")
gan = _ratio_claim("gan", "GAN")


@PAPER.claim(
    "po-ratio",
    "equality",
    where="Section 3",
    statement="the optimal discriminator of every smooth f-GAN gives the density ratio as (f_D')^-1(T*) = "
    "(f_D*)'(T*) = p_r/p_g",
    latex=r"\frac{p_r}{p_g} = (f_D')^{-1}(T^*) = (f_D^*)'(T^*)",
)
def ratio_recovery() -> Plan:
    """S of the hybrid with the reverse KL generator is -log r(v)."""
    plan = []
    for name in (*RATIOS, "neyman", "jeffrey"):
        objective = gt.objectives.hybrid_fgan(generator="reverse_kl", discriminator=name)
        score = gt.derive(gt.objectives.fgan(name)).score
        plan.append(Equal(resolve_lambert(sp.exp(-objective.S).subs(v, score), 1 / u), u))
    return plan


PAIRS = (("kl", "gan"), ("pearson", "kl"), ("squared_hellinger", "pearson"), ("js", "reverse_kl"))


@PAPER.claim(
    "po-hybrid",
    "equality",
    where="Section 3",
    statement="whatever f_D the discriminator is trained with, at its optimum the generator's objective "
    "E_g f_G(r) is D_{f_G}(P_r || P_g)",
    latex=r"\operatorname{E}_g\big[f_G\big((f_D')^{-1}(T^*)\big)\big] = D_{f_G}(P_r\|P_g)",
)
def hybrid() -> Plan:
    """The published f_G; four pairs (f_G, f_D) of the tables."""
    published = {
        "kl": u * sp.log(u),
        "pearson": (u - 1) ** 2,
        "squared_hellinger": (sp.sqrt(u) - 1) ** 2,
        "js": u * sp.log(u) - (u + 1) * sp.log((1 + u) / 2),
    }
    return [
        SameDivergence(gt.derive(gt.objectives.hybrid_fgan(generator=g, discriminator=d)).f, published[g])
        for g, d in PAIRS
    ]


@PAPER.claim(
    "po-frozen",
    "iff",
    where="derived for Section 3 (the step holds the estimated ratio fixed)",
    statement="the step that differentiates E_g f_G(r) with the ratio r = p_r/p_g held fixed is the gradient "
    "of D_{f_G} if and only if f_G = k log u + const: reverse KL, without a multiple of u - 1 added",
    latex=r"h'' = f_G'' \iff (u f_G')' = 0 \iff f_G = k\log u + \text{const}",
)
def frozen_ratio() -> Plan:
    """For any twice differentiable f_G, h'' - f_G'' = -(u f_G')'/u; then the solutions of (u f_G')' = 0; and
    tabulated f_G one by one."""
    F = sp.Function("F")
    # A discriminator whose score is the ratio itself: v* = u.
    game = SymbolicGame(A=sp.log(v / (1 + v)), B=-sp.log(1 + v), R=sp.S.Zero, S=F(v), score=u)
    gap = sp.simplify(game.flow_curvature - sp.diff(game.f, u, 2) + sp.diff(u * sp.diff(F(u), u), u) / u)
    optimal = sp.simplify(game.stationarity)
    general = gap == 0 and optimal == 0
    family = sp.dsolve(sp.diff(u * sp.diff(F(u), u), u), F(u)).rhs
    constants = sorted(family.free_symbols - {u}, key=str)
    basis = {sp.diff(family, constant) for constant in constants}
    text = f"h'' - f'' = -(u f')'/u, which vanishes for f = {family} only"
    only = general and basis == {sp.S.One, sp.log(u)}
    plan = [by_algebra(only, text, "f = k log u + const", text)]
    return plan + [descends(name, name == "reverse_kl") for name in ("reverse_kl", "kl", "pearson", "gan")]


def descends(name: str, expected: bool) -> Decided:
    """Whether flow and equilibrium divergence of the hybrid with generator `name` are the same."""
    theory = gt.derive(gt.objectives.hybrid_fgan(generator=name, discriminator="gan"))
    flow = -sp.diff(theory.objective.S.subs(v, theory.score), u) / u
    same = sp.simplify(sp.diff(theory.f, u, 2) - flow) == 0
    text = f"{name}: h'' {'=' if same else '!='} f''"
    return by_algebra(same is expected, text, "only for reverse KL", text)
