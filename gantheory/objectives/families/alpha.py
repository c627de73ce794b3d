"""(alpha_D, alpha_G)-GANs: both players use the tunable alpha-loss."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.arguments.checks import instance
from gantheory.exact import positive, written
from gantheory.objectives.objective import Objective, cosigmoid, sigmoid

ISIT = "Welfert, Otstot, Kurri, Sankar, ISIT 2023"


def alpha_loss(probability: sp.Expr, alpha: sp.Expr) -> sp.Expr:
    """alpha-loss of the probability given to the true label.

        l_alpha(p) = alpha/(alpha - 1) (1 - p^((alpha - 1)/alpha)),   l_1(p) = -log p,   l_inf(p) = 1 - p

    Source: Sypherd et al., A tunable loss function for robust classification (2022), eq. (1).
    """
    probability, alpha = (
        instance(each, name, sp.Expr) for each, name in ((probability, "probability"), (alpha, "alpha"))
    )
    if alpha == 1:
        return -sp.log(probability)
    c = sp.S.One if alpha is sp.oo else (alpha - 1) / alpha
    return (1 - probability**c) / c


def alpha_gan(alpha_d: Any, alpha_g: Any | None = None, saturating: bool = True) -> Objective:
    """(alpha_D, alpha_G)-GAN.

        A = -l_aD(D),  B = -l_aD(1 - D),  D = sigmoid(v)
        saturating:      R = -l_aG(D),  S = -l_aG(1 - D)
        non-saturating:  R = 0,         S = l_aG(D)

    Args:
        alpha_d: the discriminator's alpha, in (0, inf]; either may be a positive sympy symbol, for algebra
            (see `Objective.symbols`), which then counts as different from 1 and finite.
        alpha_g: the generator's, in (0, inf]; `alpha_d` if not given (Kurri et al. 2021).
        saturating: whether the generator minimizes the discriminator's probability of "fake".

    Raises:
        ValueError: an alpha outside (0, inf].

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, eqs. (4)-(5) saturating, (10)-(11) non-saturating.
    """
    a_d = positive(alpha_d, "alpha_d", infinite=True, symbolic=True)
    a_g = a_d if alpha_g is None else positive(alpha_g, "alpha_g", infinite=True, symbolic=True)
    return alpha_game(
        f"alpha_gan({written(a_d)}, {written(a_g)}{'' if saturating else ', saturating=False'})",
        a_d,
        a_g,
        saturating,
        ISIT + (", eqs. (4)-(5)" if saturating else ", eqs. (10)-(11)"),
        (("alpha_d", a_d), ("alpha_g", a_g), ("saturating", saturating)),
    )


def vanilla(saturating: bool = True) -> Objective:
    """The original GAN: alpha_D = alpha_G = 1, D = sigmoid(v).

        A = log D,  B = log(1 - D);  saturating R = A, S = B;  non-saturating R = 0, S = -log D

    Source: Goodfellow et al., Generative adversarial nets (2014), eq. (1) and Section 3.
    """
    return alpha_game(
        "vanilla" if saturating else "vanilla(saturating=False)",
        sp.S.One,
        sp.S.One,
        saturating,
        "Goodfellow et al. 2014, " + ("eq. (1)" if saturating else "Section 3"),
        (("saturating", saturating),),
    )


def alpha_game(
    name: str,
    a_d: sp.Expr,
    a_g: sp.Expr,
    saturating: bool,
    source: str,
    parameters: tuple[tuple[str, Any], ...],
) -> Objective:
    """Two players with alpha-losses, of a_d and a_g; `parameters` are those of the constructor."""
    real, fake = -alpha_loss(sigmoid, a_g), -alpha_loss(cosigmoid, a_g)
    return Objective(
        name=name,
        A=-alpha_loss(sigmoid, a_d),
        B=-alpha_loss(cosigmoid, a_d),
        R=real if saturating else sp.S.Zero,
        S=fake if saturating else -real,
        link=sigmoid,
        source=source,
        parameters=parameters,
    )
