"""v*(u) in float64 from u = rho(v), on an interval of scores where rho is monotone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.arguments.arrays import Array
from gantheory.derivation.optimum.game import Game, between, log_ratio, ratio
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.zeros import SMALLEST, sharp_function, values, values_beside

_TINIEST = 5e-324

_LOST = 60
"""Digits for log rho where A' and B' both overflow, or are too small."""

_REACH = 710.4
"""sinh of it is just below the largest float."""


def inverted(game: Game, rising: bool, t: Array, start: float, end: float) -> Array:
    """The scores v in (game.low, game.high) with log rho(v) = t, by Chandrupatla's bracketed root finder.

    Args:
        game: A and B in the score, smooth, with rho monotone on the open interval (low, high).
        rising: whether rho rises with v.
        t: values of log u, +-inf included.
        start, end: log rho at its ends; where t lies beyond, the result is the end.
    """
    point = _line_to(float(game.low), float(game.high))
    excess = _excess(game)
    flat = np.ravel(np.asarray(t, dtype=np.float64))
    sign = 1.0 if rising else -1.0

    def gap(z: Array, target: Array) -> Array:
        return sign * excess(point(z), target)

    at_end, at_start = (game.high, game.low) if rising else (game.low, game.high)
    found = np.full(flat.shape, np.nan)
    found[flat >= end] = float(at_end)
    found[flat <= start] = float(at_start)
    inside = np.flatnonzero(np.isnan(found) & np.isfinite(flat))
    if inside.size:
        z = bracketed(gap, flat[inside])
        # Without a bracket the root lies closer to an end than float64 resolves.
        with np.errstate(all="ignore"):
            up = gap(np.zeros(inside.size), flat[inside]) < 0
        beyond = np.where(up, float(game.high), float(game.low))
        found[inside] = np.where(np.isnan(z), beyond, point(z))
    return found.reshape(np.shape(t))


def inverted_piece(piece: Piece, t: Array) -> Array:
    """v* of a piece without a formula, also a little beyond it on the same branch."""
    return inverted(piece.plain, piece.rising, t, *(log_of(u) for u in piece.branch))


def log_of(u: sp.Expr) -> float:
    """log u of an exact u in [0, oo]."""
    return -np.inf if u == 0 else float(sp.log(u).evalf(20))


def _line_to(low: float, high: float) -> Callable[[Array], Array]:
    """The whole line onto the interval, so that brackets may grow without leaving it."""
    if np.isfinite(low) and np.isfinite(high):
        return lambda z: np.asarray(
            np.where(z < 0, low + (high - low) * expit(z), high - (high - low) * expit(-np.asarray(z)))
        )
    if np.isfinite(low):
        return lambda z: np.asarray(low + np.exp(z))
    if np.isfinite(high):
        return lambda z: np.asarray(high - np.exp(-np.asarray(z)))
    return lambda z: np.asarray(np.sinh(np.clip(z, -_REACH, _REACH)))


@lru_cache(maxsize=256)
def _excess(game: Game) -> Callable[[Array, Array], Array]:
    """(v, t) -> log rho(v) - t, or a number of its sign where A' or B' rounds to 0; NaN where nothing is
    known.

    A product of powers by its formula, and a sum by A' and B', which say its sign where one of them
    underflows or overflows; by many digits where that fails.
    """
    dA, dB = game.slopes
    is_product = ratio(dA, dB, game) is not None
    # A' keeps its sign between its zeros, next to which it rounds to either.
    inside = values(dA, game.y, np.array([float(between(game.low, game.high))]))
    sign = float(np.sign(np.nan_to_num(inside))[0])

    exact = sharp_function(log_ratio(game), game.y, digits=_LOST)

    def by_formula(v: Array, t: Array) -> Array:
        return values(log_ratio(game), game.y, v) - t

    def by_slopes(v: Array, t: Array) -> Array:
        a, b = (values_beside(slope, game.y, v, (game.low, game.high)) for slope in (dA, dB))
        with np.errstate(all="ignore"):
            logs = [np.log(np.maximum(np.abs(slope), _TINIEST)) for slope in (a, b)]
            # -B' - u A' over 1 + u, in units of A' and B' where these are small.
            size = np.maximum(np.abs(a), np.abs(b))
            linear = -(expit(-t) * (b / size) + expit(t) * (a / size)) * (sign or np.sign(a))
            opposed = ~(a * np.sign(b) > 0)
            found = np.where(opposed, logs[1] - logs[0] - t, linear)
        # Of a slope that is so small only the order is known: enough where the sign follows from it.
        unknown = (np.abs(a) < SMALLEST) & ~(found > 1) | (np.abs(b) < SMALLEST) & ~(found < -1)
        found[opposed & unknown] = np.nan
        return found

    def in_floats(v: Array, t: Array) -> Array:
        if not is_product:
            return by_slopes(v, t)
        found = by_formula(v, t)
        failed = ~np.isfinite(found)
        found[failed] = by_slopes(v[failed], t[failed])
        return found

    def excess(v: Array, t: Array) -> Array:
        found = in_floats(v, t)
        lost = np.isnan(found)
        found[lost] = [exact(x) for x in v[lost]] - t[lost]
        return found

    return excess


def bracketed(gap: Any, target: Array) -> Array:
    """Roots z of gap(z, target), which rises in z; NaN where no bracket is found."""
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


__all__ = ["bracketed", "inverted", "inverted_piece", "log_of"]
