"""Activations whose dual functions are known in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gantheory.arguments.checks import choice


@dataclass(frozen=True)
class PiecewiseLinear:
    """phi(p) = positive * p for p > 0, negative * p for p < 0.

    ReLU is (0, 1), leaky ReLU (0.2, 1), the absolute value (-1, 1).

    Raises:
        ValueError: a slope that is not finite, or both 0.
    """

    negative: float = 0.0
    positive: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.negative) and math.isfinite(self.positive)):
            raise ValueError(f"slopes must be finite, got ({self.negative}, {self.positive})")
        if self.negative == self.positive == 0:
            raise ValueError("slopes must not both be 0: the activation would be 0 everywhere")

    @property
    def second_moment(self) -> float:
        """E phi(p)^2 for standard normal p."""
        return (self.negative**2 + self.positive**2) / 2

    @property
    def kink(self) -> float:
        """n of `arc_cosine`: 0 for a linear function, 1/2 for ReLU, 1 for the absolute value."""
        return (self.positive - self.negative) ** 2 / (2 * (self.negative**2 + self.positive**2))

    def __call__(self, p: jax.Array) -> jax.Array:
        return jnp.where(p > 0, self.positive * p, self.negative * p)


@dataclass(frozen=True)
class Erf:
    """phi(p) = scale erf(rate p) + offset.

    For (p, q) normal with variances q1, q2 and covariance c,

        E phi(p) phi(q)   = scale^2 (2/pi) asin(2 r c / sqrt((1 + 2 r q1)(1 + 2 r q2))) + offset^2,  r =
        rate^2 E phi'(p) phi'(q) = scale^2 r (4/pi) / sqrt((1 + 2 r q1)(1 + 2 r q2) - (2 r c)^2).

    Raises:
        ValueError: scale or rate not in (0, inf), offset not finite.

    Source: Williams, Computing with infinite networks (1997), eq. (11), for erf itself.
    """

    scale: float = 1.0
    rate: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        for name in ("scale", "rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be in (0, inf), got {getattr(self, name)}")
        if not math.isfinite(self.offset):
            raise ValueError(f"offset must be finite, got {self.offset}")

    def dual(self, covariance: jax.Array, q1: jax.Array, q2: jax.Array) -> jax.Array:
        """E phi(p) phi(q)."""
        r = 2 * self.rate**2
        sine = r * covariance / jnp.sqrt((1 + r * q1) * (1 + r * q2))
        return self.scale**2 * (2 / math.pi) * jnp.arcsin(sine) + self.offset**2

    def slope_dual(self, covariance: jax.Array, q1: jax.Array, q2: jax.Array) -> jax.Array:
        """E phi'(p) phi'(q)."""
        r = 2 * self.rate**2
        determinant = (1 + r * q1) * (1 + r * q2) - (r * covariance) ** 2
        return self.scale**2 * r * (2 / math.pi) / jnp.sqrt(determinant)

    def __call__(self, p: jax.Array) -> jax.Array:
        return self.scale * jax.scipy.special.erf(self.rate * p) + self.offset


Activation = PiecewiseLinear | Erf

ACTIVATIONS: dict[str, Activation] = {
    "relu": PiecewiseLinear(0.0, 1.0),
    "leaky_relu": PiecewiseLinear(0.2, 1.0),
    "abs": PiecewiseLinear(-1.0, 1.0),
    "erf": Erf(),
    # (1 + erf(p/2.4020563531719796))/2, near the logistic function: neural_tangents' Sigmoid_like
    "sigmoid_like": Erf(scale=0.5, rate=1 / 2.4020563531719796, offset=0.5),
}
"""Activations by name."""


def activation_of(value: str | Activation) -> Activation:
    """The activation itself, or the one of that name.

    Raises:
        ValueError: an unknown name (the nearest is suggested).
        TypeError: neither a name nor an activation with known duals.
    """
    if isinstance(value, PiecewiseLinear | Erf):
        return value
    if not isinstance(value, str):
        raise TypeError(
            f"activation must be a name or a PiecewiseLinear or Erf, got {value!r}; "
            "for others use kernels.from_stax"
        )
    choice(value, "activation", ACTIVATIONS)
    return ACTIVATIONS[value]
