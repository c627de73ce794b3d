"""Lower bound of the estimation error at alpha = inf."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from scipy.special import expit

from gantheory.arguments.checks import choice
from gantheory.bounds.activations import FUNCTIONS
from gantheory.bounds.inputs import number, numbers
from gantheory.errors import shown


def lower_bound_constant(
    *,
    discriminator_norms: Sequence[float],
    real_bound: float,
    activations: str | Callable[[float], float] | Sequence[str | Callable[[float], float]] = "relu",
) -> float:
    """C of the minimax lower bound C/sqrt(n) at alpha_D = alpha_G = inf.

        inf over estimators, sup over P_r on |x| <= B_x, of  P{ d(P_r, estimate) >= C/sqrt(n) }  >  0.24,
        C = (log 2/20) [ sigma(M_k r_{k-1}(... r_1(M_1 B_x))) - sigma(M_k r_{k-1}(... r_1(-M_1 B_x))) ].

    Source: ISIT 2023, Theorem 4, eq. (22).

    Args:
        discriminator_norms: M_1, ..., M_k, Frobenius bounds of the discriminator's layers.
        real_bound: B_x, bound of the Euclidean norm of the data.
        activations: r_1, ..., r_{k-1} on numbers: one for all, or one each; "relu", "leaky_relu" (slope 0.2),
            "identity", "tanh" or a callable.

    Raises:
        ValueError: no norm, a negative or infinite number, the wrong number of activations, an unknown name,
            an activation that is not finite or that turns the two inputs round (it must be nondecreasing).
        TypeError: not numbers or not callable.
    """
    norms = numbers(discriminator_norms, "discriminator_norms")
    if not norms:
        raise ValueError("discriminator_norms must name at least one layer, got none")
    radius = number(real_bound, "real_bound")
    if isinstance(activations, str):
        choice(activations, "activations", FUNCTIONS)
    if isinstance(activations, str) or callable(activations):
        activations = [activations] * (len(norms) - 1)
    if not isinstance(activations, Sequence):
        raise TypeError(f"activations must be a name, a callable or a list of them, got {shown(activations)}")
    if len(activations) != len(norms) - 1:
        raise ValueError(
            f"activations must be one for all or {len(norms) - 1}, one less than discriminator_norms,"
            f" got {len(activations)}"
        )
    high, low = radius, -radius
    for norm, activation in zip(norms[:-1], [_function(r) for r in activations], strict=True):
        high, low = float(activation(norm * high)), float(activation(norm * low))
        if not (math.isfinite(high) and math.isfinite(low) and high >= low):
            raise ValueError(
                f"activations must be finite and nondecreasing, got {low} below and {high} above"
            )
    high, low = norms[-1] * high, norms[-1] * low
    # sigma(high) - sigma(low) as a product, which keeps its digits where both are close to 1 or to 0.
    difference = -math.expm1(low - high) * float(expit(high) * expit(-low))
    return math.log(2) / 20 * difference


def _function(activation: str | Callable[[float], float]) -> Callable[[float], float]:
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"activations must be names or callables, got {activation!r}")
    return FUNCTIONS[choice(activation, "activations", FUNCTIONS)]
