"""Exact numbers to pairs of floats."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp


@lru_cache(maxsize=4096)
def nearest_float(value: sp.Expr) -> float:
    """The float64 nearest to an exact number."""
    return float(sp.N(value, 40))


@lru_cache(maxsize=4096)
def rounding_rest(value: sp.Expr) -> float:
    """What the nearest float64 leaves of an exact number."""
    return float(sp.N(value - sp.Rational(nearest_float(value)), 30))
