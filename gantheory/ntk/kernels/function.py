"""A user's own function as a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.ntk.kernels.kernel import Kernel


@dataclass(frozen=True)
class FunctionKernel(Kernel):
    """k(X, Y) given by a callable that maps points (n, d) and (m, d) to a matrix (n, m).

    A callable in JAX operations is compiled and has gradients. One that JAX cannot trace is called with NumPy
    arrays, and has no gradient: asking for one raises TypeError.
    """

    function: Callable[[Any, Any], Any]

    def matrix(self, x: jax.Array, y: jax.Array) -> jax.Array:
        value = self._traced(x, y)
        if value is not None:
            return value
        shape = jax.ShapeDtypeStruct((len(x), len(y)), x.dtype)
        return jax.pure_callback(self._on_host, shape, x, y)

    def value_and_gradient(
        self, x: jax.Array, y: jax.Array, weights: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        self.require_gradient(x.shape[1])
        return super().value_and_gradient(x, y, weights)

    def require_gradient(self, dimension: int) -> None:
        """Raise TypeError unless JAX can trace the function on points of that dimension."""
        x, y = (jax.ShapeDtypeStruct((n, dimension), jnp.float32) for n in (2, 3))
        try:
            jax.eval_shape(self.function, x, y)
        except jax.errors.JAXTypeError as error:
            raise TypeError(
                f"kernel {self.function!r} has no gradient in x, since JAX cannot trace it; "
                "write it with jax.numpy"
            ) from error

    def probe(self, points: np.ndarray) -> None:
        """Call it once on a few of the points, so that what is wrong with it is said in one line.

        Raises:
            ValueError: it raises something, or its result is no matrix (n, m).
        """
        x, y = points[:2], points[:3]
        try:
            value = np.asarray(self.function(x, y), dtype=float)
        except Exception as error:  # whatever foreign code raises
            raise ValueError(
                f"kernel {self.function!r} failed on points of shapes {x.shape} and {y.shape}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if value.shape != (len(x), len(y)):
            raise ValueError(
                f"kernel {self.function!r} must map points {x.shape} and {y.shape} to a matrix "
                f"{(len(x), len(y))}, got shape {value.shape}"
            )

    def _traced(self, x: jax.Array, y: jax.Array) -> jax.Array | None:
        """The matrix, or None if JAX cannot trace the function."""
        try:
            return jnp.asarray(self.function(x, y), x.dtype)
        except jax.errors.JAXTypeError:
            return None

    def _on_host(self, x: Any, y: Any) -> np.ndarray:
        first = np.asarray(x)
        return np.asarray(self.function(first, np.asarray(y)), dtype=first.dtype)


def as_kernel(kernel: Kernel | Callable[[Any, Any], Any]) -> Kernel:
    """The kernel itself, or a callable (X, Y) -> matrix as one."""
    return kernel if isinstance(kernel, Kernel) else FunctionKernel(kernel)
