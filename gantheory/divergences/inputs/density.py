"""One-dimensional densities as the quadrature sees them: log density, supports and scales."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arrays import Array, as_float64
from gantheory.divergences.inputs.families import LogDensity, log_density_of, mp_logpdf, parameters
from gantheory.divergences.inputs.laws import (
    KernelLaw,
    LogDensityFunction,
    NewLaw,
    check_interval,
    check_on_line,
    circular,
    may_wrap,
    prepared,
)
from gantheory.divergences.inputs.log_sums import log_sum
from gantheory.divergences.inputs.mixture import Mixture

CALLABLE = "a density callable"

_AT_ONCE = 1_000_000
"""Components times points held at once."""

_UNDERFLOW = -650.0
"""A log density that ends below this may have underflowed; one that ends above has an end of its support."""


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
        if end == 0.0:
            return True
        if end == self.low:
            return self.log.offset is not None and self.log.loc == end
        if end == self.high:
            return self.log.below_high is not None or (self.log.offset is not None and self.log.loc == end)
        return end not in self.singular or (self.log.offset is not None and self.log.loc == end)

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
        one = components[0].log
        self.standard = one.standard
        self.loc, self.scale = (
            np.array([getattr(c.log, k) for c in components])[:, None] for k in ("loc", "scale")
        )
        if self.standard is not None:
            self.log_scale = np.log(self.scale)

    def logs(self, x: Array) -> Array:
        """(component, point) -> log w_i p_i(x)."""
        if len(self.components) == 1 or self.standard is None:
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
        if len(self.components) > 1 and self.standard is not None:
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


def densities(P: Any, Q: Any, support: Any = None) -> tuple[Density, Density]:
    """P and Q on the line, or both on one circle: where one of them is periodic, or all of one period.

    Raises:
        TypeError, ValueError: as `density`; one law on a circle and the other not.
    """
    parts = [_leaves(d) for d in (P, Q)]
    if not _circle_is_meant([leaf for both in parts for leaf in both]):
        return density(P, "P", support), density(Q, "Q", support)
    periods = set()
    for name, both in zip("PQ", parts, strict=True):
        for leaf in both:
            if not may_wrap(leaf):
                raise ValueError(
                    f"P and Q must both lie on the circle or both on the line: vonmises is periodic, {name} "
                    f"has {_family(leaf)}; vonmises_line is the law on the line"
                )
            periods.add(_circle(leaf)[2])
    if len(periods) > 1:
        raise ValueError(f"P and Q must lie on one circle, got scales that make periods {sorted(periods)}")
    if support is not None:
        raise ValueError(f"support must not be given for circular laws, got {support!r}")
    return _on_circle(P, "P"), _on_circle(Q, "Q")


def density(distribution: Any, name: str, support: Any = None) -> Density:
    """A scipy.stats distribution, a mixture or a callable density on `support`.

    Raises:
        TypeError: none of these.
        ValueError: a discrete or circular distribution, parameters out of range, or a bad support.
    """
    kind, distribution = prepared(distribution, name)
    if kind == "callable":
        return Density((_callable(distribution, name, support),), (1.0,))
    if kind in ("discrete", "mixed"):
        raise ValueError(
            f"{name} is a discrete scipy.stats distribution, which has no density; divergence takes it"
        )
    if kind == "plane":
        raise TypeError(f"{name} must be one-dimensional here, got a law of the plane")
    if kind == "pmf":
        raise TypeError(
            f"{name} must be a pmf array, a frozen scipy.stats distribution, a mixture or a density with a "
            f"support, got {type(distribution).__name__}"
        )
    check_on_line(distribution, name)
    components: list[Component] = []
    weights: list[float] = []
    pairs = distribution.parts() if isinstance(distribution, Mixture) else [(distribution, 1.0)]
    quartiles: dict[Any, tuple[float, float, float]] = {}
    for part, weight in pairs:
        if isinstance(part, KernelLaw):
            kernel = log_density_of("norm", (), 0.0, 1.0)
            for point, share in zip(part.points, part.weights, strict=True):
                if share > 0:
                    components.append(_kernel(kernel, float(point), part.width))
                    weights.append(weight * float(share))
            continue
        components.append(_component(part, name, quartiles))
        weights.append(weight)
    return Density(tuple(components), tuple(weights))


def _kernel(kernel: LogDensity, point: float, width: float) -> Component:
    log = LogDensity(
        lambda x: kernel.at((x - point) / width) - math.log(width),
        lambda end, d: kernel.at(((end - point) + d) / width) - math.log(width),
        None,
        0.0,
        kernel.group,
        kernel.standard,
        point,
        width,
    )
    return Component(log, -math.inf, math.inf, point, width, None, "gaussian_kde", exact=True)


def _circle_is_meant(leaves: list[Any]) -> bool:
    """Whether a law is periodic, or all of them wrap around one circle, wherever scipy cuts it."""
    if any(circular(leaf) for leaf in leaves):
        return True
    return all(may_wrap(leaf) for leaf in leaves) and len({_circle(leaf)[2] for leaf in leaves}) == 1


def _leaves(distribution: Any) -> list[Any]:
    return [part for part, _ in distribution.parts()] if isinstance(distribution, Mixture) else [distribution]


def _family(frozen: Any) -> str:
    if isinstance(frozen, NewLaw):
        return frozen.name
    return str(getattr(getattr(frozen, "dist", None), "name", None) or type(frozen).__name__)


def _circle(frozen: Any) -> tuple[float, float, float]:
    """(loc, scale, period)."""
    _, loc, scale = frozen.dist._parse_args(*frozen.args, **frozen.kwds)
    return float(loc), float(scale), 2 * math.pi * float(scale)


def _on_circle(distribution: Any, name: str) -> Density:
    """One period [-period/2, period/2] of circular laws."""
    components, weights, period = [], [], 1.0
    for frozen, weight in (
        distribution.parts() if isinstance(distribution, Mixture) else [(distribution, 1.0)]
    ):
        loc, scale, period = _circle(frozen)
        low, high = -0.5 * period, 0.5 * period
        shape = float(frozen.dist._parse_args(*frozen.args, **frozen.kwds)[0][0])
        if circular(frozen):
            log = frozen.logpdf
            width, center = scale * min(1.0, shape**-0.5 if shape else 1.0), loc
        else:
            # (1 - c^2) / (2 pi ((1 - c)^2 + 4 c sin^2(x/2))): no cancellation at the peak.
            log = _wrapped_cauchy(shape, loc, scale)
            width, center = scale * min(1.0, 1.0 - shape), loc
        center = (center - low) % period + low
        images = (center - period, center + period)
        components.append(
            Component(
                LogDensity(log), low, high, center, width, None, _family(frozen), exact=True, images=images
            )
        )
        weights.append(weight)
    return Density(tuple(components), tuple(weights), period)


def _wrapped_cauchy(c: float, loc: float, scale: float) -> Callable[[Any], Any]:
    constant = math.log1p(-c) + math.log1p(c) - math.log(2 * math.pi * scale)

    def log(x: Any) -> Any:
        return constant - np.log((1 - c) ** 2 + 4 * c * np.sin((x - loc) / (2 * scale)) ** 2)

    return log


_QUARTERS = np.array([0.25, 0.5, 0.75])

_ASIDE = 0.0618
"""Panels of a density that nobody described begin so many scales beside its median: a kink is often there,
and no node sees what lies between a kink and an edge that misses it by the error of the median."""

_UNKNOWN_ROUNDING = 30.0
"""Units of rounding that the log density of a function, or of a law without a formula here, may be off."""


def _component(frozen: Any, name: str, quartiles: dict[Any, tuple[float, float, float]]) -> Component:
    found = parameters(frozen)
    family = _family(frozen)
    if found is not None:
        _, shapes, loc, scale = found
        log: LogDensity = log_density_of(*found)
        if log.group not in quartiles:
            ready = _quartiles(frozen, name)
            quartiles[log.group] = tuple((q - loc) / scale for q in ready)  # type: ignore[assignment]
        q25, median, q75 = (loc + scale * z for z in quartiles[log.group])
    else:
        q25, median, q75 = _quartiles(frozen, name)
        log, shapes, loc, scale = _of_scipy(frozen)
    low, high = (float(end) for end in frozen.support())
    edges, singular = _features(frozen, family, shapes, loc, scale)
    edges = tuple(e for e in edges if low < e < high)
    width = (q75 - q25) / 1.35
    return Component(
        log,
        low,
        high,
        median if log.group or edges or singular else median + _ASIDE * width,
        width,
        mp_logpdf(frozen) if found is not None else None,
        family,
        edges,
        tuple(e for e in singular if low < e < high),
        _empty_bins(frozen, loc, scale),
        exact=found is not None,
    )


def _quartiles(frozen: Any, name: str) -> tuple[float, float, float]:
    with np.errstate(all="ignore"):
        values = [float(x) for x in np.ravel(frozen.ppf(_QUARTERS))]
    if len(values) != 3:
        raise ValueError(f"{name} must be one distribution, got an array of them")
    q25, median, q75 = values
    if math.isfinite(median) and q25 == q75:
        raise ValueError(
            f"{name} is narrower than the numbers near {median:g} are apart; move P and Q to near 0"
        )
    if not (math.isfinite(median) and q75 > q25):
        raise ValueError(
            f"{name} has the quartiles {q25:g}, {median:g}, {q75:g}, as scipy computes them: no law that "
            "numbers can hold"
        )
    return q25, median, q75


def _of_scipy(frozen: Any) -> tuple[LogDensity, tuple[float, ...], float, float]:
    """Log density of a law that is not in the table of formulas, and its shapes, loc and scale."""
    dist = getattr(frozen, "dist", None)
    if dist is None or not hasattr(dist, "_parse_args"):
        return LogDensity(frozen.logpdf, constant=_UNKNOWN_ROUNDING), (), 0.0, 1.0
    shapes, loc, scale = dist._parse_args(*frozen.args, **frozen.kwds)
    given = tuple(float(np.ravel(s)[0]) for s in shapes), float(np.ravel(loc)[0]), float(np.ravel(scale)[0])

    def offset(point: float, distance: Any) -> Any:
        return dist.logpdf(distance, *shapes, loc=given[1] - point, scale=given[2])

    log = LogDensity(frozen.logpdf, offset, constant=_UNKNOWN_ROUNDING, loc=given[1], scale=given[2])
    return log, *given


def _features(
    frozen: Any, family: str, shapes: tuple[float, ...], loc: float, scale: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(kinks and jumps, singularities) inside the support."""
    from scipy import stats

    dist = getattr(frozen, "dist", frozen)
    if isinstance(dist, stats.rv_histogram):
        return tuple(loc + scale * float(edge) for edge in dist._hbins), ()
    own = getattr(stats, family, None)
    if own is None or type(dist) is not type(own):
        return (), ()
    standard: dict[str, Callable[..., tuple[float, ...]]] = {
        **dict.fromkeys(
            ("laplace", "laplace_asymmetric", "skewcauchy", "gennorm", "dgamma", "dweibull"),
            lambda *_: (0.0,),
        ),
        "loglaplace": lambda *_: (1.0,),
        "triang": lambda c: (c,),
        "trapezoid": lambda c, d: (c, d),
        "crystalball": lambda beta, m: (-beta,),
        "irwinhall": lambda n: tuple(range(1, int(n))) if n < 50 else (),
    }
    if family not in standard:
        return (), ()
    points = tuple(loc + scale * float(z) for z in standard[family](*shapes))
    return ((), points) if family in ("dgamma", "dweibull") and shapes[0] < 1 else (points, ())


