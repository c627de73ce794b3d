"""Integral probability metrics: sup over a critic class of E_r[v] - E_g[v]."""

from __future__ import annotations

from typing import Literal

import sympy as sp

from gantheory.arguments.checks import choice
from gantheory.objectives.objective import Objective, v

Critic = Literal["bounded", "lipschitz", "rkhs"]

CRITICS: dict[str, str] = {
    "bounded": "|v| <= 1: twice the total variation",
    "lipschitz": "1-Lipschitz: the Wasserstein-1 distance",
    "rkhs": "unit ball of a reproducing kernel Hilbert space: the maximum mean discrepancy",
}


def ipm(critic: Critic = "lipschitz") -> Objective:
    """Integral probability metric GAN.

        A = v,  B = -v;  R = v, S = -v by default (zero-sum), over a critic class

    "bounded" is pointwise (a domain for v) and derives to 2 TV; "lipschitz" and "rkhs" couple points,
    so pointwise theory refuses them: they train, and the NTK module treats them.

    Raises:
        ValueError: unknown critic class.

    Source: Mueller, Integral probability metrics and their generating classes of functions (1997).
    """
    choice(critic, "critic", CRITICS)
    bounded = critic == "bounded"
    return Objective(
        name=f'ipm("{critic}")',
        A=v,
        B=-v,
        R=v,
        S=-v,
        domain=(-sp.S.One, sp.S.One) if bounded else (-sp.oo, sp.oo),
        critic=None if bounded else critic,
        source="Mueller 1997",
        parameters=(("critic", critic),),
    )


def wgan() -> Objective:
    """Wasserstein GAN: A = v, B = -v, R = v, S = -v over 1-Lipschitz critics.

    Source: Arjovsky, Chintala, Bottou, Wasserstein GAN (2017), eq. (2).
    """
    return Objective(
        name="wgan", A=v, B=-v, R=v, S=-v, critic="lipschitz", source="Arjovsky et al. 2017, eq. (2)"
    )
