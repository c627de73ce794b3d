"""Features as arrays: what every metric of them checks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float64


def feature_array(features: ArrayLike, name: str) -> NDArray[np.float64]:
    """(n, d) float64.

    Raises:
        ValueError: another shape, or a number that is not finite; one line that begins with `name`.
    """
    try:
        found = as_float64(features, name)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of numbers, got {type(features).__name__}") from None
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{name} must have shape (n, d), got {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} must be finite, {np.count_nonzero(~np.isfinite(found))} numbers are not")
    return found


def feature_pair(real: ArrayLike, fake: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as (n, d) and (m, d) float64.

    Raises:
        ValueError: as `feature_array`, or dimensions that differ.
    """
    first, second = feature_array(real, "real"), feature_array(fake, "fake")
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"real and fake must have one dimension, got {first.shape[1]} and {second.shape[1]}")
    return first, second
