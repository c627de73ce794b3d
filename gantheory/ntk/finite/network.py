"""Finite networks whose infinite-width limit is the kernel `kernels.mlp`, and their tangent kernel at the
start."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.checks import positive_integer
from gantheory.ntk.blocks import map_rows, rows_of
from gantheory.ntk.kernels.mlp import MLP
from gantheory.ntk.points import pair_of_points
from gantheory.ntk.precision import precision


class Layer(NamedTuple):
    """Parameters of an affine layer, standard normal at the start."""

    weight: jax.Array  # (outputs, inputs)
    bias: jax.Array  # (outputs,)


Parameters = tuple[Layer, ...]


@dataclass(frozen=True)
class FiniteNetwork:
    """The network of `kernels.mlp` with hidden layers of finite width, in the NTK parameterization.

        h_0 = w_std W_0 x / sqrt(d) + b_std b_0,    h_l = w_std W_l phi(h_{l-1}) / sqrt(width) + b_std b_l,

    g(x) = h_depth(x), one number. W and b are independent standard normal at the start; their scales stay in
    front during training, so that a step of gradient flow moves the function by an amount that does not grow
    with width.

    Attributes:
        kernel: the tangent kernel of the infinitely wide network; it holds depth, activation, w_std, b_std.
        width: units of each hidden layer.

    Raises:
        TypeError: kernel is not one of `kernels.mlp`.
        ValueError: kernel is the NNGP kernel, which is not that of a trained network; width < 1.

    Source: Jacot, Gabriel, Hongler, Neural tangent kernel (2018), Section 2.
    """

    kernel: MLP
    width: int

    def __post_init__(self) -> None:
        if not isinstance(self.kernel, MLP):
            raise TypeError(
                f"kernel must be one of kernels.mlp, from which a network is made, got {self.kernel!r}"
            )
        if self.kernel.kind != "ntk":
            raise ValueError(
                f'kernel must be of kind "ntk", the one that training follows, got {self.kernel.kind!r}'
            )
        object.__setattr__(self, "width", positive_integer(self.width, "width"))

    def initial(self, dimension: int, seed: int, dtype: str = "float64") -> Parameters:
        """Parameters at the start, the same in every version of JAX: NumPy draws them."""
        draw = np.random.default_rng(seed)
        sizes = (dimension, *[self.width] * self.kernel.depth, 1)
        return tuple(
            Layer(
                jnp.asarray(draw.standard_normal((outputs, inputs)), dtype),
                jnp.asarray(draw.standard_normal(outputs), dtype),
            )
            for inputs, outputs in itertools.pairwise(sizes)
        )

    def __call__(self, parameters: Parameters, x: jax.Array) -> jax.Array:
        """g at points (n, d), shape (n,)."""
        return self.layers(parameters, x)[1][-1][:, 0]

    def layers(
        self, parameters: Parameters, x: jax.Array, shifts: tuple[jax.Array, ...] | None = None
    ) -> tuple[list[jax.Array], list[jax.Array]]:
        """Inputs and outputs of every affine layer; `shifts` are added to the outputs."""
        inputs: list[jax.Array] = []
        outputs: list[jax.Array] = []
        for index, (weight, bias) in enumerate(parameters):
            inputs.append(self.kernel.activation(outputs[-1]) if outputs else x)
            weight_std, bias_std = self.scales(index, weight.shape[1])
            out = weight_std * (inputs[-1] @ weight.T) + bias_std * bias
            outputs.append(out if shifts is None else out + shifts[index])
        return inputs, outputs

    def scales(self, index: int, inputs: int) -> tuple[float, float]:
        """Factors in front of weights and biases of an affine layer."""
        last = index == self.kernel.depth
        return self.kernel.w_std / math.sqrt(inputs), self.kernel.readout_b_std if last else self.kernel.b_std


def antisymmetric(network: FiniteNetwork, pair: tuple[Parameters, Parameters], x: jax.Array) -> jax.Array:
    """f = (g(theta_1) - g(theta_2))/sqrt(2): 0 at the start if theta_1 = theta_2, with the tangent kernel of
    g.

    Source: Zhang, Xu, Luo, Ma, A type of generalization error induced by initialization in deep neural
    networks (2020), Section 5.
    """
    first, second = pair
    return (network(first, x) - network(second, x)) / math.sqrt(2)


def empirical_ntk(
    kernel: MLP,
    width: int,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    seed: int = 0,
    block: int | None = None,
    dtype: str = "float64",
) -> NDArray[np.float64]:
    """Tangent kernel of one network of finite width at the start, shape (n, m).

        Theta(x, y) = sum over parameters p of dg(x)/dp dg(y)/dp
                    = sum_l (dg(x)/dh_l . dg(y)/dh_l) (s_l^2 a_l(x).a_l(y) + t_l^2)

    with a_l the input of affine layer l, s_l and t_l the factors in front of its weights and biases. The
    second line needs no Jacobian in the parameters. It approaches `kernel` at the rate 1/sqrt(width).

    Args:
        kernel: of `kernels.mlp`.
        width: units of each hidden layer.
        x: points (n, d).
        y: points (m, d); x if left out.
        seed: of the parameters.
        block: rows of the matrix that are computed at once.
        dtype: "float64" or "float32".

    Raises:
        TypeError, ValueError: as in `FiniteNetwork`, and for points that are not finite or differ in
            dimension.
    """
    network = FiniteNetwork(kernel, width)
    first, second = pair_of_points(x, x if y is None else y, "x", "y")
    # The intermediate arrays of a block hold a row of `width` numbers for each layer.
    rows = rows_of(max(len(second), network.width), block, len(first))
    with precision(dtype):
        parameters = network.initial(first.shape[1], seed, dtype)
        points = (jnp.asarray(first, dtype), jnp.asarray(second, dtype))
        return np.asarray(_empirical_ntk(network, parameters, *points, rows=rows), dtype=np.float64)


@partial(jax.jit, static_argnames=("network", "rows"))
def _empirical_ntk(
    network: FiniteNetwork, parameters: Parameters, x: jax.Array, y: jax.Array, rows: int
) -> jax.Array:
    def pieces(points: jax.Array) -> tuple[list[jax.Array], tuple[jax.Array, ...]]:
        shifts = tuple(jnp.zeros((len(points), len(layer.bias)), points.dtype) for layer in parameters)

        def total(shifts: tuple[jax.Array, ...]) -> tuple[jax.Array, list[jax.Array]]:
            inputs, outputs = network.layers(parameters, points, shifts)
            return outputs[-1].sum(), inputs  # a row's output depends on its own shifts alone

        slopes, inputs = jax.grad(total, has_aux=True)(shifts)
        return inputs, slopes

    inputs_y, slopes_y = pieces(y)

    def block_of(points: jax.Array) -> jax.Array:
        theta = jnp.zeros((len(points), len(y)), points.dtype)
        for index, (a, slope) in enumerate(zip(*pieces(points), strict=True)):
            weight_std, bias_std = network.scales(index, a.shape[1])
            inner = weight_std**2 * (a @ inputs_y[index].T) + bias_std**2
            theta += (slope @ slopes_y[index].T) * inner
        return theta

    return map_rows(block_of, x, rows)
