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


def test_quantiles_invert_the_cdf():
    q = np.array([0.01, 0.25, 0.6, 0.999])
    assert MIX.cdf(MIX.ppf(q)) == pytest.approx(q, rel=1e-12)


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
