"""The theory of a loss without closed form, by numbers: the argmax over a table of scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arrays import Array
from gantheory.reading.identification.forms.roles import Roles

_SCORES = np.linspace(-30, 30, 6001)
_ZERO = len(_SCORES) // 2


@dataclass(frozen=True)
class TabulatedTheory:
    """v*(u), the divergences' generating functions and saturation from the four derivatives alone.

    A, B, R and S are integrated over scores from -30 to 30 in steps of 0.01; v*(u) is the best of these
    scores, refined where u A' + B' passes through zero between two of them.
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
        """v* at t = log(p_r/p_g); NaN where it is beyond the table."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        (da, a), (db, b) = self._table["A"], self._table["B"]
        found = np.empty_like(t)
        for k, each in enumerate(t):
            u = np.exp(each)
            best = int(np.argmax(u * a + b))
            if best in (0, len(_SCORES) - 1):
                found[k] = np.nan
                continue
            slopes = (u * da + db)[best - 1 : best + 2]
            falls = slopes[0] > 0 > slopes[2]
            found[k] = np.interp(0.0, -slopes, _SCORES[best - 1 : best + 2]) if falls else _SCORES[best]
        return found

    def _at(self, role: str, scores: Array) -> Array:
        return np.interp(scores, _SCORES, self._table[role][1])

    def f_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """f(u) = u R(v*(u)) + S(v*(u)) less its value at u = 1, at u = e^t."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        at, one = self.score_at_log_ratio(t), self.score_at_log_ratio(0.0)
        real, fake = (self._at(role, at) - self._at(role, one) for role in "RS")
        return np.asarray(np.exp(t) * real + fake)

    def saturation_at_log_ratio(self, log_ratio: ArrayLike) -> Array:
        """|S'(v*(e^t)) dv*/dt|, the factor of the generator's gradient."""
        t = np.atleast_1d(np.asarray(log_ratio, dtype=np.float64))
        step = 0.02
        rise = (self.score_at_log_ratio(t + step) - self.score_at_log_ratio(t - step)) / (2 * step)
        slope = np.interp(self.score_at_log_ratio(t), _SCORES, self._table["S"][0])
        return np.asarray(np.abs(slope * rise))
