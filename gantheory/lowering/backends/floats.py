"""Exact numbers to pairs of floats, and what neither PyTorch nor JAX has."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp


@lru_cache(maxsize=4096)
def nearest_float(value: sp.Expr) -> float:
    """The float64 nearest to an exact number."""
    return float(sp.N(value, 40))


@lru_cache(maxsize=4096)
def rounding_rest(value: sp.Expr) -> float:
    """What the nearest float64 leaves of an exact number."""
    return float(sp.N(value - sp.Rational(nearest_float(value)), 30))


def omega(z: Any, library: Any) -> Any:
    """Wright's omega, w + log w = z, by Fritsch's fourth-order iteration; exp(z) where that is exact.

    From w = log(1 + exp(z)), which is off by less than 0.4 w, two steps leave rounding only. `library` is
    torch or jax.numpy.
    """
    inner = library.clip(z, min=-38.0)
    w = library.logaddexp(inner, library.zeros_like(z))
    for _ in range(2):
        # Fritsch's r and q over 1 + w and 2 (1 + w), which do not overflow.
        r = (inner - w - library.log(w)) / (1 + w)
        q = 1 + w + 2 / 3 * r * (1 + w)
        w = w * (1 + r * (q - 0.5 * r) / (q - r))
    w = library.where(library.isposinf(z), z, w)
    return library.where(z < -38.0, library.exp(z), w)