def _empty_bins(frozen: Any, loc: float, scale: float) -> tuple[tuple[float, float], ...]:
    """Intervals where a histogram is 0."""
    from scipy import stats

    dist = getattr(frozen, "dist", frozen)
    if not isinstance(dist, stats.rv_histogram):
        return ()
    edges, heights = loc + scale * np.asarray(dist._hbins), dist._hpdf[1:-1]
    return tuple((float(edges[k]), float(edges[k + 1])) for k in np.nonzero(heights == 0.0)[0])


def _callable(pdf: Callable[[Any], Any], name: str, support: Any) -> Component:
    in_logs = isinstance(pdf, LogDensityFunction)
    if isinstance(pdf, LogDensityFunction) and support is None:
        support = pdf.given
    if support is None:
        raise ValueError(f"support must be given for the density callable {name}, such as support=(0, inf)")
    low, high = check_interval(support)
    logpdf = log_of(pdf, name)
    # The peak and its width on a grid that holds all magnitudes; adaptive panels do the rest.
    if math.isfinite(low) and math.isfinite(high):
        grid = low + (high - low) * (np.arange(4000) + 0.5) / 4000
    else:
        reach = np.concatenate([np.geomspace(1e-6, 1e6, 2000), np.linspace(0.005, 50.0, 4000)])
        anchor = low if math.isfinite(low) else high if math.isfinite(high) else 0.0
        right = anchor + reach if math.isinf(high) else np.empty(0)
        left = anchor - reach if math.isinf(low) else np.empty(0)
        grid = np.unique(np.concatenate([left, right]))
    logs = logpdf(grid)
    if not (logs > -np.inf).any():
        raise ValueError(f"{name} is zero at all of {grid.size} points of its support ({low:g}, {high:g})")
    with np.errstate(under="ignore"):
        value = np.exp(
            logs - logs[np.isfinite(logs)].max(initial=-np.inf) if np.isfinite(logs).any() else logs
        )
    mass = 0.5 * (value[1:] + value[:-1]) * np.diff(grid)
    total = mass.sum()
    if not total > 0:
        raise ValueError(f"{name} is zero at all of {grid.size} points of its support ({low:g}, {high:g})")
    share = np.cumsum(mass) / total
    q25, median, q75 = (float(grid[np.searchsorted(share, level)]) for level in (0.25, 0.5, 0.75))
    scale = max((q75 - q25) / 1.35, float(np.diff(grid).min()))
    edges, zeros = _gaps(logpdf, grid, logs, low, high, in_logs)
    log = LogDensity(logpdf, constant=_UNKNOWN_ROUNDING)
    center = median + _ASIDE * scale
    return Component(log, low, high, center, scale, None, CALLABLE, edges, (), zeros, exact=in_logs)


