"""A discriminator of finite width, trained by gradient flow: what the infinite-width flow is the limit of.

The parameters follow

    d theta/dt = grad_theta [ mean_i A(f(x_i)) + mean_j B(f(y_j)) ],

so that the scores follow the equation of `discriminator_flow` with the network's own tangent kernel at time
t in place of the fixed one, in the same unit of time. As the width grows the two agree, at the rate
1/sqrt(width).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.ntk.dynamics.slopes import slopes
from gantheory.ntk.finite.network import FiniteNetwork, Parameters, antisymmetric
from gantheory.ntk.kernels.mlp import MLP
from gantheory.ntk.points import pair_of_points
from gantheory.ntk.precision import precision
from gantheory.objectives import Objective

Pair = tuple[Parameters, Parameters]

_MOST_STEPS = 100_000


@dataclass(frozen=True, eq=False)
class FiniteDiscriminatorFlow:
    """The flow that `finite_discriminator_flow` returns; see there."""

    objective: Objective
    network: FiniteNetwork
    real: Array
    fake: Array
    seed: int
    tolerance: float
    dtype: str

    def scores(self, x: ArrayLike, t: ArrayLike) -> Array:
        """v_t(x) in float64: shape (n,) for one time, (times, n) for an array of them.

        Args:
            x: points (n, d), or (n,) on the line.
            t: a time in [0, inf), or a one-dimensional array of times in any order.

        Raises:
            ValueError: a time that is negative or not finite; points of another dimension than the data.
            RuntimeError: the objective drives the network away faster than steps can follow.
        """
        times = np.asarray(t, dtype=np.float64)
        if times.ndim > 1 or times.size == 0:
            raise ValueError(f"t must be a time or a one-dimensional array of times, got shape {times.shape}")
        if not np.isfinite(times).all() or (times < 0).any():
            wrong = times[~(np.isfinite(times) & (times >= 0))].flat[0]
            raise ValueError(f"t must be in [0, inf) for a network of finite width, got {wrong}")
        points, _ = pair_of_points(x, self.real, "x", "real")
        grid, where = np.unique(times, return_inverse=True)
        with precision(self.dtype):
            parameters = self.network.initial(points.shape[1], self.seed, self.dtype)
            pair = (parameters, parameters)
            data = tuple(jnp.asarray(part, self.dtype) for part in (self.real, self.fake))
            at = jnp.asarray(points, self.dtype)
            out = [
                np.asarray(_score(self.network, pair, at), dtype=np.float64)
                for pair in self._at(grid, pair, data)
            ]
        return np.stack(out)[where.reshape(times.shape)]

    def _at(self, grid: Array, pair: Pair, data: tuple[jax.Array, ...]) -> Any:
        """Parameters at each of the increasing times."""
        step = partial(_step, self.network, self.objective)
        now, h = 0.0, 0.0
        slope = _slope(self.network, self.objective, pair, *data)
        steps = 0
        for end in grid:
            while now < end:
                if steps == _MOST_STEPS:
                    raise RuntimeError(
                        f"{self.objective} needs more than {_MOST_STEPS} steps of gradient flow to reach "
                        f"t = {end}; it is at t = {now:.3g}"
                    )
                # The first step moves the parameters by the root of the tolerance; the rule below takes over.
                h = h or np.sqrt(self.tolerance) / max(float(_norm(slope)), 1e-30)
                last = now + h >= end
                tried = end - now if last else h
                new, new_slope, error = step(pair, slope, jnp.asarray(tried, self.dtype), *data)
                error = float(error)
                steps += 1
                if error <= self.tolerance:
                    pair, slope, now = new, new_slope, float(end) if last else now + tried
                # The error of a step grows with its third power; NaN asks for a much smaller one.
                ratio = 0.9 * (self.tolerance / max(error, 1e-30)) ** (1 / 3) if np.isfinite(error) else 0.2
                proposed = tried * min(5.0, max(0.2, ratio))
                h = max(h, proposed) if last and error <= self.tolerance else proposed
            yield pair


def finite_discriminator_flow(
    objective: Objective,
    kernel: MLP,
    real: ArrayLike,
    fake: ArrayLike,
    width: int,
    *,
    seed: int = 0,
    tolerance: float = 1e-4,
    dtype: str = "float64",
) -> FiniteDiscriminatorFlow:
    """Gradient flow of a discriminator of finite width: `discriminator_flow` without the limit.

        flow = finite_discriminator_flow(obj, kernels.mlp(depth=2), real, fake, width=1024)
        flow.scores(x, [0.5, 1.0, 2.0])

    The discriminator is f = (g(theta_1) - g(theta_2))/sqrt(2) of two copies of `FiniteNetwork` that start
    equal, so that v_0 = 0 everywhere and the tangent kernel at the start is that of one copy. Both copies
    are trained. Steps are those of the Bogacki-Shampine pair of orders 2 and 3, chosen so that the estimated
    error of each in the parameters, in the Euclidean norm, is at most `tolerance`; one of v(x) is that times
    the root of the tangent kernel at x.

    Args:
        objective: of `gantheory.objectives`; A and B are maximized. IPMs are taken without a critic class.
        kernel: of `kernels.mlp`; depth, activation, w_std, b_std of the network.
        real, fake: training points (n, d) and (m, d).
        width: units of each hidden layer.
        seed: of the parameters at the start.
        tolerance: error of a step.
        dtype: "float64" or "float32".

    Raises:
        TypeError: kernel is not one of `kernels.mlp`; an objective that couples scores in pairs.
        ValueError: points that are not finite or differ in dimension; an objective without gradient; width <
            1; tolerance not in (0, 1).

    Source: Jacot, Gabriel, Hongler, Neural tangent kernel (2018); Franceschi et al., A neural tangent kernel
    perspective of GANs (2022), Section 4.
    """
    slopes(objective)  # raises for one without
    network = FiniteNetwork(kernel, width)
    first, second = pair_of_points(real, fake, "real", "fake")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be in (0, 1), got {tolerance!r}")
    precision(dtype)
    return FiniteDiscriminatorFlow(objective, network, first, second, int(seed), float(tolerance), dtype)


@partial(jax.jit, static_argnums=0)
def _score(network: FiniteNetwork, pair: Pair, x: jax.Array) -> jax.Array:
    return antisymmetric(network, pair, x)


@partial(jax.jit, static_argnums=(0, 1))
def _slope(
    network: FiniteNetwork, objective: Objective, pair: Pair, real: jax.Array, fake: jax.Array
) -> Pair:
    """d theta/dt."""
    found = slopes(objective)
    scores, pull_back = jax.vjp(
        lambda theta: (antisymmetric(network, theta, real), antisymmetric(network, theta, fake)), pair
    )
    return pull_back((found.real(scores[0]) / len(real), found.fake(scores[1]) / len(fake)))[0]


@partial(jax.jit, static_argnums=(0, 1))
def _step(
    network: FiniteNetwork,
    objective: Objective,
    pair: Pair,
    slope: Pair,
    h: jax.Array,
    real: jax.Array,
    fake: jax.Array,
) -> tuple[Pair, Pair, jax.Array]:
    """A step of the Bogacki-Shampine pair: the parameters, their slope there, and the estimated error."""

    def moved(*terms: tuple[float, Pair]) -> Pair:
        return jax.tree.map(
            lambda base, *parts: base + h * sum(c * part for (c, _), part in zip(terms, parts, strict=True)),
            pair,
            *(part for _, part in terms),
        )

    def slope_at(theta: Pair) -> Pair:
        return _slope(network, objective, theta, real, fake)

    second = slope_at(moved((1 / 2, slope)))
    third = slope_at(moved((3 / 4, second)))
    new = moved((2 / 9, slope), (1 / 3, second), (4 / 9, third))
    fourth = slope_at(new)
    error = jax.tree.map(
        lambda a, b, c, d: h * (-5 / 72 * a + b / 12 + c / 9 - d / 8), slope, second, third, fourth
    )
    return new, fourth, _norm(error)


@jax.jit
def _norm(tree: Any) -> jax.Array:
    return jnp.sqrt(sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(tree)))
