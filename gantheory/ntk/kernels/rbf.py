"""The Gaussian kernel."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gantheory.arguments.checks import positive_number
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
    return RBF(positive_number(gamma, "gamma"))
