"""Metrics against a loop over samples and modes that follows the published definitions word by word."""

import math

import numpy as np
import pytest

from gantheory.datasets import GaussianMixture, ring
from gantheory.training import metrics

UNEVEN = GaussianMixture([[0, 0], [1, 0], [0, 1]], [0.01, 0.04, 0.0001], [0.2, 0.3, 0.5])


def by_hand(samples, mixture, n_std):
    counts = [0] * len(mixture.means)
    for sample in samples:
        distances = [math.dist(sample, mean) for mean in mixture.means]
        nearest = distances.index(min(distances))
        if distances[nearest] <= n_std * math.sqrt(mixture.variances[nearest]):
            counts[nearest] += 1
    return counts


@pytest.mark.parametrize("mixture", [ring(), UNEVEN, ring(5, 0.4, 0.01)], ids=str)
@pytest.mark.parametrize("n_std", [1.0, 3.0, math.inf])
def test_metrics_follow_their_definition(mixture, n_std):
    rng = np.random.default_rng(5)
    samples = np.concatenate([rng.uniform(-1.3, 1.3, (300, 2)), mixture.sample(60, rng)])
    expected = by_hand(samples, mixture, n_std)
    assert metrics.mode_histogram(samples, mixture, n_std).tolist() == expected
    assert metrics.modes_covered(samples, mixture, n_std) == sum(count > 0 for count in expected)
    assert metrics.high_quality_share(samples, mixture, n_std) == pytest.approx(sum(expected) / 360)


def test_share_of_a_perfect_generator():
    n = 50_000
    share = metrics.high_quality_share(ring().sample(n, seed=2), ring())
    expected = 1 - math.exp(-4.5)
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / n)


def test_one_sample_covers_a_mode_and_none_covers_nothing():
    assert metrics.modes_covered([[1.0, 0.029]], ring()) == 1
    assert metrics.modes_covered([[1.0, 0.031]], ring()) == 0
    assert metrics.modes_covered([[0.0, 0.0]], ring()) == 0


@pytest.mark.parametrize(
    ("samples", "n_std", "message"),
    [
        ([[1.0, math.nan], [0.0, 0.0]], 3, "samples must be finite, 1 of 2 are not"),
        ([[1.0, 2.0, 3.0]], 3, r"samples must have shape \(n, 2\)"),
        (np.empty((0, 2)), 3, r"samples must have shape \(n, 2\) with n >= 1"),
        ([[1.0, 2.0]], 0, "n_std must be in"),
        ([[1.0, 2.0]], math.nan, "n_std must be in"),
    ],
)
def test_bad_input(samples, n_std, message):
    for metric in (metrics.modes_covered, metrics.high_quality_share, metrics.mode_histogram):
        with pytest.raises(ValueError, match=message):
            metric(samples, ring(), n_std)
