"""Mixtures of isotropic Gaussians."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import Array, as_float64
from gantheory.arguments.checks import positive_integer

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of K isotropic Gaussians in d dimensions.

        p(x) = sum_k w_k (2 pi s_k)^(-d/2) exp(-|x - m_k|^2 / (2 s_k))

    Fields are tuples, so that a mixture is hashable and compares by value; `centers`, `scales` and
    `probabilities` give them as arrays.

    Attributes:
        means: the m_k, K points of d coordinates.
        variances: the s_k, variance of each coordinate; one number stands for all components.
        weights: the w_k, summing to 1; None for equal weights.
        name: what `repr` and tables call it.
        recipe: the name and parameters from which `gantheory.datasets.named_mixture` builds it, if any.

    Raises:
        ValueError: no component, ragged or non-finite means, variances not in (0, inf), weights that are
            negative or do not sum to 1 (the message gives the sum).
    """

    means: tuple[tuple[float, ...], ...]
    variances: tuple[float, ...]
    weights: tuple[float, ...]
    name: str = "mixture"
    recipe: tuple[str, tuple[tuple[str, Any], ...]] | None = field(default=None, compare=False, repr=False)

    def __init__(
        self,
        means: ArrayLike,
        variances: ArrayLike,
        weights: ArrayLike | None = None,
        name: str = "mixture",
        recipe: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        centers = as_float64(means, "means")
        if centers.ndim != 2 or centers.size == 0:
            raise ValueError(f"means must have shape (components, dimensions), got {centers.shape}")
        if not np.isfinite(centers).all():
            raise ValueError("means must be finite")
        k = len(centers)
        spread = _one_each(variances, k, "variances")
        if not (np.isfinite(spread).all() and (spread > 0).all()):
            raise ValueError(f"variances must be in (0, inf), got {spread.tolist()}")
        share = np.full(k, 1 / k) if weights is None else _one_each(weights, k, "weights")
        if not (np.isfinite(share).all() and (share >= 0).all()):
            raise ValueError(f"weights must be nonnegative and finite, got {share.tolist()}")
        if abs(share.sum() - 1) > 1e-9:
            raise ValueError(f"weights must sum to 1, their sum is {share.sum():.12g}")
        object.__setattr__(self, "means", tuple(tuple(row) for row in centers.tolist()))
        object.__setattr__(self, "variances", tuple(spread.tolist()))
        object.__setattr__(self, "weights", tuple(share.tolist()))
        object.__setattr__(self, "name", name)
        frozen = None if recipe is None else (recipe[0], tuple(recipe[1].items()))
        object.__setattr__(self, "recipe", frozen)

    def __repr__(self) -> str:
        return f"GaussianMixture({self.name!r}, components={len(self.means)}, dimension={self.dimension})"

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` builds it from, as JSON can hold it: name and parameters, or means and so on."""
        if self.recipe is not None:
            return {"name": self.recipe[0], **dict(self.recipe[1])}
        return {
            "name": self.name,
            "means": [list(mean) for mean in self.means],
            "variances": list(self.variances),
            "weights": list(self.weights),
        }

    @staticmethod
    def from_dict(settings: Mapping[str, Any]) -> GaussianMixture:
        """The mixture that `to_dict` describes, or a named one with some of its parameters.

        Raises:
            ValueError: an unknown name or key (the nearest known one is suggested), or a bad value.
        """
        from gantheory.datasets.published import mixture_from_dict

        return mixture_from_dict(dict(settings))

    @property
    def dimension(self) -> int:
        """Number of coordinates d."""
        return len(self.means[0])

    @property
    def centers(self) -> Array:
        """The means, shape (K, d)."""
        return np.array(self.means)

    @property
    def scales(self) -> Array:
        """Standard deviation per coordinate of each component, shape (K,)."""
        return np.sqrt(self.variances)

    @property
    def probabilities(self) -> Array:
        """The weights, shape (K,)."""
        return np.array(self.weights)

    def sample(self, n: int, seed: int | np.random.Generator = 0) -> Array:
        """Draw n independent points, shape (n, d).

        Args:
            n: number of points.
            seed: an integer, or a `numpy.random.Generator` that is advanced.

        Raises:
            ValueError: n < 1.
        """
        positive_integer(n, "n")
        rng = np.random.default_rng(seed)
        share = self.probabilities
        component = rng.choice(len(share), size=int(n), p=share / share.sum())
        noise = rng.standard_normal((int(n), self.dimension))
        return self.centers[component] + self.scales[component, None] * noise

    def log_density(self, x: ArrayLike) -> Array:
        """log p(x) at points of shape (..., d); float64 of shape (...), finite far outside the data too.

        Raises:
            ValueError: the last axis is not d, or a coordinate is NaN.
        """
        return np.asarray(np.logaddexp.reduce(self._log_terms(x), axis=-1))

    def component(self, x: ArrayLike) -> NDArray[np.int64]:
        """Number of the component that most likely made each point of shape (..., d); errors likewise."""
        return np.asarray(np.argmax(self._log_terms(x), axis=-1))

    def _log_terms(self, x: ArrayLike) -> Array:
        """log (w_k N(x; m_k, s_k)), (..., K)."""
        points = np.asarray(x, dtype=np.float64)
        if points.ndim == 0 or points.shape[-1] != self.dimension:
            raise ValueError(
                f"x must have {self.dimension} coordinates on its last axis, got shape {points.shape}"
            )
        if np.isnan(points).any():
            raise ValueError("x holds NaN")
        variances = np.array(self.variances)
        # Component by component: (n, K, d) temporaries would be large for a grid of points.
        squared = np.stack([((points - m) ** 2).sum(-1) for m in self.centers], axis=-1)
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.probabilities)
        return log_weights - 0.5 * (squared / variances + self.dimension * (_LOG_2PI + np.log(variances)))

    def log_density_gradient(self, x: ArrayLike) -> Array:
        """Gradient of log p at points of shape (..., d), of that shape: sum_k P(k | x) (m_k - x)/s_k.

        Raises:
            ValueError: the last axis is not d, or a coordinate is NaN.
        """
        points = np.asarray(x, dtype=np.float64)
        total = self.log_density(points)
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.probabilities)
        gradient = np.zeros_like(points)
        for mean, variance, log_weight in zip(self.centers, self.variances, log_weights, strict=True):
            offset = mean - points
            log_part = log_weight - 0.5 * (
                (offset**2).sum(-1) / variance + self.dimension * (_LOG_2PI + math.log(variance))
            )
            gradient += np.exp(log_part - total)[..., None] * offset / variance
        return gradient

    def density(self, x: ArrayLike) -> Array:
        """p(x), the exponential of `log_density`."""
        return np.exp(self.log_density(x))


@lru_cache(maxsize=8)
def training_set(mixture: GaussianMixture, n: int, seed: int = 0) -> Array:
    """A data set of n points drawn once from `mixture` with a fixed seed; the array is read-only and shared.

    The published ring experiments draw 50,000 training samples so; only initial weights and batch order
    change with a run's seed.
    """
    points = mixture.sample(n, np.random.default_rng([seed, n]))
    points.flags.writeable = False
    return points


def _one_each(values: ArrayLike, k: int, name: str) -> Array:
    array = as_float64(values, name)
    if array.shape not in ((), (k,)):
        raise ValueError(f"{name} must be one number or {k}, one per component, got shape {array.shape}")
    return np.broadcast_to(array, (k,))


def covering_box(mixtures: Sequence[GaussianMixture], reach: float) -> Array:
    """Ends of the smallest box, (2, d), that reaches so many standard deviations beyond every center."""
    centers = np.concatenate([mixture.centers for mixture in mixtures])
    beyond = reach * np.concatenate([mixture.scales for mixture in mixtures])[:, None]
    return np.stack([(centers - beyond).min(0), (centers + beyond).max(0)])
