"""The numeric twin: v*(u) on arrays where no closed form was found, and arrays of u where one was."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from gantheory.derivation.optimal_score import OptimalScore, Step, log_ratio, u
from gantheory.lowering import lower
from gantheory.objectives.objective import Objective, v

Array = NDArray[np.float64]

_t = sp.Symbol("t", real=True)


def log_density_ratio(p: ArrayLike, q: ArrayLike) -> Array:
    """t = log(p/q) of densities or probabilities; NaN where both vanish.

    Raises:
        ValueError: a negative or NaN density, or shapes that do not broadcast.
    """
    top, bottom = _densities(p, "p"), _densities(q, "q")
    try:
        np.broadcast_shapes(top.shape, bottom.shape)
    except ValueError:
        raise ValueError(f"p and q must have shapes that broadcast, got {top.shape} and {bottom.shape}") from None
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(top) - np.log(bottom))


def _densities(values: ArrayLike, name: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError(f"{name} must hold densities, got nan")
    if (array < 0).any():
        raise ValueError(f"{name} must hold densities of at least 0, got {array.min()}")
    return array


def in_log_ratio(expr: sp.Expr, t: Array) -> Array:
    """expr(u) at u = e^t."""
    if not expr.has(u):
        return np.full(np.shape(t), float(expr))
    return np.asarray(lower(expr.subs(u, sp.exp(_t)), _t)(t))


def of_steps(steps: tuple[Step, ...], values: list[float], t: Array) -> Array:
    """A step function of u at u = e^t, with the mean of both sides at a switch."""
    edges = np.array([float(sp.log(step.end)) for step in steps[:-1]])
    levels = np.array(values)
    left, right = levels[np.searchsorted(edges, t, side="left")], levels[np.searchsorted(edges, t, side="right")]
    with np.errstate(invalid="ignore"):
        middle = np.where(left == -right, 0.0, (left + right) / 2)
    return np.where(np.isnan(t), np.nan, np.where(left == right, left, middle))


def inverted_ratio(solution: OptimalScore, t: Array) -> Array:
    """The coordinate y with log(-B'(y)/A'(y)) = t, by Chandrupatla's bracketed root finder.

    t = +-inf gives the end of the domain where the ratio diverges there.
    """
    from scipy.optimize import elementwise

    game = solution.game
    ratio = lower(log_ratio(game), game.y)
    low, high = float(game.low), float(game.high)
    finite = np.isfinite(t)
    out = np.where(np.isnan(t), np.nan, np.where(t > 0, high, low))

    def point(z: Array) -> Array:
        # The whole line maps onto the domain, so that brackets may grow without leaving it.
        if np.isfinite(low) and np.isfinite(high):
            return low + (high - low) / (1 + np.exp(-z))
        if np.isfinite(low):
            return low + np.exp(z)
        return high - np.exp(-z) if np.isfinite(high) else np.sinh(z)

    def gap(z: Array, target: Array) -> Array:
        with np.errstate(all="ignore"):
            return ratio(point(z)) - target

    if finite.any():
        target = np.ravel(t[finite])
        bracket: Any = elementwise.bracket_root(gap, np.full_like(target, -0.5), np.full_like(target, 0.5), args=(target,))
        root: Any = elementwise.find_root(gap, bracket.bracket, args=(target,), tolerances={"xatol": 0, "xrtol": 1e-15})
        out[finite] = np.where(bracket.success, point(root.x), np.nan)
    return np.asarray(out)


def inverse_link(objective: Objective, values: Array) -> Array:
    """The score whose link is `values`: closed form, else by bracketed root finding on a monotone link."""
    from scipy.optimize import elementwise

    if objective.link == v:
        return values
    link = lower(objective.link, v)

    def gap(z: Array, target: Array) -> Array:
        with np.errstate(all="ignore"):
            return link(np.sinh(z)) - target

    flat = np.ravel(values)
    bracket: Any = elementwise.bracket_root(gap, np.full_like(flat, -0.5), np.full_like(flat, 0.5), args=(flat,))
    root: Any = elementwise.find_root(gap, bracket.bracket, args=(flat,), tolerances={"xatol": 0, "xrtol": 1e-15})
    return np.where(bracket.success, np.sinh(root.x), np.nan).reshape(values.shape)
