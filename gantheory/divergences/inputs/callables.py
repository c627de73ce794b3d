"""Densities that are a user's own functions: where they live, where they are 0, and their mass."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float64, narrow_float
from gantheory.divergences.functions.generating_function import UNDERFLOW
from gantheory.divergences.inputs.density import CALLABLE, Component
from gantheory.divergences.inputs.families import LogDensity
from gantheory.divergences.inputs.laws import (
    LogDensityFunction,
    check_interval,
)

ASIDE = 0.0618
"""Panels of a density that nobody described begin so many scales beside its median: a kink is often there,
and no node sees what lies between a kink and an edge that misses it by the error of the median."""

UNKNOWN_ROUNDING = 30.0
"""Units of rounding that the log density of a function, or of a law without a formula here, may be off."""


def component_of_callable(pdf: Callable[[Any], Any], name: str, support: Any) -> Component:
    """A density callable, or a log density, as the quadrature sees it."""
    in_logs = isinstance(pdf, LogDensityFunction)
    if isinstance(pdf, LogDensityFunction) and support is None:
        support = pdf.given
    if support is None:
        raise ValueError(f"support must be given for the density callable {name}, such as support=(0, inf)")
    low, high = check_interval(support)
    logpdf = log_of(pdf, name)
    # The peak and its width on a grid that holds all magnitudes; adaptive panels do the rest.
    grid = all_magnitudes(low, high, np.geomspace(1e-6, 1e6, 2000), np.linspace(0.005, 50.0, 4000))
    logs = logpdf(grid)
    finite = logs[np.isfinite(logs)]
    with np.errstate(under="ignore"):
        value = np.exp(logs - finite.max() if finite.size else logs)
    mass = 0.5 * (value[1:] + value[:-1]) * np.diff(grid)
    total = mass.sum()
    if not total > 0:
        raise ValueError(f"{name} is zero at all of {grid.size} points of its support ({low:g}, {high:g})")
    share = np.cumsum(mass) / total
    q25, median, q75 = (float(grid[np.searchsorted(share, level)]) for level in (0.25, 0.5, 0.75))
    scale = max((q75 - q25) / 1.35, float(np.diff(grid).min()))
    edges, zeros = _gaps(logpdf, grid, logs, low, high, in_logs)
    log = LogDensity(logpdf, constant=UNKNOWN_ROUNDING)
    center = median + ASIDE * scale
    return Component(log, low, high, center, scale, None, CALLABLE, edges, (), zeros, exact=in_logs)


def all_magnitudes(low: float, high: float, powers: Array, steps: Array) -> Array:
    """Points of (low, high): as many as `steps`, evenly, or at distances of all sizes from its end or 0."""
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low) * (np.arange(steps.size) + 0.5) / steps.size
    anchor = low if math.isfinite(low) else high if math.isfinite(high) else 0.0
    reach = np.concatenate([powers, steps])
    return np.unique([anchor + sign * reach for sign, end in ((-1, low), (1, high)) if math.isinf(end)])


def _gaps(
    logpdf: Callable[[Array], Array], grid: Array, logs: Array, low: float, high: float, in_logs: bool
) -> tuple[tuple[float, ...], tuple[tuple[float, float], ...]]:
    """(ends of the support inside (low, high), intervals where a callable is 0 and has not underflowed)."""
    empty = np.isneginf(logs)
    ends: dict[int, tuple[float, bool]] = {}
    for k in np.nonzero(empty[1:] != empty[:-1])[0].tolist():
        a, b, at_a = float(grid[k]), float(grid[k + 1]), bool(empty[k])
        alive = float(logs[k + 1] if at_a else logs[k])
        for _ in range(200):
            middle = 0.5 * (a + b)
            if not a < middle < b:
                break
            at = float(logpdf(np.array([middle]))[0])
            a, b = (middle, b) if np.isneginf(at) == at_a else (a, middle)
            alive = at if at > -np.inf else alive
        ends[int(k)] = (b if at_a else a, in_logs or alive > UNDERFLOW)
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
        return vectorized(pdf.logpdf, name, in_logs=True)
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
                raw = pdf(*x)
                value = as_float64(raw)
                if value.shape != x[0].shape:
                    value = np.broadcast_to(value, x[0].shape).astype(np.float64)
            except Exception:  # a function of numbers may raise anything when it gets an array
                try:
                    each = np.vectorize(pdf, otypes=[object])(*x)
                    raw, value = each.flat[0], as_float64(each)
                except Exception as error:
                    line = " ".join(str(error).split())[:200]
                    raise ValueError(
                        f"{name} must return a density at {_at(x, np.full(x[0].shape, True))}, it raised "
                        f"{type(error).__name__}: {line}"
                    ) from None
        if kind := narrow_float(raw):
            raise TypeError(
                f"{name} must return numbers of double precision, got {kind}: tails would count as 0; use "
                "torch.float64, or jax.config.update('jax_enable_x64', True)"
            )
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
