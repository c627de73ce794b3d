"""Data distributions with known densities.

`GaussianMixture` is the type; `ring` and `grid` build the usual two:

    mixture = ring()                       # 8 Gaussians on the unit circle, variance 1e-4
    mixture.sample(1000, seed=0)           # (1000, 2) float64
    mixture.log_density(points)            # (n,) float64, natural logarithm
    real = training_set(mixture, 50_000)   # drawn once: read-only, the same in every run
"""

from gantheory.datasets.mixtures import GaussianMixture, grid, ring, training_set

__all__ = ["GaussianMixture", "grid", "ring", "training_set"]
