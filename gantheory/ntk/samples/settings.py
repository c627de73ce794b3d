"""Arguments that particle and generator flow share: checked, and as records can hold them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import (
    choice,
    is_whole,
    nonnegative_integer,
    positive_integer,
    positive_number,
)
from gantheory.ntk import blocks
from gantheory.ntk.dynamics.slopes import generator_slope, slopes
from gantheory.ntk.dynamics.training_kernel import check
from gantheory.ntk.kernels.function import FunctionKernel, as_kernel
from gantheory.ntk.kernels.invariant import InvariantKernel
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.precision import precision
from gantheory.ntk.samples.checkpoint import FlowCheckpoint
from gantheory.ntk.samples.run import Schedule
from gantheory.ntk.samples.step import LANCZOS, Plan
from gantheory.objectives.objective import Objective

DISCRIMINATORS = ("reset", "warm")


def plan_of(
    objective: Objective,
    kernel: Kernel | Callable[[Any, Any], Any],
    source: Array,
    target: Array,
    *,
    initial: Callable[[Any], Any] | None,
    time: float,
    discriminator: str,
    batch: int | tuple[int, int] | None,
    dtype: str,
    block: int | None,
    name: str,
) -> Plan:
    """The plan of a flow; see `particle_flow` for what is raised."""
    slopes(objective)
    generator_slope(objective)
    precision(dtype)
    k = as_kernel(kernel)
    if (source == source[0]).all() and (target == source[0]).all():
        raise ValueError(
            f"{name} and target hold one point only, {source[0].tolist()}, again and again: nothing moves it"
        )
    if not isinstance(k, InvariantKernel):
        check(k, np.concatenate([target, source]))
    if isinstance(k, FunctionKernel):
        k.require_gradient(source.shape[1])
    choice(discriminator, "discriminator", DISCRIMINATORS)
    if block is not None:
        blocks.rows_of(1, block, 1)
    counts = (len(target), len(source))
    sizes = batch_sizes(batch, counts, name) or counts
    plan = Plan(
        objective=objective,
        kernel=k,
        initial=initial,
        time=positive_number(time, "time"),
        real=sizes[0],
        fake=sizes[1],
        batched=batch is not None,
        warm=discriminator == "warm",
        dtype=dtype,
        block=block,
        lanczos=min(LANCZOS, sum(sizes)),
    )
    if initial is not None:
        _check_initial(plan, target)
    return plan


def planned(
    objective: Objective,
    kernel: Kernel | Callable[[Any, Any], Any],
    source: Array,
    target: Array,
    *,
    steps: int,
    step_size: float,
    record_every: int | None,
    seed: int,
    trajectory: bool,
    **settings: Any,
) -> tuple[Plan, Schedule]:
    """The plan and the schedule of a flow; `settings` as for `plan_of`."""
    plan = plan_of(objective, kernel, source, target, **settings)
    steps = positive_integer(steps, "steps")
    if record_every is None:
        record_every = max(1, math.ceil(steps / 20))
    schedule = Schedule(
        steps=steps,
        record_every=positive_integer(record_every, "record_every"),
        step_size=positive_number(step_size, "step_size"),
        seed=nonnegative_integer(seed, "seed"),
        batch=(plan.real, plan.fake) if plan.batched else None,
        counts=(len(target), len(source)),
        trajectory=bool(trajectory),
    )
    return plan, schedule


def settings_of(plan: Plan, schedule: Schedule, kind: str) -> dict[str, Any]:
    """What determines a run but its data and the number of steps, as JSON can hold it."""
    kernel = plan.kernel
    named = kernel.function if isinstance(kernel, FunctionKernel) else None
    return {
        "flow": kind,
        "objective": plan.objective.name,
        "A": str(plan.objective.A),
        "B": str(plan.objective.B),
        "S": str(plan.objective.S),
        # A function's repr holds its address, another one in each process.
        "kernel": getattr(named, "__qualname__", type(named).__name__) if named is not None else repr(kernel),
        "initial": getattr(plan.initial, "__qualname__", None) if plan.initial is not None else None,
        "time": plan.time,
        "step_size": schedule.step_size,
        "discriminator": "warm" if plan.warm else "reset",
        "batch": list(schedule.batch) if schedule.batch else None,
        "seed": schedule.seed,
        "record_every": schedule.record_every,
        "trajectory": schedule.trajectory,
        "precision": plan.dtype,
        "block": plan.block,
    }


def checkpoint_of(
    path: Path | str | None, plan: Plan, settings: dict[str, Any], metrics: Iterable[str], *arrays: Array
) -> FlowCheckpoint | None:
    """The checkpoint of a run with these settings, metrics and data, if there is to be one."""
    if path is None:
        return None
    return FlowCheckpoint(path, {**settings, "metrics": list(metrics)}, _fingerprint(plan, *arrays))


def _fingerprint(plan: Plan, *arrays: Array) -> Array:
    """Numbers by which another data set, kernel or v_0 is told apart: sums, and values at a few points."""
    parts = [
        np.array([*array.shape, array.sum(), (array**2).sum(), *array[:2].ravel()[:64]]) for array in arrays
    ]
    few = arrays[0][:3]
    parts.append(blocks.matrix(plan.kernel, few, few).ravel())
    if plan.initial is not None:
        with precision("float64"):
            parts.append(np.asarray(plan.initial(jnp.asarray(few))))
    return np.concatenate(parts)


def batch_sizes(
    batch: int | tuple[int, int] | None, counts: tuple[int, int], name: str
) -> tuple[int, int] | None:
    """(real points, generated points) of a step; None for all of them."""
    if batch is None:
        return None
    pair: Any = (batch, batch) if is_whole(batch) else batch
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"batch must be a number of points or a pair (real, generated), got {batch!r}")
    for size, available, what in zip(pair, counts, ("target", name), strict=True):
        if not is_whole(size) or not 1 <= size <= available:
            raise ValueError(f"batch must be between 1 and the {available} points of {what}, got {size!r}")
    return int(pair[0]), int(pair[1])


def _check_initial(plan: Plan, target: Array) -> None:
    assert plan.initial is not None
    shape = jax.ShapeDtypeStruct(target[:2].shape, jnp.float32)
    try:
        out = jax.eval_shape(plan.initial, shape)
    except Exception as error:  # whatever a tracer makes of foreign code
        raise TypeError(
            "initial has no gradient, since JAX cannot trace it; write it with jax.numpy"
        ) from error
    if out.shape != (len(target[:2]),):
        raise ValueError(
            f"initial must map points (n, d) to scores (n,), got shape {out.shape} for {len(target[:2])}"
        )
