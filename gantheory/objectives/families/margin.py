"""Margin objectives: the hinge loss and the energy-based GAN."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.exact import positive, written
from gantheory.objectives.objective import Objective, v


def hinge(real_term: bool = True) -> Objective:
    """Hinge (geometric) GAN.

        A = min(0, v - 1),  B = min(0, -v - 1),  S = -v,  R = v if real_term else 0

    The real term is kept by default: with it the generator's value at the optimal discriminator is
    2 TV; without it, it is P_g(p_g > p_r) - P_g(p_r > p_g), which is no divergence. Training is the same.

    Source: Lim and Ye, Geometric GAN (2017), eqs. (12)-(13); Miyato et al. 2018, eqs. (16)-(17).
    """
    return Objective(
        name="hinge" if real_term else "hinge(real_term=False)",
        A=sp.Min(0, v - 1),
        B=sp.Min(0, -v - 1),
        R=v if real_term else sp.S.Zero,
        S=-v,
        source="Lim and Ye 2017; Miyato et al. 2018",
        parameters=(("real_term", real_term),),
    )


def ebgan(margin: Any = 1, real_term: bool = False) -> Objective:
    """Energy-based GAN: the score is an energy v >= 0, low on real data.

        A = -v,  B = -max(0, m - v),  S = v,  R = -v if real_term else 0 (default, as published)

    Raises:
        ValueError: margin not in (0, inf).

    Source: Zhao, Mathieu, LeCun, Energy-based generative adversarial network (2017), eqs. (1)-(2).
    """
    m = positive(margin, "margin", symbolic=True)
    return Objective(
        name=f"ebgan({written(m)}{', real_term=True' if real_term else ''})",
        A=-v,
        B=-sp.Max(0, m - v),
        R=-v if real_term else sp.S.Zero,
        S=v,
        domain=(sp.S.Zero, sp.oo),
        source="Zhao et al. 2017, eqs. (1)-(2)",
        parameters=(("margin", m), ("real_term", real_term)),
    )
