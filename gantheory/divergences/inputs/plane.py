"""Laws of the plane as log densities: normal and t distributions, kernel densities and mixtures of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.laws import center, spread_of
from gantheory.divergences.inputs.log_sums import log_sum
from gantheory.divergences.inputs.mixture import parts_of
from gantheory.divergences.inputs.prepared import prepared

_AT_ONCE = 2_000_000


_DISTINCT = 8
"""Shapes of components among which coordinates are chosen."""


@dataclass(frozen=True, eq=False)
class PlaneDensity:
    """Components of elliptical shape: log density c + w((x - m)^T C^-1 (x - m))."""

    weights: Array
    centers: Array
    matrices: Array
    """Covariances C of normal, shape matrices of t distributions, (component, 2, 2)."""
    degrees: Array
    """Degrees of freedom of t distributions, inf for normal ones."""

    @cached_property
    def factors(self) -> Array:
        """Inverse Cholesky factors of the matrices."""
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.matrices)))

    @property
    def spreads(self) -> Array:
        """Standard deviation along each axis, (component, 2)."""
        return np.asarray(np.sqrt(np.diagonal(self.matrices, axis1=1, axis2=2)))

    @property
    def widths(self) -> Array:
        """Standard deviation along the narrowest direction."""
        return np.asarray(np.sqrt(np.linalg.eigvalsh(self.matrices)[:, 0]))

    def within(self, axes: Array) -> PlaneDensity:
        """The law of axes x."""
        matrices = axes @ self.matrices @ axes.T
        return replace(self, centers=self.centers @ axes.T, matrices=0.5 * (matrices + matrices.mT))

    def logpdf(self, x: Array, y: Array) -> Array:
        """Log density at points, in chunks of bounded memory."""
        out = np.empty(x.shape)
        rows = max(64, _AT_ONCE // len(self.weights))
        for k in range(0, x.size, rows):
            out[k : k + rows] = self._chunk(x[k : k + rows], y[k : k + rows])
        return out

    def _chunk(self, x: Array, y: Array) -> Array:
        u, v = x[:, None] - self.centers[:, 0], y[:, None] - self.centers[:, 1]
        a = self.factors
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            square = (a[:, 0, 0] * u) ** 2 + (a[:, 1, 0] * u + a[:, 1, 1] * v) ** 2
            log_norm = np.log(self.weights) + np.log(a[:, 0, 0] * a[:, 1, 1]) - math.log(2 * math.pi)
            normal = np.isinf(self.degrees)
            logs = log_norm - 0.5 * square
            if not normal.all():
                df = np.where(normal, 1.0, self.degrees)
                # Gamma(df/2 + 1) / (Gamma(df/2) df/2) is 1 in two dimensions.
                heavy = log_norm - (0.5 * df + 1.0) * np.log1p(square / df)
                logs = np.where(normal, logs, heavy)
            return log_sum(x.shape, [logs.T])


def plane_density(distribution: Any, name: str) -> PlaneDensity:
    """A law of the plane as its components.

    Raises:
        TypeError, ValueError: no such law.
    """
    kind, distribution = prepared(distribution, name)
    if kind != "plane":
        raise TypeError(f"{name} must be a law of the plane, got {type(distribution).__name__}")
    weights, centers, matrices, degrees = [], [], [], []
    for part, weight in parts_of(distribution):
        if hasattr(part, "dataset"):
            kept = np.asarray(part.weights) > 0
            weights.append(weight * np.asarray(part.weights)[kept])
            centers.append(np.asarray(part.dataset, dtype=np.float64).T[kept])
            matrices.append(np.broadcast_to(np.asarray(part.covariance), (int(kept.sum()), 2, 2)))
            degrees.append(np.full(int(kept.sum()), math.inf))
            continue
        weights.append(np.array([weight]))
        centers.append(center(part)[None])
        matrices.append(spread_of(part)[None])
        degrees.append(np.array([float(getattr(part, "df", math.inf))]))
    return PlaneDensity(
        np.concatenate(weights), np.concatenate(centers), np.concatenate(matrices), np.concatenate(degrees)
    )


def uncorrelated(p: PlaneDensity, q: PlaneDensity) -> Array:
    """Axes, a matrix A, such that in A x the components of both laws are least correlated.

    Of two plain laws C_p and C_q become diagonal: one is whitened and the eigenvectors of the other are the
    axes. Of mixtures such axes of two components serve that suit all best.
    """
    shapes = np.unique(np.concatenate([p.matrices, q.matrices]), axis=0)
    few = shapes[:: -(-len(shapes) // _DISTINCT)]
    best, least = np.eye(2), np.inf
    for one in few:
        whitening = np.linalg.inv(np.linalg.cholesky(one))
        for other in few:
            axes = np.linalg.eigh(whitening @ other @ whitening.T)[1].T @ whitening
            cells = float(np.sum(1.0 / np.sqrt(1.0 - correlations(axes @ few @ axes.T) ** 2)))
            if cells < least:
                best, least = axes, cells
    return np.asarray(best)


def correlations(matrices: Array) -> Array:
    """Of (component, 2, 2) covariances, below 1."""
    with np.errstate(invalid="ignore"):
        rho = matrices[:, 0, 1] / np.sqrt(matrices[:, 0, 0] * matrices[:, 1, 1])
    return np.asarray(np.clip(np.nan_to_num(rho, nan=1.0), -1.0 + 2.0**-53, 1.0 - 2.0**-53))
