"""Functions that JAX lacks, of arrays of any width."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.scipy import special


def erfcx(x: Any) -> Any:
    """exp(x^2) erfc(x) for x >= 0: the product for small x, Laplace's continued fraction for large x."""
    near = jnp.minimum(x, 2.0)
    far = jnp.maximum(x, 2.0)
    fraction = lax.fori_loop(0, 60, lambda i, tail: far + (60 - i) / (2 * tail), far)
    return jnp.where(x < 2, jnp.exp(near * near) * special.erfc(near), 0.5641895835477563 / fraction)
