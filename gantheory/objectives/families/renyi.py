"""Renyi GAN: a generator objective that is a function of expectations, not an expectation."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.exact import positive, written
from gantheory.objectives.objective import Objective, cosigmoid, sigmoid, x, y


def renyi(alpha: Any) -> Objective:
    """Renyi GAN: a vanilla discriminator, and a generator that minimizes a sum of Renyi cross-entropies.

        A = log D,  B = log(1 - D),  R = D^(alpha - 1),  S = (1 - D)^(alpha - 1),
        Phi(x, y) = (log x + log y)/(alpha - 1)

    At the optimal D the generator's value is 2 JR_alpha(P_r||P_g) - log 4, twice the Jensen-Renyi
    divergence. No f represents it, but `Theory.divergence` computes it.

    Raises:
        ValueError: alpha not in (0, inf), or alpha = 1, which is `vanilla()`.

    Source: Bhatia et al., Least kth-order and Renyi generative adversarial networks (2021), Section 3.
    """
    order = positive(alpha, "alpha", symbolic=True)
    if order == 1:
        raise ValueError("alpha must be in (0, inf) and not 1, got 1; the limit alpha -> 1 is vanilla()")
    return Objective(
        name=f"renyi({written(order)})",
        A=sp.log(sigmoid),
        B=sp.log(cosigmoid),
        R=sigmoid ** (order - 1),
        S=cosigmoid ** (order - 1),
        outer=(sp.log(x) + sp.log(y)) / (order - 1),
        link=sigmoid,
        source="Bhatia et al. 2021, Section 3",
        parameters=(("alpha", order),),
    )