def _gaps(
    logpdf: Callable[[Array], Array], grid: Array, logs: Array, low: float, high: float, in_logs: bool
) -> tuple[tuple[float, ...], tuple[tuple[float, float], ...]]:
    """(ends of the support inside (low, high), intervals where a callable is 0 and has not underflowed)."""
    empty = np.isneginf(logs)
    if not empty.any():
        return (), ()
    ends: dict[int, tuple[float, bool]] = {}
    for k in np.nonzero(empty[1:] != empty[:-1])[0].tolist():
        a, b, at_a = float(grid[k]), float(grid[k + 1]), bool(empty[k])
        alive = float(logs[k + 1] if at_a else logs[k])
        for _ in range(200):
            middle = 0.5 * (a + b)
            if not a < middle < b:
                break
            at = float(logpdf(np.array([middle]))[0])
            if np.isneginf(at) == at_a:
                a = middle
            else:
                b = middle
            alive = at if at > -np.inf else alive
        ends[int(k)] = (b if at_a else a, in_logs or alive > _UNDERFLOW)
    zeros = []
    starts = [k for k in ends if empty[k + 1]]
    if empty[0]:
        starts = [-1, *starts]
    for k in starts:
        stop = next((j for j in ends if j > k and not empty[j + 1]), None)
        left = ends[k] if k >= 0 else (low, True)
        right = ends[stop] if stop is not None else (high, True)
        if left[1] and right[1]:
            zeros.append((left[0], right[0]))
    return tuple(e for e, real in ends.values() if real), tuple(zeros)


