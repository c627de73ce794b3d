"""Rates, their intervals and tests against closed forms, published values and enumeration."""

from __future__ import annotations

import math

import pytest
from scipy import optimize, stats

from gantheory.sweeps.reports.proportions import Rate, compare, difference_interval, holm


def inside(rate: Rate, side: int) -> float:
    """A rate that the score test keeps: the observed one, or beside it where its deviation is 0."""
    return rate.value if 0 < rate.count < rate.runs else rate.value + side * 1e-9


@pytest.mark.parametrize(
    ("count", "runs"), [(0, 10), (1, 10), (5, 10), (94, 200), (199, 200), (200, 200), (1, 1)]
)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_wilson_is_the_set_of_rates_that_the_score_test_keeps(count, runs, level):
    rate = Rate(count, runs)
    z = stats.norm.ppf((1 + level) / 2)

    def score(p):
        return abs(rate.value - p) - z * math.sqrt(p * (1 - p) / runs)

    low, high = rate.interval(level)
    if count > 0:
        assert low == pytest.approx(optimize.brentq(score, 1e-12, inside(rate, -1)), rel=1e-8)
    else:
        assert low == 0
    if count < runs:
        assert high == pytest.approx(optimize.brentq(score, inside(rate, 1), 1 - 1e-12), rel=1e-8)
    else:
        assert high == 1
    reference = stats.binomtest(count, runs).proportion_ci(level, method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_newcombe_against_the_published_example():
    """Newcombe 1998, Table II, method 10, for 56/70 - 48/80 and 9/10 - 3/10."""
    assert difference_interval(Rate(56, 70), Rate(48, 80)) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert difference_interval(Rate(9, 10), Rate(3, 10)) == pytest.approx((0.1705, 0.8090), abs=6e-5)
    low, high = difference_interval(Rate(3, 10), Rate(9, 10))
    assert (low, high) == pytest.approx((-0.8090, -0.1705), abs=6e-5)


def test_the_pooled_z_test_is_the_chi_square_test():
    for first, second in [
        (Rate(94, 200), Rate(120, 200)),
        (Rate(30, 64), Rate(94, 200)),
        (Rate(50, 100),) * 2,
    ]:
        table = [[r.count, r.runs - r.count] for r in (first, second)]
        result = compare(first, second)
        assert result.name == "z"
        assert result.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Rate(0, 8), Rate(5, 200)),
        (Rate(3, 9), Rate(1, 30)),
        (Rate(4, 4), Rate(0, 4)),
        (Rate(0, 5), Rate(0, 7)),
    ],
)
def test_small_counts_go_to_fishers_exact_test(first, second):
    result = compare(first, second)
    table = [[r.count, r.runs - r.count] for r in (first, second)]
    assert result.name == "Fisher"
    assert result.p == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
    assert compare(second, first).p == pytest.approx(result.p, rel=1e-12)


def test_holm():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_counts_out_of_range():
    for wrong in [(0, 0), (-1, 3), (4, 3)]:
        with pytest.raises(ValueError, match="must be"):
            Rate(*wrong)
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\)"):
        Rate(1, 2).interval(95)
