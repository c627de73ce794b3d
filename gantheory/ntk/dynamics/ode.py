"""Dynamics of curved objectives: an adaptive solution of the equation of the coefficients.

With gamma = c/w, the unweighted coefficients, the equation is d gamma/dt = g(v_0 + K W gamma), where g is A'
at real and B' at fake points. No inverse of K is needed, whatever its rank, and scores anywhere follow from
gamma.

Concave objectives pull scores towards rest at rates up to the largest eigenvalue of K W times the curvature
of A and B, while others hardly move: the equation is stiff over long times. Short times are solved by an
explicit method of order 8; long ones, or those where it runs out of steps, by an implicit one of order 5.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.ntk.dynamics.krylov import lanczos
from gantheory.ntk.dynamics.training_kernel import apply
from gantheory.ntk.precision import precision

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gantheory.ntk.dynamics.slopes import Slopes
    from gantheory.ntk.dynamics.training_kernel import TrainingKernel
    from gantheory.ntk.kernels.kernel import Kernel

    Array = NDArray[np.float64]

RTOL, ATOL = 1e-9, 1e-11
"""Local tolerances in gamma, whose unit is time."""

IMPLICIT_UP_TO = 4000
"""Points up to which an implicit step's linear equations, of N^3 operations, are solved."""

_EXPLICIT_STEPS, _IMPLICIT_STEPS = 4096, 2048
_STIFF = 500.0
"""t times the fastest rate from which an explicit method would take hundreds of steps for stability alone."""

_LIMIT_TIMES = 10.0 ** np.arange(0, 9)
_LIMIT_ERROR = 1e-6


class OdeDynamics:
    """Coefficients c(t) for any A and B with a derivative.

    Attributes:
        method: "explicit" or "implicit", as last used.
    """

    def __init__(
        self, operator: TrainingKernel, slopes: Slopes, counts: tuple[int, int], start: Array
    ) -> None:
        self.operator = operator
        self.slopes = slopes
        self.counts = counts
        self.weights = np.repeat([1 / counts[0], 1 / counts[1]], counts)
        self.start = start
        self.method = "explicit"

    def coefficients(self, times: ArrayLike) -> Array:
        """c(t), shape (times, N); infinity gives the limit where there is one.

        Raises:
            ValueError: t = inf, and the scores do not come to rest.
            RuntimeError: the equation could not be solved to the tolerances (the objective's scores grow too
                fast).
        """
        t = np.asarray(times, dtype=np.float64)
        ends = np.isinf(t)
        out = np.empty((len(t), len(self.weights)))
        if not ends.all():
            finite, where = np.unique(t[~ends], return_inverse=True)
            out[~ends] = self._solve(finite)[where]
        if ends.any():
            out[ends] = self._limit()
        return out

    def fastest_rate(self) -> float:
        """Largest eigenvalue of sqrt(W) K sqrt(W), the rate at which scores move at unit curvature."""
        root = np.sqrt(self.weights)
        with precision("float64"):
            return float(
                _largest(self.operator.kernel, self.operator.rows, self.operator.data, jnp.asarray(root))
            )

    def _solve(self, times: Array) -> Array:
        if times[0] == 0:
            rest = self._solve(times[1:]) if len(times) > 1 else np.empty((0, len(self.weights)))
            return np.concatenate([np.zeros((1, len(self.weights))), rest])
        small = self.operator.held and len(self.weights) <= IMPLICIT_UP_TO
        for implicit in self._methods(times[-1], small):
            found = self._run(times, implicit)
            if found is not None:
                self.method = "implicit" if implicit else "explicit"
                return found
        fewer = (
            "" if small else f", or at most {IMPLICIT_UP_TO} points, for which there is an implicit method"
        )
        name = self.slopes.objective.name
        raise RuntimeError(
            f"t={times[-1]:g} is too long for {name} on {len(self.weights)} points: the "
            f"equation could not be solved to the tolerances; use a shorter time{fewer}"
        )

    def _methods(self, end: float, small: bool) -> list[bool]:
        """Whether to solve implicitly, in the order in which to try."""
        if not small:
            return [False]
        with precision("float64"):
            curvature = float(jnp.abs(self._curvature(jnp.asarray(self.start))).max())
        return [True] if end * self.fastest_rate() * curvature > _STIFF else [False, True]

    def _run(self, times: Array, implicit: bool) -> Array | None:
        operator = self.operator
        # One compiled solver serves many numbers of times: what is missing to a multiple of 8 comes before
        # the first.
        extra = -len(times) % 8
        padded = np.concatenate([times[0] * np.arange(1, extra + 1) / (extra + 1), times])
        with precision("float64"):
            gamma, done = _integrate(
                operator.kernel,
                operator.rows,
                self.slopes.real,
                self.slopes.fake,
                self.counts,
                implicit,
                operator.data,
                jnp.asarray(self.weights),
                jnp.asarray(self.start),
                jnp.asarray(padded),
            )
            found = np.asarray(gamma)[extra:]
        return found * self.weights if bool(done) and np.isfinite(found).all() else None

    def _curvature(self, scores: jax.Array) -> jax.Array:
        """A'' at real and B'' at fake points."""
        n, _ = self.counts
        real, fake = self.slopes.real.derivative, self.slopes.fake.derivative
        return jnp.concatenate([real(scores[:n]), fake(scores[n:])])

    def _limit(self) -> Array:
        """c at rest: integrate ever longer, until what Newton's step would still add is negligible."""
        rate = self.fastest_rate()
        for time in _LIMIT_TIMES / rate:
            try:
                c = self._solve(np.array([time]))[0]
            except RuntimeError:
                break
            left = self._still_to_go(c)
            if left <= _LIMIT_ERROR:
                return c
        raise ValueError(
            f"t must be finite for {self.slopes.objective.name} on these points: rest is not reached by "
            f"t = {time:.3g}, since a discriminator can tell them apart or directions of the kernel are slow"
        )

    def _still_to_go(self, c: Array) -> float:
        """The step in scores that would bring the linearized flow to rest, over 1 + the largest score."""
        n, _ = self.counts
        if not self.operator.held:
            raise ValueError(
                f"t=inf needs the kernel matrix of all {len(c)} points, which is too large to hold"
            )
        scores = self.start + self.operator.matrix @ c
        with precision("float64"):
            v = jnp.asarray(scores)
            drive = np.concatenate([self.slopes.real(v[:n]), self.slopes.fake(v[n:])])
            bend = np.maximum(-np.asarray(self._curvature(v)), 0.0)
        push = self.weights * drive
        speed, scale = self.operator.matrix @ push, np.abs(self.operator.matrix) @ np.abs(push)
        if np.abs(speed).max() <= 1e-12 * scale.max():
            return 0.0  # the pushes cancel, as where real and fake points are the same
        idle = bend <= 1e-12
        if np.abs(drive[idle]).max(initial=0.0) > 1e-9:
            return np.inf
        root = np.sqrt(self.weights * bend)
        values, vectors = np.linalg.eigh(root[:, None] * self.operator.matrix * root)
        kept = values > values[-1] * len(values) * 1e-14
        # With rho = sqrt(W/|g'|) g the flow is rho' = -M rho; the scores move by K sqrt(W |g'|) M^+ rho in
        # all.
        rho = np.where(idle, 0.0, np.sqrt(self.weights / np.where(idle, 1.0, bend)) * drive)
        step = vectors[:, kept] @ ((vectors[:, kept].T @ rho) / values[kept])
        return float(np.abs(self.operator.matrix @ (root * step)).max() / (1 + np.abs(scores).max()))


