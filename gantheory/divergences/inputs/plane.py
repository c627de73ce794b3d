"""Laws of the plane as log densities: normal and t distributions, kernel densities and mixtures of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.divergences.functions.piecewise import Array
from gantheory.divergences.inputs.laws import center, prepared
from gantheory.divergences.inputs.mixture import Mixture

_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class PlaneDensity:
    """Components of elliptical shape: log density c + w(|L^-1 (x - m)|^2)."""

    weights: Array
    centers: Array
    factors: Array
    """Inverse Cholesky factors, (component, 2, 2)."""
    degrees: Array
    """Degrees of freedom of t distributions, inf for normal ones."""
    widths: Array
    """Standard deviation along the narrowest direction."""
    spreads: Array

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
            top = logs.max(axis=1)
            base = np.where(np.isfinite(top), top, 0.0)
            return np.where(np.isfinite(top), base + np.log(np.exp(logs - base[:, None]).sum(axis=1)), top)


def plane_density(distribution: Any, name: str) -> PlaneDensity:
    """A law of the plane as its components.

    Raises:
        TypeError, ValueError: no such law.
    """
    kind, distribution = prepared(distribution, name)
    if kind != "plane":
        raise TypeError(f"{name} must be a law of the plane, got {type(distribution).__name__}")
    weights, centers, matrices, degrees = [], [], [], []
    pairs = distribution.parts() if isinstance(distribution, Mixture) else [(distribution, 1.0)]
    for part, weight in pairs:
        if hasattr(part, "dataset"):
            kept = np.asarray(part.weights) > 0
            weights.append(weight * np.asarray(part.weights)[kept])
            centers.append(np.asarray(part.dataset, dtype=np.float64).T[kept])
            matrices.append(np.broadcast_to(np.asarray(part.covariance), (int(kept.sum()), 2, 2)))
            degrees.append(np.full(int(kept.sum()), math.inf))
            continue
        df = float(part.df) if hasattr(part, "df") else math.inf
        spread = part.cov if hasattr(part, "cov") else part.shape
        weights.append(np.array([weight]))
        centers.append(center(part)[None])
        matrices.append(np.asarray(spread, dtype=np.float64)[None])
        degrees.append(np.array([df]))
    matrix = np.concatenate(matrices)
    factors = np.linalg.inv(np.linalg.cholesky(matrix))
    eigenvalues = np.linalg.eigvalsh(matrix)
    return PlaneDensity(
        np.concatenate(weights),
        np.concatenate(centers),
        factors,
        np.concatenate(degrees),
        np.sqrt(eigenvalues[:, 0]),
        np.sqrt(eigenvalues[:, 1]),
    )
