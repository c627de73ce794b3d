"""Renyi divergences of every order: R_alpha(P||M) + R_alpha(Q||M), M = (P + Q)/2, in pmfs and densities."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import gantheory as gt

mp = mpmath.MPContext()
mp.dps = 60

P = [Fraction(1, 2), Fraction(3, 8), Fraction(1, 8)]
Q = [Fraction(9, 10), Fraction(1, 20), Fraction(1, 20)]
ORDERS = ("0.001", "0.5", "0.9999999999", "1.0000000001", "3", "1000000")


def of(order):
    return gt.derive(gt.objectives.from_spec(f"renyi({order})"))


def exact(order, p, q):
    a = mp.mpf(Fraction(order).numerator) / Fraction(order).denominator
    p, q = ([mp.mpf(x.numerator) / x.denominator for x in one] for one in (p, q))
    middle = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
    return mp.fsum(
        mp.log(mp.fsum(m * (x / m) ** a for x, m in zip(one, middle, strict=True))) / (a - 1)
        for one in (p, q)
    )


@pytest.mark.parametrize("order", ORDERS)
def test_pmfs(order):
    truth = exact(order, P, Q)
    theory = of(order)
    for one in (P, [float(x) for x in P]):
        result = theory.divergence(one, Q)
        assert abs(float(result.value - truth)) <= result.error + 2e-16 * float(truth)
        assert 0.99 * 2.0**-52 <= result.error / float(truth) < 1e-13


def test_a_hundred_digits():
    result = of("0.5").divergence(P, Q, dps=100)
    with mp.workdps(130):
        assert abs(mp.mpmathify(result.value) / exact("0.5", P, Q) - 1) < mp.mpf(10) ** -98
    assert 1.5e-99 < result.error / float(result.value) < 5e-99


@pytest.mark.parametrize("order", ORDERS)
def test_normal_laws(order):
    p, q, a = stats.norm(0, 1), stats.norm(1, 1), float(order)
    # The trapezoidal rule is exact to rounding here; near order 1 the digits of the limit do not cancel.
    x = np.arange(-40.0, 41.0, 1 / 128)
    log_p, log_q = p.logpdf(x), q.logpdf(x)
    log_m = np.logaddexp(log_p, log_q) - math.log(2.0)
    if abs(a - 1) < 1e-6:
        # KL + (alpha - 1)/2 times the variance of the log ratio.
        means = [
            1 / 128 * (np.exp(log) @ np.stack([log - log_m, (log - log_m) ** 2], axis=1))
            for log in (log_p, log_q)
        ]
        truth = sum(first + 0.5 * (a - 1) * (second - first**2) for first, second in means)
    else:
        truth = sum(
            (logsumexp(a * log + (1 - a) * log_m) + math.log(1 / 128)) / (a - 1) for log in (log_p, log_q)
        )
    result = of(order).divergence(p, q)
    rel = 1e-12 if a > 0.1 else 1e-9  # of order 0.001 the sum that is near 1 loses digits of the truth
    assert result.value == pytest.approx(truth, rel=rel)
    assert result.error < 1e-9 * truth


def test_by_monte_carlo():
    x = np.arange(-12.0, 13.0, 1 / 32)
    p, q = (stats.norm.pdf(x, mean) for mean in (0, 1))
    truth = sum(-2 * math.log((one * (p + q) / 2) ** 0.5 @ np.full(x.shape, 1 / 32)) for one in (p, q))
    found = of("0.5").divergence(stats.norm(0), stats.norm(1), method="monte-carlo", samples=1000, seed=1)
    assert abs(found.value - truth) < 3 * found.error
    assert found.error == pytest.approx(0.008, rel=0.3)  # ten times less with the 100,000 that are usual


@pytest.mark.slow
def test_normal_laws_of_the_plane_that_differ_along_one_axis():
    plane = [stats.multivariate_normal([mean, 0]) for mean in (0, 1)]
    on_the_line = of("0.5").divergence(stats.norm(0, 1), stats.norm(1, 1)).value
    assert of("0.5").divergence(*plane).value == pytest.approx(on_the_line, rel=1e-11)


def test_the_limits():
    p, q = [0.5, 0.375, 0.125], [0.9, 0.05, 0.05]
    two_jsd = gt.derive(gt.objectives.vanilla()).divergence(p, q).value
    values = [of(order).divergence(p, q).value for order in ("0.9999999999", "1.0000000001")]
    assert values[0] < two_jsd < values[1]
    assert values == pytest.approx([two_jsd, two_jsd], rel=1e-9)
    # R_inf = log max p/m of both.
    most = sum(
        math.log(max(2 * x / (x + y) for x, y in zip(*pair, strict=True))) for pair in ((p, q), (q, p))
    )
    assert of("1000000").divergence(p, q).value == pytest.approx(most, rel=1e-5)


def test_renyi_of_more_dimensions_is_sampled():
    """It was refused with the advice to give the method that was given."""
    theory, three = gt.derive(gt.objectives.renyi(2)), np.eye(3)
    P, Q = stats.multivariate_normal(0 * three[0], three), stats.multivariate_normal(three[0], three)
    result = theory.divergence(P, Q, method="monte-carlo", seed=0, samples=20_000)
    exact = theory.divergence(stats.norm(), stats.norm(1)).value
    assert result.value == pytest.approx(exact, abs=2 * result.error)
