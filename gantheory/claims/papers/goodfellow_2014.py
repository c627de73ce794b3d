"""Goodfellow et al. (2014): the original GAN."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, SameDivergence, claim
from gantheory.derivation.solution import u

PAPER = Paper(
    key="goodfellow-2014",
    cite="Goodfellow et al., Generative adversarial nets, NeurIPS 2014",
    arxiv="1406.2661",
)


@claim(
    "gan-optimum",
    "equality",
    paper=PAPER,
    where="Proposition 1",
    statement="D* = p_r/(p_r + p_g)",
    latex=r"D^* = \frac{p_r}{p_r + p_g}",
)
def optimum() -> Plan:
    theory = gt.derive(gt.objectives.vanilla())
    return Equal(theory.discriminator, u / (1 + u))


@claim(
    "gan-jsd",
    "equality",
    paper=PAPER,
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
