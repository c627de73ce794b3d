"""Any exponent, any score: identities between lowered functions, and the normal form against plain sympy."""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from gantheory.lowering import lower
from gantheory.lowering.backends.mpmath_backend import OPERATIONS
from gantheory.lowering.forms.differentiate import differentiate
from gantheory.lowering.forms.kinks import KINKED, active_branch
from gantheory.lowering.forms.normal_form import normal_form
from gantheory.lowering.programs.plain import compile_plain
from gantheory.support.multiprecision import mp as ctx

v = sp.Symbol("v", real=True)
SIGMA = 1 / (1 + sp.exp(-v))
scores = st.floats(-1e4, 1e4)
alphas = st.fractions(Fraction(1, 100), 10**6, max_denominator=1000).filter(lambda a: a != 1)


def exponent(alpha: Fraction) -> sp.Rational:
    a = sp.Rational(alpha.numerator, alpha.denominator)
    return (a - 1) / a


@given(alpha=alphas, score=scores)
@settings(max_examples=60)
def test_alpha_loss(alpha, score):
    c = exponent(alpha)
    loss = lower((SIGMA**c - 1) / c, v)
    with mp.workdps(40):
        log_sigmoid = -mp.log1p(mp.exp(-mp.mpf(score)))
        if score < 0:
            log_sigmoid = score - mp.log1p(mp.exp(mp.mpf(score)))
        power = mp.mpf(int(c.p)) / int(c.q)
        value = mp.expm1(power * log_sigmoid) / power
        slope = mp.exp(power * log_sigmoid + log_sigmoid - score)
    for found, true in ((loss(score), value), (loss.derivative(score), slope)):
        if 2.3e-308 < abs(true) < 1.7e307:
            assert abs(found - true) <= 1e-12 * abs(true)


@given(score=scores, p=st.integers(-60, 60), q=st.integers(-60, 60))
@settings(max_examples=60)
def test_product_of_probabilities_has_one_exponent(score, p, q):
    """D^p (1 - D)^q written in two ways; where both powers cancel nothing may be lost."""
    one = lower(SIGMA**p * (1 - SIGMA) ** q, v)(score)
    other = lower(sp.exp(-q * v) * (1 + sp.exp(-v)) ** (-p - q), v)(score)
    np.testing.assert_allclose(one, other, rtol=1e-12)


polynomials = st.lists(st.integers(-3, 3), min_size=2, max_size=4).filter(any)


@given(top=polynomials, bottom=polynomials, x=st.floats(-4, 4))
@settings(max_examples=12)
def test_normal_form_and_derivative_equal_sympy(top, bottom, x):
    """Quotients of sums of exponentials and v keep their values in normal form and differentiated."""
    up = sum((c * sp.exp(k * v) for k, c in enumerate(top)), sp.S.Zero) + v
    down = sum((abs(c) * sp.exp(-k * v) for k, c in enumerate(bottom)), sp.S.One)
    expr = up / down - sp.log(down) * up
    normal = normal_form(expr, v)
    function = lower(expr, v, "mpmath")
    with mp.workdps(40):
        for plain, lowered in ((expr, function), (sp.diff(expr, v), function.derivative)):
            true = sp.lambdify(v, plain, "mpmath")(mp.mpf(x))
            assert abs(lowered(x) - true) <= mp.mpf(10) ** -33 * max(1, abs(true))
    assert differentiate(normal) == differentiate(normal)


