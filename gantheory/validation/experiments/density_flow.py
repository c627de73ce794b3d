"""The generator's flow for a density in one dimension, with the exact optimal discriminator.

In continuous time a generator step moves samples with velocity -grad S(v*(p/q)), so that the generated
density q obeys

    dq/dt = d/dx ( q d/dx s(p/q) ),      s(u) = S(v*(u)),      no flux at the ends,

which is the Wasserstein gradient flow of D_h(p||q) = int q h(p/q), since d(q h(p/q))/dq = h - u h' = s(u) -
s(1):

    d/dt D_h = - int q |d/dx s(p/q)|^2 dx.

Finite volumes keep both properties. On cells of width dx,

    dq_i/dt = -(F_{i+1/2} - F_{i-1/2})/dx,      F_{i+1/2} = -(q_i + q_{i+1})/2 (s_{i+1} - s_i)/dx,

conserves mass, has q = p as a steady state exactly, and makes sum_i dx q_i h(p_i/q_i) fall at the rate
sum dx (q_i + q_{i+1})/2 ((s_{i+1} - s_i)/dx)^2 exactly. The unknown is log q, so that q stays positive. Time
steps are those of the L-stable, stiffly accurate two-stage diagonally implicit Runge-Kutta method of order
two (Alexander 1977), of which the dissipation is integrated with the same weights. Second order in space and
time.

Where s increases with u (h concave) the equation is a backward diffusion: mass runs away from p, ever faster
on finer grids, and no solution exists in the limit. What a grid shows then is the instability itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_banded

from gantheory.arguments.arrays import Array
from gantheory.objectives import Objective

Potential = Callable[["Array"], tuple["Array", "Array"]]
"""t = log u -> (s(e^t), d s(e^t)/dt)."""

_GAMMA = 1 - math.sqrt(0.5)
_NEWTON_STEPS = 12
_LONGEST_MOVE = 3.0
"""Largest change of log q in one Newton step: beyond it the exponential is no longer near its
linearization."""


class FlowError(ArithmeticError):
    """The implicit steps no longer converge: the flow is ill-posed or the step tolerance too small."""


@dataclass(frozen=True, eq=False)
class DensityFlow:
    """Densities on cells at a sequence of times.

    Attributes:
        edges: cell boundaries, shape (n + 1,).
        times: shape (m,), from 0.
        target: cell averages of p, shape (n,).
        densities: cell averages of q, shape (m, n).
        dissipated: integral of the dissipation rate from 0 to each time, shape (m,).
        steps: time steps taken, rejected ones not counted.
    """

    edges: Array
    times: Array
    target: Array
    densities: Array
    dissipated: Array
    steps: int

    @property
    def width(self) -> float:
        """Cell width."""
        return float(self.edges[1] - self.edges[0])

    @property
    def centers(self) -> Array:
        """Cell centers, shape (n,)."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])

    @property
    def mass(self) -> Array:
        """Total mass of q at each time."""
        return np.asarray(self.densities.sum(1) * self.width)

    @property
    def total_variation(self) -> Array:
        """TV(p, q) = 1/2 int |p - q| at each time."""
        return np.asarray(0.5 * np.abs(self.densities - self.target).sum(1) * self.width)

    def divergence(self, of_log: Callable[[Array], Array]) -> Array:
        """int q h(p/q) at each time, with h given as a function of t = log u."""
        t = np.log(self.target) - np.log(self.densities)
        values = np.asarray(of_log(t.ravel())).reshape(t.shape)
        return np.asarray((self.densities * values).sum(1) * self.width)


