"""Dynamics of curved objectives: an adaptive solution of the equation of the coefficients.

With gamma = c/w, the unweighted coefficients, the equation is d gamma/dt = g(v_0 + K W gamma), where g is A'
at real and B' at fake points. No inverse of K is needed, whatever its rank, and scores anywhere follow from
gamma.

Concave objectives pull scores towards rest at rates up to the largest eigenvalue of K W times the curvature
of A and B, while others hardly move: the equation is stiff over long times. LSODA finds out by itself when to
change from Adams' methods to backward differences (Petzold 1983). These need the Jacobian matrix
diag(g') K W; where that is too large, an explicit Runge-Kutta method of order 8 does what it can. Nothing is
compiled, so that a first flow costs no more than the next.
"""

from __future__ import annotations

import warnings
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.ntk.dynamics.training_kernel import TrainingKernel
from gantheory.objectives.objective import Objective

RTOL, ATOL = 1e-10, 1e-12
"""Local tolerances in gamma, whose unit is time."""

IMPLICIT_UP_TO = 4000
"""Points up to which an implicit step's linear equations, of N^3 operations, are solved."""

_MOST_STEPS = 10_000
_LSODA = Lock()
"""Before scipy 1.17 LSODA solves one equation at a time in a process; filters of warnings are a process's."""

_LIMIT_TIMES = 10.0 ** np.arange(0, 9)
_LIMIT_ERROR = 1e-6


class OdeDynamics:
    """Coefficients c(t) for any A and B with a derivative.

    Attributes:
        method: "lsoda", or "explicit" for more points than `IMPLICIT_UP_TO`.
    """

    def __init__(
        self, operator: TrainingKernel, objective: Objective, counts: tuple[int, int], start: Array
    ) -> None:
        self.operator = operator
        self.objective = objective
        self.counts = counts
        self.weights = np.repeat([1 / counts[0], 1 / counts[1]], counts)
        self.start = start
        self.method = "lsoda" if operator.held and len(start) <= IMPLICIT_UP_TO else "explicit"
        functions = objective.functions("numpy")
        self._slopes = (functions.A.derivative, functions.B.derivative)
        self._curvatures = (functions.A.derivative.derivative, functions.B.derivative.derivative)

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

    def _solve(self, times: Array) -> Array:
        """c at increasing times."""
        if times[-1] == 0:
            return np.zeros((1, len(self.weights)))
        # LSODA warns of a failure, which is reported below.
        with _LSODA, warnings.catch_warnings(action="ignore", category=UserWarning):
            found = self._integrate(times)
        if found is None:
            fewer = (
                f", or at most {IMPLICIT_UP_TO} points, for which there is an implicit method"
                if self.method == "explicit"
                else ""
            )
            raise RuntimeError(
                f"t={times[-1]:g} is too long for {self.objective.name} on {len(self.weights)} points: the "
                f"equation could not be solved to the tolerances; use a shorter time{fewer}"
            )
        return found * self.weights

    def _integrate(self, times: Array) -> Array | None:
        """gamma at increasing times; None if the solver did not get to the last one."""
        from scipy.integrate import DOP853, LSODA

        problem: tuple[Any, ...] = (self._velocity, 0.0, np.zeros_like(self.start), times[-1])
        solver = (
            DOP853(*problem, rtol=RTOL, atol=ATOL)
            if self.method == "explicit"
            else LSODA(*problem, rtol=RTOL, atol=ATOL, jac=self._jacobian)
        )
        found = np.zeros((len(times), len(self.start)))
        for _ in range(_MOST_STEPS):
            solver.step()
            if solver.status == "failed" or not np.isfinite(solver.y).all():
                return None
            passed = (times > solver.t_old) & (times <= solver.t)
            if passed.any():
                found[passed] = solver.dense_output()(times[passed]).T
            if solver.status == "finished":
                return found
        return None

    def _velocity(self, _: float, gamma: Array) -> Array:
        return self._at(self._slopes, self.start + self.operator.multiply(self.weights * gamma))

    def _jacobian(self, _: float, gamma: Array) -> Array:
        scores = self.start + self.operator.multiply(self.weights * gamma)
        return self._at(self._curvatures, scores)[:, None] * (self.operator.matrix * self.weights)

    def _at(self, sides: tuple[Any, Any], scores: Array) -> Array:
        """One function of the scores of real points, another of those of fake ones."""
        n, _ = self.counts
        return np.concatenate([sides[0](scores[:n]), sides[1](scores[n:])])

    def _limit(self) -> Array:
        """c at rest: integrate ever longer, until what Newton's step would still add is negligible."""
        if not self.operator.held:
            raise ValueError(
                f"t=inf needs the kernel matrix of all {len(self.weights)} points, which is too large to hold"
            )
        fastest = np.abs(self.operator.matrix * self.weights).sum(1).max()  # at unit curvature, or above it
        for time in _LIMIT_TIMES / fastest:
            try:
                c = self._solve(np.array([time]))[0]
            except RuntimeError:
                break
            if self._still_to_go(c) <= _LIMIT_ERROR:
                return c
        raise ValueError(
            f"t must be finite for {self.objective.name} on these points: rest is not reached by "
            f"t = {time:.3g}, since a discriminator can tell them apart or directions of the kernel are slow"
        )

    def _still_to_go(self, c: Array) -> float:
        """The step in scores that would bring the linearized flow to rest, over 1 + the largest score."""
        matrix = self.operator.matrix
        scores = self.start + matrix @ c
        drive = self._at(self._slopes, scores)
        bend = np.maximum(-self._at(self._curvatures, scores), 0.0)
        push = self.weights * drive
        speed, scale = matrix @ push, np.abs(matrix) @ np.abs(push)
        if np.abs(speed).max() <= 1e-12 * scale.max():
            return 0.0  # the pushes cancel, as where real and fake points are the same
        idle = bend <= 1e-12
        if np.abs(drive[idle]).max(initial=0.0) > 1e-9:
            return np.inf
        root = np.sqrt(self.weights * bend)
        values, vectors = np.linalg.eigh(root[:, None] * matrix * root)
        kept = values > values[-1] * len(values) * 1e-14
        # With rho = sqrt(W/|g'|) g the flow is rho' = -M rho; the scores move by K sqrt(W |g'|) M^+ rho in
        # all.
        rho = np.where(idle, 0.0, np.sqrt(self.weights / np.where(idle, 1.0, bend)) * drive)
        step = vectors[:, kept] @ ((vectors[:, kept].T @ rho) / values[kept])
        return float(np.abs(matrix @ (root * step)).max() / (1 + np.abs(scores).max()))
