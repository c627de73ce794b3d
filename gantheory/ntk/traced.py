"""v_t and its field at points JAX traces: in `jax.grad`, `jit`, `vmap`, in the caller's own precision."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gantheory.arguments.arrays import Array
    from gantheory.ntk.discriminator import DiscriminatorFlow
    from gantheory.ntk.kernels.kernel import Kernel


def scores(flow: DiscriminatorFlow, x: Any, t: ArrayLike) -> Any:
    """`DiscriminatorFlow.scores` of traced points.

    The coefficients c(t) do not depend on x and are found in float64 as always; k(x, Z) c is left to JAX.

    Raises:
        ValueError: points that are no real numbers, or of another dimension.
    """
    points = _points(flow, x)
    c = np.atleast_2d(outside(lambda: flow.coefficients(t)))
    centers = jnp.asarray(flow.points, points.dtype)
    change = jnp.stack([_sum(flow.kernel, points, centers, jnp.asarray(row, points.dtype)) for row in c])
    if flow.initial is not None:
        try:
            start = jnp.asarray(flow.initial(points), points.dtype)
        except jax.errors.JAXTypeError as error:
            raise TypeError("initial cannot be traced by JAX; write it with jax.numpy") from error
        if start.shape != (len(points),):
            raise ValueError(f"initial must map points (n, d) to scores (n,), got shape {start.shape}")
        change = change + start
    return change[0] if np.ndim(t) == 0 else change


def field(flow: DiscriminatorFlow, x: Any, times: Array, slope: Callable[[Any], Any]) -> Any:
    """-S'(v_t(x)) grad v_t(x) at traced points, shape (times, n, d), by the gradient that `scores` has.

    Raises:
        ValueError: as in `scores`.
        TypeError: a kernel or an initial discriminator that JAX cannot differentiate.
    """
    v, pull_back = jax.vjp(lambda points: scores(flow, points, times), _points(flow, x))
    rows = [pull_back(jnp.zeros_like(v).at[k].set(1.0))[0] for k in range(len(v))]
    return -slope(v)[..., None] * jnp.stack(rows)


def _points(flow: DiscriminatorFlow, x: Any) -> Any:
    """Points (n, d) in the type of x, at least float32."""
    if not (jnp.issubdtype(x.dtype, jnp.floating) or jnp.issubdtype(x.dtype, jnp.integer)):
        raise ValueError(f"x must be real numbers of shape (n, d), got {x.dtype}")
    points = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim != 2 or points.shape[1] != flow.points.shape[1] or not points.shape[0]:
        raise ValueError(f"x must have shape (n, {flow.points.shape[1]}) with n >= 1, got {x.shape}")
    return points


def outside(compute: Callable[[], Any]) -> Any:
    """What `compute` finds with numbers, also where JAX is tracing.

    Inside `jax.jit` every operation of JAX is traced, on known numbers too; a trace belongs to its thread, so
    that another thread computes.
    """
    if not isinstance(jnp.zeros(()), jax.core.Tracer):
        return compute()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(compute).result()


def _sum(kernel: Kernel, x: Any, centers: Any, weights: Any) -> Any:
    """sum_j w_j k(x_i, z_j), differentiated by the kernel's own rule, which is finite at its kinks."""

    @jax.custom_jvp
    def value(points: Any) -> Any:
        return jnp.matmul(kernel.matrix(points, centers), weights, precision=jax.lax.Precision.HIGHEST)

    @value.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (points,), (moves,) = primals, tangents
        at, gradient = kernel.value_and_gradient(points, centers, weights)
        return at, (gradient * moves).sum(-1)

    return value(x)
