"""Intervals: Student's t, order statistics, and coverage of all at once by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from gantheory.validation import Joint, mean_interval
from gantheory.validation.predictions.intervals import median_interval, span
from gantheory.validation.predictions.prediction import about


def test_the_interval_is_students_t():
    values = np.random.default_rng(0).normal(3.0, 2.0, 9)
    mean, (low, high) = mean_interval(values, 0.99)
    expected = stats.t.interval(0.99, 8, loc=values.mean(), scale=stats.sem(values))
    assert mean == pytest.approx(values.mean(), rel=1e-14)
    assert (low, high) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_all_intervals_of_a_report_hold_at_once(shared):
    """20 intervals over 6 seeds each, 4000 reports: independent and strongly dependent quantities."""
    rng = np.random.default_rng(1)
    reports, comparisons, seeds = 4000, 20, 6
    common = rng.standard_normal((reports, 1, seeds))
    own = rng.standard_normal((reports, comparisons, seeds))
    values = math.sqrt(shared) * common + math.sqrt(1 - shared) * own
    joint = Joint(comparisons, 0.9)
    reach = stats.t.ppf(1 - (1 - joint.level) / 2, seeds - 1) * values.std(-1, ddof=1) / math.sqrt(seeds)
    sample = values[0, 0]
    assert joint.mean(sample)[1][1] - sample.mean() == pytest.approx(reach[0, 0], rel=1e-10)
    covered = (np.abs(values.mean(-1)) <= reach).all(1).mean()
    error = 3 * math.sqrt(0.9 * 0.1 / reports)
    assert covered >= 0.9 - error
    if shared == 0:
        assert covered <= 0.9 + 0.01 + error, "no wider than Bonferroni has to be"


@pytest.mark.parametrize(
    ("n", "level", "rank"),
    [(17, 1 - 4e-4, 2), (16, 1 - 4e-4, 1), (5, 1 - 2**-4, 1), (9, 0.95, 2), (1, 0.95, 0)],
)
def test_the_median_lies_between_order_statistics_of_binomial_rank(n, level, rank):
    """The rank by summing binomial coefficients, the coverage on a law without moments."""
    values = np.random.default_rng(2).standard_cauchy((1000, n))
    assert 2 * sum(math.comb(n, k) for k in range(rank)) / 2**n <= 1 - level
    assert 2 * sum(math.comb(n, k) for k in range(rank + 1)) / 2**n > 1 - level
    middle, ends = median_interval(values[0], level)
    assert middle == np.median(values[0])
    joint = Joint(1, level)
    assert (joint.too_few(n) == "") == (rank > 0)
    if rank == 0:
        assert np.isnan(ends).all()
        return
    assert ends == tuple(np.sort(values[0])[[rank - 1, n - rank]])
    found = np.array([joint.median(row)[1] for row in values])
    missed = 2 * sum(math.comb(n, k) for k in range(rank)) / 2**n
    assert ((found[:, 0] > 0) | (found[:, 1] < 0)).mean() == pytest.approx(
        missed, abs=4 * (missed / 1000) ** 0.5
    )


def test_the_rank_of_a_hundred_values_is_near_their_middle():
    """By binomial coefficients, whose sums are whole numbers."""
    rank = max(r for r in range(50) if 40 * sum(math.comb(100, k) for k in range(r)) <= 2**100)
    assert median_interval(np.arange(1, 101.0), 0.95) == (50.5, (rank, 101 - rank))
    assert rank == 40


def test_how_many_seeds_a_median_needs_is_said():
    assert Joint(125).too_few(8) == "8 seeds give no interval here, 13 would"
    assert np.isfinite(Joint(125).median(np.arange(13.0))[1]).all()


def test_one_seed_or_a_diverged_one_gives_no_interval():
    assert all(map(math.isnan, mean_interval([1.0], 0.95)[1]))
    mean, ends = mean_interval([1.0, math.nan, 2.0], 0.95)
    assert math.isnan(mean)
    assert all(map(math.isnan, ends))
    assert np.isnan(Joint(1).median([1.0, math.nan, 2.0] * 9)[1]).all()


def test_two_values_have_an_interval():
    """Student's t of one degree of freedom is Cauchy's, with quantile tan(pi (p - 1/2)) at p = 0.95."""
    mean, ends = mean_interval([1.0, 4.0], 0.9)
    reach = math.tan(math.pi * 0.45) * 1.5  # the standard error is |x - y|/2
    assert (mean, *ends) == pytest.approx((2.5, 2.5 - reach, 2.5 + reach), rel=1e-10)


def test_a_large_sample_has_the_normal_interval():
    joint = Joint(10, 0.9)
    assert joint.level == pytest.approx(0.99, rel=1e-14)
    reach = 2.5758293035489004 * 0.3  # 99.5 % of the standard normal
    assert joint.large_sample(2.0, 0.3) == pytest.approx((2.0 - reach, 2.0 + reach), rel=1e-12)


def test_a_span_holds_all_values_and_its_margin():
    assert span([0.5, -1.0, 2.0]) == (-1.0, 2.0)
    assert span([0.5, -1.0, 2.0], margin=0.25) == (-1.25, 2.25)


def test_regions_about_a_limit():
    assert about(2.0, 0.5) == (1.5, 2.5)
    for limit, reach in ((math.inf, 1.0), (1.0, math.inf), (math.nan, 1.0)):
        assert about(limit, reach) == (-math.inf, math.inf)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="comparisons"):
        Joint(0)
    for confidence in (0.0, 1.0):
        with pytest.raises(ValueError, match="confidence"):
            Joint(3, confidence)
    with pytest.raises(ValueError, match="values"):
        mean_interval([], 0.95)
    with pytest.raises(ValueError, match="values"):
        median_interval([], 0.95)
    for level in (0, 1, 95):
        for interval in (mean_interval, median_interval):
            with pytest.raises(ValueError, match="level"):
                interval([1, 2], level)
