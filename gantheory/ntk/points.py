"""Points as they come from users: checked, float64, two-dimensional."""

from __future__ import annotations

import jax
import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float64


def as_points(values: ArrayLike, name: str) -> Array:
    """Points as a float64 array (n, d); (n,) is n points on the line.

    Raises:
        TypeError: points that JAX traces.
        ValueError: no points, more than two axes, or a coordinate that is NaN or infinite (its row is named).
    """
    if isinstance(values, jax.core.Tracer):
        raise TypeError(
            f"{name} must be known numbers here, got points traced by JAX (grad, jit, vmap); those are "
            "followed by scores and field of a discriminator flow and by a kernel's matrix(x, y)"
        )
    try:
        points = as_float64(values, name)
    except TypeError:
        kind = getattr(values, "dtype", type(values).__name__)
        raise ValueError(f"{name} must be real numbers of shape (n, d), got {kind}") from None
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(f"{name} must hold points of shape (n, d) with n, d >= 1, got shape {points.shape}")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ValueError(f"{name} must be finite, got {points[row].tolist()} in row {row}")
    return np.ascontiguousarray(points)


def pair_of_points(x: ArrayLike, y: ArrayLike, first: str, second: str) -> tuple[Array, Array]:
    """Both as `as_points`, of one dimension.

    Raises:
        TypeError, ValueError: as in `as_points`; ValueError if the dimensions differ.
    """
    a, b = as_points(x, first), as_points(y, second)
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{first} and {second} must have one dimension, got {a.shape[1]} and {b.shape[1]} coordinates"
        )
    return a, b
