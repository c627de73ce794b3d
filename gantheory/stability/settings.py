"""Settings of a local game, read and checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float64
from gantheory.errors import NoLocalSpectrumError
from gantheory.exact import finite, positive
from gantheory.stability.local_game import LocalGame


def eigenvalues_of(given: ArrayLike) -> Array:
    """The data's, as a one-dimensional array."""
    values = np.atleast_1d(as_float64(given, "eigenvalues"))
    if values.ndim != 1:
        raise ValueError(f"eigenvalues must be one-dimensional, got shape {values.shape}")
    bad = values[~(np.isfinite(values) & (values >= 0))]
    if bad.size:
        raise ValueError(f"eigenvalues must be finite and at least 0, got {bad[0]:g}")
    return values


def nonnegative(value: Any, name: str) -> sp.Expr:
    """An exact number of at least 0, or an expression of symbols."""
    number = finite(value, name, symbolic=True)
    if number.is_negative:
        raise ValueError(f"{name} must be at least 0, got {value}")
    return number


def decay_of(game: LocalGame, weight_decay: Any) -> sp.Expr:
    """The weight decay, where it leaves the equilibrium as it is."""
    decay = nonnegative(weight_decay, "weight_decay")
    if decay != 0 and game.score != 0:
        raise NoLocalSpectrumError(
            f"{game.name}: weight_decay pulls the score to 0, away from v*(1) = {game.score}: the "
            "equilibrium itself moves"
        )
    return decay


def kernel_of(given: Any, eigenvalues: Array, name: str) -> tuple[Array, sp.Expr | None]:
    """Its eigenvalue in each mode, and the exact number where it is one for all."""
    number = None
    if callable(given):
        given = given(eigenvalues)
    elif np.ndim(given) == 0:
        number = positive(given, name)
        given = float(number)
    values = as_float64(given, name)
    if values.shape not in ((), eigenvalues.shape):
        raise ValueError(
            f"{name} must be a number or one for each of the {eigenvalues.size} eigenvalues, got shape "
            f"{values.shape}"
        )
    values = np.broadcast_to(values, eigenvalues.shape)
    bad = values[~(np.isfinite(values) & (values >= 0))]
    if bad.size:
        raise ValueError(f"{name} must be finite and at least 0, got {bad[0]:g}")
    return values, number
