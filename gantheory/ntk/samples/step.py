"""One step of a flow, compiled: train the discriminator on the samples of the moment, and find their
velocities.

The reset discriminator of each step starts at v_0 and is trained for time t; its coefficients solve the
equation of `discriminator_flow`. What that costs depends on the objective:

    A', B' constant (integral probability metrics)   c = t w A': no equation; one pass for the gradient
    A', B' straight lines (least squares)            Lanczos, a few tens of products with K
    any other                                        an explicit Runge-Kutta pair with error control

K is formed once a step. For kernels in closed form the same pass over the pairs gives the derivatives that
the gradient needs, so that nothing is evaluated twice; K between real points, which do not move, is formed
once for the whole run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import sympy as sp

from gantheory.ntk.blocks import map_rows, rows_of
from gantheory.ntk.dynamics.krylov import phi_action
from gantheory.ntk.dynamics.slopes import Affine, generator_slope, slopes
from gantheory.ntk.kernels.invariant import InvariantKernel, Partials, gradient
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.objectives.objective import Objective, v

HELD_BYTES = 1 << 30
"""Kernel matrices of a step up to this size are held; larger ones are formed anew at each product."""

LANCZOS = 12
"""Products with K that least squares starts with; doubled where the estimated error is too large."""

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""Relative error of the discriminator's coefficients."""

_EXPLICIT_STEPS = 4096


@dataclass(frozen=True)
class Plan:
    """Everything that a compiled step depends on but arrays; hashable."""

    objective: Objective
    kernel: Kernel
    initial: Callable[[jax.Array], jax.Array] | None
    time: float
    real: int  # points that a step trains on
    fake: int
    batched: bool
    warm: bool
    dtype: str
    block: int | None
    lanczos: int = LANCZOS

    @property
    def held(self) -> bool:
        """Whether K and its derivatives are held during a step."""
        n = self.real + self.fake
        return n * n * 4 * jnp.dtype(self.dtype).itemsize <= HELD_BYTES

    @property
    def tolerance(self) -> float:
        """Relative error of the coefficients."""
        return TOLERANCE[self.dtype]

    @property
    def sides(self) -> tuple[Affine, Affine] | None:
        """A' and B' as straight lines."""
        return slopes(self.objective).affine

    @property
    def steady(self) -> bool:
        """Whether the coefficients do not depend on the scores."""
        return self.sides is not None and all(side.rate == 0 for side in self.sides)

    def more_products(self) -> Plan:
        """The plan with twice the products with K."""
        return replace(self, lanczos=min(2 * self.lanczos, self.real + self.fake))


class Memory(NamedTuple):
    """What a warm discriminator has learned: v - v_0 = k(., real) real_weights + k(., fake) fake_weights."""

    real_weights: jax.Array
    fake: jax.Array
    fake_weights: jax.Array


class Data(NamedTuple):
    """Arrays that do not change during a run."""

    real: jax.Array
    real_matrix: jax.Array | None


class Trained(NamedTuple):
    """The discriminator after a step's training, as new coefficients on that step's points."""

    real_weights: jax.Array
    fake_weights: jax.Array
    error: jax.Array  # estimated relative error; infinite where the equation could not be solved
    lowest: jax.Array  # of the scores at the training points, 0 where they are not needed
    highest: jax.Array


def prepare(plan: Plan, real: jax.Array) -> Data:
    """Data of a run."""
    if plan.batched or plan.steady or not plan.held:
        return Data(real, None)
    rows = rows_of(len(real), plan.block, len(real))
    return Data(real, map_rows(lambda part: plan.kernel.matrix(part, real), real, rows))


