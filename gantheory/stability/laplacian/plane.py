"""Eigenvalues of L = -div(p grad .)/p for Gaussian mixtures in the plane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.plane import plane_density
from gantheory.stability.laplacian.elements import PLANE_DEGREE, lowest, plane_operators

_AGREE = 1e-5
_MOST = 250_000
"""Unknowns."""


def plane_eigenvalues(law: Any, count: int) -> Array:
    """The `count` least, increasing; parts between which p falls below e^-50 of its peak exchange no mass,
    and each has its own eigenvalue 0.

    Raises:
        TypeError: a part that is not normal.
        ValueError: not converged within the unknowns that are allowed.
    """
    pieces = plane_density(law, "distribution")
    if not np.isinf(pieces.degrees).all():
        raise TypeError(
            "distribution must consist of normal parts in the plane, got multivariate_t, whose heavy tails "
            "have a continuous spectrum"
        )
    centers, covariances = pieces.centers, pieces.matrices

    def log_density(where: Array) -> Array:
        flat = where.reshape(-1, 2)
        return pieces.logpdf(flat[:, 0], flat[:, 1]).reshape(where.shape[:-1])

    drop = 50.0 + 2 * count
    reach = np.sqrt(2 * drop * np.diagonal(covariances, axis1=1, axis2=2))
    low, high = (centers - reach).min(axis=0), (centers + reach).max(axis=0)
    narrow = math.sqrt(float(np.linalg.eigvalsh(covariances).min()))
    top = float(np.max(log_density(centers)))
    scale = 1 / float(np.trace(covariances.mean(axis=0) + np.atleast_2d(np.cov(centers.T, bias=True))) / 2)
    size, before = 2.4 * narrow, None
    while True:
        edges = [
            np.linspace(a, b, max(2, math.ceil((b - a) / size)) + 1) for a, b in zip(low, high, strict=True)
        ]
        if np.prod([e.size for e in edges]) * PLANE_DEGREE**2 > 40 * _MOST:
            break
        stiff, mass = plane_operators(log_density, edges[0], edges[1], top, drop)
        if mass.shape[0] > _MOST:
            break
        found = lowest(stiff, mass, count, scale)
        if before is not None and (np.abs(found - before) <= _AGREE * found + 1e-9 * found[-1]).all():
            return found
        size, before = size / 1.5, found
    raise ValueError(
        f"distribution: {count} eigenvalues need more than {_MOST} unknowns in the plane, as its parts are "
        f"too narrow ({narrow:g}) for the whole; use samples"
    )
