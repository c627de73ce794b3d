"""Samples that move freely along the field of an infinitely wide discriminator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.points import pair_of_points
from gantheory.ntk.precision import precision
from gantheory.ntk.samples import metrics as flow_metrics
from gantheory.ntk.samples.metrics import Metric
from gantheory.ntk.samples.result import FlowResult
from gantheory.ntk.samples.run import Rows, piecewise, run
from gantheory.ntk.samples.settings import checkpoint_of, planned, settings_of
from gantheory.ntk.samples.step import Data, Memory, Plan, Trained, prepare, velocities
from gantheory.objectives.objective import Objective
from gantheory.support.progress import Progress


class State(NamedTuple):
    """Particles in mid-flow.

    `remembered` counts the generated points in `memory`, the rest of which is room; `error`, `lowest` and
    `highest` are the worst since the piece began.
    """

    x: jax.Array
    memory: Memory | None
    remembered: jax.Array
    done: jax.Array
    alive: jax.Array
    error: jax.Array
    lowest: jax.Array
    highest: jax.Array


def initial_state(plan: Plan, x: jax.Array, real: int) -> State:
    """Particles at the start; float arrays in the plan's precision."""
    zero = jnp.zeros((), plan.dtype)
    memory = None
    if plan.warm:
        memory = Memory(
            jnp.zeros(real, plan.dtype), jnp.zeros((0, x.shape[1]), plan.dtype), jnp.zeros(0, plan.dtype)
        )
    none = jnp.zeros((), jnp.int32)
    return State(x, memory, none, none, jnp.ones((), bool), zero, zero, zero)


def remember(
    state: Any, trained: Trained, fake: jax.Array, real_rows: jax.Array | None
) -> tuple[Memory | None, jax.Array]:
    """Memory with a step's training added: real coefficients add up, generated points are appended."""
    memory = state.memory
    if memory is None:
        return None, state.remembered
    at = state.remembered
    real = memory.real_weights
    return (
        Memory(
            real + trained.real_weights
            if real_rows is None
            else real.at[real_rows].add(trained.real_weights),
            lax.dynamic_update_slice(memory.fake, fake, (at, jnp.zeros((), at.dtype))),
            lax.dynamic_update_slice(memory.fake_weights, trained.fake_weights, (at,)),
        ),
        at + len(fake),
    )


def stepped(now: Any, trained: Trained, fake: jax.Array, real_rows: jax.Array | None, **moved: Any) -> Any:
    """The state after a step that moved these fields; the last finite one where they are not finite."""
    finite = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(moved)]
    alive = jnp.stack(finite).all() & jnp.isfinite(trained.error)
    memory, remembered = remember(now, trained, fake, real_rows)
    new = now._replace(
        **moved,
        memory=memory,
        remembered=remembered,
        done=now.done + 1,
        alive=alive,
        error=jnp.maximum(now.error, trained.error),
        lowest=jnp.minimum(now.lowest, trained.lowest),
        highest=jnp.maximum(now.highest, trained.highest),
    )
    kept = now._replace(alive=alive, error=new.error)
    return jax.tree.map(lambda a, b: jnp.where(alive, a, b), new, kept)


def grown_memory(plan: Plan, memory: Memory, filler: jax.Array, steps: int) -> Memory:
    """Memory with room for `steps` steps in all; room doubles, so that compiled steps see few shapes."""
    room = len(memory.fake_weights)
    needed, wanted = steps * plan.fake, max(4 * plan.fake, room)
    while wanted < needed:
        wanted *= 2
    if wanted == room:
        return memory
    more = jnp.broadcast_to(filler, (wanted - room, len(filler))).astype(plan.dtype)
    return Memory(
        memory.real_weights,
        jnp.concatenate([memory.fake, more]),
        jnp.concatenate([memory.fake_weights, jnp.zeros(wanted - room, plan.dtype)]),
    )


@partial(jax.jit, static_argnames=("plan",))
def _advance(
    plan: Plan, data: Data, state: State, count: jax.Array, step_size: jax.Array, rows: tuple[Any, Any]
) -> State:
    def step(now: State, drawn: tuple[Any, Any]) -> State:
        real_rows, fake_rows = drawn
        velocity, trained = velocities(plan, data, now.memory, now.x, real_rows, fake_rows)
        fake = now.x if fake_rows is None else now.x[fake_rows]
        return stepped(now, trained, fake, real_rows, x=now.x + step_size * velocity)

    zero = jnp.zeros_like(state.error)
    return piecewise(step, state._replace(error=zero), count, rows)


@partial(jax.jit, static_argnames=("plan",))
def prepared(plan: Plan, real: jax.Array) -> Data:
    return prepare(plan, real)


