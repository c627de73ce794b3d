"""Kernel matrices, products and gradients by blocks of rows: memory O(block x m), whatever n is.

Every function compiles once for a kernel, a dtype and the shapes of its arguments. Rows are padded to whole
blocks inside, so that the last block is no new shape.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import is_whole
from gantheory.ntk.precision import precision

if TYPE_CHECKING:
    from gantheory.ntk.kernels.kernel import Kernel


ENTRIES = 1 << 16
"""Pairs in one block: a few arrays of so many numbers stay in the caches of one core."""


def rows_of(m: int, block: int | None, n: int) -> int:
    """Rows of a block: the caller's, or as many as give about ENTRIES pairs.

    Raises:
        ValueError: block < 1.
    """
    if block is not None and (not is_whole(block) or block < 1):
        raise ValueError(f"block must be a positive number of rows, got {block!r}")
    return min(n, block if block is not None else max(1, ENTRIES // m))


def map_rows(function: Callable[[jax.Array], Any], x: jax.Array, rows: int) -> Any:
    """function(x) row block by row block, for a function whose outputs have one row a row of x; traceable."""
    n = len(x)
    if rows >= n:
        return function(x)
    count = -(-n // rows)
    # Padding repeats the first point, where every kernel is finite.
    padded = jnp.concatenate([x, jnp.broadcast_to(x[:1], (count * rows - n, x.shape[1]))])
    out = lax.map(function, padded.reshape(count, rows, x.shape[1]))
    return jax.tree.map(lambda leaf: leaf.reshape(count * rows, *leaf.shape[2:])[:n], out)


@partial(jax.jit, static_argnames=("kernel", "rows"))
def _matrix(kernel: Kernel, x: jax.Array, y: jax.Array, rows: int) -> jax.Array:
    return map_rows(lambda part: kernel.matrix(part, y), x, rows)


@partial(jax.jit, static_argnames=("kernel", "rows"))
def _product(kernel: Kernel, x: jax.Array, y: jax.Array, weights: jax.Array, rows: int) -> jax.Array:
    return map_rows(lambda part: kernel.matrix(part, y) @ weights, x, rows)


@partial(jax.jit, static_argnames=("kernel", "rows"))
def _value_and_gradient(
    kernel: Kernel, x: jax.Array, y: jax.Array, weights: jax.Array, rows: int
) -> tuple[jax.Array, jax.Array]:
    return map_rows(lambda part: kernel.value_and_gradient(part, y, weights), x, rows)


def matrix(kernel: Kernel, x: Array, y: Array, block: int | None = None, dtype: str = "float64") -> Array:
    """k(x_i, y_j), shape (n, m)."""
    return _run(_matrix, kernel, (x, y), block, dtype)


def product(
    kernel: Kernel, x: Array, y: Array, weights: Array, block: int | None = None, dtype: str = "float64"
) -> Array:
    """sum_j k(x_i, y_j) w_j for weights (m,) or (m, r); the matrix itself is never held."""
    return _run(_product, kernel, (x, y, weights), block, dtype)


def value_and_gradient(
    kernel: Kernel, x: Array, y: Array, weights: Array, block: int | None = None, dtype: str = "float64"
) -> tuple[Array, Array]:
    """sum_j k(x_i, y_j) w_j, shape (n,), and its gradient in x_i, shape (n, d)."""
    return _run(_value_and_gradient, kernel, (x, y, weights), block, dtype)


def _run(function: Any, kernel: Kernel, arrays: tuple[Array, ...], block: int | None, dtype: str) -> Any:
    rows = rows_of(len(arrays[1]), block, len(arrays[0]))
    with precision(dtype):
        try:
            out = function(kernel, *(jnp.asarray(array, dtype) for array in arrays), rows=rows)
            return jax.tree.map(np.asarray, out)
        except RuntimeError as error:  # of which XLA's error is one, under names that differ between releases
            raise_if_out_of_memory(error, rows)
            raise


def raise_if_out_of_memory(error: Exception, rows: int) -> None:
    """Raise MemoryError in one line, with a block that may fit, if `error` says that memory was exhausted."""
    if "RESOURCE_EXHAUSTED" in str(error) or "Out of memory" in str(error):
        raise MemoryError(
            f"the device's memory does not hold block={rows} rows of pairs; try block={max(1, rows // 4)}"
        ) from None
