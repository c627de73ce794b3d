"""Dynamics of piecewise linear objectives, such as the hinge loss: exact, from event to event.

A' and B' are step functions, so that between two events every score moves at a constant speed. An event is a
score's arrival at a break of its step function. There it goes on, turns back, or stays: a score that is
pushed up below the break and down above it is held on it, with a slope between the two levels that makes its
speed zero. Which it is, for all scores on breaks together, is the solution of least effort,

    minimize  g' W K W g  over slopes g with level above <= g_i <= level below at scores on breaks,

the element of least norm in the superdifferential, which is the velocity of the gradient flow of a concave
function. An ODE solver would chatter there, in ever smaller steps.

Source: Brezis, Operateurs maximaux monotones (1973), Theorem 3.1, for the velocity of least norm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import Array
from gantheory.ntk.dynamics.slopes import Stairs
from gantheory.ntk.dynamics.training_kernel import TrainingKernel

Indices = NDArray[np.intp]

_EVENTS_A_POINT = 50
_REST = 1e-12
"""Speeds below this share of the fastest possible are rest."""


class StairDynamics:
    """Coefficients c(t) for A and B concave and piecewise linear.

    Attributes:
        method: "events".
    """

    method = "events"

    def __init__(
        self, operator: TrainingKernel, stairs: tuple[Stairs, Stairs], counts: tuple[int, int], start: Array
    ) -> None:
        if not operator.held:
            raise ValueError(
                f"a piecewise linear objective needs the kernel matrix of all {sum(counts)} points, which "
                "is too large to hold; use fewer"
            )
        self.weights = np.repeat([1 / counts[0], 1 / counts[1]], counts)
        # Columns of K W, by which a slope moves all scores.
        self.pull = operator.matrix * self.weights
        self.start = start
        depth = max(len(side.breaks) for side in stairs)
        padded = [(*side.breaks, *[np.inf] * (depth - len(side.breaks))) for side in stairs]
        levels = [(*side.levels, *side.levels[-1:] * (depth - len(side.breaks))) for side in stairs]
        self.breaks = np.repeat(np.array(padded, dtype=float).reshape(2, depth), counts, axis=0)
        self.levels = np.repeat(np.array(levels, dtype=float), counts, axis=0)

    def coefficients(self, times: ArrayLike) -> Array:
        """c(t), shape (times, N); infinity gives the state of rest if there is one.

        Raises:
            ValueError: t = inf, and scores grow without end.
            RuntimeError: more events than a flow of this size should have.
        """
        wanted = np.asarray(times, dtype=np.float64)
        out = np.empty((len(wanted), len(self.start)))
        left = list(np.argsort(wanted, kind="stable"))
        now, c, state = 0.0, np.zeros_like(self.start), _State(self)
        for _ in range(_EVENTS_A_POINT * len(self.start) + 100):
            slope, speed = state.velocity()
            wait, arriving = state.next_arrival(speed)
            while left and (wanted[left[0]] <= now + wait or wait == np.inf):
                index = left.pop(0)
                step = wanted[index] - now
                if np.isinf(step) and state.moving(speed).any():
                    raise ValueError("t must be finite here: scores grow linearly in t and have no limit")
                out[index] = c + self.weights * slope * (0.0 if np.isinf(step) else step)
            if not left:
                return out
            now += wait
            c = c + self.weights * slope * wait
            state.advance(speed, wait, arriving)
        raise RuntimeError(
            f"t={max(wanted):g} takes more than {_EVENTS_A_POINT} events a point; use a shorter time"
        )


class _State:
    """Scores, the interval of its steps that each is in, and those that are on a break.

    `below` holds the number of breaks under a free score; a score on break k has interval k below and k + 1
    above.
    """

    def __init__(self, flow: StairDynamics) -> None:
        self.flow = flow
        self.scores = flow.start.copy()
        self.rows = np.arange(len(self.scores))
        on = flow.breaks == self.scores[:, None]
        self.below = (flow.breaks < self.scores[:, None]).sum(1)
        self.held = on.any(1)
        self.fastest = np.abs(flow.levels).max() * np.abs(flow.pull).sum(1).max()

    def velocity(self) -> tuple[Array, Array]:
        """Slope and speed of every score; scores that leave their break become free."""
        flow = self.flow
        slope = flow.levels[self.rows, self.below]
        on = np.flatnonzero(self.held)
        up = down = np.zeros(0, dtype=bool)
        if len(on):
            high = flow.levels[on, self.below[on]]
            low = flow.levels[on, self.below[on] + 1]
            free = ~self.held
            drift = flow.pull[np.ix_(on, np.flatnonzero(free))] @ slope[free]
            slope[on] = _least_effort(flow.pull[np.ix_(on, on)], drift, low, high)
            up, down = slope[on] <= low, slope[on] >= high
        speed = flow.pull @ slope
        moves = self.moving(speed)[on]
        rises, falls = up & moves & (speed[on] > 0), down & moves & (speed[on] < 0)
        self.below[on[rises]] += 1
        self.held[on[rises | falls]] = False
        speed[self.held] = 0.0
        return slope, speed

    def moving(self, speed: Array) -> NDArray[np.bool_]:
        """Whether a speed is more than rounding."""
        return np.abs(speed) > _REST * self.fastest

    def next_arrival(self, speed: Array) -> tuple[float, Indices]:
        """Time until the next free score is on a break, and all that arrive then."""
        flow = self.flow
        depth = flow.breaks.shape[1]
        wait = np.full(len(self.scores), np.inf)
        moving = ~self.held & self.moving(speed)
        for sign, ahead in ((1, self.below), (-1, self.below - 1)):
            going = moving & (sign * speed > 0) & (ahead >= 0) & (ahead < depth)
            target = flow.breaks[going, ahead[going]]
            wait[going] = (target - self.scores[going]) / speed[going]
        first = float(wait.min())
        if first == np.inf:
            return np.inf, np.empty(0, dtype=np.intp)
        first = max(first, 0.0)
        return first, np.flatnonzero(wait <= first * (1 + 1e-12) + 1e-300)

    def advance(self, speed: Array, wait: float, arriving: Indices) -> None:
        """Move for a time and put those that arrive on their breaks."""
        flow = self.flow
        self.scores = self.scores + speed * wait
        falling = arriving[speed[arriving] < 0]
        self.below[falling] -= 1
        self.scores[arriving] = flow.breaks[arriving, self.below[arriving]]
        self.held[arriving] = True


def _least_effort(pull: Array, drift: Array, low: Array, high: Array) -> Array:
    """Slopes in [low, high] with speed drift + pull @ slope zero inside, >= 0 at `low`, <= 0 at `high`.

    Block principal pivoting (all that violate a condition change sides), and one at a time, the lowest index
    first, once that stops making progress; the latter ends for every positive definite matrix (Murty 1974).
    """
    n = len(drift)
    side = np.zeros(n, dtype=int)  # -1 at low, 0 inside, 1 at high
    fewest, patience = n + 1, 10
    for _ in range(100 + 20 * n):
        slope = np.where(side < 0, low, np.where(side > 0, high, 0.0))
        inside = np.flatnonzero(side == 0)
        if len(inside):
            rest = drift[inside] + pull[np.ix_(inside, side != 0)] @ slope[side != 0]
            # The least-squares solution: points that coincide make the matrix singular.
            slope[inside] = np.linalg.lstsq(pull[np.ix_(inside, inside)], -rest, rcond=1e-13)[0]
        speed = drift + pull @ slope
        scale = 1e-10 * (np.abs(pull).sum(1) * np.maximum(np.abs(low), np.abs(high)) + np.abs(drift))
        margin = 1e-10 * (high - low)
        too_low = (side == 0) & (slope < low - margin)
        too_high = (side == 0) & (slope > high + margin)
        back = ((side < 0) & (speed < -scale)) | ((side > 0) & (speed > scale))
        wrong = np.flatnonzero(too_low | too_high | back)
        if not len(wrong):
            return np.clip(slope, low, high)
        if len(wrong) < fewest:
            fewest, patience = len(wrong), 10
        else:
            patience -= 1
        for i in wrong if patience > 0 else wrong[:1]:
            side[i] = -1 if too_low[i] else 1 if too_high[i] else 0
    raise RuntimeError(
        f"slopes of {n} scores on breaks could not be found; the kernel matrix may be singular"
    )