@dataclass
class Moving:
    """What engines of `run` have in common: plan, data, and room for a warm discriminator's memory."""

    plan: Plan
    data: Data
    step_size: float

    def grown(self, state: Any, steps: int) -> Any:
        if state.memory is None:
            return state
        return state._replace(memory=grown_memory(self.plan, state.memory, self.data.real[0], steps))


@dataclass
class _Particles(Moving):
    def advance(self, plan: Plan, state: State, count: int, rows: Rows) -> State:
        size = jnp.asarray(self.step_size, plan.dtype)
        return _advance(plan, self.data, state, jnp.asarray(count, jnp.int32), size, (rows.real, rows.fake))

    def samples(self, state: State) -> Array:
        return np.asarray(state.x, dtype=np.float64)


def particle_flow(
    objective: Objective,
    kernel: Kernel | Callable[[Any, Any], Any],
    source: ArrayLike,
    target: ArrayLike,
    *,
    steps: int,
    step_size: float,
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
    """Move samples along what an infinitely wide discriminator tells them.

        x <- x - step_size grad_x S(v(x)) = x - step_size S'(v(x)) grad v(x)

    for every sample, with v the discriminator of `discriminator_flow` after it was trained for `time` between
    the target and the samples of the moment. The velocity is that of one sample, not divided by their number:
    it is the Wasserstein gradient flow's, and step_size is a step of that flow's time. Code that takes the
    gradient of a mean over n samples and a step eta does the same with step_size = eta/n.

    Args:
        objective: an Objective whose generator minimizes E_g S(v).
        kernel: of `gantheory.ntk.kernels`, or a callable (X, Y) -> matrix in JAX operations.
        source: samples at the start, (n, d).
        target: real data, (m, d).
        steps: number of steps.
        step_size: of a step, in (0, inf).
        time: of the discriminator's training in each step, in the unit of `discriminator_flow`.
        discriminator: "reset" to v_0 before each step, or "warm": it keeps what it has learned, and a step
            costs more the longer its history.
        initial: v_0, a function of points (n, d) in JAX operations that gives scores (n,); 0 if left out.
        batch: real and generated points that a step trains on, drawn anew without replacement; all if left
            out. All samples move in every step.
        seed: of these draws.
        precision: "float32", or "float64", which takes about twice as long.
        metrics: names among "sinkhorn", "energy", "mmd" (with this kernel; its root), or name -> name or
            function of (samples, target). A `flow_metrics.Sinkhorn` sets blur and scaling.
        record_every: steps from one record to the next; a twentieth of all if left out. The start and the end
            are recorded too.
        trajectory: keep samples at every record, not only at start and end.
        checkpoint: file (.npz) that holds the state, written every ten seconds and on Ctrl-C. The same call
            goes on from it; on a CPU the result is identical to that of an uninterrupted run. `steps` may be
            raised.
        block: samples whose pairs are computed at once; chosen for the cache if left out.
        progress: True for a bar on a terminal, False, or a callable (steps done, steps in all).

    Returns:
        FlowResult. A run whose samples leave finite numbers, whose discriminator's equation cannot be solved,
        or whose scores leave the objective's domain stops there and returns what it has; `stopped` says why.

    Raises:
        TypeError: an objective that couples scores in pairs; a kernel or initial that JAX cannot
            differentiate.
        ValueError: points that are not finite, of different dimension, or all one and the same; an objective
            without gradient; a user's kernel that is not symmetric and positive semidefinite; any other
            argument out of range; a checkpoint of another run.
        MemoryError: the device's memory will not do; the message suggests a block.

    Source: Franceschi et al., A neural tangent kernel perspective of GANs (2022).
    """
    x, y = pair_of_points(source, target, "source", "target")
    plan, schedule = planned(
        objective,
        kernel,
        x,
        y,
        initial=initial,
        time=time,
        discriminator=discriminator,
        batch=batch,
        dtype=precision,
        block=block,
        name="source",
        steps=steps,
        step_size=step_size,
        record_every=record_every,
        seed=seed,
        trajectory=trajectory,
    )
    chosen = flow_metrics.resolve(metrics, plan.kernel, block)
    settings = settings_of(plan, schedule, "particles")
    file = checkpoint_of(checkpoint, plan, settings, chosen, y, x)
    engine, state = started(plan, x, y, schedule.step_size)
    return run(engine, state, schedule, x, y, chosen, file, progress, settings, "particle flow")


def started(plan: Plan, x: Array, y: Array, step_size: float) -> tuple[_Particles, State]:
    """What moves the particles, and their state at the start."""
    with precision(plan.dtype):
        real = jnp.asarray(y, plan.dtype)
        data = prepared(plan, real)
        return _Particles(plan, data, step_size), initial_state(plan, jnp.asarray(x, plan.dtype), len(y))
