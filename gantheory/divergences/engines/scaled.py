"""f times a constant that floats do not hold: expectations of 2^(10^6), as Renyi GANs of large alpha have."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from gantheory.divergences.functions.generating_function import GeneratingFunction, joined_parts
from gantheory.divergences.functions.piecewise import Array
from gantheory.multiprecision import mp as ctx


class Scaled(GeneratingFunction):
    """e^-shift f."""

    def __init__(self, f: GeneratingFunction, shift: float) -> None:
        self._f, self._shift = f, shift
        with ctx.workdps(20):
            at_zero, slope = (
                float(end * ctx.exp(-shift)) if ctx.isfinite(end) else float(end)
                for end in (f.at_zero_mp, f.slope_at_infinity_mp)
            )
        super().__init__(at_zero, slope, f.breakpoints)

    def _inside(self, t: Any) -> Any:
        return self._f.mp(t) * ctx.exp(-self._shift)

    def scaled(self, t: Any) -> Array:
        return joined_parts(*self.scaled_parts(t))

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = np.asarray(t, dtype=np.float64)
        series, exponent = self._f.scaled_parts(t)
        ends = np.where(t < 0, self.at_zero, self.slope_at_infinity)
        at_end = np.isinf(t)
        return np.where(at_end, ends, series), np.where(at_end, 0.0, exponent - self._shift)

    def finest(self) -> float:
        return self._f.finest()


def log_peak(f: GeneratingFunction, P: Any, Q: Any, support: Any = None) -> float:
    """log of the largest |q f(p/q)| on a grid of x; 0 where P and Q are not both densities on the line."""
    from gantheory.divergences.engines.quadrature import segments
    from gantheory.divergences.inputs.density import densities
    from gantheory.divergences.inputs.laws import prepared

    flat = support is not None and np.ndim(support) > 1
    if flat or not {prepared(d, "P")[0] for d in (P, Q)} <= {"line", "callable"}:
        return 0.0
    p, q = densities(P, Q, support)
    top = -math.inf
    for _, _, inner in segments(p, q):
        x = np.concatenate([inner, *(np.linspace(a, b, 17) for a, b in itertools.pairwise(inner))])
        log_p, log_q = p.logpdf(x), q.logpdf(x)
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.where(log_p == log_q, 0.0, log_p - log_q)
            series, exponent = f.scaled_parts(t)
            logs = np.log(np.abs(series)) + exponent + np.maximum(log_p, log_q)
        logs = logs[np.isfinite(logs)]
        top = max(top, float(logs.max(initial=-math.inf)))
    return top if math.isfinite(top) else 0.0
