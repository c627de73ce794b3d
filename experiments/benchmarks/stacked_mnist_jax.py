"""The published Stacked MNIST pair in JAX as one writes it: a step of one seed, vmap over seeds, jit.

For `image_ensemble.py`. The losses are those of its objective, (1, 2), non-saturating. Running statistics,
which training does not read, are left out.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax import lax

RATE, BETAS, EPSILON = 1e-3, (0.9, 0.99), 1e-8

Tree = Any


def weights_of(module: torch.nn.Sequential) -> list[jax.Array]:
    """The parameters of a PyTorch network, in its order."""
    return [jnp.asarray(parameter.detach().numpy()) for parameter in module.parameters()]


def conv(x: jax.Array, w: jax.Array, padding: int) -> jax.Array:
    """Conv2d of stride 2."""
    return lax.conv_general_dilated(
        x, w, (2, 2), [(padding, padding)] * 2, dimension_numbers=("NCHW", "OIHW", "NCHW")
    )


def conv_transpose(x: jax.Array, w: jax.Array, padding: int) -> jax.Array:
    """ConvTranspose2d of stride 2, whose output padding is its padding."""
    kernel = jnp.flip(w, (2, 3)).transpose(1, 0, 2, 3)
    ends = (2 - padding, 2)
    return lax.conv_general_dilated(
        x, kernel, (1, 1), [ends] * 2, lhs_dilation=(2, 2), dimension_numbers=("NCHW", "OIHW", "NCHW")
    )


def batch_norm(x: jax.Array, scale: jax.Array, offset: jax.Array) -> jax.Array:
    """By the batch's own statistics."""
    mean = x.mean((0, 2, 3), keepdims=True)
    variance = ((x - mean) ** 2).mean((0, 2, 3), keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * scale[:, None, None] + offset[:, None, None]


def generator(w: Tree, z: jax.Array) -> jax.Array:
    """Noise (n, 100) to pictures (n, 3, 28, 28)."""
    x = jax.nn.relu(batch_norm(conv_transpose(z[:, :, None, None], w[0], 0), w[1], w[2]))
    x = jax.nn.relu(batch_norm(conv_transpose(x, w[3], 0), w[4], w[5]))
    x = jax.nn.relu(batch_norm(conv_transpose(x, w[6], 1), w[7], w[8]))
    return jnp.tanh(conv_transpose(x, w[9], 1))


def discriminator(w: Tree, x: jax.Array) -> jax.Array:
    """Pictures to scores (n,)."""
    leaky = partial(jax.nn.leaky_relu, negative_slope=0.2)
    x = leaky(conv(x, w[0], 1))
    x = leaky(batch_norm(conv(x, w[1], 1), w[2], w[3]))
    x = leaky(batch_norm(conv(x, w[4], 0), w[5], w[6]))
    return conv(x, w[7], 0).reshape(len(x))


def d_loss(w: Tree, real: jax.Array, fake: jax.Array) -> jax.Array:
    """alpha_D = 1: cross entropy."""
    return jax.nn.softplus(-discriminator(w, real)).mean() + jax.nn.softplus(discriminator(w, fake)).mean()


def g_loss(w: Tree, d: Tree, z: jax.Array) -> jax.Array:
    """alpha_G = 2, non-saturating: 2 (1 - sqrt(D))."""
    return -2 * jnp.expm1(jax.nn.log_sigmoid(discriminator(d, generator(w, z))) / 2).mean()


def adam(w: Tree, gradient: Tree, m: Tree, v: Tree, time: jax.Array) -> tuple[Tree, Tree, Tree]:
    """Kingma and Ba 2015, Algorithm 1."""
    b1, b2 = BETAS
    m = jax.tree.map(lambda a, g: b1 * a + (1 - b1) * g, m, gradient)
    v = jax.tree.map(lambda a, g: b2 * a + (1 - b2) * g * g, v, gradient)
    size, correction = RATE / (1 - b1**time), 1 - b2**time
    w = jax.tree.map(lambda p, a, b: p - size * a / (jnp.sqrt(b / correction) + EPSILON), w, m, v)
    return w, m, v


def step(state: Tree, time: jax.Array, real: jax.Array, z: jax.Array) -> tuple[Tree, jax.Array, jax.Array]:
    """One step of one seed: (g, its moments, d, its moments) to the same after it, and both losses."""
    (g, g_m, g_v), (d, d_m, d_v) = state
    d_value, gradient = jax.value_and_grad(d_loss)(d, real, lax.stop_gradient(generator(g, z)))
    d, d_m, d_v = adam(d, gradient, d_m, d_v, time)
    g_value, gradient = jax.value_and_grad(g_loss)(g, d, z)
    g, g_m, g_v = adam(g, gradient, g_m, g_v, time)
    return ((g, g_m, g_v), (d, d_m, d_v)), d_value, g_value


class Ensemble:
    """Seeds side by side.

    Args:
        pairs: generator and discriminator of each seed, PyTorch modules.
    """

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        def player(k: int) -> Tree:
            listed = [weights_of(pair[k]) for pair in pairs]
            w = [jnp.stack(each) for each in zip(*listed, strict=True)]
            return w, jax.tree.map(jnp.zeros_like, w), jax.tree.map(jnp.zeros_like, w)

        self.state = player(0), player(1)
        self._step = jax.jit(jax.vmap(step, in_axes=(0, None, 0, 0)), donate_argnums=0)
        self._time = 0

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> tuple[np.ndarray[Any, Any], ...]:
        """One step on real (seeds, n, 3, 28, 28) and noise (seeds, n, 100); both losses."""
        self._time += 1
        batch = jnp.asarray(real.numpy()), jnp.asarray(noise.numpy())
        self.state, d_value, g_value = self._step(self.state, jnp.float32(self._time), *batch)
        return np.asarray(d_value), np.asarray(g_value)
