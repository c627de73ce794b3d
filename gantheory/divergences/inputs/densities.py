"""Distributions, mixtures and callables as densities on the line, or on one circle."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.divergences.inputs.callables import ASIDE, UNKNOWN_ROUNDING, component_of_callable
from gantheory.divergences.inputs.density import Component, Density
from gantheory.divergences.inputs.families import (
    LogDensity,
    log_density_of,
    mp_log_density_of,
    numbers,
    parameters,
)
from gantheory.divergences.inputs.laws import (
    KernelLaw,
    check_on_line,
    circular,
    may_wrap,
)
from gantheory.divergences.inputs.mixture import parts_of
from gantheory.divergences.inputs.prepared import prepared


def densities(P: Any, Q: Any, support: Any = None) -> tuple[Density, Density]:
    """P and Q on the line, or both on one circle: where all of them wrap around it, wherever scipy cuts it.

    Raises:
        TypeError, ValueError: as `density`.
    """
    if not on_one_circle(P, Q):
        return density(P, "P", support), density(Q, "Q", support)
    return _on_circle(P, "P"), _on_circle(Q, "Q")


def on_one_circle(P: Any, Q: Any) -> bool:
    """Whether all laws wrap around one circle."""
    leaves = [leaf for d in (P, Q) for leaf, _ in parts_of(d)]
    return all(map(may_wrap, leaves)) and len(set(map(_period, leaves))) == 1


def density(distribution: Any, name: str, support: Any = None) -> Density:
    """A scipy.stats distribution, a mixture or a callable density on `support`.

    Raises:
        TypeError: none of these.
        ValueError: a discrete or circular distribution, parameters out of range, or a bad support.
    """
    kind, distribution = prepared(distribution, name)
    if kind == "callable":
        return Density((component_of_callable(distribution, name, support),), (1.0,))
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
    quartiles: dict[Any, tuple[float, float, float]] = {}
    for part, weight in parts_of(distribution):
        if isinstance(part, KernelLaw):
            for point, share in zip(part.points.tolist(), part.weights.tolist(), strict=True):
                if share > 0:
                    log = log_density_of("norm", (), point, part.width)
                    place = -math.inf, math.inf, point, part.width
                    components.append(Component(log, *place, None, "gaussian_kde", exact=True))
                    weights.append(weight * share)
            continue
        components.append(_component(part, name, quartiles))
        weights.append(weight)
    return Density(tuple(components), tuple(weights))


def _family(frozen: Any) -> str:
    return str(getattr(getattr(frozen, "dist", frozen), "name", None) or type(frozen).__name__)


def _period(frozen: Any) -> float:
    return 2 * math.pi * numbers(frozen)[2]


def _on_circle(distribution: Any, name: str) -> Density:
    """One period [-period/2, period/2] of circular laws."""
    components, weights, period = [], [], 1.0
    for frozen, weight in parts_of(distribution):
        (shape,), loc, scale = numbers(frozen)
        period = _period(frozen)
        low, high = -0.5 * period, 0.5 * period
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


def _component(frozen: Any, name: str, quartiles: dict[Any, tuple[float, float, float]]) -> Component:
    found = parameters(frozen)
    family = _family(frozen)
    log_mp = None
    if found is not None:
        _, shapes, loc, scale = found
        log, log_mp = log_density_of(*found), mp_log_density_of(*found)
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
        median if log.group or edges or singular else median + ASIDE * width,
        width,
        log_mp,
        family,
        edges,
        tuple(e for e in singular if low < e < high),
        _empty_bins(frozen, loc, scale),
        exact=found is not None,
    )


def _quartiles(frozen: Any, name: str) -> tuple[float, float, float]:
    try:
        with np.errstate(all="ignore"):
            q25, median, q75 = (float(x) for x in np.ravel(frozen.ppf(_QUARTERS)))
    except (ValueError, RuntimeError) as error:  # of scipy's search in the integral of a density
        raise ValueError(
            f"{name} has no quartiles: {str(error).rstrip('.')}; check that its density is finite and "
            "integrates to 1, a narrow peak of it may be missed, or define _ppf"
        ) from error
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
    dist: Any = getattr(frozen, "dist", None)
    if not hasattr(dist, "_parse_args"):
        return LogDensity(frozen.logpdf, constant=UNKNOWN_ROUNDING), (), 0.0, 1.0
    shapes, loc, scale = numbers(frozen)

    def offset(point: float, distance: Any) -> Any:
        return dist.logpdf(distance, *shapes, loc=loc - point, scale=scale)

    return (
        LogDensity(frozen.logpdf, offset, constant=UNKNOWN_ROUNDING, loc=loc, scale=scale),
        shapes,
        loc,
        scale,
    )


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
