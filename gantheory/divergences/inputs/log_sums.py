"""Sums of densities from their logarithms, one after another, so that memory holds one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gantheory.arguments.arrays import Array


def log_sum(shape: tuple[int, ...], logs: Iterable[Array]) -> Array:
    """log sum exp of arrays of that shape, or of stacks of them; -inf where nothing is, inf at a pole."""
    top, total = np.full(shape, -np.inf), np.zeros(shape)
    for part in logs:
        rows = part if part.ndim > len(shape) else part[None]
        with np.errstate(under="ignore", invalid="ignore"):
            higher = np.maximum(top, rows.max(axis=0))
            base = np.where(np.isfinite(higher), higher, 0.0)
            total = total * np.exp(top - base) + np.exp(rows - base).sum(axis=0)
            top = higher
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isfinite(top), top + np.log(total), top)
