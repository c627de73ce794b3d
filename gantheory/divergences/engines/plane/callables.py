"""Divergences of density callables in two dimensions, by scipy's adaptive cubature."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.mass import Seen
from gantheory.divergences.functions.generating_function import GeneratingFunction, log_quotient
from gantheory.divergences.inputs.callables import all_magnitudes, check_mass, log_of
from gantheory.divergences.inputs.laws import check_interval
from gantheory.divergences.result import DivergenceResult

_RTOL = 1e-12
_MASS_RTOL = 1e-8
_LACKING = 1e-6
"""Of a mass: more than this may not be missing where it counts without bound, as no cell says how much."""
_UNDERFLOW = math.log(1e-60)
"""Where one density is exactly 0 and the other below this, the product is taken for 0 and not for inf."""


def cubature_divergence(
    f: GeneratingFunction, P: Any, Q: Any, support: Any, dps: int | None = None
) -> DivergenceResult:
    """D_f(P||Q) = int int q f(p/q) dx dy of densities p(x, y), q(x, y) on a rectangle, finite or infinite.

    The rectangle is first cut along the quartiles of both densities, which a grid over all magnitudes finds,
    then given to `scipy.integrate.cubature` (product Gauss-Kronrod, 21 points an axis). Relative accuracy
    about 1e-9 for smooth densities.

    Args:
        f: the generating function.
        P, Q: callables of two arrays (x, y), or of two numbers.
        support: ((a, b), (c, d)).
        dps: must be None: there is no high precision in two dimensions.

    Raises:
        ValueError, TypeError: an argument of the wrong kind.

    Warns:
        UserWarning: a callable does not integrate to 1.
    """
    if dps is not None:
        raise ValueError(f"dps must be None in two dimensions, got {dps}")
    for given, name in ((P, "P"), (Q, "Q")):
        if not callable(given):
            raise TypeError(f"{name} must be a density callable of (x, y), got {type(given).__name__}")
    try:
        x_support, y_support = support
    except (TypeError, ValueError):
        raise ValueError(f"support must be ((a, b), (c, d)) in two dimensions, got {support!r}") from None
    box = [check_interval(x_support), check_interval(y_support)]
    log_p, log_q = log_of(P, "P"), log_of(Q, "Q")
    p, q = _exponential(log_p), _exponential(log_q)
    cuts = _cuts([p, q], box)
    masses = [_integrate(given, cuts, _MASS_RTOL)[0] for given in (p, q)]
    expected = [check_mass(mass, name) for mass, name in zip(masses, "PQ", strict=True)]
    for mass, name, end in zip(masses, "PQ", (f.slope_at_infinity, f.at_zero), strict=True):
        if not math.isfinite(end) and mass < 1.0 - _LACKING:
            raise ArithmeticError(
                f"{name} has mass {mass:.9g} over its support, and what it lacks may count without bound: "
                "give a wider support, or a density that is normalized"
            )

    def integrand(x: Array, y: Array) -> Array:
        at_p, at_q = log_p(x, y), log_q(x, y)
        if height := f.passed(log_quotient(at_p, at_q)):
            raise ArithmeticError(
                f"no divergence by cubature: p/q passes a ratio at which f is {height} and has no integral, "
                "so it is infinite unless p/q jumps over it"
            )
        alone = np.isneginf(at_p) != np.isneginf(at_q)
        # An exact 0 beside 1e-60 is underflow of a smooth tail more often than an end of the support.
        lost = alone & (np.maximum(at_p, at_q) < _UNDERFLOW)
        value = np.where(lost, 0.0, f.contributions(at_p, at_q))
        endless = ~np.isfinite(value)
        if (endless & ~alone).any():
            where = ", ".join(f"{float(z[endless & ~alone][0]):g}" for z in (x, y))
            raise ArithmeticError(
                f"contributions overflow at ({where}): the divergence is infinite or beyond the largest float"
            )
        if endless.any():
            raise _InfiniteError(float(value[endless].sum()))
        return value

    try:
        value, error = _integrate(integrand, cuts, _RTOL)
    except _InfiniteError as infinite:
        return DivergenceResult(value=infinite.args[0], error=0.0, method="cubature")
    seen = Seen(doubt=np.full(2, _MASS_RTOL))
    seen.add([abs(value)], [[mass] for mass in masses])
    instead = "; check that its density integrates to 1"
    error += seen.error(f, (expected[0], expected[1]), instead, (True, True))
    return DivergenceResult(value=value, error=error, method="cubature")


class _InfiniteError(Exception):
    """Contributions of mass that one of P and Q lacks are infinite."""


def _exponential(log: Callable[..., Array]) -> Callable[..., Array]:
    def density(*x: Array) -> Array:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log(*x)))

    return density


def _cuts(densities: list[Callable[..., Array]], box: list[tuple[float, float]]) -> list[list[float]]:
    """Edges along each axis: the ends, and centers and scales of the marginals."""
    grids = [
        all_magnitudes(*ends, np.geomspace(1e-4, 1e5, 200), np.linspace(0.02, 12.0, 401)) for ends in box
    ]
    x, y = np.meshgrid(*grids, indexing="ij")
    widths = [np.gradient(grid) for grid in grids]
    edges: list[set[float]] = [set(box[0]), set(box[1])]
    for given in densities:
        mass = given(x, y) * widths[0][:, None] * widths[1][None, :]
        total = mass.sum()
        if not total > 0:
            raise ValueError(f"a density is zero at all of {mass.size} points of its support {box}")
        for axis in (0, 1):
            share = np.cumsum(mass.sum(axis=1 - axis)) / total
            q25, q50, q75 = (float(grids[axis][np.searchsorted(share, level)]) for level in (0.25, 0.5, 0.75))
            scale = (q75 - q25) / 1.35
            low, high = box[axis]
            candidates = [q50 + k * scale for k in (-8.0, -3.0, 0.0, 3.0, 8.0)]
            edges[axis] |= {c for c in candidates if low < c < high}
    return [_spread(sorted(axis_edges)) for axis_edges in edges]


def _spread(edges: list[float]) -> list[float]:
    """Without inner edges closer together than a hundredth of their range."""
    inner = edges[1:-1]
    kept: list[float] = []
    for e in inner:
        if not kept or e - kept[-1] > 0.01 * (inner[-1] - inner[0]):
            kept.append(e)
    return [edges[0], *kept, edges[-1]]


def _integrate(g: Callable[..., Array], cuts: list[list[float]], rtol: float) -> tuple[float, float]:
    from scipy.integrate import cubature

    axes = [[_Interval(a, b, edges[-2] - edges[1]) for a, b in itertools.pairwise(edges)] for edges in cuts]
    rectangles = list(itertools.product(*axes))
    total, error, size = 0.0, 0.0, 0.0
    # Two passes: the first finds the size to which the second's absolute tolerance is relative.
    for tolerance in (1e-3, rtol):
        values = []
        error = 0.0
        for one, other in rectangles:

            def points(z: Array, one: _Interval = one, other: _Interval = other) -> Array:
                (x, dx), (y, dy) = one(z[:, 0]), other(z[:, 1])
                return np.asarray(g(x, y) * dx * dy)

            result = cubature(
                points,
                [one.start, other.start],
                [one.stop, other.stop],
                rule="gk21",
                rtol=tolerance,
                atol=tolerance * size / len(rectangles),
                max_subdivisions=2000,
            )
            values.append(float(result.estimate))
            error += float(result.error)
        total, size = math.fsum(values), math.fsum(abs(v) for v in values)
    return total, error + 1e-15 * size


class _Interval:
    """x = end +- width (1 - s)/s for an infinite end.

    scipy 1.17's own map of (-inf, b] is off for b != 0: it returned 9e-12 for a tail of 5e-16.
    """

    def __init__(self, a: float, b: float, width: float) -> None:
        self.a, self.b, self.width = a, b, width or 1.0
        finite = math.isfinite(a) and math.isfinite(b)
        self.start, self.stop = (a, b) if finite else (0.0, 1.0)

    def __call__(self, s: Array) -> tuple[Array, Array]:
        if math.isfinite(self.a) and math.isfinite(self.b):
            return s, np.ones_like(s)
        reach = self.width * (1.0 - s) / s
        return (self.a + reach if math.isfinite(self.a) else self.b - reach), self.width / (s * s)
