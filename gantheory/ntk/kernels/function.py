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

    A callable in JAX operations is compiled and has gradients. Any other is called with NumPy arrays, and has
    no gradient: asking for one raises TypeError.
    """

    function: Callable[[Any, Any], Any]
    traceable: bool

    def matrix(self, x: jax.Array, y: jax.Array) -> jax.Array:
        if self.traceable:
            return jnp.asarray(self.function(x, y), x.dtype)
        shape = jax.ShapeDtypeStruct((len(x), len(y)), x.dtype)
        return jax.pure_callback(self._on_host, shape, x, y)

    def value_and_gradient(
        self, x: jax.Array, y: jax.Array, weights: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        if not self.traceable:
            raise TypeError(
                f"kernel {self.function!r} has no gradient in x, since JAX cannot trace it; "
                "write it with jax.numpy"
            )
        return super().value_and_gradient(x, y, weights)

    def _on_host(self, x: Any, y: Any) -> np.ndarray:
        first = np.asarray(x)
        return np.asarray(self.function(first, np.asarray(y)), dtype=first.dtype)


def as_kernel(kernel: Kernel | Callable[[Any, Any], Any]) -> Kernel:
    """The kernel itself, or a callable (X, Y) -> matrix as one.

    Raises:
        TypeError: neither.
        ValueError: the callable does not return a matrix (n, m).
    """
    if isinstance(kernel, Kernel):
        return kernel
    if not callable(kernel):
        raise TypeError(f"kernel must be a gantheory kernel or a callable (X, Y) -> matrix, got {kernel!r}")
    # Two points and three: enough to see the shape, and whether JAX can trace it.
    x, y = (jax.ShapeDtypeStruct((n, 2), jnp.float32) for n in (2, 3))
    try:
        jax.eval_shape(kernel, x, y)
        traceable = True
    except Exception:  # whatever a tracer makes of foreign code
        traceable = False
    return FunctionKernel(kernel, traceable)