def potential_of(objective: Objective, score_of_log: Callable[[Array], Array]) -> Potential:
    """Lower s(e^t) = S(v*(e^t)) and its derivative in t for `solve`.

    At the optimum t = lambda(v) = log(-B'(v)/A'(v)), so that ds/dt = S'(v)/lambda'(v) with lambda' = B''/B' -
    A''/A'.

    Args:
        objective: gives A, B and S.
        score_of_log: t -> v*(e^t) on arrays.
    """
    functions = objective.functions()
    first_a, first_b, first_s = functions.A.derivative, functions.B.derivative, functions.S.derivative
    second_a, second_b = first_a.derivative, first_b.derivative

    def potential(t: Array) -> tuple[Array, Array]:
        score = np.asarray(score_of_log(t), dtype=np.float64)
        rate = second_b(score) / first_b(score) - second_a(score) / first_a(score)
        return functions.S(score), first_s(score) / rate

    return potential


def solve(
    potential: Potential,
    *,
    target: Callable[[Array], Array],
    initial: Callable[[Array], Array],
    support: tuple[float, float],
    times: Array,
    cells: int = 200,
    tolerance: float = 1e-4,
    upwind: bool = False,
) -> DensityFlow:
    """Move `initial` by the exact optimal discriminator between it and `target`.

    Args:
        potential: t = log u -> (s, ds/dt), see `potential_of`.
        target: the real density p on arrays of points; normalized on `support` here.
        initial: the generated density at time 0, likewise.
        support: the interval that is cut into cells.
        times: increasing, from 0; where the densities are stored.
        cells: number of cells.
        tolerance: of the time steps: total variation between the embedded orders, per step.
        upwind: take q at a face from the cell that loses mass, which is of first order in space and keeps q
            positive where the flow is ill-posed (s increasing in u, so that mass runs away from p and cells
            drain).

    Raises:
        ValueError: an empty support, fewer than 3 cells, times that do not increase from 0, or a density that
            is not positive and finite on the support.
        FlowError: the steps no longer converge.
    """
    low, high = support
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"support must be a finite interval (low, high), got {support}")
    if cells < 3:
        raise ValueError(f"cells must be at least 3, got {cells}")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be in (0, 1), got {tolerance}")
    moments = np.asarray(times, dtype=np.float64)
    if moments.ndim != 1 or len(moments) < 2 or moments[0] != 0 or not (np.diff(moments) > 0).all():
        raise ValueError("times must increase from 0")
    edges = np.linspace(low, high, cells + 1)
    width = float(edges[1] - edges[0])
    stepper = _Stepper(potential, _cell_averages(target, edges, "target"), width, tolerance, upwind)
    log_q = np.log(_cell_averages(initial, edges, "initial"))

    densities, dissipated = [np.exp(log_q)], [0.0]
    step, steps = min(1e-4, moments[1]), 0
    for start, end in itertools.pairwise(moments):
        now, total = float(start), dissipated[-1]
        while now < end:
            # Two equal steps rather than one long and one minute one before a stored time.
            left = float(end) - now
            trial = left if step >= left else min(step, left / 2)
            with np.errstate(all="ignore"):  # a wild Newton step is rejected
                accepted = stepper.attempt(log_q, trial)
            if accepted.log_q is not None:
                log_q, total, now, steps = accepted.log_q, total + accepted.dissipated, now + trial, steps + 1
                if trial == left:
                    now = float(end)
            proposed = trial * accepted.factor
            # A step cut short by a stored time says little about how long the next may be.
            step = max(step, proposed) if accepted.log_q is not None and trial < step else proposed
            if step < 1e-12 * max(1.0, float(end)):
                raise FlowError(f"implicit steps do not converge at time {now:.4g}")
        densities.append(np.exp(log_q))
        dissipated.append(total)
    return DensityFlow(edges, moments, stepper.target, np.stack(densities), np.array(dissipated), steps)


@dataclass(frozen=True)
class _Attempt:
    log_q: Array | None
    dissipated: float
    factor: float
    """By what the step may be multiplied."""


