"""A generator network trained with the field of an infinitely wide discriminator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.points import as_points
from gantheory.ntk.precision import precision as precision_of
from gantheory.ntk.samples import metrics as flow_metrics
from gantheory.ntk.samples.generators import Generator
from gantheory.ntk.samples.metrics import Metric
from gantheory.ntk.samples.particles import Moving, initial_state, prepared, stepped
from gantheory.ntk.samples.result import FlowResult
from gantheory.ntk.samples.run import Rows, piecewise, run
from gantheory.ntk.samples.settings import checkpoint_of, planned, settings_of
from gantheory.ntk.samples.step import Data, Memory, Plan, velocities
from gantheory.objectives.objective import Objective
from gantheory.support.progress import Progress

OPTIMIZERS = ("adam", "sgd")
_DECAY, _DECAY_OF_SQUARES, _EPSILON = 0.9, 0.999, 1e-8


class State(NamedTuple):
    """A generator in mid-training; the rest as in `particles.State`."""

    parameters: Any
    mean: Any
    square: Any
    memory: Memory | None
    remembered: jax.Array
    done: jax.Array
    alive: jax.Array
    error: jax.Array
    lowest: jax.Array
    highest: jax.Array


@dataclass(frozen=True)
class _Network:
    """What a compiled step depends on besides the plan; hashable."""

    apply: Callable[[Any, jax.Array], jax.Array]
    optimizer: str


@partial(jax.jit, static_argnames=("plan", "network"))
def _advance(
    plan: Plan,
    network: _Network,
    data: Data,
    latent: jax.Array,
    state: State,
    count: jax.Array,
    step_size: jax.Array,
    rows: tuple[Any, Any],
) -> State:
    def step(now: State, drawn: tuple[Any, Any]) -> State:
        real_rows, fake_rows = drawn
        z = latent if fake_rows is None else latent[fake_rows]
        fake, pull_back = jax.vjp(lambda theta: network.apply(theta, z), now.parameters)
        velocity, trained = velocities(plan, data, now.memory, fake, real_rows, None)
        # grad of mean S(v(G(z))) with v held fixed: the samples' gradients, through G
        (gradient,) = pull_back(-velocity / len(fake))
        parameters, mean, square = _moved(network.optimizer, now, gradient, step_size)
        return stepped(now, trained, fake, real_rows, parameters=parameters, mean=mean, square=square)

    return piecewise(step, state._replace(error=jnp.zeros_like(state.error)), count, rows)


def _moved(optimizer: str, now: State, gradient: Any, step_size: jax.Array) -> tuple[Any, Any, Any]:
    """Parameters and moments after one step of gradient descent or Adam (Kingma and Ba 2015, Algorithm 1)."""
    if optimizer == "sgd":
        return jax.tree.map(lambda p, g: p - step_size * g, now.parameters, gradient), now.mean, now.square
    k = (now.done + 1).astype(step_size.dtype)
    mean = jax.tree.map(lambda m, g: _DECAY * m + (1 - _DECAY) * g, now.mean, gradient)
    square = jax.tree.map(
        lambda s, g: _DECAY_OF_SQUARES * s + (1 - _DECAY_OF_SQUARES) * g**2, now.square, gradient
    )
    rate = step_size * jnp.sqrt(1 - _DECAY_OF_SQUARES**k) / (1 - _DECAY**k)
    epsilon = _EPSILON * jnp.sqrt(1 - _DECAY_OF_SQUARES**k)
    parameters = jax.tree.map(
        lambda p, m, s: p - rate * m / (jnp.sqrt(s) + epsilon), now.parameters, mean, square
    )
    return parameters, mean, square


@partial(jax.jit, static_argnames=("network",))
def _samples(network: _Network, parameters: Any, latent: jax.Array) -> jax.Array:
    return network.apply(parameters, latent)


@dataclass
class _Training(Moving):
    network: _Network
    latent: jax.Array

    def advance(self, plan: Plan, state: State, count: int, rows: Rows) -> State:
        size = jnp.asarray(self.step_size, plan.dtype)
        number = jnp.asarray(count, jnp.int32)
        return _advance(
            plan, self.network, self.data, self.latent, state, number, size, (rows.real, rows.fake)
        )

    def samples(self, state: State) -> Array:
        with precision_of(self.plan.dtype):
            return np.asarray(_samples(self.network, state.parameters, self.latent), dtype=np.float64)


def generator_flow(
    objective: Objective,
    kernel: Kernel | Callable[[Any, Any], Any],
    generator: Generator,
    latent: ArrayLike,
    target: ArrayLike,
    *,
    steps: int,
    step_size: float = 1e-3,
    optimizer: str = "adam",
    time: float = 1.0,
    discriminator: str = "reset",
    initial: Callable[[Any], Any] | None = None,
    batch: int | tuple[int, int] | None = None,
    seed: int = 0,
    precision: str = "float32",
    metrics: Sequence[str] | dict[str, Metric | str] = ("energy", "mmd"),
    record_every: int | None = None,
    trajectory: bool = True,
    checkpoint: Path | str | None = None,
    block: int | None = None,
    progress: Progress = True,
) -> FlowResult:
    """Train a generator network G against an infinitely wide discriminator.

        theta <- theta - step_size grad_theta mean_j S(v(G_theta(z_j)))

    by gradient descent or Adam, with v the discriminator of `discriminator_flow` after it was trained for
    `time` between the target and the samples of the moment, and held fixed in the gradient: the samples'
    velocities of `particle_flow`, pulled back through G.

    Args:
        generator: of `gantheory.ntk.generators`, or a `Generator` around any function in JAX operations.
        latent: latent points, (n, k); one sample each.
        step_size: of a step; Adam's learning rate.
        optimizer: "adam" (decay rates 0.9 and 0.999) or "sgd".
        batch: real and latent points of a step, drawn anew without replacement; all if left out.
        objective, kernel, target, steps, time, discriminator, initial, seed, precision, metrics,
            record_every, trajectory, checkpoint, block, progress: as in `particle_flow`.

    Returns:
        FlowResult, with the trained `parameters`.

    Raises:
        TypeError, ValueError, MemoryError: as in `particle_flow`; an unknown optimizer; a generator whose
            samples do not have the target's dimension.
    """
    z, y = as_points(latent, "latent"), as_points(target, "target")
    choice(optimizer, "optimizer", OPTIMIZERS)
    network = _Network(generator.apply, optimizer)
    precision_of(precision)
    with precision_of(precision):
        parameters = jax.tree.map(lambda leaf: jnp.asarray(leaf, precision), generator.parameters)
        start = np.asarray(_samples(network, parameters, jnp.asarray(z, precision)), dtype=np.float64)
    if start.shape != (len(z), y.shape[1]):
        raise ValueError(f"generator must give samples of shape ({len(z)}, {y.shape[1]}), got {start.shape}")
    plan, schedule = planned(
        objective,
        kernel,
        start,
        y,
        initial=initial,
        time=time,
        discriminator=discriminator,
        batch=batch,
        dtype=precision,
        block=block,
        name="the generator's samples",
        steps=steps,
        step_size=step_size,
        record_every=record_every,
        seed=seed,
        trajectory=trajectory,
    )
    chosen = flow_metrics.resolve(metrics, plan.kernel, block)
    settings = {
        **settings_of(plan, schedule, "generator"),
        "generator": generator.name,
        "optimizer": optimizer,
    }
    file = checkpoint_of(checkpoint, plan, settings, chosen, y, z, start)
    with precision_of(precision):
        data = prepared(plan, jnp.asarray(y, precision))
        common = initial_state(plan, jnp.asarray(start[:1], precision), len(y))
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        state = State(parameters, zeros, zeros, *common[1:])
        engine = _Training(plan, data, schedule.step_size, network, jnp.asarray(z, precision))
    return run(engine, state, schedule, start, y, chosen, file, progress, settings, "generator flow")
