"""The Gaussian kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import jax
import jax.numpy as jnp

from gantheory.ntk.kernels.invariant import InvariantKernel, Invariants


@dataclass(frozen=True)
class RBF(InvariantKernel):
    """The kernel that `rbf` returns."""

    gamma: float

    def pair(self, of: Invariants, dimension: int) -> jax.Array:
        return jnp.exp(-self.gamma * of.distance)


def rbf(gamma: float = 1.0) -> RBF:
    """k(x, y) = exp(-gamma |x - y|^2).

    Raises:
        ValueError: gamma not in (0, inf).
    """
    number = isinstance(gamma, Real) and not isinstance(gamma, bool)
    if not number or not 0 < float(gamma) < math.inf:
        raise ValueError(f"gamma must be in (0, inf), got {gamma!r}")
    return RBF(float(gamma))