class _Stepper:
    """One implicit Runge-Kutta step of the semi-discrete flow."""

    def __init__(
        self, potential: Potential, target: Array, width: float, tolerance: float, upwind: bool
    ) -> None:
        self.potential, self.target, self.width, self.tolerance = potential, target, width, tolerance
        self.log_target, self.upwind = np.log(target), upwind

    def attempt(self, log_q: Array, step: float) -> _Attempt:
        q = np.exp(log_q)
        first = self._stage(log_q, q, _GAMMA * step)
        if first is None:
            return _Attempt(None, 0.0, 0.25)
        slope = (np.exp(first) - q) / (_GAMMA * step)
        base = q + (1 - _GAMMA) * step * slope
        second = self._stage(first, base, _GAMMA * step)
        if second is None:
            return _Attempt(None, 0.0, 0.25)
        # The rate at the end minus that at the first stage estimates the error of the embedding of order one.
        change = (np.exp(second) - base) / (_GAMMA * step) - slope
        error = 0.5 * step * 0.25 * float(np.abs(change).sum()) * self.width / self.tolerance
        factor = min(3.0, max(0.3, 0.9 / math.sqrt(error))) if error > 0 else 3.0
        if error > 1.5:
            return _Attempt(None, 0.0, min(factor, 0.7))
        dissipated = step * ((1 - _GAMMA) * self._dissipation(first) + _GAMMA * self._dissipation(second))
        return _Attempt(second, dissipated, factor)

    def _stage(self, guess: Array, base: Array, step: float) -> Array | None:
        """Solve e^w + step div F(w) = base for w; None where Newton's method does not converge."""
        w = guess.copy()
        ratio = step / self.width**2
        bands = np.zeros((3, len(w)))
        for _ in range(_NEWTON_STEPS):
            q = np.exp(w)
            s, slope = self.potential(self.log_target - w)
            jump = np.diff(s)
            from_left, from_right = self._shares(jump)
            face = from_left * q[:-1] + from_right * q[1:]
            flow = ratio * face * jump  # -step F/dx, so that R_i = q_i - base_i - (flow_i - flow_{i-1})
            residual = q - base
            residual[:-1] -= flow
            residual[1:] += flow
            # d flow/d w_i and d flow/d w_{i+1}, as d s_i/d w_i = -slope_i
            left = ratio * (from_left * q[:-1] * jump + face * slope[:-1])
            right = ratio * (from_right * q[1:] * jump - face * slope[1:])
            bands[1] = q
            bands[1, :-1] -= left
            bands[1, 1:] += right
            bands[0, 1:], bands[2, :-1] = -right, left
            if not (np.isfinite(bands).all() and np.isfinite(residual).all()):
                return None
            try:
                move = solve_banded((1, 1), bands, -residual, check_finite=False)
            except np.linalg.LinAlgError:
                return None
            longest = float(np.abs(move).max())
            if not longest < 50:
                return None
            w = w + move * min(1.0, _LONGEST_MOVE / longest) if longest > 0 else w
            if longest < 1e-9:
                return w
        return None

    def _dissipation(self, log_q: Array) -> float:
        s, _ = self.potential(self.log_target - log_q)
        q, jump = np.exp(log_q), np.diff(s)
        from_left, from_right = self._shares(jump)
        return float(((from_left * q[:-1] + from_right * q[1:]) * jump**2).sum() / self.width)

    def _shares(self, jump: Array) -> tuple[Array | float, Array | float]:
        """Weights of the left and the right cell in the density at each face."""
        if self.upwind:
            leftwards = (jump > 0).astype(np.float64)  # the velocity is -grad s
            return 1 - leftwards, leftwards
        return 0.5, 0.5


def _cell_averages(density: Callable[[Array], Array], edges: Array, name: str) -> Array:
    """Averages over cells by three-point Gauss-Legendre quadrature, normalized to total mass 1."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    width = edges[1] - edges[0]
    centers = 0.5 * (edges[1:] + edges[:-1])
    points = centers[:, None] + 0.5 * width * nodes
    values = np.asarray(density(points.ravel()), dtype=np.float64).reshape(points.shape)
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError(f"{name} must be a positive finite density on the support")
    averages = values @ (weights / 2)
    return np.asarray(averages / (averages.sum() * width))
