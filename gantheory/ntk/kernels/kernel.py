"""What a kernel is: a positive semidefinite function of two points, as JAX sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.ntk import blocks
from gantheory.ntk.points import pair_of_points


class Kernel(ABC):
    """A kernel k(x, y) on R^d.

    A subclass gives `matrix` in JAX operations, and is hashable, since compiled functions are kept by kernel.
    `value_and_gradient` is worked out from it by automatic differentiation; kernels in closed form override
    it with one pass over the pairs. A call takes and returns NumPy arrays, in float64, and checks its input.
    """

    @abstractmethod
    def matrix(self, x: jax.Array, y: jax.Array) -> jax.Array:
        """k(x_i, y_j) for points (n, d) and (m, d), shape (n, m), in the dtype of the points."""

    def value_and_gradient(
        self, x: jax.Array, y: jax.Array, weights: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """sum_j w_j k(x_i, y_j), shape (n,), and its gradient in x_i, shape (n, d).

        Where the kernel has a kink, as ReLU kernels have at x_i = y_j, the pair adds nothing to the gradient.
        """
        value, pull_back = jax.vjp(lambda points: self.matrix(points, y) @ weights, x)
        # Row i depends on x_i alone, so that one pull-back of ones gives every row's gradient.
        return value, pull_back(jnp.ones_like(value))[0]

    def __call__(
        self, x: ArrayLike, y: ArrayLike | None = None, block: int | None = None
    ) -> NDArray[np.float64]:
        """The matrix k(x_i, y_j) in float64, shape (n, m).

        Args:
            x: points (n, d), or (n,) for points on the line.
            y: points (m, d); x if left out.
            block: rows of the matrix that are computed at once; chosen for the cache if left out.

        Raises:
            TypeError: points that JAX traces, which `matrix` follows.
            ValueError: points of different dimension, or coordinates that are not finite.
        """
        first, second = pair_of_points(x, x if y is None else y, "x", "y")
        return blocks.matrix(self, first, second, block=block)

    def gradient(
        self, x: ArrayLike, y: ArrayLike, weights: ArrayLike, block: int | None = None
    ) -> NDArray[np.float64]:
        """grad_x of sum_j w_j k(x, y_j) at each row of x, in float64, shape (n, d).

        Args:
            x: points (n, d), or (n,) for points on the line.
            y: points (m, d).
            weights: shape (m,).
            block: as in a call.

        Raises:
            TypeError, ValueError: as in a call; weights of another length than y.
        """
        import numpy as np

        first, second = pair_of_points(x, y, "x", "y")
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != (len(second),):
            raise ValueError(f"weights must have shape ({len(second)},), one per row of y, got {w.shape}")
        return blocks.value_and_gradient(self, first, second, w, block=block)[1]

    def describe(self) -> dict[str, Any]:
        """Settings as JSON can hold them, for records of runs."""
        return {"kernel": repr(self)}
