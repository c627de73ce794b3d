"""Mixtures of Gaussians against scipy.stats and against their own definition."""

import numpy as np
import pytest
from scipy import stats

from gantheory.datasets import (
    NAMED,
    GaussianMixture,
    grid,
    lattice,
    named_mixture,
    polar,
    ring,
    training_set,
)

UNEVEN = GaussianMixture([[0, 0], [3, -1], [1, 1]], [0.5, 2.0, 0.01], [0.2, 0.7, 0.1])


@pytest.mark.parametrize("mixture", [ring(), grid(), UNEVEN, ring(3, 2.5, 0.3)], ids=str)
def test_log_density_is_scipys(mixture):
    points = np.random.default_rng(3).uniform(-4, 4, (200, 2))
    components = [
        weight * stats.multivariate_normal(mean, variance * np.eye(2)).pdf(points)
        for mean, variance, weight in zip(mixture.means, mixture.variances, mixture.weights, strict=True)
    ]
    expected = np.sum(components, axis=0)
    np.testing.assert_allclose(mixture.density(points), expected, rtol=1e-11, atol=1e-300)


def test_log_density_is_finite_where_the_density_underflows():
    # The nearest of the ring's centers is (1, 0), at distance 99: -99^2/(2e-4) - log(2 pi 1e-4) - log 8.
    expected = -(99**2) / 2e-4 - np.log(2 * np.pi * 1e-4) - np.log(8)
    assert ring().log_density([100.0, 0.0]) == pytest.approx(expected, rel=1e-14)


def test_one_dimensional_mixture_takes_points_with_a_last_axis():
    mixture = GaussianMixture([[-2.0], [2.0]], [1.0, 4.0], [0.25, 0.75])
    x = np.linspace(-6, 6, 50)
    expected = 0.25 * stats.norm(-2, 1).pdf(x) + 0.75 * stats.norm(2, 2).pdf(x)
    np.testing.assert_allclose(mixture.density(x[:, None]), expected, rtol=1e-12)


def test_ring_is_the_published_one():
    mixture = ring()
    angle = 2 * np.pi * np.arange(8) / 8
    np.testing.assert_allclose(mixture.centers, np.stack([np.cos(angle), np.sin(angle)], 1), atol=1e-15)
    np.testing.assert_allclose(mixture.scales, 0.01, rtol=1e-15)
    np.testing.assert_allclose(mixture.probabilities, 1 / 8)


def test_grid_has_25_modes_from_minus_4_to_4():
    assert sorted(grid().means) == [(a, b) for a in (-4, -2, 0, 2, 4) for b in (-4, -2, 0, 2, 4)]
    np.testing.assert_allclose(grid().scales, 0.05)


def test_samples_follow_the_mixture():
    n = 40_000
    samples = UNEVEN.sample(n, seed=11)
    near = ((samples[:, None] - UNEVEN.centers) ** 2).sum(-1)[:, 2] < 9 * 0.01
    assert near.mean() > 0.1 * (1 - np.exp(-4.5)) - 4 * np.sqrt(0.1 / n)
    mean = UNEVEN.probabilities @ UNEVEN.centers
    second = UNEVEN.probabilities @ (UNEVEN.centers**2 + np.array(UNEVEN.variances)[:, None])
    error = 5 * np.sqrt((second - mean**2) / n)
    assert (abs(samples.mean(0) - mean) < error).all()
    assert (abs((samples**2).mean(0) - second) < 5 * (samples**2).std(0) / np.sqrt(n)).all()
    # Each coordinate of a component is normal: Kolmogorov-Smirnov on the marginal of x.
    cdf = lambda x: sum(  # noqa: E731
        w * stats.norm(m[0], np.sqrt(s)).cdf(x)
        for m, s, w in zip(UNEVEN.means, UNEVEN.variances, UNEVEN.weights, strict=True)
    )
    assert stats.kstest(samples[:, 0], cdf).pvalue > 1e-3


def test_seed_reproduces_and_a_generator_advances():
    mixture = ring()
    np.testing.assert_array_equal(mixture.sample(9, seed=4), mixture.sample(9, seed=4))
    rng = np.random.default_rng(4)
    first, second = mixture.sample(9, rng), mixture.sample(9, rng)
    assert not np.array_equal(first, second)


def test_global_generator_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    ring().sample(100, seed=1)
    training_set(ring(), 50)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


def test_training_set_is_drawn_once_and_read_only():
    data = training_set(ring(), 64)
    assert data is training_set(ring(), 64)
    assert not np.array_equal(data, training_set(ring(), 64, seed=1))
    with pytest.raises(ValueError, match="read-only"):
        data[0] = 0


