"""The numeric twin: v*(u) on arrays where no closed form was found, and arrays of u where one was."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from gantheory.derivation.limits import at_infinity, at_zero
from gantheory.derivation.solution import OptimalScore, Step, u
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
        raise ValueError(
            f"p and q must have shapes that broadcast, got {top.shape} and {bottom.shape}"
        ) from None
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
    """expr(u) at u = e^t; its limits at t = +-inf."""
    if not expr.has(u):
        return np.where(np.isnan(t), np.nan, float(expr))
    out = np.array(lower(expr.subs(u, sp.exp(_t)), _t)(t), dtype=np.float64)
    for end, limit in ((-np.inf, at_zero), (np.inf, at_infinity)):
        there = t == end
        if there.any():
            value = limit(expr)
            out[there] = np.nan if value is None else float(value)
    return out


def of_steps(steps: tuple[Step, ...], values: list[float], t: Array) -> Array:
    """A step function of u at u = e^t, with the mean of both sides at a switch."""
    edges = np.array([float(sp.log(step.end)) for step in steps[:-1]])
    levels = np.array(values)
    left, right = (
        levels[np.searchsorted(edges, t, side="left")],
        levels[np.searchsorted(edges, t, side="right")],
    )
    with np.errstate(invalid="ignore"):
        middle = np.where(left == -right, 0.0, (left + right) / 2)
    return np.where(np.isnan(t), np.nan, np.where(left == right, left, middle))


def inverted_ratio(solution: OptimalScore, t: Array) -> Array:
    """The coordinate y at which u A'(y) + B'(y) = 0, u = e^t, by Chandrupatla's bracketed root finder.

    At t = +-inf it is the zero of A' or B' where there is one, else the end of the domain.
    """
    from scipy.special import expit

    game = solution.game
    real = lower(sp.diff(game.A, game.y), game.y)
    fake = lower(sp.diff(game.B, game.y), game.y)
    low, high = float(game.low), float(game.high)

    def point(z: Array) -> Array:
        # The whole line maps onto the domain, so that brackets may grow without leaving it.
        if np.isfinite(low) and np.isfinite(high):
            return np.asarray(low + (high - low) * expit(z))
        if np.isfinite(low):
            return np.asarray(low + np.exp(z))
        return np.asarray(high - np.exp(-z) if np.isfinite(high) else np.sinh(z))

    def gap(z: Array, target: Array) -> Array:
        # Divided by 1 + u, so that no ratio overflows; a positive slope means that y* lies further up.
        return -np.asarray(expit(target) * real(point(z)) + expit(-target) * fake(point(z)))

    z = _bracketed_root(gap, np.ravel(t))
    # A' or B' alone may vanish only by underflow: a zero counts if the sign changes through it.
    with np.errstate(all="ignore"):
        crossed = gap(z - 1e-3, np.ravel(t)) * gap(z + 1e-3, np.ravel(t)) < 0
    z = np.where(crossed | np.isfinite(np.ravel(t)), z, np.nan)
    rising = float(np.sign(np.diff(_bracketed_root(gap, np.array([-1.0, 1.0])))[0]))
    # Without a zero the gap keeps one sign: the optimum is the end of the domain towards which it points.
    ends = np.where(rising * np.ravel(t) > 0, high, low)
    found = np.where(np.isnan(z), ends, point(z))
    return np.where(np.isnan(t), np.nan, found.reshape(np.shape(t)))


def _bracketed_root(gap: Any, target: Array) -> Array:
    """Roots z of gap(z, target); NaN where no bracket is found."""
    from scipy.optimize import elementwise

    with np.errstate(all="ignore"):
        bracket: Any = elementwise.bracket_root(
            gap, np.full_like(target, -0.5), np.full_like(target, 0.5), args=(target,), maxiter=60
        )
        root: Any = elementwise.find_root(
            gap,
            bracket.bracket,
            args=(target,),
            tolerances={"xatol": 0, "xrtol": 1e-15, "fatol": 0, "frtol": 0},
        )
    return np.where(bracket.success, root.x, np.nan)


def inverse_link(objective: Objective, values: Array) -> Array:
    """The score whose link is `values`: closed form, else by bracketed root finding on a monotone link."""
    if objective.link == v:
        return values
    link = lower(objective.link, v)
    flat = np.ravel(values)
    return np.asarray(
        np.sinh(_bracketed_root(lambda z, target: link(np.sinh(z)) - target, flat)).reshape(values.shape)
    )
