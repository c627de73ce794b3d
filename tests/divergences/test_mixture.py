"""Mixtures of scipy.stats distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory.divergences import Mixture, mixture

MIX = mixture([stats.norm(-2, 1), stats.norm(3, 0.5)], [0.25, 0.75])


def test_density_and_cdf_are_weighted_sums():
    x = np.array([-3.0, 0.0, 2.9])
    pdf = 0.25 * stats.norm.pdf(x, -2, 1) + 0.75 * stats.norm.pdf(x, 3, 0.5)
    assert MIX.pdf(x) == pytest.approx(pdf, rel=1e-15)
    assert MIX.logpdf(x) == pytest.approx(np.log(pdf), rel=1e-13)
    assert MIX.cdf(x) + MIX.sf(x) == pytest.approx(np.ones(3), rel=1e-15)
    assert MIX.mean() == pytest.approx(0.25 * -2 + 0.75 * 3)


def test_log_density_outlives_the_density():
    assert MIX.pdf(-60.0) == 0.0
    assert MIX.logpdf(-60.0) == pytest.approx(math.log(0.25) + stats.norm.logpdf(-60, -2, 1), rel=1e-15)


def test_log_density_of_laws_whose_own_is_lost():
    """log of c^(1/2) (2 pi)^(-1/2) x^(-3/2) e^(-c/(2x)), at a place where scipy's is -inf."""
    x = 1e-4
    logs = [0.5 * math.log(c / (2 * math.pi)) - 1.5 * math.log(x) - c / (2 * x) for c in (1.0, 2.0)]
    found = mixture([stats.levy(), stats.levy(0, 2)], [0.25, 0.75]).logpdf(x)
    assert stats.levy.logpdf(x) == -math.inf
    assert float(found) == pytest.approx(
        np.logaddexp(logs[0] + math.log(0.25), logs[1] + math.log(0.75)), rel=1e-13
    )


def test_quantiles_invert_the_cdf():
    q = np.array([0.01, 0.25, 0.6, 0.999])
    assert MIX.cdf(MIX.ppf(q)) == pytest.approx(q, rel=1e-12)


def test_quantiles_of_any_size():
    """The quantile 1e-3 of these is 6e-271; 200 halvings ended at 1e-63."""
    law = mixture([stats.gamma(0.01), stats.gamma(0.02)], [0.5, 0.5])
    q = np.array([1e-3, 1e-2, 0.1, 0.5, 0.9])
    assert law.cdf(law.ppf(q)) == pytest.approx(q, rel=1e-12)


def test_samples_follow_the_mixture_and_the_seed():
    x = MIX.rvs(5000, random_state=1)
    assert stats.kstest(x, MIX.cdf).pvalue > 0.01
    assert np.array_equal(x, MIX.rvs(5000, random_state=1))


def test_mixtures_of_mixtures_are_flat():
    nested = mixture([MIX, stats.uniform(0, 9)], [0.5, 0.5])
    assert nested.weights == pytest.approx((0.125, 0.375, 0.5))
    assert nested.support() == (-math.inf, math.inf)
    assert isinstance(nested, Mixture) and gt.mixture is mixture


@pytest.mark.parametrize(
    ("parts", "weights", "error", "message"),
    [
        ([], [], ValueError, "distributions must hold at least one"),
        (
            [stats.norm()],
            [0.5, 0.5],
            ValueError,
            "weights must be one for each of distributions, got 2",
        ),
        ([stats.norm()] * 2, [0.5, 0.6], ValueError, r"weights must sum to 1, got sum 1\.1"),
        ([stats.norm()] * 2, [1.5, -0.5], ValueError, "weights must be nonnegative, got -0.5 at index 1"),
        ([stats.norm()] * 2, [1.0, math.nan], ValueError, "weights must be nonnegative, got nan at index 1"),
        ([stats.norm(), 3], [0.5, 0.5], TypeError, r"distributions\[1\] must be a frozen scipy.stats"),
        (
            [stats.norm(), stats.multivariate_normal([0, 0])],
            [0.5] * 2,
            ValueError,
            "all be on the line or all",
        ),
    ],
)
def test_bad_mixtures(parts, weights, error, message):
    with pytest.raises(error, match=message):
        mixture(parts, weights)


def test_a_short_segment_between_the_begins_of_two_uniform_kernels():
    # Far from 0 it is thin, and no kernel ends where it does.
    kernels = gt.mixture([stats.uniform(100, 4), stats.uniform(100 + 1e-7, 4)], [0.5, 0.5])
    got = gt.derive(gt.objectives.fgan("kl")).divergence(kernels, stats.uniform(99, 10)).value
    assert got == pytest.approx(math.log(2.5), abs=1e-7)


def test_a_mixture_on_the_plane():
    points = np.array([[0.0, 1.0, 5.0], [0.0, 2.0, 1.0]])
    kernel, normal = stats.gaussian_kde(points), stats.multivariate_normal([1, 2])
    both = mixture([kernel, normal], [0.25, 0.75])
    assert both.mean() == pytest.approx([1.25, 1.75], rel=1e-15)
    at = np.array([[0.0, 0.0], [3.0, 1.0]])
    pdf = 0.25 * kernel.pdf(at.T) + 0.75 * normal.pdf(at)
    assert [float(np.ravel(both.pdf(x))[0]) for x in at] == pytest.approx(pdf, rel=1e-14)
    assert [float(np.ravel(both.logpdf(x))[0]) for x in at] == pytest.approx(np.log(pdf), rel=1e-13)
    drawn = mixture([kernel, normal], [0.999, 0.001]).rvs(4000, 3)
    assert drawn.shape == (4000, 2)
    spread = np.sqrt(np.diag(points @ points.T / 3 - 4 * np.eye(2) * [1, 0.25] + kernel.covariance))
    assert drawn.mean(axis=0) == pytest.approx([2.0, 1.0], abs=4 * spread.max() / 4000**0.5)
    assert mixture([normal, kernel], [1.0, 0.0]).rvs(3, 0).shape == (3, 2)


def test_parts_of_any_kind_are_sampled():
    P = mixture([stats.exp(stats.Normal(mu=0, sigma=1)), stats.gaussian_kde([5.0, 9.0])], [0.5, 0.5])
    kernel = stats.gaussian_kde([5.0, 9.0])
    for x in (0.5, 7.0):
        pdf = 0.5 * (stats.lognorm.pdf(x, 1) + kernel.pdf(x)[0])
        assert float(P.pdf(x)) == pytest.approx(pdf, rel=1e-14)
        assert float(P.logpdf(x)) == pytest.approx(math.log(pdf), rel=1e-13)
    x = P.rvs(4000, 1)
    for at in (1.0, 5.0, 9.0):
        assert (x <= at).mean() == pytest.approx(float(P.cdf(at)), abs=3.5 / (2 * 4000**0.5))


def test_a_mixture_of_discrete_laws():
    both = mixture([stats.poisson(3), stats.binom(5, 0.25)], [0.25, 0.75])
    k = np.array([0.0, 2.0, 5.0, 9.0])
    pmf = 0.25 * stats.poisson.pmf(k, 3) + 0.75 * stats.binom.pmf(k, 5, 0.25)
    assert both.pdf(k) == pytest.approx(pmf, rel=1e-14)
    assert both.logpdf(k) == pytest.approx(np.log(pmf), rel=1e-13)
