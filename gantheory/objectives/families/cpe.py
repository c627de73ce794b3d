"""Class-probability-estimation losses: any pair l(1, D), l(0, D) for either player."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.errors import shown
from gantheory.exact import positive, written
from gantheory.objectives.families.alpha import alpha_game
from gantheory.objectives.objective import Objective, cosigmoid, sigmoid
from gantheory.objectives.parsing import parse_expression

D = sp.Symbol("D", positive=True)
"""The discriminator's probability of "real"; losses given to `cpe` are expressions in it."""

_complement = sp.Symbol("D_", positive=True)


def cpe(
    loss_real: sp.Expr | str,
    loss_fake: sp.Expr | str,
    generator_real: sp.Expr | str | None = None,
    generator_fake: sp.Expr | str | None = None,
    saturating: bool = True,
) -> Objective:
    """Dual CPE-loss GAN: the players use losses l(1, D) on real and l(0, D) on fake data.

        A = -l_D(1, D),  B = -l_D(0, D),  D = sigmoid(v)
        saturating: R = -l_G(1, D), S = -l_G(0, D);  non-saturating: R = 0, S = l_G(1, D)

    Args:
        loss_real, loss_fake: the discriminator's l(1, D) and l(0, D), as text in D or sympy in
            `gantheory.objectives.D`.
        generator_real, generator_fake: the generator's pair; the discriminator's if not given.

    Raises:
        TypeError: neither text nor a sympy expression.
        ValueError: an expression that the whitelist does not allow, or that holds another name than D.

    Source: Welfert, Kurri, Otstot, Sankar, Addressing GAN training instabilities via tunable
    classification losses
    (2024), dual-objective CPE-loss GANs.
    """
    given = {
        "loss_real": loss_real,
        "loss_fake": loss_fake,
        "generator_real": loss_real if generator_real is None else generator_real,
        "generator_fake": loss_fake if generator_fake is None else generator_fake,
    }
    losses = {name: _in_score(expr, name) for name, expr in given.items()}
    text = ", ".join(f'{name}="{expr}"' for name, expr in given.items())
    return Objective(
        name=f"cpe({text}{'' if saturating else ', saturating=False'})",
        A=-losses["loss_real"],
        B=-losses["loss_fake"],
        R=-losses["generator_real"] if saturating else sp.S.Zero,
        S=-losses["generator_fake"] if saturating else losses["generator_real"],
        link=sigmoid,
        source="Welfert et al. 2024",
        parameters=(*((name, str(expr)) for name, expr in given.items()), ("saturating", saturating)),
    )


def l_alpha(alpha: Any, saturating: bool = True) -> Objective:
    """L_alpha-GAN with the alpha-loss: a vanilla discriminator against an alpha-loss generator.

        A = log D,  B = log(1 - D);  saturating R = -l_alpha(D), S = -l_alpha(1 - D);  non-saturating R =
        0, S = l_alpha(D)

    The induced divergence is a Jensen f-divergence, 2 JF_f with
    f(w) = 2^(1/alpha - 1) alpha/(alpha - 1) (w^(2 - 1/alpha) - w).

    Raises:
        ValueError: alpha not in (0, inf].

    Source: Veiner, Alajaji, Gharesifard, A unifying generator loss function for generative adversarial
    networks (2024), Theorem 1.
    """
    order = positive(alpha, "alpha", infinite=True, symbolic=True)
    return alpha_game(
        f"l_alpha({written(order)}{'' if saturating else ', saturating=False'})",
        sp.S.One,
        order,
        saturating,
        "Veiner et al. 2024, Theorem 1",
        (("alpha", order), ("saturating", saturating)),
    )


def _in_score(loss: sp.Expr | str, name: str) -> sp.Expr:
    if not isinstance(loss, (str, sp.Expr)):
        raise TypeError(f"{name} must be text or a sympy expression in D, got {shown(loss)}")
    expr = parse_expression(loss, {"D": D}, name) if isinstance(loss, str) else loss
    unknown = expr.free_symbols - {D}
    if unknown:
        raise ValueError(f"{name} may hold only D, got also {', '.join(sorted(map(str, unknown)))}")
    # 1 - D is put in as 1/(1 + e^v), so that powers of it merge with those of D.
    return expr.subs(1 - D, _complement).subs({D: sigmoid, _complement: cosigmoid})
