"""The kernel between all training points: held where memory allows, else formed anew at each product."""

from __future__ import annotations

from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.ntk import blocks
from gantheory.ntk.kernels.function import FunctionKernel
from gantheory.ntk.kernels.invariant import InvariantKernel
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.precision import precision

HELD_BYTES = 1 << 31
"""A matrix up to this size is held: about 16,000 points in float64."""

_ON_DEVICE_FROM = 4096
"""Points from which a product is worth its trip to JAX's device."""

_CHECKED = 512
"""Points on which a user's kernel is checked."""

_TOLERANCE = 1e-8


class TrainingKernel:
    """K(Z, Z) as an operator on vectors.

    Attributes:
        kernel, points: k and Z, (N, d) in float64.
        rows: rows of a block that is formed anew at each product; None if the matrix is held.
    """

    def __init__(self, kernel: Kernel, points: Array, block: int | None = None) -> None:
        self.kernel = kernel
        self.points = points
        self.block = block
        n = len(points)
        rows = blocks.rows_of(n, block, n)
        self.rows = None if n**2 * 8 <= HELD_BYTES else rows
        if not isinstance(kernel, InvariantKernel):
            check(kernel, points)

    @property
    def held(self) -> bool:
        """Whether the matrix is in memory."""
        return self.rows is None

    @cached_property
    def matrix(self) -> Array:
        """The matrix (N, N)."""
        return blocks.matrix(self.kernel, self.points, self.points, block=self.block)

    @cached_property
    def data(self) -> jax.Array:
        """What `apply` needs: the matrix if it is held, else the points; float64, on the device."""
        with precision("float64"):
            return jnp.asarray(self.matrix if self.held else self.points)

    def multiply(self, vector: Array) -> Array:
        """K v."""
        if self.held and len(vector) < _ON_DEVICE_FROM:
            return np.asarray(self.matrix @ vector)
        with precision("float64"):
            return np.asarray(_apply(self.kernel, self.rows, self.data, jnp.asarray(vector)))


def apply(kernel: Kernel, rows: int | None, data: jax.Array, vector: jax.Array) -> jax.Array:
    """K v, traceable; `rows` and `data` as a `TrainingKernel` has them."""
    if rows is None:
        return data @ vector
    return blocks.map_rows(lambda part: kernel.matrix(part, data) @ vector, data, rows)


_apply = partial(jax.jit, static_argnames=("kernel", "rows"))(apply)


def check(kernel: Kernel, points: Array) -> None:
    """Refuse a kernel that is not symmetric and positive semidefinite on (at most 512 of) the points.

    Raises:
        ValueError: not finite, not symmetric, or with a negative eigenvalue, which is named.
    """
    if isinstance(kernel, FunctionKernel):
        kernel.probe(points)
    chosen = points[np.linspace(0, len(points) - 1, min(len(points), _CHECKED)).astype(int)]
    matrix = blocks.matrix(kernel, chosen, chosen)
    if not np.isfinite(matrix).all():
        i, j = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(
            f"kernel must be finite, got {matrix[i, j]} for points {chosen[i].tolist()}, {chosen[j].tolist()}"
        )
    size = float(np.abs(matrix).max())
    skew = float(np.abs(matrix - matrix.T).max())
    if skew > _TOLERANCE * size:
        raise ValueError(
            f"kernel must be symmetric, but k(x, y) and k(y, x) differ by {skew:.3g} where |k| is at most "
            f"{size:.3g}"
        )
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < -_TOLERANCE * size * len(chosen):
        raise ValueError(
            "kernel must be positive semidefinite, but its smallest eigenvalue on the training points is "
            f"{smallest:.6g}"
        )