def velocities(
    plan: Plan,
    data: Data,
    memory: Memory | None,
    x: jax.Array,
    real_rows: jax.Array | None,
    fake_rows: jax.Array | None,
) -> tuple[jax.Array, Trained]:
    """-S'(v) grad v at every sample x, and the discriminator v that was trained on some or all of them."""
    real = data.real if real_rows is None else data.real[real_rows]
    fake = x if fake_rows is None else x[fake_rows]
    z = jnp.concatenate([real, fake])
    before = _before(plan, data, memory, x)
    start: jax.Array | None = None
    if not plan.steady or _bounded(plan):
        at_real = _scores_before(plan, data, memory, real)
        at_fake = before[0] if fake_rows is None else before[0][fake_rows]
        start = jnp.concatenate([at_real, at_fake])

    rows = rows_of(len(z), plan.block, len(x))
    if plan.steady and start is None:
        trained = _steady(plan)
        c = jnp.concatenate([trained.real_weights, trained.fake_weights])
        change, slope = map_rows(lambda part: plan.kernel.value_and_gradient(part, z, c), x, rows)
    elif plan.held and isinstance(plan.kernel, InvariantKernel):
        kernel = plan.kernel
        partials = Partials(*map_rows(lambda part: tuple(kernel.partials(part, z)), x, rows))
        matrix = _matrix(plan, data, real, partials.value if fake_rows is None else partials.value[fake_rows])
        trained, c = _train(plan, lambda u: matrix @ u, start)
        change, slope = partials.value @ c, gradient(partials, x, z, c)
    else:
        if plan.held:
            below = map_rows(
                lambda part: plan.kernel.matrix(part, z), fake, rows_of(len(z), plan.block, len(fake))
            )
            matrix = _matrix(plan, data, real, below)
            trained, c = _train(plan, lambda u: matrix @ u, start)
        else:
            part_rows = rows_of(len(z), plan.block, len(z))
            trained, c = _train(
                plan, lambda u: map_rows(lambda part: plan.kernel.matrix(part, z) @ u, z, part_rows), start
            )
        change, slope = map_rows(lambda part: plan.kernel.value_and_gradient(part, z, c), x, rows)

    factor = -_generator_slope(plan, before[0] + change)
    return factor[:, None] * (before[1] + slope), trained


def _matrix(plan: Plan, data: Data, real: jax.Array, below: jax.Array) -> jax.Array:
    """K over real, then fake points, from its lower half."""
    n = len(real)
    corner = data.real_matrix if data.real_matrix is not None else plan.kernel.matrix(real, real)
    return jnp.concatenate([jnp.concatenate([corner, below[:, :n].T], axis=1), below])


def _generator_slope(plan: Plan, scores: jax.Array) -> jax.Array:
    """S'; a constant is one in the compiled step too, so that scores which nothing needs are not computed."""
    expression = sp.diff(plan.objective.S, v)
    if not expression.has(v):
        return jnp.full(scores.shape, float(expression), scores.dtype)
    return generator_slope(plan.objective)(scores).astype(scores.dtype)


def _bounded(plan: Plan) -> bool:
    return plan.objective.domain != (-sp.oo, sp.oo)


# The discriminator before the step's training.


