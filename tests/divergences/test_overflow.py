"""An infinity is proved: what is finite and beyond the largest float says so, in every kind of input."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

import gantheory as gt
from gantheory.divergences import ClosedForm, FlowForm, compute
from gantheory.divergences.engines.scaled import log_peak
from gantheory.divergences.functions.score_inverse import Part
from gantheory.divergences.inputs.densities import densities
from gantheory.divergences.inputs.lattice_families import _debye
from gantheory.support.multiprecision import mp as ctx

u = sp.Symbol("u", positive=True)
pearson = gt.derive(gt.objectives.fgan("pearson"))
"""chi^2: exp((a - b)^2/b) - 1 of Poisson laws, exp(|m|^2) - 1 of shifted standard normal ones."""


def beyond(log_value: float) -> str:
    """How a message writes e^log_value."""
    with mpmath.workdps(40):
        return mpmath.nstr(mpmath.exp(mpmath.mpf(log_value)), 6).replace("+", r"\+")


@pytest.mark.parametrize(
    ("P", "Q", "log_value"),
    [
        (stats.poisson(100), stats.poisson(5), 95**2 / 5),
        # Its largest term lies at 1000^2/5 = 200 000: what is summed first says nothing of it.
        (stats.poisson(1000), stats.poisson(5), 995**2 / 5),
        # Independent trials: (a^2/b + (1 - a)^2/(1 - b))^n.
        (stats.binom(2000, 0.9), stats.binom(2000, 0.1), 2000 * math.log(0.81 / 0.1 + 0.01 / 0.9)),
        (stats.multivariate_normal([40, 0]), stats.multivariate_normal([0, 0]), 1600),
        (stats.multivariate_normal([400, 30]), stats.multivariate_normal([0, 0]), 160900),
        (stats.norm(400), stats.norm(), 160000),
    ],
    ids=["poisson", "poisson far", "binom", "plane", "plane far", "line far"],
)
def test_a_finite_divergence_beyond_floats_is_none_that_is_infinite(P, Q, log_value):
    with pytest.raises(OverflowError, match=rf"the divergence is {beyond(log_value)}, beyond the largest"):
        pearson.divergence(P, Q)


def test_atoms_beside_a_density_add_up():
    # Half of each: 1/2 e^1805 of the atoms, and less than that of the densities.
    P = gt.mixture([stats.poisson(100), stats.norm(1)], [0.5, 0.5])
    Q = gt.mixture([stats.poisson(5), stats.norm()], [0.5, 0.5])
    with pytest.raises(OverflowError, match=beyond(95**2 / 5 - math.log(2))):
        pearson.divergence(P, Q)


def test_mass_alone_beyond_floats():
    huge = sp.Integer(10) ** 400
    f = ClosedForm(huge * (u - 1) ** 2 / (1 + u), u, at_zero=huge, slope_at_infinity=2 * huge)
    with pytest.raises(OverflowError, match=r"3\.0e\+400, beyond the largest float"):
        compute(f, stats.bernoulli(0.5), stats.norm())


@pytest.mark.parametrize(
    ("P", "Q"),
    [
        (stats.geom(0.1), stats.geom(0.5)),
        (stats.zipf(2), stats.zipf(3)),  # sum 1/k
        (stats.nbinom(5, 0.1), stats.poisson(5)),
        (stats.multivariate_normal([0, 0], 3 * np.eye(2)), stats.multivariate_normal([0, 0])),
        (stats.multivariate_t([0, 0], df=3), stats.multivariate_normal([0, 0])),
        (stats.norm(0, 2), stats.norm()),
    ],
    ids=["geom", "zipf", "nbinom", "plane", "plane t", "line"],
)
def test_contributions_that_grow_without_an_end_are_infinite(P, Q):
    assert pearson.divergence(P, Q).value == math.inf


def test_an_expectation_beyond_floats_has_a_logarithm():
    # Renyi of order 1000 between each Poisson law and their mean: 2 log 2 less what they share.
    found = gt.derive(gt.objectives.renyi(1000)).divergence(stats.poisson(1000), stats.poisson(5))
    assert found.value == pytest.approx(2 * math.log(2), rel=1e-12)


@pytest.mark.parametrize("t", [650, pytest.param(20_000, marks=pytest.mark.slow)])
def test_h_far_beyond_floats_follows_its_growth(t):
    """F(t) = int_0^t (1 - e^(s - t)) e^(-s) kappa(s) ds of kappa = (2 s^2 + 2 s + 6) e^(2 s), by mpmath."""
    v = sp.Symbol("v", real=True)
    h = FlowForm(-sp.exp(2 * v) * (v**2 + 3), v, v, at_zero=1, slope_at_infinity=sp.oo)
    series, exponent = h.scaled_parts(np.array([float(t)]))
    with mpmath.workdps(30):
        integral = mpmath.quad(
            lambda s: (1 - mpmath.exp(s - t)) * mpmath.exp(s) * (2 * s**2 + 2 * s + 6),
            [t - 300, t - 60, t - 20, t - 5, t],
        )
        right = float(mpmath.log(integral))
    assert np.log(series[0]) + exponent[0] == pytest.approx(right, abs=1e-12 if t == 650 else 1e-6)


def test_h_far_beyond_floats_goes_on_at_a_settled_rate():
    v = sp.Symbol("v", real=True)
    h = FlowForm(-sp.exp(2 * v), v, v, at_zero=1, slope_at_infinity=sp.oo)
    # F(t) = 2 int_0^t (1 - e^(s - t)) e^s ds = 4 sinh(t/2)^2
    series, exponent = h.scaled_parts(np.array([1500.0, 4e5]))
    assert np.log(series) + exponent == pytest.approx([1500.0, 4e5], rel=1e-13)


@pytest.mark.slow_cases("5000.0")
@pytest.mark.parametrize("t", [1300.0, 5000.0])
def test_a_growth_that_had_settled_ends_where_the_score_takes_another_form(t):
    """kappa = 2 e^(2 s) up to s = 1200 and e^s beyond: F is 2 e^1200, but for e^-100 and a straight line."""
    v = sp.Symbol("v", real=True)
    losses = (1200.0, -sp.exp(2 * v)), (math.inf, -sp.exp(v))
    parts = [Part(end, sp.S.Zero, S, v, v) for end, S in losses]
    series, exponent = FlowForm.in_pieces(parts, at_zero=1, slope_at_infinity=sp.oo).scaled_parts(
        np.array([t])
    )
    assert np.log(series[0]) + exponent[0] == pytest.approx(1200 + math.log(2), abs=1e-12)


def test_a_growth_given_as_a_series_is_integrated():
    """log F(s)/F(start) = int of g_0 + g_1 start/x + g_2 (start/x)^2 + g_3 (start/x)^3, by mpmath."""
    v = sp.Symbol("v", real=True)
    side = FlowForm(-sp.exp(2 * v), v, v, at_zero=1, slope_at_infinity=sp.oo)._side(1)
    side._value = 1.0
    growth, start = [1e-3, 2e-3, -3e-3, 5e-3], 2000.0
    side.pieces.add([side._beyond(3000.0, 6000.0, start, np.array(growth))])
    series, exponent = side.pieces.parts(np.array([3000.0, 4321.0]))
    for found, s in zip(np.log(series) + exponent, (3000.0, 4321.0), strict=True):
        wanted = mpmath.quad(lambda x: sum(c * (start / x) ** k for k, c in enumerate(growth)), [start, s])
        assert found == pytest.approx(float(wanted), rel=1e-13)


def of_growth(alpha, u):
    """h(u)/u of (alpha, 1/100): kappa is alpha u^g (1 + u^-alpha)^98, g = 99 alpha, its last factor 1."""
    growth = 99 * alpha
    return u ** ctx.mpf(growth) * alpha / (ctx.mpf(growth) * (growth - 1)) / u


def test_an_incomplete_beta_function_at_an_argument_next_to_one_is_finite():
    h = gt.derive(gt.objectives.alpha_gan(300, 0.01)).generating_function("flow")
    with ctx.workdps(30):
        assert abs(h.scaled_mp(ctx.log(2)) / of_growth(300, 2) - 1) < 1e-25


@pytest.mark.slow
def test_what_it_gives_is_beyond_floats_and_follows_its_growth():
    theory = gt.derive(gt.objectives.alpha_gan(300, 0.01))
    with pytest.raises(OverflowError, match="beyond the largest float"):
        theory.divergence([0.2, 0.8], [0.6, 0.4], kind="flow")
    for u in (1.5, 2.0, 4.0):
        series, exponent = theory.generating_function("flow").scaled_parts(np.array([np.log(u)]))
        right = float(ctx.log(of_growth(300, ctx.mpf(u))))
        assert np.log(series[0]) + exponent[0] == pytest.approx(right, rel=1e-12)


def test_where_a_log_density_was_last_a_number():
    """-e^x of the laws of extreme values is one up to x = log 1.8e308, on either side; and a tenth before."""
    p, q = densities(stats.gumbel_r(), stats.gumbel_l(), None)
    end = math.log(float(np.finfo(float).max))
    for before, last, sign in ((*p.known_before(-800.0), -1), (*q.known_before(800.0), 1)):
        assert last == pytest.approx(sign * end, rel=2e-5) and before == pytest.approx(0.9 * last, rel=1e-3)


def test_polynomials_of_bessels_expansion_for_large_orders():
    """DLMF 10.41.10; at p = 1 they are (-1)^k times the coefficients of Stirling's series (DLMF 5.11.3)."""
    stirling = [1, 1 / 12, 1 / 288, -139 / 51840, -571 / 2488320, 163879 / 209018880, 5246819 / 75246796800]
    for k, coefficient in enumerate(stirling):
        assert _debye()[k](1.0) == pytest.approx((-1) ** k * coefficient, rel=1e-10)
    p = 0.5
    assert _debye()[1](p) == pytest.approx((3 * p - 5 * p**3) / 24, rel=1e-14)
    assert _debye()[2](p) == pytest.approx((81 * p**2 - 462 * p**4 + 385 * p**6) / 1152, rel=1e-14)


@pytest.mark.parametrize(("mean", "sign"), [(1e4, 1), (1e4, -1), (3.0, 1)])
def test_the_largest_contribution_lies_far_outside_both_laws(mean, sign):
    """p^2/q of N(0, 1) and N(m, 1) is exp(-(x + m)^2/2 + m^2)/sqrt(2 pi)."""
    p, q = densities(stats.norm(), stats.norm(sign * mean))
    chi2 = ClosedForm((u - 1) ** 2, u, at_zero=1, slope_at_infinity=sp.oo)
    top, place = log_peak(chi2, p, q)
    assert top == pytest.approx(mean**2 - 0.5 * math.log(2 * math.pi), rel=1e-4)
    assert place == pytest.approx(-sign * mean, rel=1e-3 if mean > 10 else 0.1)
    assert log_peak(chi2, *densities(stats.norm(0, 2), stats.norm())) is None
