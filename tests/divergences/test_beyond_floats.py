"""Mass nearer to an end than floats go, and laws of large shape, against closed forms and mpmath."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import integrate, special, stats

import gantheory as gt
from gantheory.divergences import compute
from gantheory.divergences.inputs.families import log_density_of, mp_log_density_of, parameters
from gantheory.divergences.inputs.formula_functions import OnArrays
from gantheory.support.multiprecision import mp as ctx

mp = mpmath.MPContext()
mp.dps = 40


def kl_gammas(a, b):
    """KL of gamma(a) from gamma(b): (a - b) psi(a) - log Gamma(a) + log Gamma(b)."""
    a, b = mp.mpf(a), mp.mpf(b)
    return float((a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b))


@pytest.mark.slow_cases("0.03-0.02", "0.005-1")
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
    digits = [float(mp_log_density_of(*parameters(law)).at(ctx.mpf(float(z)))) for z in points]
    assert digits == pytest.approx(truth, rel=1e-15, abs=1e-15)


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


@pytest.mark.slow_cases("P0-Q0")
@pytest.mark.parametrize(
    ("P", "Q"),
    [(stats.laplace(0, 0.5), stats.laplace(0, 0.75)), (stats.expon(0, 0.5), stats.expon(0, 0.75))],
)
def test_a_flow_divergence_whose_integrand_tends_to_a_constant_is_infinite(P, Q):
    """h ~ u^-2/2 at 0, so q h(p/q) ~ q^3/(2 p^2), which is constant; of a digit less in log u, it falls."""
    theory = gt.derive(gt.objectives.alpha_gan(3, 0.6, saturating=False))
    assert theory.divergence(P, Q, kind="flow").value == math.inf
    t = np.array([-1e4, -1e9, -1e13])
    series, exponent = theory.generating_function("flow").scaled_parts(t)
    assert np.log(series) + exponent == pytest.approx(-2 * t - math.log(2), rel=4e-16, abs=1e-11)


def bessel_law(x, order, a, b):
    """Density of the generalized hyperbolic law, from mpmath's Bessel functions."""
    x, order, a, b = (mp.mpf(float(y)) for y in (x, order, a, b))
    width, z = mp.sqrt(a * a - b * b), mp.sqrt(1 + x * x)
    constant = width**order / (mp.sqrt(2 * mp.pi) * a ** (order - 0.5) * mp.besselk(order, width))
    return constant * mp.exp(b * x) * mp.besselk(order - 0.5, a * z) * z ** (order - 0.5)


@pytest.mark.parametrize(
    ("law", "arguments"),
    [
        (stats.genhyperbolic(0.5, 2, 1), (0.5, 2, 1)),
        (stats.genhyperbolic(-3.5, 2, -1.75), (-3.5, 2, -1.75)),
        (stats.norminvgauss(2, 1), (-0.5, 2, 1)),
    ],
)
def test_hyperbolic_laws_keep_their_tails(law, arguments):
    """scipy's log density is -inf from 740 on, or nan from 10^9 on."""
    points = np.array([-1e12, -900.0, -3.0, 0.01, 2.0, 900.0, 1e7, 3e9])
    found = log_density_of(*parameters(law)).at(points)
    truth = [float(mp.log(bessel_law(x, *arguments))) for x in points]
    assert found == pytest.approx(truth, rel=1e-14, abs=1e-13)


def test_divergences_that_live_in_the_tails_of_bessel_functions(f):
    """p^2/q ~ x^(2 order - 2) at x -> inf of a law e^-x against e^-2x."""
    narrow = stats.laplace(0, 0.5)
    for order in (0.5, 0.75, 1.0):
        assert compute(f.chi2, stats.genhyperbolic(order, 2, 1), narrow).value == math.inf

    def term(x):
        z = math.hypot(1, x)
        tails = -4 / (z + x) if x > 0 else 4 * (x - z) - 2 * (x - abs(x))
        return (2 / math.pi / z * special.kve(1, 2 * z)) ** 2 * math.exp(2 * math.sqrt(3) + tails)

    pieces = [-math.inf, -5, 0, 1, 10, math.inf]
    truth = sum(integrate.quad(term, *ends, epsrel=1e-12)[0] for ends in itertools.pairwise(pieces)) - 1
    result = compute(f.chi2, stats.norminvgauss(2, 1), narrow)
    assert result.value == pytest.approx(truth, rel=1e-11)


