"""Jolicoeur-Martineau (2018): relativistic discriminators."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, claim

PAPER = Paper(
    key="jolicoeur-2018",
    cite="Jolicoeur-Martineau, The relativistic discriminator: a key element missing from standard GAN, ICLR 2019",
    arxiv="1807.00734",
)


@claim(
    "id-rel",
    "equality",
    paper=PAPER,
    where="losses of Sections 4.1 and 4.3; values derived",
    statement="at P_g = P_r the discriminator's loss is log 2 (RSGAN), 2 log 2 (RaSGAN), 2 (RaLSGAN) and 2 "
    "(RaHinge)",
    latex=r"\text{RSGAN } \log 2,\quad \text{RaSGAN } 2\log 2,\quad \text{RaLSGAN } 2,\quad \text{RaHinge } 2",
)
def ideal_losses() -> Plan:
    """By Jensen: the pair losses are convex, and the mean of v_r - v_g is 0 for equal distributions."""
    relativistic = gt.objectives.relativistic
    return [
        Equal(relativistic("standard", average=False).ideal_loss, sp.log(2)),
        Equal(relativistic("standard").ideal_loss, 2 * sp.log(2)),
        Equal(relativistic("least_squares").ideal_loss, 2),
        Equal(relativistic("hinge").ideal_loss, 2),
    ]
