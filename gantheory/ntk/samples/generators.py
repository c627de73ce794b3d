"""Generators of finite size for `generator_flow`: parameters, and a function of those and latent points."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.arguments.checks import choice, is_whole

ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "relu": jax.nn.relu,
    "leaky_relu": lambda p: jax.nn.leaky_relu(p, 0.2),
    "tanh": jnp.tanh,
    "softplus": jax.nn.softplus,
}


@dataclass(frozen=True)
class Generator:
    """x = apply(parameters, z) for latent points (n, k), shape (n, d), in JAX operations.

    Attributes:
        apply: the function; any of a user's own will do.
        parameters: a pytree of arrays, as they are at the start.
        name: for records of runs.
    """

    apply: Callable[[Any, jax.Array], jax.Array]
    parameters: Any = field(repr=False)
    name: str = "generator"

    def __post_init__(self) -> None:
        if not jax.tree.leaves(self.parameters):
            raise ValueError("parameters must hold at least one array: nothing would be trained")

    def __call__(self, z: Any, parameters: Any = None) -> jax.Array:
        """Samples at the given parameters, or at those of the start."""
        return self.apply(self.parameters if parameters is None else parameters, jnp.asarray(z))


@dataclass(frozen=True)
class _MLP:
    activation: str

    def __call__(self, parameters: Any, z: jax.Array) -> jax.Array:
        for weight, bias in parameters[:-1]:
            z = ACTIVATIONS[self.activation](z @ weight + bias)
        weight, bias = parameters[-1]
        return z @ weight + bias


def mlp(
    latent: int, output: int, hidden: Sequence[int] = (64, 64), activation: str = "relu", seed: int = 0
) -> Generator:
    """A fully connected generator from R^latent to R^output, with a linear last layer.

    Weights start normal with variance 2/inputs (He et al. 2015) and 1/inputs in the last layer, biases at 0.
    NumPy draws them, so that they are the same in every version of JAX.

    Raises:
        ValueError: a size that is not a positive integer, or an unknown activation.
    """
    sizes = (latent, *hidden, output)
    if any(not is_whole(n) or n < 1 for n in sizes):
        raise ValueError(
            f"latent, hidden and output must be positive integers, got {latent}, {tuple(hidden)}, {output}"
        )
    choice(activation, "activation", ACTIVATIONS)
    rng = np.random.default_rng(seed)
    parameters = []
    for k, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        gain = 1.0 if k == len(sizes) - 2 else 2.0
        weight = rng.standard_normal((inputs, outputs)) * np.sqrt(gain / inputs)
        parameters.append((weight.astype(np.float32), np.zeros(outputs, np.float32)))
    shape = "-".join(map(str, sizes))
    return Generator(_MLP(activation), tuple(parameters), f"mlp({shape}, {activation})")
