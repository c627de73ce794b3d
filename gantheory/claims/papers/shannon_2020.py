"""Shannon, Poole, Mariooryad et al. (2020): non-saturating GANs as divergence minimization."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Paper, Plan, SameDivergence
from gantheory.derivation.algebra.symbols import u

PAPER = Paper(
    key="shannon-2020",
    cite="Shannon et al., Non-saturating GAN training as divergence minimization, 2020",
    arxiv="2010.08029",
)


@PAPER.claim(
    "shannon-rkl",
    "equality",
    where="softened reverse KL (constant not checked)",
    statement="KL(P_g||P_r) - 2 JSD(P_r, P_g) = 2 KL(M||P_r), M the mean of the two",
    latex=r"\mathrm{KL}(P_g\|P_r) - 2\,\mathrm{JSD}(P_r, P_g) = 2\,\mathrm{KL}\left(\tfrac{P_r+P_g}{2}\Big\|P_r\right)",
)
def softened_reverse_kl() -> Plan:
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    # 2 KL(M||P_r) = E_g[(1 + u) log((1 + u)/(2 u))]
    return SameDivergence(theory.h, (1 + u) * sp.log((1 + u) / (2 * u)))
