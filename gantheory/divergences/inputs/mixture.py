"""Mixtures of distributions, and the parts of any."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.laws import center, circular, drawn, least
from gantheory.divergences.inputs.log_sums import log_sum

_PLAIN = {"line", "discrete", "mixed"}


@dataclass(frozen=True)
class Mixture:
    """sum_i w_i P_i; made by `mixture`."""

    distributions: tuple[Any, ...]
    weights: tuple[float, ...]
    kind: str = "line"
    """"line", "discrete", "mixed" (atoms beside a density) or "plane"."""

    def logpdf(self, x: Any) -> Array:
        """Log density, by log-sum-exp: finite where a density underflows."""
        x = np.asarray(x, dtype=np.float64)
        if self.kind == "line" and not any(circular(d) for d in self.distributions):
            from gantheory.divergences.inputs.densities import density

            return density(self, "P").logpdf(x)
        shape = x.shape[:-1] if self.kind == "plane" else x.shape
        name = "logpmf" if self.kind == "discrete" else "logpdf"
        return log_sum(shape, (math.log(w) + np.asarray(getattr(d, name)(x)) for d, w in self.parts()))

    def pdf(self, x: Any) -> Array:
        """Density; of a mixture of discrete distributions, probability."""
        return self._weighted("pmf" if self.kind == "discrete" else "pdf", x)

    def cdf(self, x: Any) -> Array:
        """P(X <= x)."""
        return self._weighted("cdf", x)

    def sf(self, x: Any) -> Array:
        """P(X > x), accurate in the right tail."""
        return self._weighted("sf", x)

    def mean(self) -> Any:
        """Expectation."""
        if self.kind == "plane":
            return np.sum([w * center(d) for d, w in self.parts()], axis=0)
        return math.fsum(w * float(d.mean()) for d, w in self.parts())

    def support(self) -> tuple[float, float]:
        """Smallest interval that holds the supports of the components."""
        ends = [d.support() for d in self.distributions]
        return min(float(a) for a, _ in ends), max(float(b) for _, b in ends)

    def ppf(self, probability: Any) -> Array:
        """Quantiles, by bisection of the cdf between the components' own quantiles."""
        probability = np.asarray(probability, dtype=np.float64)
        each = np.stack([d.ppf(probability) for d in self.distributions])
        return least(lambda x: self.cdf(x) >= probability, each.min(axis=0), each.max(axis=0))

    def rvs(self, size: Any = 1, random_state: Any = None) -> Array:
        """Random samples; `random_state` is a seed or a `numpy.random.Generator`."""
        rng = np.random.default_rng(random_state)
        choice = rng.choice(len(self.weights), size=size, p=np.array(self.weights) / math.fsum(self.weights))
        out = np.empty((*np.shape(choice), 2) if self.kind == "plane" else np.shape(choice))
        for k, d in enumerate(self.distributions):
            chosen = choice == k
            count = int(chosen.sum())
            if hasattr(d, "resample"):  # a kernel density on the plane has no rvs
                out[chosen] = d.resample(count, seed=rng).T
            else:
                out[chosen] = np.reshape(drawn(d, count, rng), out[chosen].shape)
        return out

    def parts(self) -> list[tuple[Any, float]]:
        """(component, weight) of the components that count."""
        return [(d, w) for d, w in zip(self.distributions, self.weights, strict=True) if w > 0]

    def _weighted(self, name: str, x: Any) -> Array:
        if self.kind == "plane" and name != "pdf":
            raise TypeError(f"a mixture on the plane has no {name}")
        x = np.asarray(x, dtype=np.float64)
        total: Any = 0.0
        for d, w in self.parts():
            total = total + w * np.asarray(getattr(d, name)(x))
        return np.asarray(total)


def parts_of(distribution: Any) -> list[tuple[Any, float]]:
    """(component, weight) of a mixture, or of a law alone."""
    return distribution.parts() if isinstance(distribution, Mixture) else [(distribution, 1.0)]
