"""Metrics against a loop over samples and modes that follows the published definitions word by word."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from gantheory.datasets import GaussianMixture, polar, ring
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


def at_modes(mixture, counts):
    """As many points exactly at each center."""
    return np.repeat(mixture.centers, counts, axis=0)


def test_mode_divergences_of_counted_samples():
    mixture = ring(4)
    # Shares with one added to each: (6, 3, 2, 1)/12.
    samples = at_modes(mixture, [5, 2, 1, 0])
    q = np.array([6, 3, 2, 1]) / 12
    np.testing.assert_allclose(metrics.mode_probabilities(samples, mixture), q, rtol=1e-15)
    found = metrics.mode_divergences(samples, mixture)
    w = np.full(4, 0.25)
    assert found["kl"] == pytest.approx(stats.entropy(w, q), rel=1e-12)
    assert found["reverse_kl"] == pytest.approx(stats.entropy(q, w), rel=1e-12)
    assert found["jsd"] == pytest.approx(distance.jensenshannon(w, q) ** 2, rel=1e-12)
    assert found["tvd"] == pytest.approx(1 / 4, rel=1e-12)  # (1/4 - 1/6) + (1/4 - 1/12), once


def test_mode_divergences_are_of_the_weights():
    mixture = polar(4, minor_share=0.5, major_weight=3)
    counts = np.round(mixture.probabilities * 8 * 1000 - 1).astype(int)
    found = metrics.mode_divergences(at_modes(mixture, counts), mixture)
    assert all(abs(value) < 1e-12 for value in found.values())


def test_far_samples_count_for_the_nearest_mode():
    samples = at_modes(ring(4), [1, 0, 0, 0]) * 50
    np.testing.assert_allclose(metrics.mode_probabilities(samples, ring(4)), np.array([2, 1, 1, 1]) / 5)


def test_modes_by_kind():
    mixture = polar(8, minor_share=0.25, major_weight=2)
    minor = mixture.probabilities < mixture.probabilities.max()
    assert minor.sum() == 2
    counts = np.ones(8, dtype=int)
    assert metrics.modes_covered_by_kind(at_modes(mixture, counts), mixture) == (6, 2)
    counts[np.flatnonzero(minor)[0]] = 0
    assert metrics.modes_covered_by_kind(at_modes(mixture, counts), mixture) == (6, 1)
    assert metrics.modes_covered_by_kind(at_modes(ring(), [1] * 8), ring()) == (8, 0)


def test_energy_distance_is_scipys_in_one_dimension():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=300), rng.normal(0.3, 2, size=450)
    expected = stats.energy_distance(x, y)
    assert metrics.energy_distance(x[:, None], y[:, None]) == pytest.approx(expected, rel=1e-10)


def test_energy_distance_of_two_points_and_under_rotation():
    assert metrics.energy_distance([[0, 0]], [[3, 4]]) == pytest.approx(np.sqrt(10), rel=1e-15)
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(50, 2)), rng.uniform(size=(70, 2))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert metrics.energy_distance(x @ turn, y @ turn) == pytest.approx(
        metrics.energy_distance(x, y), rel=1e-10
    )
    # Of the same points in other orders rounding may make the square negative.
    assert all(metrics.energy_distance(x, x[rng.permutation(50)]) < 1e-7 for _ in range(20))


def test_energy_distance_in_blocks_is_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2100, 2)), rng.normal(size=(2300, 2))
    d = [distance.cdist(a, b).mean() for a, b in ((x, y), (x, x), (y, y))]
    assert metrics.energy_distance(x, y) == pytest.approx(np.sqrt(2 * d[0] - d[1] - d[2]), rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[0, 0]], [[1]], r"got \(1, 2\) and \(1, 1\)"),
        ([0, 1], [1, 2], r"must have shapes \(n, d\) and \(m, d\)"),
        ([[0, np.nan]], [[1, 1]], "must be finite"),
        ([[1, 1]], [[0, np.inf]], "must be finite"),
        (np.empty((0, 2)), [[1, 1]], r"got \(0, 2\) and \(1, 2\)"),
        ([[1, 1]], np.empty((0, 2)), r"got \(1, 2\) and \(0, 2\)"),
    ],
)
def test_energy_distance_refuses(x, y, message):
    with pytest.raises(ValueError, match=message):
        metrics.energy_distance(x, y)
