"""One-dimensional densities as the quadrature sees them: log density, supports and scales."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.divergences.families import LogDensity, mp_logpdf, numpy_logpdf
from gantheory.divergences.mixture import Mixture
from gantheory.divergences.piecewise import Array

CALLABLE = "a density callable"


@dataclass(frozen=True)
class Component:
    """A part of a density that is smooth inside its support, with a center and a scale to look at."""

    log: LogDensity
    low: float
    high: float
    center: float
    scale: float
    log_mp: LogDensity | None
    name: str

    def exact_near(self, end: float, sign: float) -> bool:
        """Whether the density at end + sign distance keeps the digits of a small distance."""
        if sign > 0:
            return end != self.low or self.log.above_low is not None or end == 0.0
        return end != self.high or self.log.below_high is not None or end == 0.0


@dataclass(frozen=True)
class Density:
    """sum_i w_i p_i(x); one component of weight 1 for a plain distribution."""

    components: tuple[Component, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:
        return min(c.low for c in self.components)

    @property
    def high(self) -> float:
        return max(c.high for c in self.components)

    def logpdf(self, x: Array) -> Array:
        """Log density; -inf outside the support."""
        return self._mixed(x.shape, lambda c: (c.log.at, x, (x > c.low) & (x < c.high)))

    def logpdf_near(self, end: float, sign: float, distance: Array) -> Array:
        """Log density at end + sign distance, for distances that stay within a segment between ends."""

        def part(c: Component) -> tuple[Callable[[Any], Any], Array, Array]:
            inside = np.full(distance.shape, c.low <= end < c.high if sign > 0 else c.low < end <= c.high)
            if sign > 0 and end == c.low and c.log.above_low is not None:
                return c.log.above_low, distance, inside
            if sign < 0 and end == c.high and c.log.below_high is not None:
                return c.log.below_high, distance, inside
            return c.log.at, end + sign * distance, inside

        return self._mixed(distance.shape, part)

    def _mixed(self, shape: tuple[int, ...], part: Callable[[Component], Any]) -> Array:
        logs = np.full((len(self.components), *shape), -np.inf)
        for k, (c, w) in enumerate(zip(self.components, self.weights, strict=True)):
            log, where, inside = part(c)
            if inside.any():
                with np.errstate(all="ignore"):
                    value = np.asarray(log(where[inside]), dtype=np.float64)
                logs[k][inside] = value + (math.log(w) if w != 1.0 else 0.0)
        if len(logs) == 1:
            return np.asarray(logs[0])
        top = logs.max(axis=0)
        finite = np.isfinite(top)
        with np.errstate(under="ignore", invalid="ignore"):
            total = np.where(finite, np.exp(logs - np.where(finite, top, 0.0)).sum(axis=0), 1.0)
        return np.asarray(top + np.log(total))


def density(distribution: Any, name: str, support: tuple[float, float] | None = None) -> Density:
    """A scipy.stats distribution, a mixture or a callable density on `support`.

    Raises:
        TypeError: none of these.
        ValueError: a discrete distribution, parameters out of range, or a bad support.
    """
    if isinstance(distribution, Mixture):
        pairs = distribution.parts()
        return Density(tuple(_component(d, name) for d, _ in pairs), tuple(w for _, w in pairs))
    if hasattr(distribution, "support") and hasattr(distribution, "pdf"):
        return Density((_component(distribution, name),), (1.0,))
    if hasattr(distribution, "pmf"):
        raise ValueError(f"{name} is a discrete scipy.stats distribution; give its pmf as an array")
    if hasattr(distribution, "pdf"):
        raise TypeError(f"{name} has no one-dimensional support; use method='monte-carlo', or a callable")
    if callable(distribution):
        return Density((_callable(distribution, name, support),), (1.0,))
    raise TypeError(
        f"{name} must be a pmf array, a frozen scipy.stats distribution, a mixture or a density with a "
        f"support, got {type(distribution).__name__}"
    )


def _component(frozen: Any, name: str) -> Component:
    if not hasattr(frozen, "logpdf"):
        raise ValueError(f"{name} must be continuous with a log density, got {type(frozen).__name__}")
    low, high = (float(end) for end in frozen.support())
    with np.errstate(all="ignore"):
        q25, median, q75 = (float(x) for x in frozen.ppf([0.25, 0.5, 0.75]))
    if not (math.isfinite(median) and q75 > q25):
        raise ValueError(
            f"{name} has parameters out of range, its quartiles are {q25:g}, {median:g}, {q75:g}"
        )
    family = getattr(getattr(frozen, "dist", None), "name", type(frozen).__name__)
    return Component(
        numpy_logpdf(frozen) or LogDensity(frozen.logpdf),
        low,
        high,
        median,
        (q75 - q25) / 1.35,
        mp_logpdf(frozen),
        family,
    )


def _callable(pdf: Callable[[Any], Any], name: str, support: Any) -> Component:
    low, high = check_interval(support, name)

    def logpdf(x: Array) -> Array:
        value = vectorized(pdf, name)(x)
        with np.errstate(divide="ignore"):
            return np.log(value)

    # The peak and its width on a grid that holds all magnitudes; adaptive panels do the rest.
    if math.isfinite(low) and math.isfinite(high):
        grid = low + (high - low) * (np.arange(4000) + 0.5) / 4000
    else:
        reach = np.concatenate([np.geomspace(1e-6, 1e6, 2000), np.linspace(0.005, 50.0, 4000)])
        anchor = low if math.isfinite(low) else high if math.isfinite(high) else 0.0
        right = anchor + reach if math.isinf(high) else np.empty(0)
        left = anchor - reach if math.isinf(low) else np.empty(0)
        grid = np.unique(np.concatenate([left, right]))
    value = vectorized(pdf, name)(grid)
    mass = 0.5 * (value[1:] + value[:-1]) * np.diff(grid)
    total = mass.sum()
    if not total > 0:
        raise ValueError(f"{name} is zero at all of {grid.size} points of its support ({low:g}, {high:g})")
    share = np.cumsum(mass) / total
    q25, median, q75 = (float(grid[np.searchsorted(share, level)]) for level in (0.25, 0.5, 0.75))
    scale = max((q75 - q25) / 1.35, float(np.diff(grid).min()))
    return Component(LogDensity(logpdf), low, high, median, scale, None, CALLABLE)


def check_interval(support: Any, name: str) -> tuple[float, float]:
    """(a, b) with a < b, or one-line errors."""
    if support is None:
        raise ValueError(f"support must be given for the density callable {name}, such as support=(0, inf)")
    try:
        low, high = (float(end) for end in support)
    except (TypeError, ValueError):
        raise ValueError(f"support must be (a, b), or ((a, b), (c, d)) in 2-D, got {support!r}") from None
    if not low < high:
        raise ValueError(f"support must have a < b, got ({low:g}, {high:g})")
    return low, high


def vectorized(pdf: Callable[..., Any], name: str) -> Callable[..., Array]:
    """A density on arrays, whether `pdf` takes arrays or only numbers, checked to be nonnegative."""

    def evaluate(*x: Array) -> Array:
        try:
            value = np.asarray(pdf(*x), dtype=np.float64)
            if value.shape != x[0].shape:
                value = np.broadcast_to(value, x[0].shape).astype(np.float64)
        except (TypeError, ValueError):
            value = np.vectorize(pdf, otypes=[np.float64])(*x)
        if np.isnan(value).any():
            raise ValueError(f"{name} is NaN at {_at(x, np.isnan(value))}")
        if (value < 0).any():
            worst = value[value < 0][0]
            raise ValueError(f"{name} must be nonnegative, got {worst:g} at {_at(x, value < 0)}")
        return value

    return evaluate


def warn_mass(mass: float, name: str, tolerance: float = 1e-6) -> None:
    """Warn where a density callable does not integrate to 1."""
    if not abs(mass - 1.0) <= tolerance:
        warnings.warn(
            f"{name} integrates to {mass:.9g} over its support, not to 1; it is used as it is",
            UserWarning,
            stacklevel=5,
        )


def _at(x: tuple[Array, ...], bad: Any) -> str:
    return ", ".join(f"{coordinate[bad][0]:g}" for coordinate in x)