@pytest.mark.parametrize(
    "expr",
    [
        sp.atan(2 * v + 1),
        sp.erf(v / 2),
        sp.erfc(v - 1),
        sp.sin(3 * v),
        sp.cos(v**2),
        sp.tanh(v) * sp.Abs(v - 4),
        sp.LambertW(sp.exp(v)) ** 2,
        3 * sp.LambertW(sp.exp(2 * v + sp.Rational(1, 2))) - 6 * v + 1,
        sp.Max(v, v**3) + sp.Min(0, 1 - v),
        sp.log((v - 1) ** 2) + sp.log(5 * sp.exp(v)),
        (1 + sp.exp(-v)) ** sp.Rational(-1, 3) - sp.Rational(19, 20),
        sp.log((v**2 - 3) ** 2 * sp.exp(v) * (1 + sp.exp(v))),
        (v**2 + 1) ** v + 2**v,
        sp.sqrt(1 + sp.exp(v)) - sp.Rational(21, 20) * sp.sqrt(2 + sp.exp(v)),
        3 - 3 * sp.erf(v),
        5 + 5 * sp.erf(2 * v),
        sp.log(v + 2),
        2 + 2 * sp.erf(v) - v * sp.erfc(v),
        sp.Abs(2 * sp.exp(v) - 1) ** sp.Rational(5, 2),
        sp.erfc(v) ** 2 / sp.sqrt(1 + sp.exp(-v)),
        (1 + sp.exp(-v)) ** sp.Rational(-1, 3) * sp.exp(sp.Rational(1, 7)),
        (sp.exp(v) * (v - 3) ** 2) ** sp.Rational(3, 2) + sp.sinh(v) / sp.cosh(2 * v),
        sp.Piecewise((v**2, (v < -1) | (v > 2)), (v**3, sp.Ne(v, 1) & (v <= 1)), (sp.sin(v), True)),
        sp.Piecewise((v, ~((v > -1) & (v < 1))), (v**3, True)) * sp.Heaviside(v - 2),
    ],
    ids=str,
)
def test_values_and_derivatives_equal_those_of_the_expression(expr):
    """To 30 and 25 digits, by mpmath and its central differences; programs that people read too."""
    function = lower(expr, v, "mpmath")
    read = compile_plain(normal_form(expr, v))
    operations = OPERATIONS | {"logsigmoid": lambda x: -ctx.log1p(ctx.exp(-x))}
    slope = function.derivative
    with mp.workdps(40), ctx.workdps(40):
        plain = sp.lambdify(v, expr, "mpmath")
        for x in (-1.75, -0.3, 0.4, 2.1):
            for found in (function(x), mp.make_mpf(read.run(operations, ctx.mpf(x))._mpf_)):
                assert abs(found - plain(mp.mpf(x))) <= mp.mpf(10) ** -30 * max(1, abs(found)), x
            true = mp.diff(plain, mp.mpf(x))
            assert abs(slope(x) - true) <= mp.mpf(10) ** -25 * max(1, abs(true)), x


@pytest.mark.parametrize("expr", [3 * sp.Max(v, 0), sp.Max(0, 1 - v), -sp.Min(0, 2 * v - 1)], ids=str)
def test_the_larger_of_a_score_and_0_is_read_as_that(expr):
    read = compile_plain(normal_form(expr, v))
    names = {instruction.op for instruction in read.instructions}
    assert names & {"max", "min"} and "where" not in names
    for x in (-0.7, 0.3, 0.8, 1.6):
        assert float(read.run(OPERATIONS, ctx.mpf(x))) == pytest.approx(float(expr.subs(v, x)), abs=1e-14)


@pytest.mark.parametrize(
    "node",
    [
        sp.Abs(v**2 - 2),
        sp.sign(v**2 - 2),
        sp.Heaviside(v**2 - 2),
        sp.Max(v, v**2, 1),
        sp.Min(v, v**2, 1),
        sp.Piecewise((v**3, v**2 < 2), (2 * v, v > 0), (7, True)),
    ],
    ids=str,
)
def test_the_active_branch_is_the_function_around_the_point(node):
    """Value and slope; the points are less and more than 1 from the kinks, on all sides of them."""
    for x in map(sp.Rational, ("-2.5", "-1.5", "-1.3", "0.3", "1.3", "1.5", "2.5")):
        branch, step = active_branch(node, v, x), sp.Rational(1, 10**9)
        assert not branch.has(*KINKED)
        assert branch.subs(v, x) == node.subs(v, x), x
        slope = (node.subs(v, x + step) - node.subs(v, x - step)) / (2 * step)
        assert sp.diff(branch, v).subs(v, x) == pytest.approx(float(slope), abs=1e-12), x


@pytest.mark.parametrize(
    "expr", [sp.exp(-2 * (v + 200)) + 1, sp.exp(v) + 2 ** sp.Rational(1, 200), sp.exp(v) + sp.pi**90]
)
def test_powers_of_numbers_are_not_factored_out(expr, monkeypatch):
    """exp(-400) is the 400th power of sympy's E, and a polynomial of that degree took minutes to factor."""
    monkeypatch.setattr(sp, "factor_list", lambda _: pytest.fail("factored"))
    for at in (-201.0, -199.5, 0.25):
        with mp.workdps(30):
            truth = mp.mpf(expr.subs(v, sp.Rational(at)).evalf(25))
        assert lower(expr, v)(at) == pytest.approx(float(truth), rel=1e-14)


def test_a_root_of_a_negative_score_stays_real():
    expr = ((1 + (-v) ** sp.Rational(3, 2) / v) * sp.exp(v) - 1) / (v**2 + 2)
    x = np.array([-7.0, -0.3])
    assert lower(expr, v)(x) == pytest.approx(((1 + (-x) ** 1.5 / x) * np.exp(x) - 1) / (x**2 + 2), rel=1e-13)


