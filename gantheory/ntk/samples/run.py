"""The loop around compiled steps: records, metrics, checkpoints, and the ways a run may end early.

Steps run in compiled pieces of at most about a second, whatever their number, so that nothing is compiled
again and progress, interrupts and checkpoints have their turn. Pieces do not change results: which points a
step draws depends on the seed and its number alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.ntk import blocks
from gantheory.ntk.precision import precision
from gantheory.ntk.samples.checkpoint import FlowCheckpoint
from gantheory.ntk.samples.metrics import Metric
from gantheory.ntk.samples.result import FlowResult
from gantheory.ntk.samples.step import Plan
from gantheory.support.progress import Progress, reporting

PIECE = 256
"""Most steps of one compiled call."""

PIECE_SECONDS = 1.0
CHECKPOINT_SECONDS = 10.0


class Engine(Protocol):
    """What moves: particles, or a generator's parameters. A state is a NamedTuple of arrays, with health."""

    plan: Plan

    def advance(self, plan: Plan, state: Any, count: int, rows: Rows) -> Any:
        """The state `count` steps on, or at the first step that left finite numbers."""

    def grown(self, state: Any, steps: int) -> Any:
        """The state with room for what a warm discriminator learns in `steps` more steps."""

    def samples(self, state: Any) -> Array:
        """Samples, (n, d)."""


@dataclass(frozen=True)
class Rows:
    """Which real and generated points each step of a piece trains on, (PIECE, batch); None: all."""

    real: NDArray[np.int32] | None
    fake: NDArray[np.int32] | None


@dataclass(frozen=True)
class Schedule:
    """How long, how often, and from which seed."""

    steps: int
    record_every: int
    step_size: float
    seed: int
    batch: tuple[int, int] | None
    counts: tuple[int, int]  # real points, samples
    trajectory: bool

    def rows(self, first: int, count: int) -> Rows:
        """Draws of steps first, ..., first + count - 1."""
        if self.batch is None:
            return Rows(None, None)
        drawn: list[NDArray[np.int32]] = []
        for points, size in zip(self.counts, self.batch, strict=True):
            part = np.zeros((PIECE, size), np.int32)
            for k in range(count):
                rng = np.random.default_rng([self.seed, first + k, len(drawn)])
                part[k] = rng.choice(points, size, replace=False, shuffle=False)
            drawn.append(part)
        return Rows(*drawn)


@dataclass
class _Records:
    steps: list[int]
    samples: list[Array]
    metrics: dict[str, list[float]]


