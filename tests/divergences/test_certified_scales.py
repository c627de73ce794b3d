"""Certified divergences of distributions of very different scales, which take seconds at most."""

from __future__ import annotations

import math
import time

import mpmath
import pytest
import sympy as sp
from scipy import stats

import gantheory as gt

flint = pytest.importorskip("flint")
from gantheory.divergences.certified import certified_divergence  # noqa: E402
from gantheory.divergences.certified.budget import OutOfTimeError, check, time_limit  # noqa: E402
from gantheory.divergences.certified.density import density  # noqa: E402
from gantheory.divergences.certified.exponential_sums import exact_sum, outer_sum  # noqa: E402
from gantheory.divergences.certified.generator import Generator, t  # noqa: E402

u = sp.Symbol("u", positive=True)
norm, laplace, beta = stats.norm, stats.laplace, stats.beta
KL = u * sp.log(u) - u + 1
JS = u * sp.log(u) - (u + 1) * sp.log(u + 1) + (u + 1) * sp.log(2)
QUICK = 20.0  # seconds; each of these takes less than one on an idle core, and hours without the remedies


def mp(x):
    return mpmath.mpf(x)


def check_ball(result, truth, dps, known=None):
    """The interval is as narrow as asked for, and holds the truth up to the digits to which that is known."""
    with mpmath.workdps(2 * dps + 20):
        slack = mpmath.mpf(10) ** -(known or dps + 8) * abs(truth)
        assert result.low - slack <= truth <= result.high + slack
        assert result.high - result.low <= 2.1 * mpmath.mpf(10) ** -dps * abs(truth)


def quick(f, P, Q, dps=15):
    return certified_divergence(f, u, P, Q, dps, seconds=QUICK)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("s", "dps"),
    [
        pytest.param(s, dps, marks=() if (row + column) % 2 == 0 else SLOW)
        for row, s in enumerate((0.3, 0.1, 0.03, 0.01, 1e-4))
        for column, dps in enumerate((15, 40))
    ],
)
def test_kl_of_gaussians_of_different_scales(s, dps):
    with mpmath.workdps(2 * dps + 20):
        for m1, s1, m2, s2 in ((0, 1, 0, s), (0, s, 0, 1), (0.5, 1, -1, s)):
            ratio = (mp(s1) / mp(s2)) ** 2
            truth = (ratio + ((mp(m1) - m2) / mp(s2)) ** 2 - 1 - mpmath.log(ratio)) / 2
            check_ball(quick(KL, norm(m1, s1), norm(m2, s2), dps), truth, dps)


def js_truth(m1, s1, m2, s2):
    """2 JS = sum of D(p||m), with the m = (p + q)/2 of mpmath's quadrature on panels by both scales."""

    def integrand(x):
        p, q = mpmath.npdf(x, m1, s1), mpmath.npdf(x, m2, s2)
        return sum(d * mpmath.log(2 * d / (p + q)) for d in (p, q) if d)

    steps = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6.5, 8, 12]
    edges = sorted(
        {mp(m) + sign * k * mp(s) for m, s in ((m1, s1), (m2, s2)) for k in steps for sign in (1, -1)}
    )
    return mpmath.quad(integrand, edges, method="gauss-legendre")


@pytest.mark.parametrize(
    ("real", "generated"),
    [
        ((0, 1), (0, 0.01)),
        pytest.param((0, 0.01), (0, 1), marks=SLOW),
        pytest.param((0, 1), (0.5, 0.01), marks=SLOW),
        pytest.param((0, 1), (0, 0.1), marks=SLOW),
        ((0, 1), (2, 0.03)),
    ],
)
def test_vanilla_of_gaussians_of_different_scales(real, generated):
    with mpmath.workdps(25):
        truth = js_truth(*(mp(x) for x in (*real, *generated)))
    result = gt.derive(gt.objectives.from_spec("vanilla")).divergence(
        norm(*real), norm(*generated), certified=True, seconds=QUICK
    )
    check_ball(result, truth, 15, known=18)
    plain = gt.derive(gt.objectives.from_spec("vanilla")).divergence(norm(*real), norm(*generated))
    assert plain.value == pytest.approx(result.value, rel=1e-9)


@pytest.mark.slow_cases("alpha_gan(5/3, 7/3)-flow")
@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        # Fast: each objective once, and each kind.
        pytest.param(spec, kind, marks=() if (row - column) % 3 == 0 else SLOW)
        for row, spec in enumerate(
            ("alpha_gan(1/2, 6/5)", "alpha_gan(5/3, 7/3)", "lsgan(0, 1, 1)", "alpha_gan(2, oo)")
        )
        for column, kind in enumerate(("equilibrium", "flow", "discriminator"))
    ],
)
def test_other_objectives_at_a_small_scale(spec, kind):
    theory = gt.derive(gt.objectives.from_spec(spec))
    P, Q = norm(0, 0.02), laplace(0.3, 1)
    result = theory.divergence(P, Q, kind=kind, certified=True, seconds=QUICK)
    plain = theory.divergence(P, Q, kind=kind)
    assert plain.value == pytest.approx(result.value, rel=1e-8)


def beta_kl(a1, b1, a2, b2):
    a1, b1, a2, b2 = map(mp, (a1, b1, a2, b2))
    logs = mpmath.log(mpmath.beta(a2, b2) / mpmath.beta(a1, b1))
    both = (a2 - a1 + b2 - b1) * mpmath.digamma(a1 + b1)
    return logs + (a1 - a2) * mpmath.digamma(a1) + (b1 - b2) * mpmath.digamma(b1) + both


