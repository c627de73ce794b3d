"""v*(u) and functions of it on arrays of t = log u, float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import Array, as_float64
from gantheory.derivation.algebra.limits import at_infinity, at_zero
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.game import log_ratio
from gantheory.derivation.optimum.inversion import bracketed, inverted_piece
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.ties import Tie
from gantheory.derivation.optimum.zeros import values
from gantheory.divergences.functions.generating_function import TIED
from gantheory.lowering import lower
from gantheory.objectives.objective import Objective, sigmoid, v

_t = sp.Symbol("t", real=True)

_AGREES = 2e-13
"""Relative distance from the stationary score up to which a closed form is taken as it evaluates."""


def log_density_ratio(p: ArrayLike, q: ArrayLike) -> Array:
    """t = log(p/q) of densities or probabilities; NaN where both vanish.

    Raises:
        TypeError: not real numbers.
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


def _densities(given: ArrayLike, name: str) -> Array:
    array = as_float64(given, name)
    if np.isnan(array).any():
        raise ValueError(f"{name} must hold densities, got nan")
    if (array < 0).any():
        raise ValueError(f"{name} must hold densities of at least 0, got {array.min()}")
    return array


def in_log_ratio(expr: sp.Expr, t: Array) -> Array:
    """expr(u) at u = e^t; its limits at t = +-inf."""
    with np.errstate(all="ignore"):
        out = np.array(lower(expr.subs(u, sp.exp(_t)), _t)(t), dtype=np.float64)
    for end, limit in ((-np.inf, at_zero), (np.inf, at_infinity)):
        there = t == end
        if there.any():
            value = limit(expr)
            out[there] = np.nan if value is None else float(value)
    return out


def on_pieces(
    solution: OptimalScore,
    t: Array,
    of_piece: Callable[[Piece, Array], Array],
    reported: Callable[[Tie], sp.Expr],
) -> Array:
    """of_piece(piece, t) on the t of each piece, and what is reported where two meet, up to rounding of t."""
    edges = np.array([log(piece.end) for piece in solution.pieces[:-1]])
    index = np.searchsorted(edges, t, side="left")
    out = np.full(t.shape, np.nan)
    for k, piece in enumerate(solution.pieces):
        here = (index == k) & ~np.isnan(t)
        if here.any():
            out[here] = of_piece(piece, t[here])
    for k, edge in enumerate(edges):
        here = np.abs(t - edge) <= TIED * (1.0 + abs(edge))
        if here.any():
            out[here] = float(reported(solution.junctions[k]))
    return out


def score_of_piece(piece: Piece, t: Array) -> Array:
    """v* on one piece, from its closed form where that evaluates to a stationary score, else by inversion."""
    if piece.level:
        return np.full(t.shape, float(piece.closed))  # type: ignore[arg-type]
    found = None if piece.score is None else evaluated(piece.score, t)
    if found is None:
        return inverted_piece(piece, t)
    doubtful = np.isfinite(t) & ~_stationary(piece, found, t)
    if doubtful.any():
        found[doubtful] = inverted_piece(piece, t[doubtful])
    return found


def evaluated(expr: sp.Expr, t: Array) -> Array | None:
    """A formula in u at u = e^t; None where it has no lowering, as an inverse error function."""
    try:
        return in_log_ratio(expr, t)
    except ValueError:
        return None


def _stationary(piece: Piece, score: Array, t: Array) -> NDArray[np.bool_]:
    """Whether log rho(score) = t to rounding, by one step of Newton's method; false where it is not finite:
    an infinite score at a finite t is log 0 of what has cancelled, or too large, which an inversion finds
    too."""
    game = piece.plain
    ratio = log_ratio(game)
    slope = values(sp.diff(ratio, game.y), game.y, score)
    with np.errstate(all="ignore"):
        gap = values(ratio, game.y, score) - t
        step = np.abs(gap / slope)
        # Near a zero of the score only the last digits of t decide.
        near = step <= _AGREES * np.abs(score) + 4e-16 * (1.0 + np.abs(t)) / np.abs(slope)
        return np.asarray(near & np.isfinite(score))


def inverse_link(objective: Objective, given: Array) -> Array:
    """The score whose link is `given`: closed form, else by bracketed root finding on a monotone link."""
    if objective.link == v:
        return given
    if objective.link == sigmoid:
        with np.errstate(divide="ignore"):
            return np.log(given) - np.log1p(-given)
    link = lower(objective.link, v)
    flat = np.ravel(given)
    return np.asarray(
        np.sinh(bracketed(lambda z, target: link(np.sinh(z)) - target, flat)).reshape(given.shape)
    )
