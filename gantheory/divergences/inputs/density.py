"""One-dimensional densities as the quadrature sees them: log density, supports and scales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.families import LogDensity
from gantheory.divergences.inputs.log_sums import log_sum

CALLABLE = "a density callable"

_AT_ONCE = 1_000_000
"""Components times points held at once."""


@dataclass(frozen=True)
class Component:
    """A part of a density that is smooth inside its support but for `edges` and `singular`."""

    log: LogDensity
    low: float
    high: float
    center: float
    scale: float
    log_mp: LogDensity | None
    name: str
    edges: tuple[float, ...] = ()
    """Kinks and jumps inside the support."""
    singular: tuple[float, ...] = ()
    """Points inside the support where the density may be infinite."""
    zeros: tuple[tuple[float, float], ...] = ()
    """Intervals inside [low, high] where the density is 0 and has not only underflowed."""
    exact: bool = False
    """Whether a log density of -inf inside the support means 0, because a formula in logarithms gave it."""
    images: tuple[float, ...] = ()
    """Further centers: the peaks of a circular law beyond its window."""

    def width_from(self, low: float) -> float:
        """Distance from `low` to the upper end, also where the sum that is the end has been rounded."""
        if self.name in ("arcsine", "beta", "powerlaw", "triang", "uniform") and self.log.group:
            return (self.log.loc - low) + self.log.scale
        return self.high - low

    def exact_near(self, end: float) -> bool:
        """Whether the density near `end` keeps the digits of a small distance."""
        from_loc = self.log.offset is not None and self.log.loc == end
        from_high = self.log.below_high is not None and self.high == end
        return from_loc or from_high or end == 0.0 or end not in (self.low, self.high, *self.singular)

    def is_zero(self, x: Array, seen: Any) -> Any:
        """Where a log density of -inf is 0: outside the support, and where a formula says so in sight.

        Far out, where the other density is not `seen`, a formula overflows as well (Gumbel's e^-x).
        """
        outside = (x <= self.low) | (x >= self.high)
        for a, b in self.zeros:
            outside |= (x >= a) & (x <= b)
        return outside | (self.exact & seen)


@dataclass(frozen=True)
class Density:
    """sum_i w_i p_i(x); one component of weight 1 for a plain distribution."""

    components: tuple[Component, ...]
    weights: tuple[float, ...]
    period: float | None = None
    """Of a circular law."""

    @property
    def low(self) -> float:
        return min(c.low for c in self.components)

    @property
    def high(self) -> float:
        return max(c.high for c in self.components)

    @cached_property
    def _groups(self) -> list[_Group]:
        members: dict[Any, list[int]] = {}
        for k, c in enumerate(self.components):
            members.setdefault(c.log.group or k, []).append(k)
        return [
            _Group([self.components[k] for k in ks], [self.weights[k] for k in ks]) for ks in members.values()
        ]

    def logpdf(self, x: Array) -> Array:
        """Log density; -inf outside the support."""
        return self._mixed(x, lambda group, at: group.logs(at))

    def logpdf_near(self, end: float, sign: float, distance: Array) -> Array:
        """Log density at end + sign distance, for distances that stay within a segment between ends."""
        return self._mixed(distance, lambda group, at: group.logs_near(end, sign, at))

    def is_zero(self, x: Array, seen: Any) -> Any:
        """Where a log density of -inf is 0, and has not underflowed or overflowed."""
        zero = np.ones(x.shape, dtype=bool)
        for c in self.components:
            zero &= c.is_zero(x, seen)
        return zero

    @cached_property
    def _known(self) -> dict[bool, tuple[float, float]]:
        return {}

    def known_before(self, lost: float) -> tuple[float, float]:
        """Two places on the way to `lost`, where the log density is -inf: one a tenth before the last where
        it is not, and that last, to 1e-5 of its distance; nan where none is."""
        center, scale = self.components[0].center, self.components[0].scale
        above = lost > center
        if above not in self._known:
            end = self.high if above else self.low
            base, near = (end, abs(center - end)) if np.isfinite(end) else (center, 1e-3 * scale)
            far = abs(lost - base)
            sign = -1.0 if above == np.isfinite(end) else 1.0
            before = 1.1 if far < near else 0.9
            for _ in range(3):
                distance = np.geomspace(near, far, 200) if near and far else np.zeros(1)
                k = int(np.isneginf(self.logpdf(base + sign * distance)).argmax())
                near, far = (float(distance[k - 1]), float(distance[k])) if k else (np.nan, np.nan)
            self._known[above] = base + sign * before * near, base + sign * near
        return self._known[above]

    def _mixed(self, x: Array, logs: Callable[[_Group, Array], Array]) -> Array:
        flat = np.asarray(x, dtype=np.float64).ravel()
        out = np.empty(flat.shape)
        rows = max(256, _AT_ONCE // len(self.components))
        for k in range(0, flat.size, rows):
            out[k : k + rows] = self._chunk(flat[k : k + rows], logs)
        return out.reshape(np.shape(x))

    def _chunk(self, x: Array, logs: Callable[[_Group, Array], Array]) -> Array:
        if len(self.components) == 1:
            return np.asarray(logs(self._groups[0], x)[0])
        return log_sum(x.shape, (logs(group, x) for group in self._groups))


class _Group:
    """Components that differ in loc and scale only, evaluated together; or a single one of any kind."""

    def __init__(self, components: list[Component], weights: list[float]) -> None:
        self.components = components
        self.log_weight = np.log(np.array(weights))[:, None]
        self.low, self.high = (
            np.array([getattr(c, k) for c in components])[:, None] for k in ("low", "high")
        )
        self.bounded = bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())
        self.standard: Any = components[0].log.standard  # a group of several has one
        self.loc, self.scale = (
            np.array([getattr(c.log, k) for c in components])[:, None] for k in ("loc", "scale")
        )
        self.log_scale = np.log(self.scale)

    def logs(self, x: Array) -> Array:
        """(component, point) -> log w_i p_i(x)."""
        if len(self.components) == 1:
            c = self.components[0]
            return self._single(c.log.at, x, (x > c.low) & (x < c.high))
        with np.errstate(all="ignore"):
            value = self.standard((x - self.loc) / self.scale) - self.log_scale + self.log_weight
            if self.bounded:
                value = np.where((x > self.low) & (x < self.high), value, -np.inf)
        return np.asarray(value)

    def logs_near(self, end: float, sign: float, distance: Array) -> Array:
        """(component, distance) -> log w_i p_i(end + sign distance)."""
        inside = (self.low <= end) & (end < self.high) if sign > 0 else (self.low < end) & (end <= self.high)
        if len(self.components) > 1:
            with np.errstate(all="ignore"):
                z = ((end - self.loc) + sign * distance) / self.scale
                value = self.standard(z) - self.log_scale + self.log_weight
            for k, c in enumerate(self.components):
                if sign < 0 and end == c.high and c.log.below_high is not None:
                    with np.errstate(all="ignore"):
                        value[k] = c.log.below_high(distance) + self.log_weight[k]
            return np.where(inside, value, -np.inf)
        c = self.components[0]
        everywhere = np.full(distance.shape, bool(inside[0, 0]))
        if sign < 0 and end == c.high and c.log.below_high is not None:
            return self._single(c.log.below_high, distance, everywhere, end)
        if c.log.offset is not None:
            offset = c.log.offset
            return self._single(lambda d: offset(end, sign * d), distance, everywhere, end)
        return self._single(c.log.at, end + sign * distance, everywhere)

    def _single(self, log: Callable[[Any], Any], where: Array, inside: Any, near: float = 0.0) -> Array:
        out = np.full((1, *where.shape), -np.inf)
        if inside.any():
            with np.errstate(all="ignore"):
                value = np.asarray(log(where[inside]), dtype=np.float64)
            if np.isnan(value).any():
                value = self._known(value, near + where[inside])
            out[0][inside] = value + self.log_weight[0, 0]
        return out

    def _known(self, value: Array, x: Array) -> Array:
        """nan far out in a tail is an overflow on the way to 0; elsewhere it is no density."""
        c, bad = self.components[0], np.isnan(value)
        within = bad & (np.abs(x - c.center) < 30.0 * c.scale)
        if within.any():
            raise ValueError(f"the log density of {c.name} is nan at {float(x[within][0]):g}")
        return np.where(bad, -np.inf, value)
