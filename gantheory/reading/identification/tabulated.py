"""The theory of a loss without closed form, by numbers: the argmax over a table of scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.forms.roles import Roles

_END = 30.0
_FARTHER = np.logspace(0, 6, 121)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_FEW_NODES, _FEW_WEIGHTS = np.polynomial.legendre.leggauss(3)
_STEPS = 0.02 * 0.5 ** np.arange(13.0)
_CANCELLED = 1e-13
"""Of u |A'| + |B'|: a smaller sum of both is their rounding."""


NUMERIC = "no closed form: numeric, at scores from -30 to 30 in steps of 0.01, beyond to 3e7 and their limits"
"""What a page says of it."""


@dataclass(frozen=True)
class TabulatedTheory:
    """v*(u), the divergences' generating functions and saturation from the four derivatives alone.

    A, B, R and S are integrated over scores from -30 to 30 in steps of 0.01, by three nodes of Gauss each.
    v*(u) is next to the best of these scores, where u A' + B' passes through zero, and of a flat optimum the
    score nearest to 0. Where the best is an end, v*(u) is looked for beyond, up to a score of 3e7, and is
    infinite where u A' + B' keeps its sign until there.
    """

    roles: Roles
    step: float = 0.01

    @cached_property
    def _scores(self) -> Array:
        return np.linspace(-_END, _END, 2 * round(_END / self.step) + 1)

    @cached_property
    def _table(self) -> dict[str, tuple[Array, Array]]:
        """By role, slope and value at the scores."""
        return {}

    def _tabulated(self, role: str) -> tuple[Array, Array]:
        if role not in self._table:
            scores, zero = self._scores, len(self._scores) // 2
            half = np.diff(scores)[:, None] / 2
            inner = scores[:-1, None] + half * (1 + _FEW_NODES)
            slopes = np.nan_to_num(self.roles.slopes[role](np.concatenate([scores, inner.ravel()])))
            steps = (half * slopes[len(scores) :].reshape(inner.shape)) @ _FEW_WEIGHTS
            # From score 0 both ways: a sum that comes in from a steep end has lost the digits of the middle.
            below, above = steps[:zero], steps[zero:]
            values = [-np.cumsum(below[::-1])[::-1], np.zeros(1), np.cumsum(above)]
            self._table[role] = slopes[: len(scores)], np.concatenate(values)
        return self._table[role]

    def score_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """v* at t = log(p_r/p_g); inf or -inf where u A + B rises to its limit."""
        ratios = np.exp(np.atleast_1d(np.asarray(log_ratio, dtype=np.float64)))
        (da, a), (db, b), scores = self._tabulated("A"), self._tabulated("B"), self._scores
        found = np.empty_like(ratios)
        between: list[tuple[int, int]] = []
        for k, u in enumerate(ratios):
            slope = u * da + db
            slope[np.abs(slope) <= _CANCELLED * (u * np.abs(da) + np.abs(db))] = 0.0
            best = _nearest_to_zero(int(np.argmax(u * a + b)), slope == 0)
            if best in (0, len(scores) - 1):
                found[k] = self._beyond(u, float(scores[best]))
                continue
            found[k] = scores[best]
            low = best if slope[best] > 0 else best - 1
            if slope[low] > 0 > slope[low + 1]:
                between.append((k, low))
        if between:
            at, low_ends = np.array(between).T
            found[at] = self._crossing(ratios[at], scores[low_ends], scores[low_ends + 1])
        return found

    def _crossing(self, u: Array, low: Array, high: Array) -> Array:
        """Where u A' + B' falls through zero, a zero or a jump, between scores at which its signs differ."""
        from scipy.optimize import elementwise

        tolerances = {"xatol": 1e-15, "xrtol": 1e-15, "fatol": 0, "frtol": 0}
        root = elementwise.find_root(
            lambda score, u: self._slope("A", "B", u, score), (low, high), args=(u,), tolerances=tolerances
        )
        return np.where(np.isfinite(root.x), root.x, (low + high) / 2)

    def _beyond(self, u: float, end: float) -> float:
        """The first score beyond an end of the table at which u A + B begins to fall, or infinity."""
        from scipy.optimize import brentq

        def outward(score: float) -> float:
            return math.copysign(1.0, end) * float(self._slope("A", "B", u, score))

        low = end
        for high in end * _FARTHER:
            if outward(float(high)) < 0:
                return float(brentq(outward, low, float(high), xtol=1e-12)) if outward(low) > 0 else low
            low = float(high)
        return math.copysign(math.inf, end)

    def _slope(self, real: str, fake: str, u: ArrayLike, scores: ArrayLike) -> Array:
        """u times the one slope and the other, of any shape."""
        at, slopes = np.ravel(np.asarray(scores, dtype=np.float64)), self.roles.slopes
        with np.errstate(all="ignore"):
            found = np.nan_to_num(np.ravel(u) * slopes[real](at) + slopes[fake](at))
        return np.reshape(found, np.shape(scores))

    def _gain(self, u: float, score: float) -> float:
        """u R + S at a score less its value at 0; infinite where it has no limit."""
        inside = self._gain_inside(u, max(-_END, min(score, _END)))
        if abs(score) <= _END:
            return inside
        # In log |v|, where powers of v are exponentials, by Gauss and Legendre on 60 panels.
        far = min(abs(score), _END * _FARTHER[-1])
        edges = np.linspace(math.log(_END), math.log(far), 61)
        half = (edges[1] - edges[0]) / 2
        at = np.exp((edges[:-1] + half)[:, None] + half * _NODES)
        slopes = self._slope("R", "S", u, np.sign(score) * at.ravel()) * at.ravel()
        rest = math.copysign(half, score) * float(slopes @ np.tile(_WEIGHTS, 60))
        if math.isinf(score) and abs(slopes[-1]) > 1e-6 * (1.0 + abs(inside + rest)):
            return math.copysign(math.inf, slopes[-1] * score)
        return inside + rest

    def _gain_inside(self, u: float, score: float) -> float:
        """The same at a score of the table: from the one before it, by eight nodes of Gauss."""
        k = max(int(np.searchsorted(self._scores, score)) - 1, 0)
        start = float(self._scores[k])
        at = start + (score - start) / 2 * (1 + _NODES)
        rest = (score - start) / 2 * float(self._slope("R", "S", u, at) @ _WEIGHTS)
        return float(u * self._tabulated("R")[1][k] + self._tabulated("S")[1][k]) + rest

    def f_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """f(u) = u R(v*(u)) + S(v*(u)) less its value at u = 1, at u = e^t; a limit where v* is infinite."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        one = float(self.score_at_log_ratio(0.0)[0])
        found = np.zeros_like(t)
        for k, (u, score) in enumerate(zip(np.exp(t), self.score_at_log_ratio(t), strict=True)):
            if score != one:
                found[k] = self._gain(float(u), float(score)) - self._gain(float(u), one)
        return found

    def saturation_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """|S'(v*(e^t)) dv*/dt|, the factor of G's gradient: 0 where v* is infinite, NaN where it jumps."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        scores = self.score_at_log_ratio(t)
        found = np.zeros_like(t)
        for k in np.flatnonzero(np.isfinite(scores)):
            found[k] = abs(self._slope("R", "S", 0.0, scores[k]) * self._rise(t[k], scores[k]))
        return found

    def _rise(self, t: float, score: float) -> float:
        """dv*/dt by central differences, over a shorter step where v* rises steeply or ends."""
        for step in _STEPS:
            below, above = self.score_at_log_ratio([t - step, t + step])
            if above - below <= 0.1 * (1.0 + abs(score)):
                return float(above - below) / (2 * step)
        return math.nan


def _nearest_to_zero(best: int, flat: NDArray[np.bool_]) -> int:
    """The index of a table nearest to its middle among those next to `best` between which nothing changes."""
    if not flat[best]:
        return best
    others = np.flatnonzero(~flat)
    before, after = others[others < best], others[others > best]
    low = int(before[-1]) + 1 if before.size else 0
    high = int(after[0]) - 1 if after.size else len(flat) - 1
    return min(max(len(flat) // 2, low), high)


def ideal_score(roles: Roles) -> float:
    """v*(1), where A + B is largest, of a flat optimum the score nearest to 0; infinite without a largest.

    Slopes in a mean take a call of the loss for each score, so that fewer are looked at.
    """
    coarse = not {"A", "B"}.isdisjoint(roles.means)
    return float(TabulatedTheory(roles, 0.5 if coarse else 0.01).score_at_log_ratio(0.0)[0])