def _before(plan: Plan, data: Data, memory: Memory | None, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Scores at x and their gradients."""
    scores, slope = jnp.zeros(len(x), x.dtype), jnp.zeros_like(x)
    if plan.initial is not None:
        values, pull_back = jax.vjp(plan.initial, x)
        scores, slope = scores + values, slope + pull_back(jnp.ones_like(values))[0]
    if memory is not None:
        z, c = _remembered(data, memory)
        rows = rows_of(len(z), plan.block, len(x))
        values, more = map_rows(lambda part: plan.kernel.value_and_gradient(part, z, c), x, rows)
        scores, slope = scores + values, slope + more
    return scores, slope


def _scores_before(plan: Plan, data: Data, memory: Memory | None, points: jax.Array) -> jax.Array:
    scores = jnp.zeros(len(points), points.dtype)
    if plan.initial is not None:
        scores = scores + plan.initial(points)
    if memory is not None:
        z, c = _remembered(data, memory)
        rows = rows_of(len(z), plan.block, len(points))
        scores = scores + map_rows(lambda part: plan.kernel.matrix(part, z) @ c, points, rows)
    return scores


def _remembered(data: Data, memory: Memory) -> tuple[jax.Array, jax.Array]:
    z = jnp.concatenate([data.real, memory.fake])
    return z, jnp.concatenate([memory.real_weights, memory.fake_weights])


# Training for time t from scores `start`.


def _train(
    plan: Plan, multiply: Callable[[jax.Array], jax.Array], start: jax.Array | None
) -> tuple[Trained, jax.Array]:
    assert start is not None
    weights = _weights(plan)
    sides = plan.sides
    if sides is None:
        c, error = _by_equation(plan, multiply, weights, start)
    else:
        c, error = _by_lanczos(plan, sides, multiply, weights, start)
    lowest = highest = jnp.zeros((), start.dtype)
    if _bounded(plan):
        scores = start + multiply(c)
        lowest, highest = scores.min(), scores.max()
    return Trained(c[: plan.real], c[plan.real :], error, lowest, highest), c


def _weights(plan: Plan) -> jax.Array:
    return _per_point(plan, 1 / plan.real, 1 / plan.fake)


def _per_point(plan: Plan, real: float, fake: float) -> jax.Array:
    return jnp.concatenate([jnp.full(plan.real, real, plan.dtype), jnp.full(plan.fake, fake, plan.dtype)])


def _steady(plan: Plan) -> Trained:
    assert plan.sides is not None
    real, fake = plan.sides
    zero = jnp.zeros((), plan.dtype)
    c = plan.time * _weights(plan) * _per_point(plan, real.constant, fake.constant)
    return Trained(c[: plan.real], c[plan.real :], zero, zero, zero)


def _by_lanczos(
    plan: Plan,
    sides: tuple[Affine, Affine],
    multiply: Callable[[jax.Array], jax.Array],
    weights: jax.Array,
    start: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """As `LinearDynamics`, in the run's precision."""
    rates = [side.rate for side in sides]
    constant = _per_point(plan, sides[0].constant, sides[1].constant)
    rate = _per_point(plan, *rates)
    drive = jnp.where(rate > 0, 0.0, weights * constant)
    root = jnp.sqrt(weights * rate)
    residual = root * (start - jnp.where(rate > 0, constant / jnp.where(rate > 0, rate, 1.0), 0.0))

    def m(u: jax.Array) -> jax.Array:
        return root * multiply(root * u)

    c = plan.time * drive
    error = jnp.zeros((), start.dtype)
    if max(rates) > 0:
        action, error = phi_action(m, residual, plan.time, plan.lanczos)
        c = c - root * action
    if min(rates) == 0 and max(rates) > 0:
        action, more = phi_action(m, root * multiply(drive), plan.time, plan.lanczos, 2)
        c, error = c - root * action, jnp.maximum(error, more)
    return c, error


def _by_equation(
    plan: Plan, multiply: Callable[[jax.Array], jax.Array], weights: jax.Array, start: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """d gamma/dt = g(v_0 + K W gamma), c = W gamma."""
    import diffrax

    found = slopes(plan.objective)

    def slope(_: Any, gamma: jax.Array, __: Any) -> jax.Array:
        scores = start + multiply(weights * gamma)
        sides = (found.real(scores[: plan.real]), found.fake(scores[plan.real :]))
        return jnp.concatenate(sides).astype(gamma.dtype)

    tolerance = plan.tolerance
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(slope),
        diffrax.Tsit5() if plan.dtype == "float32" else diffrax.Dopri8(),
        t0=0.0,
        t1=plan.time,
        dt0=None,
        y0=jnp.zeros_like(start),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=0.1 * tolerance * plan.time),
        max_steps=_EXPLICIT_STEPS,
        throw=False,
    )
    assert solution.ys is not None
    solved = solution.result == diffrax.RESULTS.successful
    return weights * solution.ys[-1], jnp.where(solved, 0.0, jnp.inf).astype(start.dtype)
