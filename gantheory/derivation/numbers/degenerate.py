"""An f that is +-infinity everywhere but at u = 1, or below and above some u."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.divergences import GeneratingFunction


class Degenerate(GeneratingFunction):
    """f(1) = 0 and f(u) = `value` for u != 1, with `value` = +-inf: (alpha_D, alpha_G) = (inf, 1/2), for
    instance."""

    infinite_inside = True

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


class InfiniteBeyond(GeneratingFunction):
    """f that is `below` for log u < low and `above` for log u > high, infinite both, and `core` between.

    A discriminator with log(max(D, 1e-7)) prefers D = 0 from some u on, where a generator with -log(D) loses
    all: D_f is infinite where P and Q have such u, and that of `core`, which is finite, where they have none.

    Args:
        core: f for low <= log u <= high; whatever it is beyond is not used.
        low, high: mpf, with low < 0 < high; -inf and inf where f is finite towards that end.
        below, above: +-inf, or None where f is finite towards that end.
    """

    infinite_inside = True

    def __init__(
        self, core: GeneratingFunction, low: Any, high: Any, below: float | None, above: float | None
    ) -> None:
        at_zero = core.at_zero if below is None else below
        slope = core.slope_at_infinity if above is None else above
        edges = [float(edge) for edge in (low, high) if math.isfinite(edge)]
        super().__init__(at_zero, slope, (*core.breakpoints, *edges))
        self.core, self.costly, self.ties = core, core.costly, core.ties
        self._beyond = ((-1, low, below), (1, high, above))

    def _inside(self, t: Any) -> Any:
        from gantheory.support.multiprecision import mp as mpmath

        for sign, edge, value in self._beyond:
            if value is not None and sign * t > sign * edge:
                return mpmath.mpf(value)
        return self.core.mp(t)

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = as_float64(t, "t")
        beyond = [(value, sign * t > sign * float(edge)) for sign, edge, value in self._beyond if value]
        core = ~np.logical_or.reduce([there for _, there in beyond])
        series, exponent = self.core.scaled_parts(np.where(core, t, 0.0))
        for value, there in beyond:
            series = np.where(there, value, series)
        return series, np.where(core, exponent, 0.0)

    def finest(self) -> float:
        return self.core.finest()