W = sp.exp(v)
SUMS = [
    v * W + sp.atan(v) * W + v,
    v * sp.exp(-(v**2)) + sp.atan(v) * sp.exp(-(v**2)) + sp.sin(v),
    v * W / (1 + W) ** 5 + sp.atan(v) * W / (1 + W) ** 5 + v,
    (1 + W) ** sp.Rational(1, 3) - (1 + W**2) ** sp.Rational(1, 6),
    (1 + W) ** sp.Rational(1, 3) - sp.Rational(19, 20) + sp.log(1 + W**2),
    2 * (1 + W) ** sp.Rational(-1, 3) - 2 * (1 + W**2) ** sp.Rational(-1, 7) + 3 * W ** sp.Rational(1, 5),
    sp.erfc(v) * W - sp.erfc(v) * sp.exp(v / 2),
    sp.erfc(v) ** 2 * sp.exp(v**2 / 2) + sp.erfc(-v / 3),
    sp.Abs(W**2 - W + 1) + sp.Max(W**2 - W + 1, 0) + sp.sign(W**2 - W + 1) * v,
    (1 + W) ** 20 - (1 + W) ** 3 + v,
    sp.log((W + 1) ** sp.Rational(1, 3) + (W + 2) ** sp.Rational(1, 2)),
    sp.log(sp.Abs(W - 2)) + sp.log(W**3 + 2 * W + 5) - 3 * v / 2,
    W**3 - 8,
    (W**3 - 8) * (W - 3) ** -2,
    1 / (2 - W) + sp.sqrt(W) / (1 + W**2),
    sp.cosh(v) - sp.sinh(v / 3) + sp.tanh(2 * v - 1),
    3 * sp.exp(2 * v / 3) - 3 * sp.exp(v / 2),
    sp.exp(v / 9) - 1 + sp.exp(-3 * v) * v**2,
    sp.LambertW(sp.exp(2 * v - 1)) - 2 * v + 3,
    sp.LambertW(3 * W) + sp.log(1 + W),
    sp.Piecewise((sp.exp(v) - 1, v < 0), (v, v < 2), (sp.log(v) + 2 - sp.log(2), True)),
    sp.Min(v, W - 1, 3 - v) + sp.Heaviside(v - 1, 0) * v,
    sp.sqrt(1 + v**2) - v + v / sp.sqrt(1 + v**2),
    v**3 / (1 + v**2) ** 2 - sp.atan(v) / 3,
    v * sp.erf(v / 2) + sp.erf(1 - v) / 3,
    sp.sin(2 * v) * sp.cos(v) - sp.sin(v - 1) * W,
]


@pytest.mark.parametrize("expr", SUMS, ids=str)
def test_sums_have_the_values_and_derivatives_of_their_terms(expr):
    """To rounding of the largest term, at scores where nothing is near the ends of floats."""
    points = np.array([-30.3, -7.1, -2.2, -0.9, -0.31, 0.07, 0.6, 1.3, 2.6, 5.3, 11.9, 27.4])
    for wanted, function in ((expr, lower(expr, v)), (sp.diff(expr, v), lower(expr, v).derivative)):
        wanted = wanted.replace(sp.DiracDelta, lambda *_: sp.S.Zero)
        with mp.workdps(60):
            exact = [sp.lambdify(v, term, "mpmath") for term in sp.Add.make_args(wanted)]
            terms = [[mp.mpf(mp.re(term(mp.mpf(x)))) for term in exact] for x in points]
            truth, size = ([float(mp.fsum(map(f, row))) for row in terms] for f in (mp.mpf, abs))
        assert np.max(np.abs(function(points) - truth) / np.array(size)) < 1e-12


@pytest.mark.parametrize(
    "expr",
    [
        sp.sqrt(6 - 3 * W),
        (6 - 3 * W) ** sp.Rational(3, 2),
        sp.sqrt(-3 * (W - 2) * (W + 1)),
        sp.sqrt(-2 * v * (W + 1)),
        (4 - 2 * W) ** sp.Rational(1, 3),
        sp.sqrt((2 - W) * (3 - W)),
        sp.log(6 - 3 * W),
        sp.sqrt(-2 * (v + 0.25) * (v + 2) ** 2),
    ],
    ids=str,
)
def test_roots_of_products_with_a_negative_factor(expr):
    points = np.array([-9.0, -3.0, -1.2, -0.4])
    for wanted, function in ((expr, lower(expr, v)), (sp.diff(expr, v), lower(expr, v).derivative)):
        with mp.workdps(40):
            truth = [float(mp.mpmathify(sp.lambdify(v, wanted, "mpmath")(mp.mpf(x))).real) for x in points]
        assert function(points) == pytest.approx(truth, rel=1e-13, abs=0.0)


def test_tails_of_error_functions_keep_their_digits():
    points = np.array([-9.0, -3.0, 0.4, 3.0, 9.0])
    for expr in (
        2 - sp.erfc(v),
        sp.erf(v) + 1,
        3 - 3 * sp.erf(v / 2),
        5 * sp.erfc(v - 1) - 10,
        -sp.erf(v) - 1,
    ):
        with mp.workdps(60):
            truth = [float(sp.lambdify(v, expr, "mpmath")(mp.mpf(x))) for x in points]
        assert lower(expr, v)(points) == pytest.approx(truth, rel=2e-14, abs=0.0), expr
