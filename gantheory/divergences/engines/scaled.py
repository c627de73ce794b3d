"""f times a constant that floats do not hold: expectations of 2^(10^6), as Renyi GANs of large alpha have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.density import Density
from gantheory.divergences.result import DivergenceResult, error_of
from gantheory.support.multiprecision import mp as ctx
from gantheory.support.multiprecision import to_mp

_EPS = float(np.finfo(np.float64).eps)

LARGEST_LOG = 600.0
"""log of a contribution from which a sum may be finite and overflow."""


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
        self.ties = tuple((u, to_mp(height) * ctx.exp(-shift)) for u, height in f.ties)

    def _inside(self, t: Any) -> Any:
        return self._f.mp(t) * ctx.exp(-self._shift)

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = np.asarray(t, dtype=np.float64)
        series, exponent = self._f.scaled_parts(t)
        ends = np.where(t < 0, self.at_zero, self.slope_at_infinity)
        at_end = np.isinf(t)
        return np.where(at_end, ends, series), np.where(at_end, 0.0, exponent - self._shift)

    def finest(self) -> float:
        return self._f.finest()


def log_peak(f: GeneratingFunction, p: Density, q: Density) -> tuple[float, float] | None:
    """(log, place) of the largest finite |q f(p/q)| on the line; None where they grow without an end.

    Seen between all landmarks of the densities and at distances beyond them that grow eightfold, then ever
    finer beside the largest.
    """

    best = -math.inf, 0.0
    for low, high, inner in segments(p, q):
        span = float(inner[-1] - inner[0]) or abs(float(inner[0])) or 1.0
        beyond = span * 8.0 ** np.arange(100)
        grids = [inner, *(np.linspace(a, b, 17) for a, b in itertools.pairwise(inner))]
        grids += [inner[0] - beyond] if low == -math.inf else []
        grids += [inner[-1] + beyond] if high == math.inf else []
        x = np.unique(np.concatenate(grids))
        logs = f.log_sizes(p.logpdf(x), q.logpdf(x))
        seen = np.nonzero(logs > -np.inf)[0]
        if not seen.size:
            continue
        k = int(logs.argmax())
        if (k == seen[-1] and high == math.inf) or (k == seen[0] and low == -math.inf):
            return None
        for _ in range(8):
            x = np.linspace(x[max(k - 1, 0)], x[min(k + 1, x.size - 1)], 65)
            logs = f.log_sizes(p.logpdf(x), q.logpdf(x))
            k = int(logs.argmax())
        best = max(best, (float(logs[k]), float(x[k])))
    return best


def in_units_of(shift: float, result: DivergenceResult) -> DivergenceResult:
    """The result times e^shift: an mpmath number where no float is so large."""
    with ctx.workdps(25):
        value, error = (ctx.mpf(x) * ctx.exp(shift) for x in (result.value, result.error))
    near = float(value)
    return DivergenceResult(
        value=near if math.isfinite(near) else value, error=error_of(error), method=result.method
    )


def added(parts: Sequence[DivergenceResult], method: str) -> DivergenceResult:
    """The sum of parts, each a float, infinite, or an mpmath number where no float is so large."""
    infinite = {float(part.value) for part in parts if ctx.isinf(part.value)}
    if infinite:
        return DivergenceResult(value=sum(infinite), error=0.0, method=method)
    if all(math.isfinite(float(part.value)) for part in parts):
        value = math.fsum(float(part.value) for part in parts)
        rounding = 4 * _EPS * math.fsum(abs(float(part.value)) for part in parts)
        return DivergenceResult(value, math.fsum(float(part.error) for part in parts) + rounding, method)
    with ctx.workdps(25):
        total = ctx.fsum(ctx.mpf(part.value) for part in parts)
        error = ctx.fsum(ctx.mpf(part.error) for part in parts)
    return DivergenceResult(total, error_of(error), method)
