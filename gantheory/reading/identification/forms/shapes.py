"""Functions of one score from their derivatives: proposed by shapes known, kept if they are the code's.

Proposed in this order, the simplest first:

1. sums of at most three of v, v^2, softplus(v), sigmoid(v), sigmoid(v)^2, exp(+-v), exp(+-v/2), tanh(v);
2. powers, a'(v) = k sigmoid(v)^p (1 - sigmoid(v))^q (alpha-losses), and log(sigmoid(+-v) + eps);
3. softplus(sigmoid(v)), a logistic loss of a probability;
4. powers of a distance, |v - c|^p;
5. piecewise quadratics with kinks and jumps of the slope (hinge and its square, absolute value, Huber,
   clips), and sums of these with at most two smooth terms of 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.objectives.objective import cosigmoid, sigmoid, v
from gantheory.reading.identification.forms.evidence import CORE, FURTHEST, Evidence
from gantheory.reading.identification.forms.piecewise import piecewise
from gantheory.reading.identification.forms.shape import SNAP, TOLERANCE, Shape, Slope, fits, number
from gantheory.reading.identification.forms.terms import TERMS, expression, sigma

CORES = (3 * CORE, CORE)
"""Scores up to which a form must hold: clamps and epsilons may change it beyond."""

_LEAST = 1e-5
"""Share of the slope below which a term of a sum is none of the loss's terms, but stands for an epsilon."""


def shape_of(evidence: Evidence) -> Shape | None:
    """The closed form of the code's term, or None.

    The first that is the code's at all scores that training reaches, or else the first that is so up to where
    a gradient dies.
    """
    partial: Shape | None = None
    seen = set()
    for shape in _proposals(evidence.slope):
        if (shape.expr, shape.code) in seen:
            continue
        seen.add((shape.expr, shape.code))
        where = evidence.holds(shape.expr if shape.code is None else shape.code)
        if where is not None and where[0] < -FURTHEST and where[1] > FURTHEST:
            return shape
        if where is not None:
            partial = partial or shape
    return partial


def _proposals(slope: Slope) -> Iterator[Shape]:
    for core in CORES:
        grid = np.linspace(-core, core, 120) + 0.0137
        d = slope(grid)
        if not np.isfinite(d).all():
            continue
        if np.abs(d).max() < 1e-14:
            yield Shape("zero", sp.S.Zero)
            continue
        for fit in (_sum, _power, _logarithm, _twice, _distance):
            found = fit(grid, d, slope)
            if found is not None:
                yield found
    yield from piecewise(slope)


def exponents(slope: Slope) -> tuple[float, float, float] | None:
    """(k, p, q) of a derivative k sigmoid(v)^p (1 - sigmoid(v))^q, or None."""
    grid = np.linspace(-CORES[1], CORES[1], 60) + 0.0137
    return _exponents(grid, slope(grid))


def _sum(grid: Array, d: Array, slope: Slope) -> Shape | None:
    columns = {name: derivative(grid) for name, (_, derivative) in TERMS.items()}
    for count in (1, 2, 3):
        for chosen in itertools.combinations(TERMS, count):
            matrix = np.stack([columns[name] for name in chosen], 1)
            scale = np.abs(matrix).max(0)
            weights = np.linalg.lstsq(matrix / scale, d, rcond=None)[0] / scale
            shares = np.abs(weights) * scale / np.abs(d).max()
            if fits(d, matrix @ weights) and shares.min() > _LEAST:
                found = dict(zip(chosen, weights.tolist(), strict=True))
                return Shape("sum", expression({name: number(w) for name, w in found.items()}), found)
    return None


def _exponents(grid: Array, d: Array) -> tuple[float, float, float] | None:
    if not (np.sign(d) == np.sign(d[0])).all() or not d.all():
        return None
    matrix = np.stack([np.ones_like(grid), np.log(sigma(grid)), np.log(sigma(-grid))], 1)
    solution = np.linalg.lstsq(matrix, np.log(np.abs(d)), rcond=None)[0]
    if np.abs(matrix @ solution - np.log(np.abs(d))).max() > TOLERANCE:
        return None
    return float(np.sign(d[0]) * np.exp(solution[0])), float(solution[1]), float(solution[2])


def _power(grid: Array, d: Array, slope: Slope) -> Shape | None:
    fitted = _exponents(grid, d)
    if fitted is None:
        return None
    k, p, q = fitted
    found = {"factor": k, "p": p, "q": q}
    if abs(q - 1) < SNAP < abs(p):  # d/dv sigmoid^p = p sigmoid^p (1 - sigmoid)
        return Shape("power", number(k) / number(p) * sigmoid ** number(p), found)
    if abs(p - 1) < SNAP < abs(q):
        return Shape("power", -number(k) / number(q) * cosigmoid ** number(q), found)
    return None


def _logarithm(grid: Array, d: Array, slope: Slope) -> Shape | None:
    for side, expr in ((1.0, sp.log(sigmoid)), (-1.0, sp.log(cosigmoid))):
        p = sigma(side * grid)
        weight = p * sigma(-side * grid)
        # d = side k weight/(p + eps), linear in k and eps: d p = side k weight - eps d
        matrix = np.stack([side * weight / d, -np.ones_like(d)], 1) if d.all() else None
        if matrix is None:
            return None
        k, eps = np.linalg.lstsq(matrix, p, rcond=None)[0].tolist()
        if 1e-13 < eps < 0.1 and fits(d, side * k * weight / (p + eps)):
            code = number(k) * sp.log(sp.exp(expr) + sp.Rational(f"{eps:.6g}"))
            return Shape("logarithm", number(k) * expr, {"factor": k, "epsilon": eps, "side": side}, code)
    return None


def _twice(grid: Array, d: Array, slope: Slope) -> Shape | None:
    p = sigma(grid)
    weight = p * sigma(-grid)
    matrix = np.stack([weight, weight * sigma(p)], 1)
    linear, soft = np.linalg.lstsq(matrix, d, rcond=None)[0].tolist()
    if not fits(d, matrix @ np.array([linear, soft])):
        return None
    expr = number(linear) * sigmoid + number(soft) * sp.log(1 + sp.exp(sigmoid))
    return Shape("twice", expr, {"linear": linear, "softplus": soft})


def _distance(grid: Array, d: Array, slope: Slope) -> Shape | None:
    changes = np.flatnonzero(np.diff(np.sign(d)))
    if len(changes) != 1 or not d.all():
        return None
    low, high = float(grid[changes[0]]), float(grid[changes[0] + 1])
    sign = np.sign(d[-1])
    for _ in range(9):
        points = np.linspace(low, high, 60)
        first = int(np.argmax(sign * slope(points) > 0))
        low, high = float(points[max(0, first - 1)]), float(points[first])
    center = (low + high) / 2
    matrix = np.stack([np.ones_like(grid), np.log(np.abs(grid - center))], 1)
    log_k, power = np.linalg.lstsq(matrix, np.log(np.abs(d)), rcond=None)[0].tolist()
    if np.abs(np.exp(matrix @ np.array([log_k, power])) - np.abs(d)).max() > 1e-7 * np.abs(d).max():
        return None
    order, k = number(power + 1), number(sign * np.exp(log_k) / (power + 1))
    return Shape("distance", k * sp.Abs(v - number(center)) ** order, {"order": power + 1, "center": center})
