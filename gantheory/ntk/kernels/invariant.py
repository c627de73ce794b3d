"""Kernels of distance and norms: one pass over the pairs gives value and gradient.

A kernel that rotations about the origin leave alone is a function of |x - y|^2, |x|^2 and |y|^2. By the
chain rule

    grad_x k = 2 (x - y) dk/d|x - y|^2 + 2 x dk/d|x|^2,

so that two derivatives of a scalar function, carried along with its value, give the gradient in any
dimension. The distance is the right variable for close points: k(x, y) as a function of x.y has derivatives
that grow like 1/|x - y| and cancel against each other; here the large one multiplies the small x - y.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gantheory.ntk.kernels.kernel import Kernel

EXPLICIT = 8
"""Up to this dimension, differences of coordinates are formed pair by pair; above it, by matrix products."""


class Invariants(NamedTuple):
    """|x - y|^2 and |x|^2 - |y|^2, both (n, m), |x|^2 (n, 1) and |y|^2 (1, m)."""

    distance: jax.Array
    difference: jax.Array
    first: jax.Array
    second: jax.Array


class Partials(NamedTuple):
    """k, dk/d|x - y|^2 and dk/d|x|^2 at every pair, each (n, m)."""

    value: jax.Array
    by_distance: jax.Array
    by_norm: jax.Array


class InvariantKernel(Kernel):
    """A kernel that is `pair` of the invariants."""

    @abstractmethod
    def pair(self, of: Invariants, dimension: int) -> jax.Array:
        """k at every pair, (n, m), for points of the given dimension."""

    def matrix(self, x: jax.Array, y: jax.Array) -> jax.Array:
        return self.pair(invariants(x, y), x.shape[1])

    def partials(self, x: jax.Array, y: jax.Array) -> Partials:
        """Value and both derivatives in one pass."""
        distance, difference, first, second = invariants(x, y)
        d = x.shape[1]
        zero = jnp.zeros_like

        value, by_distance = jax.jvp(
            lambda z: self.pair(Invariants(z, difference, first, second), d),
            (distance,),
            (jnp.ones_like(distance),),
        )
        # |x|^2 moves the difference of the squares along; XLA merges the two passes' common terms.
        _, by_norm = jax.jvp(
            lambda e, a: self.pair(Invariants(distance, e, a, second), d),
            (difference, first),
            (jnp.ones_like(difference), zero(first) + 1),
        )
        return Partials(value, by_distance, by_norm)

    def value_and_gradient(
        self, x: jax.Array, y: jax.Array, weights: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        partials = self.partials(x, y)
        return partials.value @ weights, gradient(partials, x, y, weights)


def invariants(x: jax.Array, y: jax.Array) -> Invariants:
    """The invariants of every pair of rows of x and y."""
    first, second = (x * x).sum(1)[:, None], (y * y).sum(1)[None, :]
    if x.shape[1] <= EXPLICIT:
        columns = [(x[:, k, None], y[None, :, k]) for k in range(x.shape[1])]
        distance = sum((p - q) ** 2 for p, q in columns)
        difference = sum((p - q) * (p + q) for p, q in columns)
        return Invariants(jnp.asarray(distance), jnp.asarray(difference), first, second)
    total = first + second
    distance = total - 2 * (x @ y.T)
    # What rounding leaves of a point's distance from itself is no distance.
    rounding = 2 * x.shape[1] ** 0.5 * jnp.finfo(x.dtype).eps * total
    return Invariants(jnp.where(distance > rounding, distance, 0.0), first - second, first, second)


def gradient(partials: Partials, x: jax.Array, y: jax.Array, weights: jax.Array) -> jax.Array:
    """grad_x sum_j w_j k(x, y_j) from the partial derivatives, shape (n, d)."""
    _, by_distance, by_norm = partials
    radial = 2 * (by_norm @ weights)[:, None] * x
    if x.shape[1] <= EXPLICIT:
        along = [((x[:, k, None] - y[None, :, k]) * by_distance) @ weights for k in range(x.shape[1])]
        return 2 * jnp.stack(along, axis=1) + radial
    weighted = by_distance * weights
    return 2 * (weighted.sum(1)[:, None] * x - weighted @ y) + radial
