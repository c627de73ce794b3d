"""The Inception Score, of any classifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from gantheory.training.metrics.features.arrays import feature_array

_OFF = 1e-3
"""How far a row's sum may be from 1: float32 and a softmax are far nearer."""


def inception_score(probabilities: ArrayLike, splits: int = 10) -> tuple[float, float]:
    """Mean and standard deviation over splits of exp of the mean divergence from the mean prediction.

        exp E_x KL(p(y | x) || p(y)),   from 1 to the number of classes

    Args:
        probabilities: p(y | x) of generated samples, (n, classes).
        splits: parts of equal size in which p(y) is the part's own mean.

    Raises:
        ValueError: no such array, rows that are no probabilities, fewer samples than splits.

    Source: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen, Improved techniques for training GANs
    (2016).
    """
    p = feature_array(probabilities, "probabilities")
    if (p < 0).any() or (abs(p.sum(1) - 1) > _OFF).any():
        raise ValueError("probabilities must be nonnegative, and sum to 1 in each row")
    if not 1 <= splits <= len(p):
        raise ValueError(f"splits must be from 1 to the {len(p)} samples, got {splits!r}")
    scores = []
    for k in range(splits):
        part = p[k * len(p) // splits : (k + 1) * len(p) // splits]
        # Of the mean's zero classes every row is zero.
        divergence = xlogy(part, part).sum(1) - xlogy(part, part.mean(0)).sum(1)
        scores.append(np.exp(divergence.mean()))
    return float(np.mean(scores)), float(np.std(scores))