def test_mixtures_compare_by_value():
    assert ring() == ring() and hash(ring()) == hash(ring())
    assert ring() != ring(7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ring(modes=0), "modes must be a positive integer, got 0"),
        (lambda: ring(variance=0.0), r"variance must be in \(0, inf\), got 0.0"),
        (lambda: ring(radius=float("nan")), r"radius must be in \(0, inf\), got nan"),
        (lambda: grid(side=2.5), "side must be a whole number, got 2.5"),
        (
            lambda: GaussianMixture([[0, 0], [1, 1]], 1.0, [0.5, 0.6]),
            "weights must sum to 1, their sum is 1.1",
        ),
        (lambda: GaussianMixture([[0, 0], [1, 1]], 1.0, [1.5, -0.5]), "weights must be nonnegative"),
        (lambda: GaussianMixture([[0, 0], [1, 1]], 1.0, [1.0]), "weights must be one number or 2"),
        (lambda: GaussianMixture([[0, 0], [1, 1]], [1.0, -1.0]), r"variances must be in \(0, inf\)"),
        (lambda: GaussianMixture([0.0, 1.0], 1.0), "means must have shape"),
        (lambda: GaussianMixture([[np.inf, 1.0]], 1.0), "means must be finite"),
        (lambda: ring().sample(0), "n must be a positive integer, got 0"),
        (lambda: ring().log_density([1.0, 2.0, 3.0]), "x must have 2 coordinates"),
        (lambda: ring().log_density([1.0, np.nan]), "x holds NaN"),
    ],
)
def test_bad_input_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_polar_is_the_ring_with_two_weights():
    mixture = polar(8, minor_share=0.25, major_weight=4)
    assert mixture.means == ring().means and mixture.variances == ring().variances
    # Two minor modes of weight 1 and six of weight 4.
    np.testing.assert_allclose(sorted(mixture.weights), [1 / 26] * 2 + [4 / 26] * 6, rtol=1e-14)
    assert polar(layout_seed=1).weights != mixture.weights
    assert polar(minor_share=0).weights == ring().weights
    assert polar(major_weight=1, minor_share=1).weights == ring().weights


def test_lattice_is_the_grid_shifted():
    mixture = lattice(shift=0.3, layout_seed=5)
    moved = mixture.centers - grid().centers
    assert abs(moved).max() <= 0.3 and 0.1 < moved.std() < 0.25  # uniform: 0.3/sqrt(3) = 0.173
    # round(0.25 * 25) = 6 minor modes.
    np.testing.assert_allclose(sorted(mixture.weights)[5:7], [1 / 82, 4 / 82], rtol=1e-14)
    assert lattice(shift=0, minor_share=0) == GaussianMixture(
        grid().means, grid().variances, name=lattice(shift=0, minor_share=0).name
    )
    assert lattice(layout_seed=5).weights == mixture.weights


@pytest.mark.parametrize("mixture", [ring(5), grid(2), polar(7), lattice(4), UNEVEN], ids=str)
def test_to_dict_and_back(mixture):
    assert GaussianMixture.from_dict(mixture.to_dict()) == mixture


def test_named_mixture():
    assert named_mixture("polar", modes=6) == polar(6)
    assert set(NAMED) == {"ring", "grid", "lattice", "polar"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: named_mixture("lattise"), "mixture 'lattise': did you mean 'lattice'"),
        (
            lambda: named_mixture("grid", sides=3),
            "mixture 'grid' has no parameter 'sides'; did you mean 'side'",
        ),
        (lambda: polar(minor_share=1.5), r"minor_share must be in \[0, 1\], got 1.5"),
        (lambda: polar(major_weight=0), r"major_weight must be in \(0, inf\), got 0"),
        (lambda: lattice(shift=1), r"shift must be in \[0, spacing/2\) = \[0, 1\), got 1"),
        (lambda: lattice(layout_seed=-1), "layout_seed must be a nonnegative integer, got -1"),
        (lambda: GaussianMixture.from_dict({}), 'mixture must hold "name"'),
        (lambda: GaussianMixture.from_dict({"means": [[0]]}), 'must also hold "variances"'),
        (
            lambda: GaussianMixture.from_dict({"means": [[0]], "variances": 1, "weight": [1]}),
            "mixture has no entry 'weight'; did you mean 'weights'",
        ),
    ],
)
def test_bad_named_mixtures(call, message):
    with pytest.raises(ValueError, match=message):
        call()