@pytest.mark.parametrize("shapes", [(1e-3, 1e3, 5, 5), (5, 5, 1e-3, 1e3), (0.5, 0.5, 50, 1000)])
def test_kl_of_betas_with_extreme_powers(shapes):
    with mpmath.workdps(50):
        check_ball(quick(KL, beta(*shapes[:2]), beta(*shapes[2:])), beta_kl(*shapes), 15)


def test_far_apart_with_25_digits():
    theory = gt.derive(gt.objectives.from_spec("alpha_gan(2, oo)"))
    P, Q = laplace(0, 1), norm(30, 1)
    result = theory.divergence(P, Q, kind="discriminator", certified=True, dps=25, seconds=QUICK)
    high = theory.divergence(P, Q, kind="discriminator", dps=25)
    check_ball(result, high.value, 25, known=20)


def test_narrow_mixtures():
    real = gt.mixture([norm(-1, 0.05), norm(1, 0.1)], [0.5, 0.5])
    generated = gt.mixture([norm(-1, 1), norm(2, 0.3)], [0.25, 0.75])
    plain = gt.derive(gt.objectives.from_spec("vanilla")).divergence(real, generated)
    assert quick(JS, real, generated).value == pytest.approx(plain.value, rel=1e-9)


OUTER = {
    "js": JS,
    "roots": (1 + u ** sp.Rational(5, 3)) ** sp.Rational(3, 5) - 2 ** sp.Rational(3, 5),
    "le cam": (u - 1) ** 2 / (u + 1),
    "log": sp.log((1 + u) / 2),
}


@pytest.mark.parametrize("name", OUTER)
@pytest.mark.parametrize("side", [1, -1])
def test_an_outer_sum_is_f_beyond_its_start(name, side):
    piece, tolerance = Generator(OUTER[name], u).pieces[0], flint.arb("1e-25")
    with flint.ctx.workprec(200), mpmath.workdps(60):
        start, total = outer_sum(piece, t, side, 2, tolerance)
        for extra in (0, 0.01, 1, 10, 40):
            s = mp(start.numerator) / start.denominator + mp(extra)
            truth = sp.lambdify(u, OUTER[name], "mpmath")(mpmath.exp(side * s))
            terms = [
                c
                * (flint.arb(k.numerator) / k.denominator * flint.arb(str(s))).exp()
                * flint.arb(str(s)) ** j
                for k, j, c in total.terms
            ]
            ball = sum(terms, flint.arb(0))
            assert abs(ball - flint.arb(mpmath.nstr(truth, 58))) < flint.arb("1e-24") * (1 + abs(ball))
            assert ball.overlaps(
                flint.arb(mpmath.nstr(truth, 58), flint.arb("1e-50") * (1 + abs(ball.mid())))
            )


def test_what_is_an_exact_sum():
    def terms(f):
        make = exact_sum(Generator(f, u).pieces[0], t)
        return None if make is None else {(k, j): float(c.mid()) for k, j, c in make().terms}

    assert terms(KL) == {(1, 1): 1.0, (1, 0): -1.0, (0, 0): 1.0}
    assert terms((sp.sqrt(u) - 1) ** 2) == {(1, 0): 1.0, (0.5, 0): -2.0, (0, 0): 1.0}
    assert terms((u - 1) * sp.log(u) / 3) == {(1, 1): 1 / 3, (0, 1): -1 / 3}
    assert terms(JS) is None
    assert terms(u**sp.pi - 1) is None
    assert terms(1 / sp.log(2 + u)) is None


@pytest.mark.parametrize("k", [-1, 2, 0.25, 3.5])
def test_a_power_mean_of_forms(k):
    from fractions import Fraction

    k = Fraction(k)
    for P, Q in ((norm(1, 2), norm(0, 0.5)), (beta(0.5, 3), beta(2.25, 1.5)), (laplace(0, 1), norm(3, 2))):
        x = Fraction(1, 3)
        p, q = density(P, "P").forms(x)[0], density(Q, "Q").forms(x)[0]
        at = flint.arb(1) / 3
        want = float(k) * P.logpdf(1 / 3) + (1 - float(k)) * Q.logpdf(1 / 3)
        assert float(p.power_mean(k, q).log_at(at).mid()) == pytest.approx(want, rel=1e-12)


def test_time_that_is_up_says_what_was_reached():
    theory = gt.derive(gt.objectives.from_spec("vanilla"))
    began = time.monotonic()
    with pytest.raises(
        ArithmeticError, match=r"500 digits were not reached in 0.5 s, \d+ were: .*0\.8666.*seconds"
    ):
        theory.divergence(norm(0, 1), norm(0, 0.1), certified=True, dps=500, seconds=0.5)
    assert time.monotonic() - began < 30
    with pytest.raises(OutOfTimeError, match=r"no digit was proved in 1e-06 s; give more `seconds`"):
        theory.divergence(norm(0, 1), norm(0, 0.1), certified=True, seconds=1e-6)
    with time_limit(math.inf):
        check()


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(0, ValueError), (-1, ValueError), (math.nan, ValueError), ("1", TypeError), (True, TypeError)],
)
def test_bad_seconds(seconds, error):
    theory = gt.derive(gt.objectives.from_spec("vanilla"))
    with pytest.raises(error, match=r"seconds must be a (real number, got|number above 0)"):
        theory.divergence(norm(0, 1), norm(0, 2), certified=True, seconds=seconds)
