"""Eigenvalues of L = -div(p grad .)/p for densities on the line, also through noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.stability.laplacian.elements import DEGREE, line_operators, lowest, power_at, reference, split
from gantheory.stability.laplacian.tails import tail_of

_FIRST, _MOST = 24, 1600
"""Elements at first and at most, before those of steep densities are split."""

_AGREE = 1e-7
_WIDER, _DEEPEST = 40.0, 3200.0
"""Each further cut of the tails is at least so many powers of e below the one before; the last such power."""

_PAST_EDGE = 200.0
"""A level above the continuum's edge when tails are cut at e^-200 is taken for the continuum's: a genuine one
would be within 3e-4 of the edge."""

_HEAVY = 1e8
"""Tails that need so many widths of the middle half to fall as far as the cut are heavy."""


def line_eigenvalues(law: Any, count: int) -> Array:
    """The `count` least, increasing.

    Raises:
        ValueError: the spectrum is continuous, or the eigenvalues have not converged.
    """
    log_density, support, inner = _pieces(law)
    top, scale = _top(log_density, inner), 1 / float(inner.var())
    tails = [tail_of(log_density, inner, side) for side in (-1, 1) if math.isinf(support[side > 0])]
    if count > 1 and any(tail.kind == "heavy" for tail in tails):
        raise ValueError(
            "distribution has heavy tails, so its Laplacian has a continuous spectrum from 0 on and no "
            "eigenvalues but that; truncate it, or use samples"
        )
    if count == 1:
        return np.zeros(1)
    edges = [tail.hazard**2 / 4 for tail in tails if tail.kind == "exponential"]
    drop, deepest = min(60.0 + 4 * count, 500.0), min([_DEEPEST, *(tail.deepest for tail in tails)])

    def cut(drop: float) -> Array:
        ends = _ends(log_density, support, inner, top, drop)
        return _refined(log_density, support, ends, inner, top, drop, count, scale)

    found = cut(drop)
    if not tails:
        return found
    while True:
        drop = min(2 * drop, max(deepest, drop + _WIDER))
        before, found = found, cut(drop)
        moved = np.abs(found - before) > 10 * _tolerance(found)
        if not moved.any():
            return found
        if drop >= deepest or (edges and drop >= _PAST_EDGE and found[-1] > min(edges)):
            break
    k = int(np.argmax(moved))
    why = (
        f"tails that are exponential have a continuous spectrum, here from {min(edges):.4g} on"
        if edges
        else "its tails are hardly lighter than exponential ones, which have a continuous spectrum"
    )
    raise ValueError(
        f"distribution has no eigenvalue number {k} that settles (it moves from {before[k]:.6g} to "
        f"{found[k]:.6g} as the tails are cut farther out): {why}; ask for fewer, or truncate it"
    )


def _tolerance(found: Array) -> Array:
    return np.asarray(_AGREE * found + 1e-10 * found[-1])


def _refined(
    log_density: Callable[[Array], Array],
    support: tuple[float, float],
    ends: tuple[float, float],
    inner: Array,
    top: float,
    drop: float,
    count: int,
    scale: float,
) -> Array:
    elements, before = max(_FIRST, count), None
    (a, b), width = ends, (ends[1] - ends[0]) / elements
    powers = (
        power_at(log_density, a, width) if math.isfinite(support[0]) else 0.0,
        power_at(log_density, b, -width) if math.isfinite(support[1]) else 0.0,
    )
    # A pole has its mass at the end, where short elements would lose the constant to rounding.
    graded = math.isfinite(support[0]) and powers[0] >= 0, math.isfinite(support[1]) and powers[1] >= 0
    # Narrow parts are seen at quantiles, where elements as long as the whole would step over them.
    seen, steepest = inner[:: max(1, inner.size // 32)], 8.0
    seen = seen[(seen > a + 0.2 * width) & (seen < b - 0.2 * width)]
    while elements <= _MOST:
        edges = np.union1d(_edges(a, b, graded, elements), seen)
        edges = split(log_density, edges, top, drop, powers, steepest)
        found = lowest(*line_operators(log_density, edges, top, drop, powers), count, scale)
        if before is not None and (np.abs(found - before) <= _tolerance(found)).all():
            return found
        elements, steepest, before = 2 * elements, 0.5 * steepest, found
    raise ValueError(
        f"distribution: {count} eigenvalues have not converged with {_MOST} elements on ({a:g}, "
        f"{b:g}): its density is too rough there, or its parts are too narrow for the whole; use samples"
    )


def _pieces(law: Any) -> tuple[Callable[[Array], Array], tuple[float, float], Array]:
    """log p, the support, and points inside: ends of the supports of parts, and quantiles where there are."""
    if not hasattr(law, "ppf"):
        given = getattr(law, "given", None)
        ends = None if given is None else np.asarray(given, dtype=np.float64)
        if ends is None or ends.shape != (2,) or not np.isfinite(ends).all():
            raise TypeError(
                "distribution without quantiles must be gantheory.divergences.log_density(function, "
                "support=(a, b)) with finite ends"
            )
        a, b = float(ends[0]), float(ends[1])
        grid = np.linspace(a, b, 2003)[1:-1]
        with np.errstate(divide="ignore"):
            logs = np.asarray(law.logpdf(grid), dtype=np.float64)
        return law.logpdf, (a, b), grid[logs > logs[np.isfinite(logs)].max() - 5]
    probabilities = np.concatenate([[1e-9], (np.arange(400) + 0.5) / 400, [1 - 1e-9]])
    inner = _quantiles(law, probabilities)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        scale = 1 / inner.var()
    if not np.isfinite(inner).all() or not 1e-290 < scale < 1e290:
        raise ValueError(
            "distribution has parameters out of range: its quantiles are not finite, or so "
            f"near or far that eigenvalues, of order 1/variance = {scale:.3g}, are out of range"
        )
    low, high = (float(end) for end in law.support())
    return law.logpdf, (low, high), inner


def _quantiles(law: Any, probabilities: Array) -> Array:
    """Quantiles, without those at which scipy's search for a root fails (norminvgauss far out).

    Raises:
        ValueError: it fails at a quarter of them or more.
    """
    try:
        return np.asarray(law.ppf(probabilities), dtype=np.float64)
    except (ValueError, RuntimeError):
        found = []
        for each in probabilities:
            with suppress(ValueError, RuntimeError):
                found.append(float(law.ppf(each)))
        if 4 * len(found) <= 3 * len(probabilities):
            raise ValueError(
                "distribution has quantiles that scipy does not find: give it as "
                "gantheory.divergences.log_density(function, support=(a, b))"
            ) from None
        return np.array(found)


def _top(log_density: Callable[[Array], Array], inner: Array) -> float:
    """The log density that cuts are counted from: the median, as a pole has no largest."""
    with np.errstate(divide="ignore"):
        logs = np.asarray(log_density(inner), dtype=np.float64)
    logs = logs[np.isfinite(logs)]
    return float(np.median(logs))


def _ends(
    log_density: Callable[[Array], Array],
    support: tuple[float, float],
    inner: Array,
    top: float,
    drop: float,
) -> tuple[float, float]:
    """The support, cut on infinite sides where the density has fallen by e^-drop."""
    middle = float(np.quantile(inner, 0.75) - np.quantile(inner, 0.25))
    found = []
    for side, end in ((-1, support[0]), (1, support[1])):
        start, near, far = float(inner.min() if side < 0 else inner.max()), 0.0, 0.1 * middle
        if math.isinf(end):
            while float(np.asarray(log_density(np.array([start + side * far])))[0]) >= top - drop:
                near, far = far, 2 * far
                if far > _HEAVY * middle:
                    raise ValueError(
                        "distribution has heavy tails, so its Laplacian has a continuous spectrum and no "
                        "eigenvalues; truncate it, or use samples"
                    )
            for _ in range(20):
                at = 0.5 * (near + far)
                low = float(np.asarray(log_density(np.array([start + side * at])))[0]) < top - drop
                near, far = (near, at) if low else (at, far)
            end = start + side * far
        found.append(end)
    return found[0], found[1]


def _edges(a: float, b: float, graded: tuple[bool, bool], elements: int, levels: int = 3) -> Array:
    """Equal elements, which shrink by 0.2 at each level toward a graded end, as p may be singular there."""
    shrinking = (b - a) / elements * 0.2 ** np.arange(1, levels + 1)
    toward = [end for end, near in zip((a + shrinking, b - shrinking), graded, strict=True) if near]
    return np.unique(np.concatenate([np.linspace(a, b, elements + 1), *toward]))


def noisy_line_eigenvalues(law: Any, count: int, noise: float) -> Array:
    """The `count` largest of T* L T, decreasing: T phi(x) = E phi(x + noise), modes in L2 of the noisy law.

    <phi, T* L T phi> = int p (T phi')^2, as differentiation commutes with T.

    Raises:
        ValueError: not converged.
    """
    log_density, support, inner = _pieces(law)
    top = _top(log_density, inner)
    drop = 80.0
    a, b = _ends(log_density, support, inner, top, drop)
    reach = noise * math.sqrt(2 * drop)
    finite = math.isfinite(support[0]), math.isfinite(support[1])
    elements, before = max(_FIRST, 2 * math.ceil((b - a + 2 * reach) / (8 * noise))), np.empty(0)
    while elements <= _MOST // 4:
        x, w = _rule(_edges(a, b, finite, elements, 20))
        x = np.clip(x, np.nextafter(a, b), np.nextafter(b, a))  # p may be infinite at an end
        with np.errstate(divide="ignore", under="ignore"):
            p = w * np.exp(np.maximum(np.asarray(log_density(x), dtype=np.float64) - top, -700))
        found = _through_noise(x, p, np.linspace(a - reach, b + reach, elements + 1), noise, drop)[:count]
        if before.size == found.size == count and (np.abs(found - before) <= _AGREE * found[0]).all():
            return found
        elements, before = 2 * elements, found
    tails = [tail_of(log_density, inner, side) for side in (-1, 1) if not finite[side > 0]]
    why = (
        "the noise is too narrow for the whole; noise= of local_spectrum serves that limit"
        if all(tail.kind == "light" for tail in tails)
        else "tails that are exponential or heavier have a continuous spectrum through noise too; truncate it"
    )
    raise ValueError(f"distribution: {count} eigenvalues through noise={noise:g} have not converged: {why}")


def _rule(edges: Array) -> tuple[Array, Array]:
    ref = reference(DEGREE)
    half = 0.5 * np.diff(edges)
    x = edges[:-1, None] + half[:, None] * (1 + ref.points)
    return x.ravel(), (half[:, None] * ref.weights).ravel()


def _through_noise(x: Array, p: Array, edges: Array, noise: float, drop: float) -> Array:
    from scipy.linalg import eigh
    from scipy.special import ndtr

    ref = reference(DEGREE)
    y, w = _rule(edges)
    with np.errstate(under="ignore"):
        normal = np.exp(-0.5 * ((y[:, None] - x) / noise) ** 2) / (noise * math.sqrt(2 * math.pi))
        noisy = normal @ p
    points = ref.points.size
    weight = noisy.reshape(-1, points)
    some = np.nonzero(weight.max(axis=1) > weight.max() * math.exp(-drop))[0]
    kept = slice(some[0], some[-1] + 1)
    half = 0.5 * np.diff(edges)[kept]
    weight = np.maximum(weight[kept], np.finfo(float).tiny) * ref.weights
    local = np.einsum("eq,qi,qj->eij", weight * half[:, None], ref.values, ref.values)
    blocks = np.einsum(
        "eqx,qi->exi",
        (normal * w[:, None]).reshape(-1, points, x.size)[kept] / half[:, None, None],
        ref.slopes,
    )
    numbers = np.arange(half.size)[:, None] * DEGREE + np.arange(DEGREE + 1)
    size = half.size * DEGREE + 1
    mass, smooth = np.zeros((size, size)), np.zeros((x.size, size))
    for k, where in enumerate(numbers):  # neighbours share an end
        mass[np.ix_(where, where)] += local[k]
        smooth[:, where] += blocks[k]
    # Beyond the last elements phi goes on as a constant, with the mass that is there.
    mass[0, 0] += p @ ndtr((edges[some[0]] - x) / noise)
    mass[-1, -1] += p @ ndtr((x - edges[some[-1] + 1]) / noise)
    scale = 1 / np.sqrt(np.diag(mass))
    smooth = smooth * np.sqrt(p)[:, None] * scale
    found = eigh(smooth.T @ smooth, mass * scale * scale[:, None], eigvals_only=True)
    return np.asarray(np.maximum(found, 0.0)[::-1])
