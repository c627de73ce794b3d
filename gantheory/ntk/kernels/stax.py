"""Kernels of neural-tangents architectures: convolutions, pooling, residual connections, layer norm,
attention."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gantheory.arguments.checks import choice, is_whole
from gantheory.ntk import neural_tangents
from gantheory.ntk.kernels.kernel import Kernel

KINDS = ("ntk", "nngp")


@dataclass(frozen=True)
class StaxKernel(Kernel):
    """The kernel that `from_stax` returns; see there."""

    kernel_fn: Callable[..., Any]
    input_shape: tuple[int, ...] | None
    kind: str

    def matrix(self, x: jax.Array, y: jax.Array) -> jax.Array:
        n, m = len(x), len(y)
        if n == m:
            # neural-tangents takes arrays of equal values for one and the same draw of Dropout's masks, so
            # that k would depend on how points are blocked. A further point makes them differ.
            y = jnp.concatenate([y, y[:1]])
        out = self.kernel_fn(self._inputs(x), self._inputs(y), self.kind)
        if getattr(out, "shape", None) != (n, len(y)):
            raise ValueError(
                "kernel_fn must give one number per pair of inputs (end the network with stax.Flatten() or "
                f"stax.GlobalAvgPool()), got shape {getattr(out, 'shape', None)} for {n} and {len(y)} inputs"
            )
        return out[:, :m].astype(x.dtype)

    def _inputs(self, x: jax.Array) -> jax.Array:
        if self.input_shape is None:
            return x
        if x.shape[1] != math.prod(self.input_shape):
            raise ValueError(
                f"points must have {math.prod(self.input_shape)} coordinates for input_shape "
                f"{self.input_shape}, got {x.shape[1]}"
            )
        return x.reshape(len(x), *self.input_shape)


def from_stax(
    kernel_fn: Callable[..., Any], input_shape: Sequence[int] | None = None, *, kind: str = "ntk"
) -> StaxKernel:
    """Kernel of an infinitely wide network of any neural-tangents architecture.

        stax = gt.ntk.neural_tangents.load().stax
        *_, kernel_fn = stax.serial(stax.Conv(1, (3, 3), padding="SAME"), stax.Relu(), stax.Flatten(),
        stax.Dense(1)) k = gt.ntk.kernels.from_stax(kernel_fn, input_shape=(28, 28, 1))

    Values are neural-tangents' own; gradients in x come from automatic differentiation of the weighted row
    sums. Rows are computed in blocks, in float64 unless float32 is asked for, by one compiled function.
    ``nt.batch`` is neither needed nor used. Pooling and Flatten of convolutions cost (pixels)^2 and pixels
    numbers per pair: choose ``block`` with that in mind.

    Args:
        kernel_fn: the third of what ``stax.serial`` and its kin return, ``kernel_fn(x1, x2, get)``.
        input_shape: shape of one input without the batch axis, such as (height, width, channels); points (n,
            d) are reshaped to it. None: inputs are flat.
        kind: "ntk", or "nngp" for the kernel of the network's Gaussian process.

    Raises:
        MissingPackageError: neural-tangents is not installed; the message is the command that installs it.
        ValueError: an unknown kind; input_shape that is not of positive integers; an architecture that does
            not give one number per pair. TypeError: kernel_fn that is not callable.

    Source: Novak et al. 2020, Neural Tangents (ICLR), for the library.
    """
    neural_tangents.load()
    if not callable(kernel_fn):
        hint = "; pass the third of (init_fn, apply_fn, kernel_fn)" if isinstance(kernel_fn, tuple) else ""
        raise TypeError(
            f"kernel_fn must be a neural-tangents kernel_fn(x1, x2, get), got {kernel_fn!r}{hint}"
        )
    choice(kind, "kind", KINDS)
    shape = None
    if input_shape is not None:
        shape = tuple(input_shape)
        if not shape or any(not is_whole(n) or n < 1 for n in shape):
            raise ValueError(f"input_shape must be positive integers, got {input_shape!r}")
        shape = tuple(int(n) for n in shape)
    kernel = StaxKernel(kernel_fn, shape, kind)
    if shape is not None:  # else the number of coordinates is not known yet
        points = jax.ShapeDtypeStruct((2, math.prod(shape)), jnp.float32)
        jax.eval_shape(kernel.matrix, points, points)
    return kernel
