"""Discrete laws as sums see them: log probabilities, the lattice or list of points, where the mass lies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.discrete import runs
from gantheory.divergences.inputs.families import numbers
from gantheory.divergences.inputs.lattice_families import log_pmf_of
from gantheory.divergences.inputs.log_sums import log_sum

_EXPLICIT = 100_000
"""Atoms of a bounded law that are listed one by one."""

_LISTED = 1 << 18
"""Atoms whose probabilities are added one by one on the way to the quartiles."""

_FARTHEST = 1e300
_LEVELS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Part:
    """One discrete law: log probabilities, and all of its points or the lattice that holds them."""

    log: Callable[[Array], Array]
    low: float
    high: float
    center: float
    scale: float
    offset: float
    """Points are offset + an integer."""
    points: Array | None
    name: str

    def logpmf(self, x: Array) -> Array:
        out = np.full(x.shape, -np.inf)
        inside = (x >= self.low) & (x <= self.high)
        if self.points is None:
            inside &= np.floor(x - self.offset) == x - self.offset
        if inside.any():
            with np.errstate(all="ignore"):
                out[inside] = np.asarray(self.log(x[inside]), dtype=np.float64)
        if np.isnan(out).any():
            raise ValueError(f"{self.name} has a probability of nan at {x[np.isnan(out)][0]:g}")
        return out

    def lost(self, x: Array) -> Any:
        """Where a probability of 0 may be underflow."""
        if self.points is not None:
            return np.zeros(x.shape, dtype=bool)
        return (x >= self.low) & (x <= self.high) & (np.floor(x - self.offset) == x - self.offset)


class Law:
    """sum_i w_i part_i, of total mass at most 1."""

    def __init__(self, parts: list[tuple[Part, float]]) -> None:
        self.parts = parts
        self.mass = math.fsum(w for _, w in parts)

    def log(self, x: Array) -> Array:
        if len(self.parts) == 1 and self.parts[0][1] == 1.0:
            return self.parts[0][0].logpmf(x)
        return log_sum(x.shape, (part.logpmf(x) + math.log(weight) for part, weight in self.parts))

    def lost(self, x: Array) -> Any:
        return np.any([part.lost(x) for part, _ in self.parts], axis=0)


def part_of(frozen: Any, name: str) -> Part:
    from scipy import stats

    dist = getattr(frozen, "dist", None)
    low, high = (float(end) for end in frozen.support())
    if isinstance(dist, stats.rv_discrete) and hasattr(dist, "xk"):
        listed = np.asarray(dist.xk, dtype=np.float64) + numbers(frozen)[1]
        order = np.argsort(listed)
        listed, masses = listed[order], np.asarray(dist.pk, dtype=np.float64)[order]

        def log(x: Array) -> Array:
            k = np.minimum(np.searchsorted(listed, x), listed.size - 1)
            with np.errstate(divide="ignore"):
                return np.where(listed[k] == x, np.log(masses[k]), -np.inf)

        middle = float(np.median(listed))
        return Part(log, float(listed[0]), float(listed[-1]), middle, 1.0, 0.0, listed, name)
    formula = log_pmf_of(frozen)
    with np.errstate(all="ignore"):
        if formula is None or low == -math.inf:
            q25, median, q75 = _quartiles(frozen, name, low, high)
        else:
            q25, median, q75 = _by_summation(formula, low, high)
    if not (math.isfinite(q25) and math.isfinite(q75)):
        raise ValueError(
            f"{name} has the quartiles {q25:g}, {median:g}, {q75:g}: its tail is too heavy for a sum over "
            "atoms; cut it off, with rv_discrete"
        )
    offset = median - math.floor(median)
    points = np.arange(low, high + 0.5) if high - low < _EXPLICIT else None
    scale = max(1.0, (q75 - q25) / 1.35)
    return Part(formula or frozen.logpmf, low, high, median, scale, offset, points, name)


def _quartiles(frozen: Any, name: str, low: float, high: float) -> tuple[float, float, float]:
    """Where the mass lies, to the digits that a place to begin at needs.

    scipy's own search steps ten atoms at a time, and adds up a law without a formula for its cdf from its
    first atom at each: zipf(1.05), whose median is 10^6 and upper quartile 10^12, takes all memory.
    """
    from scipy import stats

    kind: Any = type(getattr(frozen, "dist", None))
    if not issubclass(kind, stats.rv_discrete) or kind._ppf is not stats.rv_discrete._ppf:
        found = [float(frozen.ppf(level)) for level in _LEVELS]
    elif kind._cdf is not stats.rv_discrete._cdf:
        found = [_by_cdf(frozen.cdf, level, low, high) for level in _LEVELS]
    elif math.isfinite(low):
        found = _by_summation(frozen.logpmf, low, high)
    else:
        raise ValueError(
            f"{name} has no first atom, so that its class {kind.__name__} must define _cdf or _ppf"
        )
    return found[0], found[1], found[2]


def _by_cdf(cdf: Callable[[float], Any], level: float, low: float, high: float) -> float:
    """The first lattice point at which the cdf reaches a level, by doubling and bisection."""
    start = low if math.isfinite(low) else high if math.isfinite(high) else 0.0
    a = b = start
    step = 1.0
    while not cdf(b) >= level and b < min(high, _FARTHEST):
        a, b, step = b, min(b + step, high), 2.0 * step
    step = 1.0
    while a >= low and cdf(a) >= level and a > -_FARTHEST:
        a, b, step = a - step, a, 2.0 * step
    while b - a > 1.0:
        middle = start + math.floor(0.5 * (a + b) - start)
        if not a < middle < b:
            break
        a, b = (a, middle) if cdf(middle) >= level else (middle, b)
    return b if cdf(b) >= level else math.nan


def _by_summation(logpmf: Callable[[Array], Array], low: float, high: float) -> list[float]:
    """Quartiles from the probabilities, in runs of doubling length from the first atom on."""
    total, at, length = 0.0, low, 1024.0
    found: list[float] = []
    while at <= min(high, _FARTHEST) and len(found) < 3:
        stop = min(high, at + length - 1.0)
        listed = stop - at < _LISTED
        x = np.arange(at, stop + 0.5) if listed else runs.points(at, stop)
        with np.errstate(all="ignore"):
            p = np.exp(np.asarray(logpmf(x), dtype=np.float64))
            p = np.nan_to_num(p)  # exp(-mu) mu^k/k! far out, where both overflow
        share = total + (np.cumsum(p) if listed else np.array([0.0, float(runs.rule(at, stop)[0] @ p)]))
        grid = x if listed else np.array([at, stop])
        for level in _LEVELS[len(found) :]:
            if share[-1] >= level:
                found.append(float(grid[np.searchsorted(share, level)]))
        total, at, length = float(share[-1]), stop + 1.0, 2.0 * length
    return found + [math.nan] * (3 - len(found))
