"""The discriminator of an infinitely wide network under gradient flow, for any objective."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.ntk import blocks, traced
from gantheory.ntk.dynamics.linear import LinearDynamics
from gantheory.ntk.dynamics.ode import OdeDynamics
from gantheory.ntk.dynamics.slopes import generator_slope, slopes
from gantheory.ntk.dynamics.stairs import StairDynamics
from gantheory.ntk.dynamics.training_kernel import TrainingKernel
from gantheory.ntk.kernels.function import as_kernel
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.points import as_points, pair_of_points
from gantheory.ntk.precision import precision
from gantheory.objectives.objective import Objective


class DiscriminatorFlow:
    """What `discriminator_flow` returns: v_t at any point and time.

    Attributes:
        objective, kernel: what drives the flow.
        real, fake: training points, (n, d) and (m, d) in float64.
        dynamics: how the coefficients are found; `dynamics.method` names what was used last.
    """

    def __init__(
        self,
        objective: Objective,
        kernel: Kernel,
        real: Array,
        fake: Array,
        initial: Callable[[Any], Any] | None,
        block: int | None,
    ) -> None:
        self.objective = objective
        self.kernel = kernel
        self.real, self.fake = real, fake
        self.initial = initial
        self.block = block
        self.points = np.concatenate([real, fake])
        found = slopes(objective)
        start = self._initial(self.points)
        _inside(objective, start, "initial")
        operator = TrainingKernel(kernel, self.points, block)
        counts = (len(real), len(fake))
        self.dynamics: LinearDynamics | StairDynamics | OdeDynamics
        if found.affine is not None:
            self.dynamics = LinearDynamics(operator, found.affine, counts, start)
        elif found.stairs is not None:
            self.dynamics = StairDynamics(operator, found.stairs, counts, start)
        else:
            self.dynamics = OdeDynamics(operator, objective, counts, start)
        self._last: tuple[bytes, Array] | None = None

    def __repr__(self) -> str:
        sizes = f"{len(self.real)} + {len(self.fake)} points"
        return f"DiscriminatorFlow({self.objective.name}, {self.kernel!r}, {sizes})"

    def coefficients(self, t: ArrayLike) -> Array:
        """c(t) of v_t(x) = v_0(x) + sum_z k(x, z) c_z(t), real points first; shape (N,) or (times, N).

        c_i = int_0^t A'(v_s(x_i)) ds/n at real points, int_0^t B'(v_s(y_j)) ds/m at fake ones.

        Raises:
            ValueError: t < 0 or NaN; t = inf where there is no limit; scores that leave the objective's
                domain.
            RuntimeError: the equation could not be solved to the tolerances.
        """
        times = _times(t)
        key = times.tobytes()
        if self._last is None or self._last[0] != key:
            c = self.dynamics.coefficients(times)
            if self.objective.domain != _LINE:
                for time, row in zip(times, c, strict=True):
                    _inside(self.objective, self._scores(self.points, row[None])[0], f"scores at t={time:g}")
            self._last = (key, c)
        found = self._last[1]
        return found[0] if np.ndim(t) == 0 else found

    def scores(self, x: ArrayLike, t: ArrayLike) -> Array:
        """v_t(x) in float64: shape (n,) for one time, (times, n) for an array of them.

        Inside `jax.grad`, `jit` or `vmap` over x the result is a JAX array in the type of the points, at
        least float32 (turn 64-bit mode on for more), with derivatives of any order where the kernel has them;
        the times must then be known numbers.

        Args:
            x: points (n, d), or (n,) on the line.
            t: a time >= 0 or a one-dimensional array; ``math.inf`` for the limit, where there is one.

        Raises:
            ValueError, RuntimeError: as in `coefficients`; x of another dimension, or not finite.
        """
        if isinstance(x, jax.core.Tracer):
            return traced.scores(self, x, t)
        return traced.outside(lambda: self._numbers(x, t))

    def _numbers(self, x: ArrayLike, t: ArrayLike) -> Array:
        points = self._query(x)
        c = np.atleast_2d(self.coefficients(t))
        found = self._scores(points, c)
        return found[0] if np.ndim(t) == 0 else found

    def field(self, x: ArrayLike, t: ArrayLike) -> Array:
        """Velocity of a sample at x, -grad_x S(v_t(x)) = -S'(v_t(x)) grad v_t(x); shape (n, d) or (times, n,
        d).

        It is what a generator step with this discriminator moves its samples along, in coordinates per unit
        of the generator's time. At a kink of the kernel (x on a training point of a ReLU network) that pair
        is left out. Points that JAX traces are followed as in `scores`.

        Raises:
            ValueError, RuntimeError: as in `scores`; S without a gradient, or a generator whose objective is
                not E_g S(v).
            TypeError: a kernel or an initial discriminator that JAX cannot differentiate.
        """
        slope, times = generator_slope(self.objective), _times(t)
        if isinstance(x, jax.core.Tracer):
            found = traced.field(self, x, times, slope)
        else:
            found = traced.outside(lambda: self._velocities(x, times, slope))
        return found[0] if np.ndim(t) == 0 else found

    def _velocities(self, x: ArrayLike, times: Array, slope: Callable[[Any], Any]) -> Array:
        points = self._query(x)
        rows = []
        for c in self.coefficients(times):
            value, gradient = blocks.value_and_gradient(self.kernel, points, self.points, c, self.block)
            start, start_gradient = self._initial_with_gradient(points)
            with precision("float64"):
                factor = np.asarray(slope(jnp.asarray(value + start)))
            rows.append(-factor[:, None] * (gradient + start_gradient))
        return np.stack(rows)

    def energy(self, t: ArrayLike) -> Array:
        """What the discriminator maximizes, mean A(v_t) over real plus mean B(v_t) over fake points;
        increasing in t.

        Raises:
            ValueError, RuntimeError: as in `coefficients`.
        """
        n = len(self.real)
        functions = self.objective.functions("numpy")
        scores = np.atleast_2d(self.scores(self.points, t))
        value = functions.A(scores[:, :n]).mean(1) + functions.B(scores[:, n:]).mean(1)
        return value[0] if np.ndim(t) == 0 else value

    def _query(self, x: ArrayLike) -> Array:
        points = as_points(x, "x")
        if points.shape[1] != self.points.shape[1]:
            raise ValueError(
                f"x must have {self.points.shape[1]} coordinates as the training points do, got "
                f"{points.shape[1]}"
            )
        return points

    def _scores(self, points: Array, c: Array) -> Array:
        change = blocks.product(self.kernel, points, self.points, c.T, self.block)
        return self._initial(points) + change.T

    def _initial(self, points: Array) -> Array:
        """v_0 at points, shape (n,)."""
        if self.initial is None:
            return np.zeros(len(points))
        with precision("float64"):
            values = np.asarray(self.initial(points), dtype=np.float64)
        if values.shape != (len(points),) or not np.isfinite(values).all():
            raise ValueError(
                f"initial must map points (n, d) to finite scores (n,), got shape {values.shape} for "
                f"{len(points)}"
            )
        return values

    def _initial_with_gradient(self, points: Array) -> tuple[Array, Array]:
        if self.initial is None:
            return np.zeros(len(points)), np.zeros_like(points)
        with precision("float64"):
            try:
                value, pull_back = jax.vjp(self.initial, jnp.asarray(points))
                return np.asarray(value), np.asarray(pull_back(jnp.ones_like(value))[0])
            except jax.errors.JAXTypeError as error:
                raise TypeError(
                    "initial has no gradient, since JAX cannot trace it; write it with jax.numpy"
                ) from error


def discriminator_flow(
    objective: Objective,
    kernel: Kernel | Callable[[Any, Any], Any],
    real: ArrayLike,
    fake: ArrayLike,
    *,
    initial: Callable[[Any], Any] | None = None,
    block: int | None = None,
) -> DiscriminatorFlow:
    """Gradient flow of an infinitely wide discriminator, with generated samples held fixed.

        d v_t(x)/dt = sum_i k(x, x_i) A'(v_t(x_i))/n + sum_j k(x, y_j) B'(v_t(y_j))/m

    over real points x_i and fake points y_j. One unit of time is one for all objectives: the network ascends
    the sum of the two means, E_r A + E_g B, at unit rate. The solution is v_0(x) + k(x, Z) c(t): linear in t
    for integral probability metrics, in the kernel's eigenbasis or by a Krylov exponential for least
    squares, and by an adaptive solver (LSODA) for every other objective. All in float64, whatever JAX is
    set to elsewhere.

    Args:
        objective: an Objective.
        kernel: of `gantheory.ntk.kernels`, or a callable (X, Y) -> matrix.
        real, fake: points (n, d) and (m, d), or one-dimensional arrays for points on the line.
        initial: v_0, a function of points (n, d) that gives scores (n,); 0 if left out.
        block: rows of the kernel matrix that are formed at once, where it is not held.

    Raises:
        TypeError: an objective that couples scores in pairs; a kernel that is neither.
        ValueError: points that are not finite, of different dimension, or all one and the same; a kernel
            that is not
            symmetric or has a negative eigenvalue; an objective without gradient, or v_0 outside its domain.

    Source: Franceschi et al., A neural tangent kernel perspective of GANs (2022), Section 4, for the
    setting, integral probability metrics and least squares.
    """
    first, second = pair_of_points(real, fake, "real", "fake")
    if (first == first[0]).all() and (second == first[0]).all():
        raise ValueError(
            f"real and fake hold one point only, {first[0].tolist()}, again and again: nothing tells them "
            f"apart"
        )
    return DiscriminatorFlow(objective, as_kernel(kernel), first, second, initial, block)


_LINE = (-math.inf, math.inf)


def _times(t: ArrayLike) -> Array:
    if isinstance(t, jax.core.Tracer):
        raise TypeError("t must be a known number where points are traced: no derivative in t is followed")
    given = np.asarray(t)
    if given.dtype.kind not in "iuf":
        raise ValueError(f"t must be a time >= 0 or an array of them, got {t!r}")
    times = given.astype(np.float64)
    if times.ndim > 1 or times.size == 0:
        raise ValueError(f"t must be a time or a one-dimensional array of times, got shape {times.shape}")
    times = np.atleast_1d(times)
    wrong = ~(times >= 0)
    if wrong.any():
        raise ValueError(f"t must be at least 0, got {times[wrong][0]}")
    return times


def _inside(objective: Objective, scores: Sequence[float] | Array, name: str) -> None:
    low, high = (float(end) for end in objective.domain)
    values = np.asarray(scores)
    outside = (values < low) | (values > high)
    if outside.any():
        raise ValueError(
            f"{name} must stay in the domain [{low:g}, {high:g}] of {objective.name}, got "
            f"{values[outside][0]:.6g}; "
            "a kernel's flow is not confined to it"
        )
