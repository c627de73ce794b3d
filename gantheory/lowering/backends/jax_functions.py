"""Functions that JAX lacks, of arrays of any width."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.scipy import special


def omega(z: Any) -> Any:
    """Wright's omega by Fritsch's fourth-order iteration on w + log w = z; exp(z) where that is exact."""
    small = z < -38.0
    inner = jnp.where(small, 0.0, z)
    big = jnp.maximum(inner, 2.0)
    w = jnp.where(inner < -1.0, jnp.exp(jnp.minimum(inner, 0.0)), 0.567 + 0.3618 * inner)
    w = jnp.where(inner > 2.0, big - jnp.log(big), w)
    for _ in range(3):
        r = inner - w - jnp.log(w)
        q = 2 * (1 + w) * (1 + w + 2 * r / 3)
        w = w * (1 + r / (1 + w) * (q - r) / (q - 2 * r))
    w = jnp.where(jnp.isposinf(z), z, w)
    return jnp.where(small, jnp.exp(z), w)


def erfcx(x: Any) -> Any:
    """exp(x^2) erfc(x) for x >= 0: the product for small x, Laplace's continued fraction for large x."""
    near = jnp.minimum(x, 2.0)
    far = jnp.maximum(x, 2.0)
    fraction = lax.fori_loop(0, 60, lambda i, tail: far + (60 - i) / (2 * tail), far)
    return jnp.where(x < 2, jnp.exp(near * near) * special.erfc(near), 0.5641895835477563 / fraction)
