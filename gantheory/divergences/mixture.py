"""Mixtures of scipy.stats distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.divergences.piecewise import Array


@dataclass(frozen=True)
class Mixture:
    """sum_i w_i P_i of one-dimensional frozen distributions; made by `mixture`."""

    distributions: tuple[Any, ...]
    weights: tuple[float, ...]

    def logpdf(self, x: Any) -> Array:
        """Log density, by log-sum-exp: finite where a density underflows."""
        x = np.asarray(x, dtype=np.float64)
        parts = np.stack([math.log(w) + d.logpdf(x) for d, w in self.parts()])
        top = parts.max(axis=0)
        with np.errstate(under="ignore", invalid="ignore", divide="ignore"):
            total = top + np.log(np.exp(parts - np.where(np.isfinite(top), top, 0.0)).sum(axis=0))
        return np.where(np.isfinite(top), total, top)

    def pdf(self, x: Any) -> Array:
        """Density."""
        return self._weighted("pdf", x)

    def cdf(self, x: Any) -> Array:
        """P(X <= x)."""
        return self._weighted("cdf", x)

    def sf(self, x: Any) -> Array:
        """P(X > x), accurate in the right tail."""
        return self._weighted("sf", x)

    def mean(self) -> float:
        """Expectation."""
        return math.fsum(w * float(d.mean()) for d, w in self.parts())

    def support(self) -> tuple[float, float]:
        """Smallest interval that holds the supports of the components."""
        ends = [d.support() for d in self.distributions]
        return min(float(a) for a, _ in ends), max(float(b) for _, b in ends)

    def ppf(self, probability: Any) -> Array:
        """Quantiles, by bisection of the cdf between the components' own quantiles."""
        probability = np.asarray(probability, dtype=np.float64)
        each = np.stack([d.ppf(probability) for d in self.distributions])
        low, high = each.min(axis=0), each.max(axis=0)
        for _ in range(200):
            middle = 0.5 * (low + high)
            if np.all((middle == low) | (middle == high) | (low == high)):
                break
            below = self.cdf(middle) < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return high

    def rvs(self, size: Any = 1, random_state: Any = None) -> Array:
        """Random samples; `random_state` is a seed or a `numpy.random.Generator`."""
        rng = np.random.default_rng(random_state)
        choice = rng.choice(len(self.weights), size=size, p=np.array(self.weights) / math.fsum(self.weights))
        out = np.empty(np.shape(choice))
        for k, d in enumerate(self.distributions):
            chosen = choice == k
            out[chosen] = d.rvs(size=int(chosen.sum()), random_state=rng)
        return out

    def parts(self) -> list[tuple[Any, float]]:
        """(component, weight) of the components that count."""
        return [(d, w) for d, w in zip(self.distributions, self.weights, strict=True) if w > 0]

    def _weighted(self, name: str, x: Any) -> Array:
        x = np.asarray(x, dtype=np.float64)
        return np.sum([w * getattr(d, name)(x) for d, w in self.parts()], axis=0)


def mixture(distributions: Sequence[Any], weights: Sequence[float]) -> Mixture:
    """The distribution with density sum_i weights[i] p_i(x).

    Args:
        distributions: frozen continuous one-dimensional scipy.stats distributions, or mixtures.
        weights: nonnegative, one for each distribution, summing to 1 within 1e-9, then divided by their sum.

    Raises:
        ValueError: weights of the wrong number, negative, NaN or not summing to 1; no distributions.
        TypeError: a component that is not such a distribution.
    """
    parts, given = list(distributions), [float(w) for w in weights]
    if not parts:
        raise ValueError("distributions must hold at least one distribution, got none")
    if len(parts) != len(given):
        raise ValueError(f"weights must be one per distribution, got {len(given)} for {len(parts)}")
    for k, part in enumerate(parts):
        if not (hasattr(part, "logpdf") and hasattr(part, "support") and hasattr(part, "cdf")):
            raise TypeError(
                f"distributions[{k}] must be a frozen continuous scipy.stats distribution, got {part!r}"
            )
    for k, w in enumerate(given):
        if not (w >= 0.0 and math.isfinite(w)):
            raise ValueError(f"weights must be nonnegative, got {w:g} at index {k}")
    total = math.fsum(given)
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"weights must sum to 1, got sum {total:.12g}")
    flat: list[Any] = []
    flat_weights: list[float] = []
    for part, w in zip(parts, given, strict=True):
        if isinstance(part, Mixture):
            flat += part.distributions
            flat_weights += [w * inner / total for inner in part.weights]
        else:
            flat.append(part)
            flat_weights.append(w / total)
    return Mixture(tuple(flat), tuple(flat_weights))
