"""Symbolic expressions in one real symbol, lowered to stable functions on NumPy, mpmath, JAX and torch."""

from .lower import BACKENDS, LoweredFunction, lower

__all__ = ["BACKENDS", "LoweredFunction", "lower"]
