"""f and h as numbers, against 40-digit evaluations of formulas written here."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory.divergences import ClosedForm, FlowForm, GeneratingFunction, Parametric

u, t = sp.Symbol("u", positive=True), sp.Symbol("t", real=True)
v = sp.Symbol("v", real=True)
D, NOT_D = 1 / (1 + sp.exp(-v)), 1 / (1 + sp.exp(v))

# Both signs, from the cancellation at u = 1 to the far tails, and back to where these are not yet constant.
LOGS = np.array([s * 10.0**k for k in np.linspace(-9, 2, 12) for s in (-1, 1)] + [-740.0, 740.0, -1e4, -30.0])


def relative(value: float, truth: mp.mpf) -> float:
    return abs(float((mp.mpf(value) - truth) / truth))


def worst(f: GeneratingFunction, truth, logs=LOGS) -> float:
    """Largest relative error of f(e^t)/max(1, e^t)."""
    with mp.workdps(60):
        return max(
            relative(float(f.scaled(x)), truth(mp.exp(mp.mpf(x))) / max(1, mp.exp(mp.mpf(x))))
            for x in logs.tolist()
        )


def test_kl_near_one_and_far_away(f):
    assert worst(f.kl, lambda u: u * mp.log(u) - u + 1) < 1e-13


def test_jensen_shannon_near_one_and_far_away(f):
    assert worst(f.js, lambda u: (u * mp.log(u) - (u + 1) * mp.log((u + 1) / 2)) / 2) < 1e-13


def test_total_variation_has_a_kink(f):
    assert worst(f.tv, lambda u: abs(u - 1) / 2) < 1e-13


@pytest.mark.parametrize(("a_d", "a_g"), [("1/2", "6/5"), ("1/100", "2"), ("10000", "3/2"), ("2", "1/3")])
def test_saturating_alpha_gan(a_d, a_g):
    a_d, a_g = sp.Rational(a_d), sp.Rational(a_g)
    c = 1 - 1 / a_g
    expr = ((u ** (a_d * c + 1) + 1) / (1 + u**a_d) ** c - 2**-c * (1 + u)) / c
    end = (1 - 2**-c) / c if c > 0 else -sp.oo
    f = ClosedForm(expr, u, at_zero=end, slope_at_infinity=end)

    def truth(x):
        a, k = mp.mpf(a_d.p) / a_d.q, mp.mpf(c.p) / c.q
        return ((x ** (a * k + 1) + 1) / (1 + x**a) ** k - mp.mpf(2) ** -k * (1 + x)) / k

    # Between the tails f of (2, 1/3) grows like u^5: finite in float64 up to |t| = 100 or so.
    logs = LOGS[np.abs(LOGS) <= 100] if c < 0 else LOGS
    assert worst(f, truth, logs) < 2e-13


def test_f_vanishes_like_a_square_at_one_and_at_a_kink_like_the_distance(f):
    orders = [[form._order_at_one(side) for side in (-1, 1)] for form in (f.js, f.kl, f.tv)]
    assert orders == [[2, 2], [2, 2], [1, 1]]


def test_exact_numbers_are_taken_for_log_u(f):
    for half in (Fraction(1, 2), sp.Rational(1, 2)):
        assert f.kl.mp(half) == f.kl.mp(0.5)
    assert f.kl.mp(sp.oo) == mp.inf


def test_of_log_and_over_u_are_the_same_function(f):
    x = np.array([-3.0, -1e-5, 0.0, 2e-7, 0.5, 4.0])
    assert f.kl.of_log(x) == pytest.approx(f.kl.over_u(x) * np.exp(x), rel=1e-14)
    assert f.kl.of_log(0.0) == 0.0


def test_over_u_does_not_overflow(f):
    assert f.hellinger.over_u(1e4) == pytest.approx(1.0, rel=1e-14)
    assert f.kl.over_u(1e4) == pytest.approx(1e4 - 1, rel=1e-13)
    assert f.kl.of_log(1e4) == math.inf


def test_limits_at_zero_and_infinity(f):
    assert f.kl.scaled(np.array([-np.inf, np.inf])).tolist() == [1.0, math.inf]
    assert f.reverse_kl.scaled(np.array([-np.inf, np.inf])).tolist() == [math.inf, 1.0]
    assert np.isnan(f.kl.scaled(np.nan))


def test_mp_follows_the_working_precision(f):
    with mp.workdps(50):
        x = mp.mpf("1e-20")
        # f = x^2/2 - x^3/6 + ... in t: (e^t (t - 1) + 1) = t^2/2 + t^3/3 + t^4/8 + ...
        truth = x**2 / 2 + x**3 / 3 + x**4 / 8
        assert abs(f.kl.mp(x) / truth - 1) < mp.mpf(10) ** -49


def alpha_flow(a_d: sp.Rational, a_g: sp.Rational, saturating: bool) -> FlowForm:
    c = 1 - 1 / a_g
    if c == 0:
        S = sp.log(NOT_D) if saturating else -sp.log(D)
    else:
        S = -(1 - NOT_D**c) / c if saturating else (1 - D**c) / c
    return FlowForm(S, v / a_d, v, score_of_log=a_d * t)


def alpha_h(a_d: mp.mpf, a_g: mp.mpf, saturating: bool, x: mp.mpf) -> mp.mpf:
    """h(u) = u h'(u) + s(u) - s(1) with h' an incomplete beta function (design note, point 3)."""
    u, c = mp.exp(x), 1 - 1 / a_g
    real, fake = 1 / (1 + mp.exp(-a_d * x)), 1 / (1 + mp.exp(a_d * x))
    if saturating:
        slope = mp.quad(lambda y: y ** (-1 / a_d) * (1 - y) ** (1 / a_d - 1 / a_g), [mp.mpf(1) / 2, real])
        s = (fake**c - mp.mpf(2) ** -c) / c if c else mp.log(fake) + mp.log(2)
    else:
        slope = mp.quad(lambda y: y ** (-1 / a_d - 1 / a_g) * (1 - y) ** (1 / a_d), [mp.mpf(1) / 2, real])
        s = (mp.mpf(2) ** -c - real**c) / c if c else -mp.log(real) - mp.log(2)
    return u * slope + s


@pytest.mark.parametrize(
    ("a_d", "a_g", "saturating"),
    [
        *(("1/2", "6/5", each) for each in (True, False)),
        *(("1", "1", each) for each in (True, False)),
        ("7", "100", True),
        ("2", "1/3", False),
        pytest.param("7", "100", False, marks=pytest.mark.slow),
        pytest.param("2", "1/3", True, marks=pytest.mark.slow),
    ],
)
def test_flow_form_against_incomplete_beta(a_d, a_g, saturating):
    a_d, a_g = sp.Rational(a_d), sp.Rational(a_g)
    h = alpha_flow(a_d, a_g, saturating)
    for x in (-2.5, -0.3, 0.02, 1.1, 3.0):
        with mp.workdps(40):
            truth = alpha_h(mp.mpf(a_d.p) / a_d.q, mp.mpf(a_g.p) / a_g.q, saturating, mp.mpf(x))
        assert relative(float(h.of_log(x)), truth) < 1e-13
        with mp.workdps(25):
            assert abs(h.mp(x) / truth - 1) < mp.mpf(10) ** -24


def test_flow_form_near_one_is_half_the_curvature():
    h = alpha_flow(sp.Rational(1, 2), sp.Rational(6, 5), True)
    kappa = 0.5 * 2 ** -(2 - 1 / 1.2)  # alpha_D D (1 - D)^(1 - 1/alpha_G) at D = 1/2
    assert h.of_log(1e-8) == pytest.approx(kappa * 1e-16 / 2, rel=1e-7)


def test_flow_form_sees_a_sharp_discriminator():
    # alpha_D = 10^6: h is nearly (1/c) |u - 1|/2 beyond |t| = 10^-5, with 1/c = 2.
    h = alpha_flow(sp.Integer(10**6), sp.Integer(2), True)
    assert h.finest() < 1e-5
    # TV-like: |u - 1|/2 (1/c) up to c0 (u - 1), whose ends add up to 1/c.
    assert h.at_zero + h.slope_at_infinity == pytest.approx(2.0, rel=1e-5)


def test_flow_form_finds_its_limits():
    h = alpha_flow(sp.Rational(1, 2), sp.Rational(6, 5), True)
    c = 1 / 6
    # h(0) = s(0) - s(1) and h'(inf) as an integral.
    with mp.workdps(30):
        slope = mp.quad(lambda y: y**-2 * (1 - y) ** (2 - 1 / mp.mpf("1.2")), [0.5, 1])
    assert h.at_zero == pytest.approx((1 - 2**-c) / c, rel=1e-13)
    assert h.slope_at_infinity == pytest.approx(float(slope), rel=1e-12)
    assert alpha_flow(sp.Integer(2), sp.Rational(1, 3), True).slope_at_infinity == math.inf


def test_flow_form_inverts_the_ratio_itself():
    known, a_d = alpha_flow(sp.Integer(2), sp.Integer(3), True), sp.Integer(2)
    S = -(1 - NOT_D ** sp.Rational(2, 3)) * sp.Rational(3, 2)
    inverted = FlowForm(S, v / a_d, v, at_zero=known.at_zero, slope_at_infinity=known.slope_at_infinity)
    x = np.array([-5.0, -0.2, 1e-6, 0.7, 9.0])
    assert inverted.scaled(x) == pytest.approx(known.scaled(x), rel=1e-13)


def test_least_squares_on_a_finite_score_domain():
    # LSGAN 0-1: v* = u/(1 + u), S = (v - 1)^2/2, so u h'' = 1/(1 + u)^3.
    h = FlowForm((v - 1) ** 2 / 2, sp.log(v / (1 - v)), v, domain=(0, 1), at_zero=sp.Rational(3, 8))
    for x in (-1.0, 0.5, 3.0):
        u1 = mp.exp(x)
        truth = mp.quad(lambda y, u1=u1: (u1 - y) / (y * (1 + y) ** 3), [1, u1])
        assert h.of_log(x) == pytest.approx(float(truth), rel=1e-12)


def test_parametric_is_the_closed_form():
    c, a_d = sp.Rational(1, 2), sp.Integer(2)
    R, S = -(1 - D**c) / c, -(1 - NOT_D**c) / c
    f = Parametric(R, S, v / a_d, v)
    expr = ((u ** (a_d * c + 1) + 1) / (1 + u**a_d) ** c - 2**-c * (1 + u)) / c
    end = (1 - 2**-c) / c
    closed = ClosedForm(expr, u, at_zero=end, slope_at_infinity=end)
    x = np.array([-8.0, -1e-5, 1e-3, 2.0])
    assert f.scaled(x) == pytest.approx(closed.scaled(x), rel=1e-13)
    assert (f.at_zero, f.slope_at_infinity) == pytest.approx((float(end), float(end)), rel=1e-14)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ClosedForm(u**2, u, at_zero=0, slope_at_infinity=sp.oo), r"f\(1\) must be 0, got 1\.0"),
        (lambda: ClosedForm(u - v, u, at_zero=0, slope_at_infinity=1), "f may hold only u, got also v"),
        (
            lambda: ClosedForm(u - 1, u, at_zero=math.nan, slope_at_infinity=1),
            "at_zero must be a real number",
        ),
        (lambda: FlowForm(v * u, v, v, score_of_log=t), "may hold only v, got also u"),
        (lambda: FlowForm(-v, v, v, score_of_log=t * u), "must have one symbol, t = log u"),
        (lambda: FlowForm(-v, v, v, domain=(1, 0)), r"domain must be an interval .*, got \(1\.0, 0\.0\)"),
    ],
)
def test_wrong_arguments(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("dps", [15, 50, 200])
def test_exact_ends_have_all_digits_of_the_working_precision(dps):
    from gantheory.support.multiprecision import mp as ctx
    from gantheory.support.multiprecision import to_mp

    with ctx.workdps(dps + 30):
        truth = ctx.sqrt(2) + ctx.pi
    with ctx.workdps(dps):
        assert abs(to_mp(sp.sqrt(2) + sp.pi) - truth) <= ctx.ldexp(1, 3 - ctx.prec)
        assert to_mp(sp.oo) == ctx.inf and to_mp(-sp.oo) == -ctx.inf


@functools.cache
def steep(unit):
    """kappa = c u^2 has h = c (u - 1)^2/2; in units of c = 2 e^unit, e^(2t - t) overflows from 645 on."""
    return FlowForm(-sp.exp(unit + 2 * v), v, v, at_zero=sp.exp(unit), slope_at_infinity=sp.oo)


@pytest.mark.parametrize(
    ("unit", "t"),
    [
        *((680, t) for t in (0.5, 40.0, 500.0, 640.0, 900.0, 5000.0)),
        *((300, t) for t in (0.5, 40.0)),
        *(pytest.param(300, t, marks=pytest.mark.slow) for t in (500.0, 640.0, 900.0, 5000.0)),
    ],
)
def test_a_steep_form_in_its_own_unit_goes_on_where_floats_end(unit, t):
    h = steep(unit)
    series, exponent = h.scaled_parts(np.array([t]))
    log = math.log(series[0]) + exponent[0]
    assert log == pytest.approx(unit + t + 2 * math.log1p(-math.exp(-t)), rel=1e-13)
    # and on the other side, where h goes to h(0)
    series, exponent = h.scaled_parts(np.array([-t]))
    log = math.log(series[0]) + exponent[0]
    assert log == pytest.approx(unit + 2 * math.log1p(-math.exp(-t)), rel=1e-13)


def test_a_zero_at_a_break_takes_few_panels(monkeypatch):
    """The break is rounded to a float, and no series resolves samples better than their places."""
    samples, sample = [], ClosedForm.scaled_mp
    monkeypatch.setattr(ClosedForm, "scaled_mp", lambda self, t: samples.append(t) or sample(self, t))
    at = sp.Rational(5, 2)
    kinked = ClosedForm(sp.Max(0, u - at), u, at_zero=0, slope_at_infinity=1, breakpoints=(math.log(2.5),))
    for x in (0.5, 0.92, 0.99):
        assert float(kinked.of_log(x)) == pytest.approx(max(0.0, math.exp(x) - 2.5), rel=1e-13)
    assert len(samples) < 1000


def test_ends_and_the_middle_at_any_precision(f):
    """f(0), sign(f'(inf)) inf and f(1) = 0; over u, f'(inf)."""
    for function, zero, slope in ((f.kl, 1, mp.inf), (f.reverse_kl, mp.inf, 1), (f.unbounded, -1, -mp.inf)):
        assert function.mp(-mp.inf) == function.scaled_mp(-mp.inf) == zero
        assert function.mp(mp.inf) == mp.sign(slope) * mp.inf and function.scaled_mp(mp.inf) == slope
        assert function.mp(0) == 0
    huge = ClosedForm(u - 1, u, at_zero=-1, slope_at_infinity=sp.Integer(2) ** 10**6)
    assert huge.slope_at_infinity == math.inf
    with mp.workdps(15):
        assert float(mp.log(huge.slope_at_infinity_mp, 2)) == 1e6


def test_tables_that_are_interrupted_are_built_anew(monkeypatch):
    left = [30]
    expr, points = u * sp.log(u) - u + 1, np.array([-3.0, -0.2, 1e-5, 0.4, 40.0])
    f, again = (ClosedForm(expr, u, at_zero=1, slope_at_infinity=sp.oo) for _ in range(2))
    inside = f._inside

    def interrupted(t):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return inside(t)

    monkeypatch.setattr(f, "_inside", interrupted)
    with pytest.raises(KeyboardInterrupt):
        f.scaled(points)
    assert f.scaled(points).tolist() == again.scaled(points).tolist()


@pytest.mark.parametrize("factor", [1, 500, sp.Integer(10) ** 9])
def test_a_large_slope_at_one_is_taken_off(factor):
    """Of u R + S = k (u log u + 3 u + 2 log u), less its value and slope at u = 1."""
    f = Parametric(factor * (v + 3), 2 * factor * v, v, v, at_zero=-sp.oo, slope_at_infinity=sp.oo)
    truth = lambda x: factor * (x * mp.log(x) + 2 * mp.log(x) - 3 * (x - 1))  # noqa: E731
    assert worst(f, truth, np.array([-20.0, -1.0, -1e-3, 0.3, 2.0, 50.0])) < 1e-12
