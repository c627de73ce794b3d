"""Fresh samples from whatever describes a distribution."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantheory.datasets import GaussianMixture
from gantheory.divergences.inputs.laws import drawn

Sampler = Callable[[int, np.random.Generator], NDArray[np.float64]]


def sampler(distribution: Any, name: str) -> Sampler:
    """A function (n, generator) -> (n, d) float64 that draws from `distribution`.

    Args:
        distribution: a `GaussianMixture`; anything with scipy's `rvs(size=, random_state=)`; or a callable
            (n, numpy.random.Generator) -> array of shape (n,) or (n, d).
        name: argument name for error messages.

    Raises:
        TypeError: none of these.
        ValueError: a trial draw has the wrong shape or is not finite.
    """
    if isinstance(distribution, GaussianMixture):
        draw: Callable[[int, np.random.Generator], Any] = distribution.sample
    elif hasattr(distribution, "rvs"):
        draw = partial(drawn, distribution)
    elif callable(distribution):
        draw = distribution
    else:
        raise TypeError(
            f"{name} must be a GaussianMixture, a frozen scipy.stats distribution or a callable "
            f"(n, numpy.random.Generator) -> samples, got {distribution!r}"
        )

    def points(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        drawn = np.asarray(draw(n, rng), dtype=np.float64)
        drawn = drawn[:, None] if drawn.ndim == 1 else drawn
        if drawn.ndim != 2 or len(drawn) != n:
            raise ValueError(f"{name} must draw an array of shape ({n},) or ({n}, d), got {drawn.shape}")
        return drawn

    trial = points(7, np.random.default_rng(0))
    if not np.isfinite(trial).all():
        raise ValueError(f"{name} draws samples that are not finite")
    return points
