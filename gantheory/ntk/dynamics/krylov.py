"""The action of t phi_1(-t M) on a vector, by Lanczos' recursion.

    t phi_1(-t M) b = int_0^t exp(-s M) b ds,     phi_1(z) = (exp(z) - 1)/z,

is what the solution of a linear equation needs. m products with M build an orthonormal basis V of
span(b, M b, ..., M^(m-1) b) in which M is a tridiagonal T; the action is about |b| V t phi_1(-t T) e_1, with
an error that falls faster than exponentially once m exceeds a multiple of sqrt(t |M|). For N points it costs
m products of N^2 multiplications each, where an eigendecomposition costs about 9 N^3.

Source: Saad, Analysis of some Krylov subspace approximations to the matrix exponential operator (1992),
Theorem 4.3 and Section 4; Hochbruck and Lubich, On Krylov subspace approximations to the matrix exponential
operator (1997).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax


def phi_action(
    multiply: Callable[[jax.Array], jax.Array],
    b: jax.Array,
    t: jax.Array | float,
    steps: int,
    order: int = 1,
) -> tuple[jax.Array, jax.Array]:
    """t phi_1(-t M) b for symmetric positive semidefinite M, and an estimate of its relative error;
    traceable.

    Args:
        multiply: v -> M v.
        b: shape (N,).
        t: one time >= 0, finite.
        steps: products with M, at most N; fixed, so that a loop over problems of one shape compiles once.
        order: 1; or 2 for the integral of that over time, t^2 phi_2(-t M) b.

    Returns:
        the vector (N,), and the distance to what `steps` - 4 products give, relative to its length.
    """
    basis, diagonal, beside = lanczos(multiply, b, steps)
    length = jnp.linalg.norm(b)
    whole = length * _small_action(diagonal, beside[:-1], t, order)
    fewer = steps - 4 if steps > 8 else max(1, steps // 2)
    part = length * _small_action(diagonal[:fewer], beside[: fewer - 1], t, order)
    gap = jnp.linalg.norm(whole - jnp.pad(part, (0, steps - fewer)))
    size = jnp.linalg.norm(whole)
    return basis.T @ whole, jnp.where(size > 0, gap / jnp.where(size > 0, size, 1.0), 0.0)


def lanczos(
    multiply: Callable[[jax.Array], jax.Array], b: jax.Array, steps: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Orthonormal basis (steps, N), the diagonal of T, and its off-diagonal with what would come next.

    Every new vector is made orthogonal to all others twice: without that they lose orthogonality in float32
    within a few steps. Where the space is exhausted, further vectors are zero.
    """
    n = len(b)
    length = jnp.linalg.norm(b)
    first = jnp.where(length > 0, b / jnp.where(length > 0, length, 1.0), 0.0)
    tiny = 4 * jnp.finfo(b.dtype).eps

    def step(k: jax.Array, state: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        basis, diagonal, beside = state
        image = multiply(basis[k])
        alpha = basis[k] @ image
        rest = image - basis.T @ (basis @ image)
        rest = rest - basis.T @ (basis @ rest)
        beta = jnp.linalg.norm(rest)
        going = beta > tiny * jnp.linalg.norm(image)
        following = jnp.where(going, rest / jnp.where(going, beta, 1.0), 0.0)
        basis = lax.cond(k + 1 < steps, lambda v: v.at[k + 1].set(following), lambda v: v, basis)
        return basis, diagonal.at[k].set(alpha), beside.at[k].set(jnp.where(going, beta, 0.0))

    start = (
        jnp.zeros((steps, n), b.dtype).at[0].set(first),
        jnp.zeros(steps, b.dtype),
        jnp.zeros(steps, b.dtype),
    )
    return lax.fori_loop(0, steps, step, start)


def _small_action(diagonal: jax.Array, beside: jax.Array, t: jax.Array | float, order: int) -> jax.Array:
    """t phi_1(-t T) e_1, or t^2 phi_2(-t T) e_1, for the tridiagonal T."""
    matrix = jnp.diag(diagonal) + jnp.diag(beside, 1) + jnp.diag(beside, -1)
    values, vectors = jnp.linalg.eigh(matrix)
    weight = integrated_decay(jnp.maximum(values, 0.0), t, order)
    return vectors @ (weight * vectors[0])


def integrated_decay(rate: jax.Array, t: jax.Array | float, order: int = 1) -> jax.Array:
    """int_0^t exp(-s rate) ds = (1 - exp(-t rate))/rate, or with order 2 the integral of that from 0 to t.

    At small t rate the second is a difference of nearly equal numbers, for which a Taylor polynomial stands.
    """
    z = t * rate
    positive = jnp.where(rate > 0, rate, 1.0)
    if order == 1:
        return jnp.where(rate > 0, -jnp.expm1(-z) / positive, t)
    near = z < 0.5
    close = jnp.where(near, z, 0.0)
    # (z - 1 + exp(-z))/z^2 = sum_k (-z)^k/(k + 2)!
    series = jnp.full_like(close, 0.5)
    term = jnp.full_like(close, 0.5)
    for k in range(1, 15):
        term = term * (-close) / (k + 2)
        series = series + term
    far = (z + jnp.expm1(-z)) / jnp.where(near, 1.0, positive) ** 2
    return jnp.where(near, t**2 * series, far)