@pytest.mark.parametrize(
    ("P", "Q", "truth"),
    [
        # int p^2/q = c^2/(d (2c - d)), and of fisk 4/3 int (1 + x^3)^2/(1 + x^2)^4, a sum of beta functions.
        (stats.loglaplace(1.0), stats.loglaplace(2.0), math.inf),
        (stats.loglaplace(1.0), stats.loglaplace(1.5), 1 / 3),
        (stats.fisk(1.0), stats.fisk(2.0), math.inf),
        (stats.fisk(2.0), stats.fisk(3.0), 5 * math.pi / 12 + 2 / 9 - 1),
    ],
)
def test_powers_that_scipy_takes_for_zero(f, P, Q, truth):
    """Densities of x^c at 0 and x^-c at infinity, whose powers leave the floats before x does."""
    assert compute(f.chi2, P, Q).value == pytest.approx(truth, rel=1e-13)


@pytest.mark.slow_cases("P0")
@pytest.mark.parametrize("P", [stats.gumbel_r(), stats.gumbel_l(), stats.loggamma(2.0), stats.gompertz(1.0)])
def test_log_ratios_as_large_as_floats_go(f, P):
    """E_Q of log q/p holds e^|x|, which has no mean; log p is the largest float before it is infinite."""
    heavy = stats.levy() if P.dist.name != "gumbel_r" else stats.t(1.5, 0, 3)
    assert compute(f.reverse_kl, P, heavy).value == math.inf


def test_a_density_that_is_lost_where_it_counts_is_refused_and_not_zero(f):
    """chi^2 is 1.12157524; without what follows the underflow of p at 740, 1.12156590."""
    support = (-math.inf, math.inf)
    with pytest.raises(ArithmeticError, match=r"density P underflows to 0 at 73\d"):
        compute(f.chi2, stats.norminvgauss(2, 1).pdf, stats.laplace(0, 0.5), support=support)
    with pytest.raises(ArithmeticError, match=r"density P underflows to 0 at (3[89]|40)"):
        compute(f.reverse_kl, stats.rice(0.7), stats.laplace(1))
    # Of N(0, 1) from N(0, s^2): s^2/sqrt(2 s^2 - 1) - 1.
    lost = compute(f.chi2, stats.norm().pdf, stats.norm(0, 2).pdf, support=support)
    assert lost.value == pytest.approx(4 / math.sqrt(7) - 1, rel=1e-13)


def test_an_end_of_a_support_that_scipy_does_not_name_is_no_loss(f):
    """pearson3(2) is an exponential law from -1 on, and has the line for its support."""
    named, unnamed = (compute(f.js, law, stats.norm()).value for law in (stats.expon(-1), stats.pearson3(2)))
    assert unnamed == pytest.approx(named, rel=1e-13)


@pytest.mark.parametrize("order", [0.0, 0.5, 2.3, 7.0])
def test_bessel_functions_beyond_scipys_reach(order):
    """log e^z K_order(z) where Hankel's expansion takes over, and far beyond it."""
    z = np.array([1.001e6 * (1 + order**2), 1e9, 1e200])
    with mpmath.workdps(40):
        wanted = [float(mpmath.log(mpmath.besselk(order, x)) + x) for x in map(mpmath.mpf, z[:2])]
    wanted.append(0.5 * (math.log(math.pi / 2) - math.log(1e200)))  # K ~ e^-z sqrt(pi/(2 z))
    assert OnArrays.log_kve(order, z) == pytest.approx(wanted, rel=2e-15, abs=0)
