"""Enclosures contain the truth, are narrow, and refuse what is not analytic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

flint = pytest.importorskip("flint")
from gantheory.lowering.balls.enclosure import enclosure, number  # noqa: E402
from gantheory.lowering.balls.functions import FUNCTIONS  # noqa: E402

u, a = sp.symbols("u a", positive=True)
x = sp.Symbol("x", real=True)


@pytest.fixture(autouse=True)
def _precision():
    with flint.ctx.workprec(200):
        yield


def _contains(ball, value):
    """Whether the ball holds an mpf that is exact to 80 digits."""
    near = number(value) + flint.arb(0, 10) * flint.arb(10) ** -75
    return ball.overlaps(near) and ball.rad() < flint.arb(10) ** -40 * (1 + abs(number(value)))


EXPRESSIONS = [
    u * sp.log(u) - (u + 1) * sp.log(u + 1) + (u + 1) * sp.log(2),
    3 * (-(2 ** sp.Rational(5, 6)) * u + 2 * u / (1 + 1 / sp.sqrt(u)) ** sp.Rational(1, 6)),
    u ** sp.Rational(13, 12) + sp.pi**u - sp.E * sp.EulerGamma + sp.Catalan * sp.GoldenRatio,
    sp.erf(u) + sp.erfc(u) * sp.atan(u) + sp.sinh(u) * sp.cosh(u) * sp.tanh(u) + sp.asinh(u),
    sp.LambertW(u) + sp.gamma(u + 1) * sp.loggamma(u) + sp.polygamma(0, u) + sp.polygamma(2, u),
    sp.Abs(u - 2) + sp.sign(u - 2) + sp.Max(u, 3, u**2) - sp.Min(u, 1) + sp.Heaviside(u - 1),
    sp.Piecewise((sp.log(u), u < 1), (5, sp.Eq(u, 1)), (u**2, u <= 2), (1 / u, True)),
    sp.Piecewise((u, sp.Not(sp.And(u > 1, u < 2))), (3 * u, True)),
    sp.beta(u, 3) + sp.exp(-u) + u ** sp.Rational(-1, 3) + u**-3,
]


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.1),
        np.int64(-3),
        Decimal("0.1"),
        mpmath.mpf(-3) / 7,
        sp.Float(0.1),
        Fraction(-1, 3),
        0.1,
        5,
    ],
    ids=repr,
)
def test_the_ball_of_a_number_holds_its_exact_value(value):
    # mpf and Float hold what a float does.
    exact = value if isinstance(value, Fraction | Decimal) else float(value)
    ball = number(value)
    assert ball.contains(number(Fraction(exact))) and ball.rad() <= flint.arb(2) ** -190 * abs(ball)


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("point", [Fraction(1, 7), Fraction(13, 9), Fraction(47, 5)])
def test_a_ball_holds_what_mpmath_finds(expr, point):
    ball = enclosure(expr, u)(point)
    with mpmath.workdps(80):
        truth = sp.lambdify(u, expr, "mpmath")(mpmath.mpf(point.numerator) / point.denominator)
        assert _contains(ball, mpmath.mpf(truth))
    # The same through the complex plane.
    other = enclosure(expr, u)(flint.acb(number(point)), analytic=True)
    assert other.is_finite() and other.real.overlaps(ball) and other.imag.contains(0)


@pytest.mark.parametrize(
    "p, q", [(-2.5, 3.5), (0, 1.5), (-1, 2.25), (0.5, -1), (2, 3), (-1.5, -2.5), ("1/3", -1), ("-4/3", "1/3")]
)
def test_incomplete_beta(p, q):
    p, q = (sp.Rational(str(k)) for k in (p, q))
    ball = enclosure(sp.betainc(p, q, sp.Rational(1, 2), u / (u + 1)), u)(flint.arb(3))
    with mpmath.workdps(60):
        f = lambda t: t ** (mpmath.mpf(p.p) / p.q - 1) * (1 - t) ** (mpmath.mpf(q.p) / q.q - 1)  # noqa: E731
        truth = mpmath.quad(f, [0.5, 0.75])
    assert ball.rad() < 1e-40 and abs(ball - number(truth)) < 1e-40


BETAS = [
    ("1", "5/2"),
    ("3/2", "1"),
    ("-3", "5/2"),
    ("-2", "1/3"),
    ("-3", "-2"),
    ("1/3", "-5/2"),
    ("-3/2", "4/3"),
]


@pytest.mark.parametrize("p, q", BETAS)
def test_incomplete_beta_of_balls_and_boxes(p, q):
    """int from 1/2 to x of t^(p-1) (1-t)^(q-1) at points of a ball or box, on either side of 1/2."""
    p, q = sp.Rational(p), sp.Rational(q)
    value = enclosure(sp.betainc(p, q, sp.Rational(1, 2), x), x)
    with mpmath.workdps(40):
        a, b = (mpmath.mpf(k.p) / k.q - 1 for k in (p, q))

        def truth(z):
            return mpmath.quad(lambda t: t**a * (1 - t) ** b, [mpmath.mpf(1) / 2, z])

        for middle in (0.25, 0.8125):
            for radius in (2.0**-70, 2.0**-4):
                ball = value(flint.arb(middle, radius))
                box = value(flint.acb(flint.arb(middle, radius), flint.arb(0.25, radius)))
                for k in (-1, 0, 1):
                    at = mpmath.mpf(middle) + k * mpmath.mpf(radius)
                    real, plane = truth(at), truth(mpmath.mpc(at, 0.25 - k * radius))
                    near = flint.arb(0, 1e-25)
                    assert ball.overlaps(number(real) + near)
                    assert box.real.overlaps(number(plane.real) + near)
                    assert box.imag.overlaps(number(plane.imag) + near)
                if radius < 1e-20:  # no wider than the integrand makes it
                    slope = float(middle**a * (1 - middle) ** b)
                    assert float(ball.rad()) / radius == pytest.approx(slope, rel=1e-4)
                assert max(float(each.rad()) for each in (ball, box.real, box.imag)) < 1e5 * radius


def test_a_start_that_moves_is_not_remembered():
    value = enclosure(sp.betainc(2, 3, x / 4, sp.Rational(1, 2)), x)
    for point in (1, 3):
        with mpmath.workdps(40):
            truth = mpmath.quad(lambda t: t * (1 - t) ** 2, [mpmath.mpf(point) / 4, 0.5])
        assert abs(value(point) - number(truth)) < 1e-38


def test_a_case_that_may_not_apply_is_no_value():
    assert not enclosure(sp.Piecewise((1, x < 0)), x)(flint.arb(0, 1)).is_finite()


def test_incomplete_beta_up_to_one():
    p, q = sp.Rational(-7, 3), sp.Rational(10, 3)
    ball = enclosure(sp.betainc(p, q, sp.Rational(1, 2), 1))()
    near = enclosure(sp.betainc(p, q, sp.Rational(1, 2), u), u)(1 - flint.arb(2) ** -100)
    assert ball.rad() < 1e-50 and abs(ball - near) < 1e-50
    steep = enclosure(sp.betainc(sp.Rational(1, 3), sp.Rational(-1, 2), sp.S.Half, u / (u + 1)), u)
    assert steep(flint.arb(2) ** 150).rad() < flint.arb(2) ** -100  # of about 2^76


def test_wide_balls_hold_all_values():
    expr = u * sp.log(u) - u + 1 + sp.Abs(u - 1) / 2
    ball = enclosure(expr, u)(flint.arb(1, 0.75))
    f = sp.lambdify(u, expr, "mpmath")
    assert all(ball.contains(number(f(mpmath.mpf(k) / 64))) for k in range(16, 113))


def test_powers_of_a_ball_around_0():
    for n in (2, 3, 8):
        ball = enclosure(x**n, x)(flint.arb(0, 0.5))
        assert ball.contains(0) and ball.contains(flint.arb(0.5) ** n) and ball.rad() < 0.51**n
    assert not enclosure(1 / x, x)(flint.arb(0, 0.5)).is_finite()


def test_constants_are_exact():
    third = enclosure(sp.Rational(1, 3) * u, u)(3)
    assert third.contains(1) and third.rad() < 1e-58
    tenth = number(0.1) - flint.arb(flint.fmpq(1, 10))
    assert tenth > 5e-18 and tenth < 6e-18  # the binary number, not one tenth
    with mpmath.workdps(50):
        assert number(mpmath.mpf(1) / 3) != number(Fraction(1, 3))
    # A constant is not remembered from a lower precision.
    f = enclosure(sp.log(2) * u, u)
    with flint.ctx.workprec(30):
        f(1)
    assert f(1).rad() < 1e-55


CUTS = [
    sp.log(x),
    sp.sqrt(x),
    x ** sp.Rational(1, 3),
    sp.log(1 + x**2),
    sp.atan(x),
    sp.Abs(x),
    sp.sign(x),
    sp.Max(x, 0),
    sp.Min(x, 0),
    sp.Heaviside(x),
    sp.Piecewise((0, x < 0), (x, True)),
    sp.loggamma(x),
    sp.LambertW(x),
    sp.betainc(2, sp.Rational(5, 2), sp.Rational(1, 2), x),
    sp.asinh(x),
    sp.asin(x),
    sp.acos(x),
    sp.atanh(x),
    sp.acosh(x),
]


@pytest.mark.parametrize("expr", CUTS, ids=str)
def test_a_box_across_a_branch_cut_is_not_finite(expr):
    box = flint.acb(flint.arb(0, 3), flint.arb(0, 3))
    assert not enclosure(expr, x)(box, analytic=True).is_finite()


ON_CUTS = {
    "asin": (-2, -1, 1, 2),
    "acos": (-2, -1, 1, 2),
    "atanh": (-2, -1, 1, 2),
    "acosh": (-2, 0, 1),
    "LambertW": (-2, -1, "-1/2"),
    "loggamma": ("-1/2", "-3/2"),
    "log": (-2, -1),
    "sqrt": (-2, -1),
}


@pytest.mark.parametrize(("name", "point"), [(name, at) for name, all_ in ON_CUTS.items() for at in all_])
def test_small_boxes_on_a_cut_are_not_finite(name, point):
    value, at = enclosure(getattr(sp, name)(x), x), number(sp.Rational(point))
    for radius in (0, 0.0625):
        box = flint.acb(at + flint.arb(0, radius), flint.arb(0, radius))
        assert not value(box, analytic=True).is_finite(), radius


@pytest.mark.parametrize("name", ["atan", "asinh"])
def test_cuts_along_the_imaginary_axis(name):
    """From i and -i outwards; between them, and beside them, nothing is cut."""
    value, truth = enclosure(getattr(sp, name)(x), x), getattr(mpmath, name)
    for radius in (0, 0.0625):
        for height in (-2, -1, 1, 1.5):
            box = flint.acb(flint.arb(0, radius), flint.arb(height, radius))
            assert not value(box, analytic=True).is_finite(), (height, radius)
        for side, height in ((0, 0.5), (0.25, 1.5), (-1, -2), (1, 2)):
            box = value(flint.acb(flint.arb(side, radius), flint.arb(height, radius)), analytic=True)
            exact = mpmath.mpc(truth(mpmath.mpc(side, height)))
            near = flint.arb(0, 1e-14)
            assert box.real.overlaps(number(exact.real) + near) and box.imag.overlaps(
                number(exact.imag) + near
            )
            assert box.is_finite() and (radius > 0 or max(box.real.rad(), box.imag.rad()) < 1e-40)


def test_an_exact_zero_and_a_ball_that_begins_there():
    for wrap in (flint.arb, flint.acb):
        assert enclosure(sp.sign(x), x)(wrap(0)) == 0 and enclosure(sp.Heaviside(x, sp.Rational(1, 3)), x)(
            wrap(0)
        ).overlaps(wrap(1) / 3)
        for expr in (sp.Piecewise((5, sp.Eq(x, 0)), (x, True)), sp.Piecewise((x, sp.Ne(x, 0)), (5, True))):
            ball = enclosure(expr, x)(wrap(flint.arb((1, 0), (1, 0))))
            assert all((ball.real if wrap is flint.acb else ball).contains(k) for k in (1, 2, 5))


@pytest.mark.parametrize(
    "ball",
    [
        flint.arb(0, 0.3),
        flint.arb(1, 0.3),
        flint.arb(-2, 0.5),
        flint.arb((1, -2), (1, -2)),
    ],  # the last [0, 1/2]
    ids=str,
)
def test_an_incomplete_beta_beyond_its_interval_is_not_finite(ball):
    assert not enclosure(sp.betainc(2, 3, sp.Rational(1, 2), x), x)(ball).is_finite()


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"polygamma", "beta", "sqrt"}))
def test_every_function_off_its_cuts(name):
    """Analytic on thin boxes beside the real line, within and beyond |x| = 1, and on it."""
    expr = getattr(sp, name)(x)
    value, truth = enclosure(expr, x), sp.lambdify(x, expr, "mpmath")
    for top, height in ((1, 0), (5, 0), (5, 1), (5, -1), (1, 1), (-1, 1), (-5, 1), (12, 0)):
        if height == 0 and (top == 1) != (name != "acosh") and name in OFF_THE_LINE:
            continue
        box = flint.acb(flint.fmpq(top, 3), flint.fmpq(height, 5))
        ball = value(box, analytic=True)
        with mpmath.workdps(80):
            exact = mpmath.mpmathify(truth(mpmath.mpc(mpmath.mpf(top) / 3, mpmath.mpf(height) / 5)))
        assert _contains(ball.real, exact.real) and _contains(ball.imag, exact.imag), (top, height)


OFF_THE_LINE = {"asin", "acos", "atanh", "acosh"}
"""Cut along a part of the real line."""


def test_undecided_branches_are_united():
    cases = [sp.Piecewise((0, x < 0), (x, True)), sp.Piecewise((x, x > 0), (0, True))]
    for expr in (sp.Max(x, 0), sp.Abs(x), sp.Heaviside(x), *cases):
        for wrap in (flint.arb, flint.acb):
            ball = enclosure(expr, x)(wrap(flint.arb(0, 1)))
            real = ball.real if wrap is flint.acb else ball
            assert all(real.contains(number(v)) for v in (0, 0.5)) and real.rad() < 1.01


def test_an_integral_is_enclosed():
    f = enclosure(sp.log(1 + u ** sp.Rational(3, 10)), u)
    ball = flint.acb.integral(lambda z, analytic: f(z, analytic=analytic), 1, 2).real
    with mpmath.workdps(40):
        truth = mpmath.quad(lambda t: mpmath.log(1 + t ** mpmath.mpf("0.3")), [1, 2])
    assert abs(ball - number(truth)) < 1e-37 and ball.rad() < 1e-50


NO_ENCLOSURE = [
    (sp.zeta(u), "zeta"),
    (sp.Function("g")(u), "g"),
    (u * sp.I, "I"),
    (sp.DiracDelta(u - 1), "DiracDelta"),
    (u + sp.oo, "oo"),
]


@pytest.mark.parametrize("expr, named", NO_ENCLOSURE, ids=str)
def test_what_has_no_enclosure_is_named_before_any_work(expr, named):
    with pytest.raises(ValueError, match=named):
        enclosure(expr, u)


def test_symbols_are_checked():
    with pytest.raises(ValueError, match="got also a"):
        enclosure(a * u, u)
    with pytest.raises(TypeError, match="values must be 2"):
        enclosure(a * u, u, a)(1)
    with pytest.raises(TypeError, match="number must be real"):
        number("1")


@pytest.mark.parametrize("relation", [sp.Lt, sp.Le, sp.Gt, sp.Ge, sp.Eq, sp.Ne])
def test_comparisons_of_exact_numbers_are_decided(relation):
    expr = sp.Piecewise((7, relation(x, 1)), (2, True))
    for point in (0, 1, 2):
        assert enclosure(expr, x)(point) == int(expr.subs(x, point))


def test_the_absolute_value_across_0_holds_both_branches():
    value = enclosure(sp.Abs(x), x)
    box = flint.acb(flint.arb(-0.5, 1.0), 0)
    assert value(box).real.contains(flint.arb("1.25")) and value(box).real.contains(flint.arb("0.25"))
    assert value(flint.arb(-1.5, 0.25)).contains(flint.arb("1.5"))
    assert value(flint.acb(flint.arb(-1.5, 0.25), 0)).real.contains(flint.arb("1.5"))
    wide = value(flint.arb(0.5, 1.0))
    assert wide.contains(0) and wide.contains(flint.arb("1.25")) and not wide.contains(flint.arb("-0.75"))
