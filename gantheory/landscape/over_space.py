"""The gradient that a generated sample gets where it lies: on the line, and in the plane.

    grad_x S(v*(x)) = s(D*(x)) grad log u(x),   u = p_r/p_g

A step moves the sample against it. |s| is what the objective contributes, grad log u what the pair does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import whole
from gantheory.datasets import GaussianMixture
from gantheory.datasets import ring as ring_mixture
from gantheory.derivation.theory import Theory
from gantheory.divergences.inputs.densities import density as as_density
from gantheory.divergences.inputs.prepared import prepared
from gantheory.landscape.density_slope import log_density_slope
from gantheory.landscape.factors import factor
from gantheory.landscape.inputs import grid, theories

_TAIL = 1e-4
"""Mass left out at each end of the default range of x."""


def density(objectives: Any, real: Any, generated: Any, x: Any = None, points: int = 601) -> pd.DataFrame:
    """Densities, D* and the generator's gradient along x.

    Args:
        objectives: one or several.
        real, generated: P_r and P_g, continuous scipy.stats distributions (frozen, new, gaussian_kde) or
            mixtures (`gantheory.mixture`) on the line.
        x: increasing points; by default between the outer 1e-4 quantiles of both.
        points: of the default.

    Returns:
        Columns objective, x, p_r, p_g, log_u, D, s (the magnitude |s|), gradient (d/dx S(v*(x)), signed; a
        step of the generator moves samples against it). Where one density is 0, log_u is infinite and the
        gradient 0 if S(v*) is finite there, else NaN; where both are, everything is NaN.

    Raises:
        TypeError, ValueError: no such distribution; points that do not increase.
        NoPointwiseTheoryError: an objective without pointwise optimum.
    """
    points = whole(points, "points", 2)
    given = None if x is None else grid(x, "x")
    pair = as_density(real, "real"), as_density(generated, "generated")
    found = theories(objectives)
    at = _range(real, generated, points) if given is None else given
    log_p, log_q = (one.logpdf(at) for one in pair)
    with np.errstate(invalid="ignore"):
        log_u = log_p - log_q
    slope = log_density_slope(pair[0], at) - log_density_slope(pair[1], at)
    with np.errstate(under="ignore"):
        p, q = np.exp(log_p), np.exp(log_q)
    tables = []
    for theory in found:
        reported, magnitude, gradient = _along(theory, log_u, slope)
        columns = {
            "objective": theory.objective.name,
            "x": at,
            "p_r": p,
            "p_g": q,
            "log_u": log_u,
            "D": reported,
            "s": magnitude,
            "gradient": gradient,
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def ring(
    objectives: Any,
    real: GaussianMixture | None = None,
    generated: GaussianMixture | None = None,
    x: Any = None,
    y: Any = None,
    points: int = 121,
) -> pd.DataFrame:
    """D* and the generator's gradient field in the plane, for a pair of Gaussian mixtures.

    Args:
        objectives: one or several.
        real, generated: P_r and P_g, `gantheory.datasets.GaussianMixture` in two dimensions; by default the
            ring of eight modes with standard deviation 0.15 and a Gaussian of 0.4 about (0.6, 0.3).
        x, y: increasing coordinates; by default what holds both mixtures.
        points: per axis of the default.

    Returns:
        Columns objective, x, y, p_r, p_g, log_u, D, s (magnitude), gradient_x, gradient_y, gradient (its
        length). A step of the generator moves samples against the gradient.

    Raises:
        ValueError: mixtures that are not in the plane, coordinates that do not increase.
    """
    points = whole(points, "points", 2)
    real = ring_mixture(8, 1.0, 0.15**2) if real is None else real
    generated = GaussianMixture([[0.6, 0.3]], 0.4**2) if generated is None else generated
    for mixture, name in ((real, "real"), (generated, "generated")):
        if not isinstance(mixture, GaussianMixture) or mixture.dimension != 2:
            raise ValueError(f"{name} must be a GaussianMixture in two dimensions, got {mixture!r}")
    low, high = _box(real, generated)
    across = np.linspace(low[0], high[0], points) if x is None else grid(x, "x")
    up = np.linspace(low[1], high[1], points) if y is None else grid(y, "y")
    found = theories(objectives)
    at = np.stack(np.meshgrid(across, up, indexing="xy"), axis=-1).reshape(-1, 2)
    log_p, log_q = real.log_density(at), generated.log_density(at)
    slope = real.log_density_gradient(at) - generated.log_density_gradient(at)
    tables = []
    for theory in found:
        reported, magnitude, gradient = _along(theory, log_p - log_q, slope)
        columns = {
            "objective": theory.objective.name,
            "x": at[:, 0],
            "y": at[:, 1],
            "p_r": np.exp(log_p),
            "p_g": np.exp(log_q),
            "log_u": log_p - log_q,
            "D": reported,
            "s": magnitude,
            "gradient_x": gradient[:, 0],
            "gradient_y": gradient[:, 1],
            "gradient": np.hypot(gradient[:, 0], gradient[:, 1]),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _along(theory: Theory, log_u: Array, slope: Array) -> tuple[Array, Array, Array]:
    """(D*, |s|, grad S) at points with this log u and this gradient of it."""
    reported = theory.discriminator_at_log_ratio(log_u)
    if theory.solution.steps is not None:
        zero = np.where(np.isnan(log_u), np.nan, 0.0)
        return reported, zero, zero if slope.ndim == 1 else np.repeat(zero[:, None], 2, axis=1)
    score = theory.score_at_log_ratio(log_u)
    finite = np.isfinite(log_u)
    s = np.full_like(log_u, np.nan)
    s[finite] = factor(theory, "flow")(score[finite])
    with np.errstate(invalid="ignore"):
        gradient = s * slope if slope.ndim == 1 else s[:, None] * slope
    # Where one density vanishes v* is constant: nothing to follow, provided that S is finite there.
    flat = np.isinf(log_u)
    if flat.any():
        value = theory.objective.functions().S(score[flat])
        gradient[flat] = np.where(np.isfinite(value), 0.0, np.nan)
    return reported, np.abs(s), gradient


def _range(real: Any, generated: Any, points: int) -> Array:
    ends = [
        float(one.ppf(level))
        for one in (prepared(real, "real")[1], prepared(generated, "generated")[1])
        for level in (_TAIL, 1 - _TAIL)
        if hasattr(one, "ppf")
    ]
    if not ends or not all(map(math.isfinite, ends)):
        raise ValueError("x must be given for a density without quantiles")
    return np.linspace(min(ends), max(ends), points)


def _box(*mixtures: GaussianMixture) -> tuple[Array, Array]:
    """Corners of a square that holds three standard deviations about every center."""
    low = np.min([(m.centers - 3 * m.scales[:, None]).min(0) for m in mixtures], axis=0)
    high = np.max([(m.centers + 3 * m.scales[:, None]).max(0) for m in mixtures], axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2
    return middle - half, middle + half
