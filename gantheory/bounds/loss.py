"""The Lipschitz constant of the alpha-loss as a function of the score, and how much that loss can vary."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, positive_array


def loss_lipschitz(h: ArrayLike, alpha: ArrayLike, *, tight: bool = False) -> Any:
    r"""Lipschitz constant C_h(alpha) of v -> l_alpha(1, sigma(v)) on [-h, h], sigma the logistic function.

    With c = (alpha - 1)/alpha (so c = 1 at alpha = inf), the published constant, ISIT 2023 eq. (21), is

        C_h(alpha) = sigma(h) sigma(-h)^c             for alpha <= 1,
        C_h(alpha) = (c/(1 + c))^c / (1 + c)          for alpha > 1, whatever h is.

    It is discontinuous at alpha = 1: C_h(1) = sigma(h), but C_h(alpha) -> 1 as alpha falls to 1. The slope
    of the loss is -sigma(v)^c sigma(-v), largest in magnitude at v = log c if alpha > 1 and at v = -h if
    alpha <= 1; since log c may lie below -h, the published constant is exact for alpha <= 1 and, for
    alpha > 1, only where h >= log(alpha/(alpha - 1)).

    `tight` gives the exact constant, sigma(t) sigma(-t)^c with t = min(h, log(alpha/(alpha - 1))), and t = h
    for alpha <= 1. It is continuous in alpha and never above the published one. By symmetry both hold for
    v -> l_alpha(0, sigma(v)) too.

    Args:
        h: bound of |v|, in [0, inf]; number or array.
        alpha: of the loss, in (0, inf]; number or array, broadcast against `h`.
        tight: the exact constant instead of the published one.

    Returns:
        A float, or a float64 array of the broadcast shape. inf where C_h exceeds the range of floats, which
        needs alpha < 1; `log_loss_lipschitz` has its logarithm there. Relative error about 1e-16 |log C_h|.

    Raises:
        ValueError: `h` or `alpha` outside its interval, or shapes that do not broadcast.
        TypeError: not real numbers.
    """
    logarithm = log_loss_lipschitz(h, alpha, tight=tight)
    with np.errstate(over="ignore"):
        value = np.exp(logarithm)
    return float(value) if np.ndim(value) == 0 else value


def log_loss_lipschitz(h: ArrayLike, alpha: ArrayLike, *, tight: bool = False) -> Any:
    """log C_h(alpha), finite far beyond where C_h(alpha) overflows; arguments as in `loss_lipschitz`."""
    bound, order = positive_array(h, "h", zero=True), positive_array(alpha, "alpha")
    try:
        bound, order = np.broadcast_arrays(bound, order)
    except ValueError:
        raise ValueError(
            f"h and alpha must have shapes that broadcast, got {bound.shape} and {order.shape}"
        ) from None
    c = _exponent(order)
    # |v| where the slope peaks; infinity where it grows with -v for ever.
    peak = -np.log(c, where=c > 0, out=np.full(c.shape, -math.inf))
    at = np.minimum(bound, peak) if tight else np.where(c > 0, peak, bound)
    with np.errstate(over="ignore", invalid="ignore"):
        tail = np.where(c == 0, 0.0, -c * np.logaddexp(0, at))  # 0 at c = 0 even where h = inf
    value = tail - np.logaddexp(0, -at)
    return float(value) if value.ndim == 0 else value


def log_loss_range(h: float, alpha: float) -> float:
    """log of max - min of l_alpha(1, sigma(v)) over |v| <= h: (sigma(h)^c - sigma(-h)^c)/c, h at c = 0."""
    c = float(_exponent(np.float64(alpha)))
    if h == 0:
        return -math.inf
    if c <= 0 and h == math.inf:
        return math.inf
    if c == 0:
        return math.log(h)
    # Factor out the larger of the two powers, so that expm1 has a negative argument and nothing overflows.
    larger = c * -float(np.logaddexp(0, -h if c > 0 else h))
    return larger + math.log(-math.expm1(-abs(c) * h) / abs(c)) if abs(c) < math.inf else math.inf


def _exponent(alpha: Array | np.float64) -> Array:
    """c = (alpha - 1)/alpha, without the rounding of 1 - 1/alpha near alpha = 1."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(alpha == math.inf, 1.0, (alpha - 1) / alpha)