@partial(jax.jit, static_argnames=("kernel", "rows"))
def _largest(kernel: Kernel, rows: int | None, data: Any, root: Any) -> Any:
    n = len(root)
    # A vector without symmetry, so that no eigenvector is missed.
    start = root * (1 + jnp.sin(jnp.arange(n) + 1.0))
    _, diagonal, beside = lanczos(lambda x: root * apply(kernel, rows, data, root * x), start, min(n, 12))
    tridiagonal = jnp.diag(diagonal) + jnp.diag(beside[:-1], 1) + jnp.diag(beside[:-1], -1)
    return jnp.linalg.eigvalsh(tridiagonal)[-1]


@partial(jax.jit, static_argnames=("kernel", "rows", "real", "fake", "counts", "implicit"))
def _integrate(
    kernel: Kernel,
    rows: int | None,
    real: Any,
    fake: Any,
    counts: tuple[int, int],
    implicit: bool,
    data: Any,
    weights: Any,
    start: Any,
    times: Any,
) -> Any:
    """gamma at increasing times, and whether the solver got to the last one."""
    import diffrax

    n, _ = counts

    def slope(_: Any, gamma: Any, __: Any) -> Any:
        scores = start + apply(kernel, rows, data, weights * gamma)
        return jnp.concatenate([real(scores[:n]), fake(scores[n:])])

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(slope),
        diffrax.Kvaerno5() if implicit else diffrax.Dopri8(),
        t0=0.0,
        t1=times[-1],
        dt0=None,
        y0=jnp.zeros_like(start),
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
        max_steps=_IMPLICIT_STEPS if implicit else _EXPLICIT_STEPS,
        throw=False,
    )
    return solution.ys, solution.result == diffrax.RESULTS.successful
