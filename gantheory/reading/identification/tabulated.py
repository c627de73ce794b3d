"""The theory of a loss without closed form, by numbers: the argmax over a table of scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.forms.roles import Roles

_SCORES = np.linspace(-30, 30, 6001)
_ZERO = len(_SCORES) // 2
_FARTHER = np.logspace(0, 6, 121)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_STEPS = 0.02 * 0.5 ** np.arange(13.0)


NUMERIC = "no closed form: numeric, at scores from -30 to 30 in steps of 0.01, beyond to 3e7 and their limits"
"""What a page says of it."""


@dataclass(frozen=True)
class TabulatedTheory:
    """v*(u), the divergences' generating functions and saturation from the four derivatives alone.

    A, B, R and S are integrated over scores from -30 to 30 in steps of 0.01; v*(u) is the best of these
    scores, refined where u A' + B' passes through zero between two of them. Where the best is an end, v*(u)
    is looked for beyond, up to a score of 3e7, and is infinite where u A' + B' keeps its sign until there.
    """

    roles: Roles

    @cached_property
    def _table(self) -> dict[str, tuple[Array, Array]]:
        found: dict[str, tuple[Array, Array]] = {}
        for role, slope in self.roles.slopes.items():
            d = np.nan_to_num(slope(_SCORES))
            steps = np.diff(_SCORES) * (d[1:] + d[:-1]) / 2
            # From score 0 both ways: a sum that comes in from a steep end has lost the digits of the middle.
            below, above = steps[:_ZERO], steps[_ZERO:]
            values = [-np.cumsum(below[::-1])[::-1], np.zeros(1), np.cumsum(above)]
            found[role] = (d, np.concatenate(values))
        return found

    def score_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """v* at t = log(p_r/p_g); inf or -inf where u A + B rises to its limit."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        (da, a), (db, b) = self._table["A"], self._table["B"]
        found = np.empty_like(t)
        for k, each in enumerate(t):
            u = np.exp(each)
            slope = u * da + db
            best = int(np.argmax(u * a + b))
            if best == 0 and slope[0] == 0:  # flat from there on: its end nearest to 0
                best = min(int(np.argmax(slope != 0)) - 1, _ZERO) if slope.any() else _ZERO
            if best in (0, len(_SCORES) - 1):
                found[k] = self._beyond(u, float(_SCORES[best]))
                continue
            slopes = slope[best - 1 : best + 2]
            falls = slopes[0] > 0 > slopes[2]
            found[k] = np.interp(0.0, -slopes, _SCORES[best - 1 : best + 2]) if falls else _SCORES[best]
        return found

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

    def _slope(self, real: str, fake: str, u: float, scores: ArrayLike) -> Array:
        """u times the one slope and the other, of any shape."""
        at, slopes = np.atleast_1d(np.asarray(scores, dtype=np.float64)), self.roles.slopes
        with np.errstate(all="ignore"):
            found = np.nan_to_num(u * slopes[real](at) + slopes[fake](at))
        return np.reshape(found, np.shape(scores))

    def _gain(self, u: float, score: float) -> float:
        """u R + S at a score less its value at 0; infinite where it has no limit."""
        real, fake = (self._table[role][1] for role in "RS")
        inside = float(np.interp(score, _SCORES, u * real + fake))
        if abs(score) <= _SCORES[-1]:
            return inside
        # In log |v|, where powers of v are exponentials, by Gauss and Legendre on 60 panels.
        far = min(abs(score), _SCORES[-1] * _FARTHER[-1])
        edges = np.linspace(math.log(_SCORES[-1]), math.log(far), 61)
        half = (edges[1] - edges[0]) / 2
        at = np.exp((edges[:-1] + half)[:, None] + half * _NODES)
        slopes = self._slope("R", "S", u, np.sign(score) * at.ravel()) * at.ravel()
        rest = math.copysign(half, score) * float(slopes @ np.tile(_WEIGHTS, 60))
        if math.isinf(score) and abs(slopes[-1]) > 1e-6 * (1.0 + abs(inside + rest)):
            return math.copysign(math.inf, slopes[-1] * score)
        return inside + rest

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