def log_of(pdf: Callable[..., Any], name: str) -> Callable[..., Array]:
    """The log density of a callable density or log density, on arrays."""
    if isinstance(pdf, LogDensityFunction):
        logs = vectorized(pdf.logpdf, name, in_logs=True)
        return logs

    density_of = vectorized(pdf, name)

    def logpdf(*x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(density_of(*x))

    return logpdf


def vectorized(pdf: Callable[..., Any], name: str, in_logs: bool = False) -> Callable[..., Array]:
    """A density on arrays, whether `pdf` takes arrays or only numbers, checked to be >= 0; or its log."""

    def evaluate(*x: Array) -> Array:
        with np.errstate(all="ignore"):
            try:
                value = as_float64(pdf(*x))
                if value.shape != x[0].shape:
                    value = np.broadcast_to(value, x[0].shape).astype(np.float64)
            except Exception:  # a function of numbers may raise anything when it gets an array
                try:
                    value = as_float64(np.vectorize(pdf, otypes=[object])(*x))
                except Exception as error:
                    line = " ".join(str(error).split())[:200]
                    raise ValueError(
                        f"{name} must return a density at {_at(x, np.full(x[0].shape, True))}, it raised "
                        f"{type(error).__name__}: {line}"
                    ) from None
        if np.isnan(value).any():
            raise ValueError(f"{name} is NaN at {_at(x, np.isnan(value))}")
        if in_logs:
            return value
        if (value < 0).any():
            worst = value[value < 0][0]
            raise ValueError(f"{name} must be nonnegative, got {worst:g} at {_at(x, value < 0)}")
        return value

    return evaluate


def check_mass(mass: float, name: str, tolerance: float = 1e-6, pole: float | None = None) -> float:
    """The mass that a density callable is held to where `mass` was seen: 1, or its own where that is more.

    Raises:
        ArithmeticError: half of it or more is missing.

    Warns:
        UserWarning: it does not integrate to 1: why, and what to do where a pole hides mass.
    """
    if mass <= 0.5 + tolerance:
        raise ArithmeticError(
            f"{name} integrates to {mass:.9g} over its support, not to 1: give a density that is normalized, "
            "and move P and Q to near 0 where it is narrow and far out"
        )
    if not abs(mass - 1.0) <= tolerance:
        why = "it is used as it is" if mass > 1.0 else "what it lacks is in the error"
        if pole:
            why = (
                f"near {pole:g}, if that is a pole, mass is lost between numbers: move both densities so "
                "that it lies at 0"
            )
        warnings.warn(
            f"{name} integrates to {mass:.9g} over its support, not to 1; {why}",
            UserWarning,
            stacklevel=5,
        )
    return max(1.0, mass)


def _at(x: tuple[Array, ...], bad: Any) -> str:
    return ", ".join(f"{coordinate[bad][0]:g}" for coordinate in x)
