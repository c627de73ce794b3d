"""Functions of one score from their derivatives: a closed form where a known shape fits to rounding.

Tried in this order, the simplest first:

1. sums of at most three of v, v^2, softplus(v), sigmoid(v), sigmoid(v)^2, exp(+-v), exp(+-v/2), tanh(v);
2. powers, a'(v) = k sigmoid(v)^p (1 - sigmoid(v))^q (alpha-losses), and log(sigmoid(+-v) + eps);
3. softplus(sigmoid(v)), a logistic loss of a probability;
4. piecewise quadratics with kinks and jumps of the slope (hinge, absolute value, Huber, clips);
5. powers of a distance, |v - c|^p.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import sympy as sp

from gantheory.objectives.objective import cosigmoid, sigmoid, v
from gantheory.reading.identification.calls.probe import Array
from gantheory.reading.identification.forms.piecewise import far_piecewise, piecewise
from gantheory.reading.identification.forms.shape import SNAP, TOLERANCE, Shape, Slope, fits, number

CORES = (6.0, 2.0)
"""Scores up to which a form must hold: clamps and epsilons may change it beyond."""

_LEAST = 1e-5
"""Share of the slope below which a term of a sum is none of the loss's terms, but stands for an epsilon."""


def shape_of(slope: Slope) -> Shape | None:
    """The closed form of the function with this derivative, or None."""
    for core in CORES:
        grid = np.linspace(-core, core, 120) + 0.0137
        d = slope(grid)
        if not np.isfinite(d).all():
            continue
        if np.abs(d).max() < 1e-14:
            return far_piecewise(slope) or Shape("zero", sp.S.Zero)
        for fit in (_sum, _power, _logarithm, _twice, piecewise, _distance):
            found = fit(grid, d, slope)
            if found is not None:
                # A line may have its kink further out, as the margin of an energy has.
                straight = set(found.parameters) <= {"linear"}
                return (straight and far_piecewise(slope)) or found
    return None


def exponents(slope: Slope) -> tuple[float, float, float] | None:
    """(k, p, q) of a derivative k sigmoid(v)^p (1 - sigmoid(v))^q, or None."""
    grid = np.linspace(-CORES[1], CORES[1], 60) + 0.0137
    return _exponents(grid, slope(grid))


def _sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


_ATOMS: dict[str, tuple[sp.Expr, Callable[[Array], Array]]] = {
    "linear": (v, np.ones_like),
    "square": (v**2 / 2, lambda z: z),
    "softplus": (sp.log(1 + sp.exp(v)), _sigma),
    "sigmoid": (sigmoid, lambda z: _sigma(z) * _sigma(-z)),
    "sigmoid squared": (sigmoid**2 / 2, lambda z: _sigma(z) ** 2 * _sigma(-z)),
    "exp": (sp.exp(v), np.exp),
    "exp-": (-sp.exp(-v), lambda z: np.exp(-z)),
    "exp half": (2 * sp.exp(v / 2), lambda z: np.exp(z / 2)),
    "exp- half": (-2 * sp.exp(-v / 2), lambda z: np.exp(-z / 2)),
    "tanh": (sp.tanh(v), lambda z: 1 / np.cosh(z) ** 2),
}
"""Terms of a sum, each with its derivative."""


def _sum(grid: Array, d: Array, slope: Slope) -> Shape | None:
    columns = {name: derivative(grid) for name, (_, derivative) in _ATOMS.items()}
    for count in (1, 2, 3):
        for chosen in itertools.combinations(_ATOMS, count):
            matrix = np.stack([columns[name] for name in chosen], 1)
            scale = np.abs(matrix).max(0)
            weights = np.linalg.lstsq(matrix / scale, d, rcond=None)[0] / scale
            shares = np.abs(weights) * scale / np.abs(d).max()
            if fits(d, matrix @ weights) and shares.min() > _LEAST:
                found = dict(zip(chosen, weights.tolist(), strict=True))
                return Shape("sum", _expression({name: number(w) for name, w in found.items()}), found)
    return None


def _expression(weights: dict[str, sp.Rational]) -> sp.Expr:
    """The sum; linear terms and softplus as log sigmoid(v) and log(1 - sigmoid(v)), as losses are written."""
    rest = dict(weights)
    expr = sp.S.Zero
    if "softplus" in rest:
        soft, linear = rest.pop("softplus"), rest.pop("linear", sp.S.Zero)
        expr = linear * sp.log(sigmoid) - (linear + soft) * sp.log(cosigmoid)
    if "square" in rest:  # as k (v - c)^2/2
        square, linear = rest.pop("square"), rest.pop("linear", sp.S.Zero)
        expr += square * (v + linear / square) ** 2 / 2
    return expr + sum((w * _ATOMS[name][0] for name, w in rest.items()), sp.S.Zero)


def _exponents(grid: Array, d: Array) -> tuple[float, float, float] | None:
    if not (np.sign(d) == np.sign(d[0])).all() or not d.all():
        return None
    matrix = np.stack([np.ones_like(grid), np.log(_sigma(grid)), np.log(_sigma(-grid))], 1)
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
    if abs(q - 1) < SNAP:  # d/dv sigmoid^p = p sigmoid^p (1 - sigmoid)
        return Shape("power", number(k) / number(p) * sigmoid ** number(p), found)
    if abs(p - 1) < SNAP:
        return Shape("power", -number(k) / number(q) * cosigmoid ** number(q), found)
    return None


def _logarithm(grid: Array, d: Array, slope: Slope) -> Shape | None:
    for side, expr in ((1.0, sp.log(sigmoid)), (-1.0, sp.log(cosigmoid))):
        p = _sigma(side * grid)
        weight = p * _sigma(-side * grid)
        # d = side k weight/(p + eps), linear in k and eps: d p = side k weight - eps d
        matrix = np.stack([side * weight / d, -np.ones_like(d)], 1) if d.all() else None
        if matrix is None:
            return None
        k, eps = np.linalg.lstsq(matrix, p, rcond=None)[0].tolist()
        if 0 < eps < 0.1 and fits(d, side * k * weight / (p + eps)):
            return Shape("logarithm", number(k) * expr, {"factor": k, "epsilon": eps, "side": side})
    return None


def _twice(grid: Array, d: Array, slope: Slope) -> Shape | None:
    p = _sigma(grid)
    weight = p * _sigma(-grid)
    matrix = np.stack([weight, weight * _sigma(p)], 1)
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
