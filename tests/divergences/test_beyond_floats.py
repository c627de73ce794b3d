"""Mass nearer to an end than floats go, and laws of large shape, against closed forms and mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory.divergences import compute
from gantheory.divergences.inputs.families import log_density_of

mp = mpmath.MPContext()
mp.dps = 40


def kl_gammas(a, b):
    """KL of gamma(a) from gamma(b): (a - b) psi(a) - log Gamma(a) + log Gamma(b)."""
    a, b = mp.mpf(a), mp.mpf(b)
    return float((a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b))


@pytest.mark.parametrize(
    ("a", "b"), [(1, 0.001), (0.002, 1), (0.005, 1), (0.03, 0.02), (1e4, 1.001e4), (1e6, 1e6 + 100)]
)
def test_kl_of_gammas_of_tiny_and_of_large_shape(kl, a, b):
    """Half of gamma(0.001) lies below the smallest float; a density of shape 10^6 is a difference of terms of
    10^7."""
    result = compute(kl, stats.gamma(a), stats.gamma(b))
    truth = kl_gammas(a, b)
    assert abs(result.value - truth) <= result.error
    assert result.error <= 1e-8 * truth + 1e-14


@pytest.mark.parametrize("a", [0.001, 0.0005])
def test_a_bounded_divergence_of_mass_below_the_smallest_float(js, a):
    """int p log 2p/(p + q) + q log 2q/(p + q) in s = log x; below -700 p/q is infinite."""
    gamma = stats.gamma(a)

    def term(s):
        x = mp.exp(s)
        p, q = mp.exp((a - 1) * s - x - mp.loggamma(a)), mp.exp(-x)
        return x * (p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q)))

    inner = mp.quad(term, [-700, -60, -20, -5, 0, 2, 5], maxdegree=5)
    truth = inner + mp.log(2) * mp.exp(-700 * mp.mpf(a)) / mp.gamma(mp.mpf(a) + 1)
    for result in (compute(js, gamma, stats.expon()), compute(js, stats.expon(), gamma)):
        assert abs(result.value - float(truth)) <= result.error + 1e-12
        assert result.error <= 1e-8


@pytest.mark.parametrize(
    ("P", "Q", "truth"),
    [
        (stats.gamma(0.001), stats.gamma(0.002), 0.30685),
        (stats.beta(0.001, 0.001), stats.uniform(), 991.4),
        (stats.weibull_min(0.002), stats.weibull_min(0.001), 0.29077),
    ],
)
def test_what_goes_on_beyond_floats_is_refused_and_not_infinite(kl, P, Q, truth):
    """p/q changes where floats end; the truth is finite."""
    with pytest.raises(ArithmeticError, match="than a thousandth of P or Q"):
        compute(kl, P, Q)


@pytest.mark.parametrize(
    ("family", "shapes"),
    [
        ("gamma", (12.0,)),
        ("gamma", (1e6,)),
        ("chi2", (3e5,)),
        ("invgamma", (1e5,)),
        ("beta", (1e5, 3e5)),
        ("beta", (0.5, 40.0)),
    ],
)
def test_log_densities_of_large_shape_keep_their_digits(family, shapes):
    """To a few roundings of the log density's own terms, and not of the shape's."""
    law = getattr(stats, family)(*shapes)
    points = law.ppf([1e-12, 0.01, 0.3, 0.5, 0.9, 1 - 1e-9])
    formulas = {
        "gamma": lambda z, a: (a - 1) * mp.log(z) - z - mp.loggamma(a),
        "chi2": lambda z, k: (k / 2 - 1) * mp.log(z / 2) - z / 2 - mp.loggamma(k / 2) - mp.log(2),
        "invgamma": lambda z, a: -(a + 1) * mp.log(z) - 1 / z - mp.loggamma(a),
        "beta": lambda z, a, b: (a - 1) * mp.log(z) + (b - 1) * mp.log(1 - z) - mp.log(mp.beta(a, b)),
    }
    found = log_density_of(family, shapes, 0.0, 1.0).at(points)
    truth = [float(formulas[family](mp.mpf(float(z)), *map(mp.mpf, shapes))) for z in points]
    assert found == pytest.approx(truth, rel=1e-13, abs=1e-12)


def test_student_of_many_degrees_of_freedom(js):
    """2 JSD is E[(z^4 - 2 z^2 - 1)^2]/(64 n^2) = 56/(64 n^2) to leading order."""
    result = compute(js, stats.t(1e6), stats.norm())
    assert result.value == pytest.approx(56 / 64 * 1e-12, rel=1e-4, abs=0)
    near = log_density_of("t", (1e6,), 0.0, 1.0).at(np.array([0.0, 2.0]))
    exact = [
        mp.loggamma(500000.5)
        - mp.loggamma(500000)
        - mp.log(mp.pi * 10**6) / 2
        - mp.mpf(500000.5) * mp.log1p(z * z / mp.mpf(10**6))
        for z in (0, 2)
    ]
    assert near == pytest.approx([float(x) for x in exact], rel=1e-14)


def test_irrational_probabilities_of_sympy(js):
    a = sp.sqrt(2) / 2
    result = compute(js, [a, 1 - a], [0.9, 0.1])
    assert result.value == pytest.approx(compute(js, [float(a), 1 - float(a)], [0.9, 0.1]).value, rel=1e-12)
    assert math.isfinite(result.error)