def run(
    engine: Engine,
    state: Any,
    schedule: Schedule,
    source: Array,
    target: Array,
    metrics: dict[str, Metric],
    checkpoint: FlowCheckpoint | None,
    progress: Progress,
    settings: dict[str, Any],
    description: str,
) -> FlowResult:
    """Run a flow to its end, or to where it stops."""
    plan = engine.plan
    records = _Records([], [], {name: [] for name in metrics})
    seconds, stopped, step = 0.0, "", 0
    saved = checkpoint.load() if checkpoint is not None else None
    if saved is not None:
        header, arrays = saved
        if header["step"] > schedule.steps:
            raise ValueError(
                f"steps must be at least {header['step']}, as the checkpoint has done, got {schedule.steps}"
            )
        while plan.lanczos < header["lanczos"]:
            plan = plan.more_products()
        step, seconds, stopped = header["step"], header["seconds"], header["stopped"]
        with precision(plan.dtype):
            state = _unpacked(engine.grown(state, step + schedule.record_every), arrays)
        kept = arrays["recorded"].tolist()
        records = _Records(
            kept, list(arrays["trajectory"]), {name: arrays[f"metric {name}"].tolist() for name in metrics}
        )
        # The last row of a run that ended between two records.
        if kept[-1] % schedule.record_every and kept[-1] < schedule.steps:
            columns: list[list[Any]] = [records.steps, records.samples, *records.metrics.values()]
            for column in columns:
                column.pop()
    else:
        _record(records, schedule, 0, source, target, metrics)

    piece, last_save = 1, time.monotonic()

    def save() -> None:
        nonlocal last_save
        if checkpoint is not None:
            header = {"step": step, "seconds": seconds, "stopped": stopped, "lanczos": plan.lanczos}
            checkpoint.save(header, _packed(state, records))
            last_save = time.monotonic()

    try:
        with reporting(progress, schedule.steps, description) as report:
            report(step)
            while step < schedule.steps and not stopped:
                boundary = (step // schedule.record_every + 1) * schedule.record_every
                until = min(schedule.steps, boundary)
                started = time.perf_counter()
                with precision(plan.dtype):
                    state = engine.grown(state, boundary)
                while step < until and not stopped:
                    count = min(piece, until - step, PIECE)
                    begun = time.perf_counter()
                    with precision(plan.dtype):
                        new = _advanced(engine, plan, state, count, schedule.rows(step, count))
                        done, alive, error, low, high = (
                            np.asarray(leaf).item()
                            for leaf in (new.done, new.alive, new.error, new.lowest, new.highest)
                        )
                    inexact = np.isfinite(error) and error > plan.tolerance
                    if alive and inexact and plan.lanczos < plan.real + plan.fake:
                        plan = plan.more_products()
                        continue
                    state, step = new, int(done)
                    stopped = _reason(plan, step, alive, error, low, high)
                    each = (time.perf_counter() - begun) / count
                    piece = int(max(1, min(PIECE_SECONDS / each, 2 * piece)))
                    report(step)
                    if time.monotonic() - last_save > CHECKPOINT_SECONDS:
                        save()
                seconds += time.perf_counter() - started
                _record(records, schedule, step, engine.samples(state), target, metrics)
                if step >= schedule.steps or stopped:
                    save()
    except KeyboardInterrupt:
        save()
        raise

    return FlowResult(
        samples=engine.samples(state),
        source=source,
        target=target,
        trajectory=np.stack(records.samples),
        recorded=np.array(
            records.steps if schedule.trajectory else records.steps[:: max(1, len(records.steps) - 1)]
        ),
        metrics=_table(records, schedule.step_size),
        steps=step,
        stopped=stopped,
        settings=settings,
        seconds=seconds,
        parameters=getattr(state, "parameters", None),
    )


def _advanced(engine: Engine, plan: Plan, state: Any, count: int, rows: Rows) -> Any:
    try:
        return jax.block_until_ready(engine.advance(plan, state, count, rows))
    except RuntimeError as error:  # of which XLA's error is one
        n = plan.real + plan.fake
        blocks.raise_if_out_of_memory(error, blocks.rows_of(n, plan.block, n))
        raise


def _reason(plan: Plan, step: int, alive: bool, error: float, low: float, high: float) -> str:
    if error == np.inf:
        return (
            f"the discriminator's equation at step {step} could not be solved to the tolerance; use a "
            f"shorter time than {plan.time:g}"
        )
    if not alive:
        return f"diverged: samples left finite numbers at step {step}; use a smaller step_size"
    ends = tuple(float(end) for end in plan.objective.domain)
    if low < ends[0] or high > ends[1]:
        return (
            f"scores left the domain [{ends[0]:g}, {ends[1]:g}] of {plan.objective.name} by step {step}: "
            f"they reached [{low:.4g}, {high:.4g}], and a kernel's flow is not confined to it"
        )
    return ""


def _record(
    records: _Records,
    schedule: Schedule,
    step: int,
    samples: Array,
    target: Array,
    metrics: dict[str, Metric],
) -> None:
    if records.steps and records.steps[-1] == step:
        return
    if not schedule.trajectory:
        del records.samples[1:]
    records.steps.append(step)
    records.samples.append(samples)
    for name, function in metrics.items():
        records.metrics[name].append(float(function(samples, target)))


def _table(records: _Records, step_size: float) -> Any:
    steps = np.array(records.steps)
    return pd.DataFrame({"step": steps, "time": steps * step_size, **records.metrics})


def _packed(state: Any, records: _Records) -> dict[str, NDArray[Any]]:
    leaves = {f"state {k}": np.asarray(leaf) for k, leaf in enumerate(jax.tree.leaves(state))}
    values = {f"metric {name}": np.array(column) for name, column in records.metrics.items()}
    return {**leaves, **values, "recorded": np.array(records.steps), "trajectory": np.stack(records.samples)}


def _unpacked(state: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    leaves, tree = jax.tree.flatten(state)
    return jax.tree.unflatten(tree, [jnp.asarray(arrays[f"state {k}"]) for k in range(len(leaves))])


def piecewise(body: Callable[[Any, Any], Any], state: Any, count: jax.Array, rows: Any) -> Any:
    """Apply body(state, rows of that step) `count` times, or until the state is not alive; traceable."""

    def going(carry: Any) -> jax.Array:
        k, now = carry
        return (k < count) & now.alive

    def step(carry: Any) -> Any:
        k, now = carry
        return k + 1, body(now, jax.tree.map(lambda each: each[k], rows))

    return jax.lax.while_loop(going, step, (jnp.zeros((), count.dtype), state))[1]
