"""Jolicoeur-Martineau (2018): relativistic discriminators."""

from __future__ import annotations

from functools import partial

import numpy as np
import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan
from gantheory.objectives.relativistic import t

PAPER = Paper(
    key="jolicoeur-2018",
    cite="Jolicoeur-Martineau, The relativistic discriminator: a key element missing from standard GAN, ICLR 2019",
    arxiv="1807.00734",
)

REAL, FAKE = sp.symbols("r_1 r_2", real=True), sp.symbols("f_1 f_2", real=True)
c = sp.Symbol("c", real=True)

IDEAL = (
    ("standard", False, sp.log(2)),
    ("standard", True, 2 * sp.log(2)),
    ("least_squares", True, sp.Integer(2)),
    ("hinge", True, sp.Integer(2)),
)


@PAPER.claim(
    "id-rel",
    "equality",
    where="losses of Sections 4.1 and 4.3; values derived",
    statement="the discriminator's loss is the published one, and at P_g = P_r log 2 (RSGAN), 2 log 2 (RaSGAN), 2 (RaLSGAN) and 2 "
    "(RaHinge)",
    latex=r"\text{RSGAN } \log 2,\quad \text{RaSGAN } 2\log 2,\quad \text{RaLSGAN } 2,\quad \text{RaHinge } 2",
)
def ideal_losses() -> Plan:
    """By Jensen: the pair losses are convex, and the mean of v_r - v_g is 0 for equal distributions.

    The loss that trains is `Relativistic.mean` of `Relativistic.phi`: at scores that are symbols it is the
    published one, and at a score that is constant it is the stated number.
    """
    plan = []
    for loss, average, ideal in IDEAL:
        objective = gt.objectives.relativistic(loss, average=average)
        phi = np.vectorize(partial(objective.phi.subs, t), otypes=[object])
        trained = objective.mean(np.array(REAL), np.array(FAKE), phi)
        constant = objective.mean(np.array([c, c]), np.array([c, c]), phi)
        plan += [
            Equal(_smooth(trained), _smooth(published(loss, average))),
            Equal(constant, ideal),
            Equal(objective.ideal_loss, ideal),
        ]
    return plan


def published(loss: str, average: bool) -> sp.Expr:
    """L_D at two real and two generated scores, as the paper writes it: in terms of C(x_r) - C(x_f), and of
    the averaged D~(x_r) = C(x_r) - E C(x_f) and D~(x_f) = C(x_f) - E C(x_r)."""
    if not average:
        return sum(-sp.log(1 / (1 + sp.exp(f - r))) for r, f in zip(REAL, FAKE, strict=True)) / 2
    of_real = [r - (FAKE[0] + FAKE[1]) / 2 for r in REAL]
    of_fake = [f - (REAL[0] + REAL[1]) / 2 for f in FAKE]
    terms = {
        "standard": (lambda d: -sp.log(1 / (1 + sp.exp(-d))), lambda d: -sp.log(1 - 1 / (1 + sp.exp(-d)))),
        "least_squares": (lambda d: (d - 1) ** 2, lambda d: (d + 1) ** 2),
        "hinge": (lambda d: sp.Max(0, 1 - d), lambda d: sp.Max(0, 1 + d)),
    }
    real, fake = terms[loss]
    return sum(real(d) for d in of_real) / 2 + sum(fake(d) for d in of_fake) / 2


def _smooth(loss: sp.Expr) -> sp.Expr:
    """Max(0, z) as (z + |z|)/2 with an expanded z, so that equal terms are written alike."""
    return loss.replace(sp.Max, lambda *args: sum((sp.expand(z) + sp.Abs(sp.expand(z))) / 2 for z in args))
