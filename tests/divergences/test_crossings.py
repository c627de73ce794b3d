"""Divergences of f with kinks and jumps: panels begin where p = q, also far out; against closed forms."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import special, stats

import gantheory as gt
from gantheory.divergences import ClosedForm, compute
from gantheory.divergences.engines.line.crossings import crossings
from gantheory.divergences.engines.line.integrand import _outwards
from gantheory.support.multiprecision import mp as ctx

u = sp.Symbol("u", positive=True)
TV = gt.derive(gt.objectives.fgan("tv"))
NORMALS = stats.norm(0, 1), stats.norm(1, 2)
EBGAN = gt.derive(gt.objectives.ebgan(1))


@pytest.mark.parametrize("scale", [2.5, 0.4, 1.01, 50.0])
def test_total_variation_of_exponentials(scale):
    """The densities cross at x = log(s) s/(s - 1) only, where TV = |F_P - F_Q|."""
    x = math.log(scale) * scale / (scale - 1)
    exact = abs(math.exp(-x) - math.exp(-x / scale))
    result = TV.divergence(stats.expon(), stats.expon(scale=scale))
    assert abs(result.value - exact) <= max(result.error, 2e-15 * exact)


@pytest.mark.parametrize("shift", [0.01, 1.0, 5.0, 9.0])
def test_total_variation_of_gaussians(shift):
    exact = special.erf(shift / (2 * math.sqrt(2)))
    result = TV.divergence(stats.norm(0, 1), stats.norm(shift, 1))
    assert abs(result.value - exact) <= max(result.error, 4e-16 * exact)


@pytest.mark.parametrize(
    ("P", "Q"),
    [
        (stats.beta(300, 200), stats.beta(280, 220)),
        (stats.beta(2, 3, -1, 2), stats.norm(0, 1)),
        (stats.expon(), stats.expon(scale=2.5)),
        (stats.laplace(0, 1), stats.norm(0.3, 1.2)),
        (
            gt.mixture([stats.norm(-2, 1), stats.norm(0, 0.5), stats.norm(3, 1)], [0.3, 0.3, 0.4]),
            gt.mixture([stats.norm(-1, 1), stats.norm(2, 1.5)], [0.5, 0.5]),
        ),
    ],
)
@pytest.mark.parametrize("theory", [TV, EBGAN])
def test_kinks_and_jumps_against_certified_values(theory, P, Q):
    certified = theory.divergence(P, Q, certified=True)
    result = theory.divergence(P, Q)
    assert abs(result.value - float(certified.value)) <= max(1e-12 * result.value, result.error)


def test_crossings_inside_at_an_end_and_far_out():
    inner = np.linspace(-1.0, 1.0, 5)
    found = crossings(lambda x: x**2 - 0.25, (0.0,), -math.inf, math.inf, inner)
    assert found == pytest.approx([-0.5, 0.5], rel=1e-15)
    found = crossings(lambda x: x - 1e6, (0.0,), -math.inf, math.inf, inner)
    assert found == pytest.approx([1e6], rel=1e-15)
    found = crossings(lambda x: np.log(x) + 20.0, (0.0,), 0.0, 2.0, np.linspace(0.5, 1.5, 3))
    assert found == pytest.approx([math.exp(-20.0)], rel=1e-14)
    found = crossings(lambda x: x, (-0.5, 0.5), -2.0, 2.0, inner)
    assert found == pytest.approx([-0.5, 0.5], abs=1e-15)
    assert crossings(lambda x: np.zeros_like(x), (0.0,), -2.0, 2.0, inner).size == 0
    assert crossings(lambda x: x, (), -2.0, 2.0, inner).size == 0


def test_small_alphas_are_not_taken_for_a_wrong_f():
    theory = gt.derive(gt.objectives.alpha_gan(0.01, 0.01))
    result = theory.divergence([0.5, 0.5], [0.9, 0.1])
    assert result.value == pytest.approx(float(theory.divergence([0.5, 0.5], [0.9, 0.1], certified=True)))


def distance(P, Q, c, x):
    """int |p - c q| - |1 - c| where p > c q between -x and x, or below x where P has no negative part."""
    inside = [law.cdf(x) - law.cdf(-x) for law in (P, Q)]
    return (inside[0] - c * inside[1]) - (1 - inside[0] - c * (1 - inside[1])) - abs(1 - c)


@pytest.mark.parametrize(
    ("P", "Q", "limit", "end", "place"),
    [
        # (4 + x^2)/(2 (1 + x^2)) falls to 1/2
        (stats.cauchy(), stats.cauchy(scale=2), 0.5, math.inf, lambda e: math.sqrt((3 - e) / e)),
        # 1.1 (1 - x) rises to 1.1 at a pole of x^-0.9
        (stats.beta(0.1, 2), stats.beta(0.1, 1), 1.1, 0.0, lambda e: -e),
    ],
)
def test_a_kink_far_from_where_panels_begin(P, Q, limit, end, place):
    e = 2.0**-18 if end == math.inf else -(2.0**-18)
    c = sp.Rational(limit) * (1 + sp.Rational(e))
    f = gt.divergences.ClosedForm(
        sp.Abs(u - c) - abs(1 - c),
        u,
        at_zero=c - abs(1 - c),
        slope_at_infinity=1,
        breakpoints=(float(sp.log(c)),),
    )
    result = gt.divergences.compute(f, P, Q)
    truth = distance(P, Q, float(c), place(e))
    assert abs(result.value - truth) <= max(result.error, 1e-15) < 1e-12


def test_panels_go_out_to_a_crossing():
    """Halvings of the distance to a finite end, doublings of the way to infinity, up to the crossing."""
    for near, far, end in ((2.0, 1e-3, 0.0), (-2.0, -1e-3, 0.0), (3.0, 5.0 - 1e-4, 5.0)):
        points = _outwards(near, far, end, 1.0)
        assert points == pytest.approx(end + (near - end) * 0.5 ** np.arange(1, points.size + 1), rel=1e-14)
        assert abs(far - end) < abs(points[-1] - end) <= 2.0 * abs(far - end) * (1 + 1e-12)
    for near, far, end in ((1.0, 1e4, math.inf), (-1.0, -1e4, -math.inf)):
        points = _outwards(near, far, end, 0.5)
        steps = np.diff(np.concatenate([[near], points]))
        assert abs(steps) == pytest.approx(0.5 * 2.0 ** np.arange(points.size), rel=1e-13)
        assert abs(far - near) / 2.5 < abs(points[-1] - near) < abs(far - near)


def test_a_level_passed_twice_between_two_points_of_the_search():
    """log p/q of N(0, 1) and N(1, 4) is log 2 + 1/6 - 3/8 (x + 1/3)^2."""
    inner = np.linspace(-3.0, 3.0, 7)
    for below in (1e-3, 1e-7, 1e-12):
        found = crossings(lambda x: -0.375 * (x + 1 / 3) ** 2, (-below,), -math.inf, math.inf, inner)
        away = math.sqrt(below / 0.375)
        assert found + 1 / 3 == pytest.approx([-away, away], rel=1e-3)
        found = crossings(lambda x: 0.375 * (x - 0.1) ** 2, (below,), -math.inf, math.inf, inner)
        assert found - 0.1 == pytest.approx([-away, away], rel=1e-3)
    assert not crossings(lambda x: -0.375 * (x + 1 / 3) ** 2, (1e-15,), -math.inf, math.inf, inner).size


def _step(level):
    """f = -1 where u > level and 0 below."""
    expr = sp.Piecewise((0, u < level), (sp.Rational(-1, 2), sp.Eq(u, level)), (-1, True))
    log = mpmath.log(mpmath.mpf(level.p) / level.q)
    return ClosedForm(expr, u, at_zero=0, slope_at_infinity=0, breakpoints=(log,))


def _above(level):
    """Q(p/q > level) of the normal laws above, in mpmath."""
    away = mpmath.sqrt(
        (mpmath.log(2) + mpmath.mpf(1) / 6 - mpmath.log(mpmath.mpf(level.p) / level.q)) * 8 / 3
    )
    return mpmath.ncdf(away - mpmath.mpf(1) / 3, 1, 2) - mpmath.ncdf(-away - mpmath.mpf(1) / 3, 1, 2)


def test_a_jump_at_a_ratio_that_is_hardly_passed():
    """Q(p/q > 2.36271) is 0.001; it was 0, with error 0."""
    level = sp.Rational(236271, 100_000)
    result = compute(_step(level), *NORMALS)
    assert result.value == pytest.approx(-float(_above(level)), rel=1e-11)


def test_digits_of_a_jump_are_those_of_its_exact_place():
    """log 1.7 as a float left 17 digits of 30."""
    with mpmath.workdps(40):
        level = sp.Rational(17, 10)
        value = compute(_step(level), *NORMALS, dps=30).value
        assert abs(value + _above(level)) < 1e-30


def test_breakpoints_of_a_theory_have_all_digits():
    theory = gt.derive(gt.objectives.parse(real="min(0, v-1)", fake="1.7*min(0, -v-1)", generator="-v"))
    f = theory.generating_function("equilibrium")
    with ctx.workdps(100):
        assert abs(f.levels_mp()[0] - ctx.log(ctx.mpf(17) / 10)) < ctx.mpf(10) ** -99


def test_kinks_of_laws_at_the_end_of_floats():
    """Doublings of 1e300 overflow, without a warning; as N(0, 1) and N(1, 4)."""
    assert TV.divergence(stats.norm(0, 1e300), stats.norm(1e300, 2e300)).value == pytest.approx(
        TV.divergence(*NORMALS).value, rel=1e-13
    )
