"""An f that is +-infinity everywhere but at u = 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.divergences import GeneratingFunction


class Degenerate(GeneratingFunction):
    """f(1) = 0 and f(u) = `value` for u != 1, with `value` = +-inf: (alpha_D, alpha_G) = (inf, 1/2), for
    instance."""

    def __init__(self, value: float) -> None:
        if not math.isinf(value):
            raise ValueError(f"value must be +-inf, got {value}")
        super().__init__(value, value, (0.0,))
        self.value = value

    def _inside(self, t: Any) -> Any:
        from gantheory.support.multiprecision import mp as mpmath

        return mpmath.mpf(self.value)

    def scaled(self, t: Any) -> Any:
        t = np.asarray(t, dtype=np.float64)
        return np.where(np.isnan(t), np.nan, np.where(t == 0.0, 0.0, self.value))
