"""f that is infinite at a ratio u = 2: densities that pass through it have an integral or have none."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory.divergences import ClosedForm, compute
from gantheory.divergences.sampling.from_samples import from_samples

u = sp.Symbol("u", positive=True)
NORMALS = stats.norm(), stats.norm(1, 1)
PLANE = stats.multivariate_normal([0, 0]), stats.multivariate_normal([1, 0])


def f_of(power):
    """|u - 2|^-power - 1 but for its sides far away, where it is none."""
    expr = sp.log(sp.Abs(u - 2)) if power == 0 else sp.Abs(u - 2) ** -sp.nsimplify(power) - 1
    ends = (sp.log(2), 0) if power == 0 else (sp.Integer(2) ** -sp.nsimplify(power) - 1, 0)
    height = -sp.oo if power == 0 else sp.oo
    return ClosedForm(
        expr,
        u,
        at_zero=ends[0],
        slope_at_infinity=ends[1],
        breakpoints=(math.log(2),),
        poles=((sp.Integer(2), height),),
    )


@pytest.mark.parametrize("power", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_densities_that_pass_a_pole_without_an_integral(power):
    """1e44 +- 8e44 for the fourth power, 9.5 +- 2.4 and 14 +- 8 for the first by samples and in the plane."""
    f = f_of(power)
    assert compute(f, *NORMALS).value == compute(f, *NORMALS, dps=20).value == math.inf
    assert compute(f, *PLANE).value == math.inf
    for options in ({"method": "monte-carlo", "seed": 0}, {"support": ((-9, 9), (-9, 9))}):
        P, Q = (
            PLANE
            if "method" in options
            else ((lambda x, y, m=m: stats.norm.pdf(x, m) * stats.norm.pdf(y)) for m in (0, 1))
        )
        with pytest.raises(ArithmeticError, match="has no integral"):
            compute(f, P, Q, **options)
    rng = np.random.default_rng(0)
    with pytest.raises(ArithmeticError, match="has no integral"):
        from_samples(f, rng.normal(0, 1, 100), rng.normal(1, 1, 100))
    # A ratio that jumps over the pole: 3 and 1/3 on halves of the interval.
    P, Q = (stats.rv_histogram((np.array(w), np.arange(3.0))) for w in ([3, 1], [1, 3]))
    assert compute(f, P, Q).value == pytest.approx(0.75 * ((3 / 5) ** power - 1), rel=1e-12)


def test_a_pole_next_to_one_without_an_integral_is_not_infinite():
    """|u - 2|^-.98 has one, of which half lies nearer to 2 than floats: it was inf."""
    assert f_of(0.98).weak_poles and not f_of(1).weak_poles
    with pytest.raises(ArithmeticError, match="nearer than floats are apart"):
        compute(f_of(0.98), *NORMALS)


def test_far_out_no_ratio_is_at_a_pole():
    """log p = -1e31 leaves of p/q what rounding leaves, which is near to everything."""
    f, far = f_of(1), np.array([-4e31, -700.0])
    assert (np.abs(f.contributions(far, far - math.log(2))) < 1e-290).all()


@pytest.mark.slow
def test_a_pole_with_an_integral():
    """Samples were refused by an index k = 1.3 of terms that have all moments."""
    f = f_of(0)
    assert (
        compute(f, stats.uniform(0, 1), stats.uniform(0, 2)).value == -math.inf
    )  # u = 2 all over; was -18.6
    true = compute(f, *NORMALS).value
    found = compute(f, *PLANE, method="monte-carlo", seed=0)
    assert found.method.startswith("Monte Carlo") and found.value == pytest.approx(true, abs=2 * found.error)


@pytest.mark.slow
def test_a_ratio_that_touches_a_pole():
    """p/q = 2 exp(-3 x^2/8): its distance from 2 grows as x^2, whose root has no integral."""
    touching = stats.norm(), stats.norm(0, 2)
    assert compute(f_of("1/2"), *touching).value == math.inf
    assert math.isfinite(compute(f_of("1/4"), *touching).value)


@pytest.mark.slow
@pytest.mark.parametrize("power", ["1/2", "1/4"])
def test_a_ratio_that_touches_a_pole_where_nothing_else_is(power):
    """p/q of N(0, 1) and N(1, 4) is largest at -1/3, between the points of the search: it was 6 +- 5."""
    top = 2 * sp.exp(sp.Rational(1, 6))
    size = sp.nsimplify(power)
    f = ClosedForm(
        sp.Abs(u - top) ** -size - (top - 1) ** -size,
        u,
        at_zero=top**-size - (top - 1) ** -size,
        slope_at_infinity=0,
        breakpoints=(math.log(2) + 1 / 6,),
        poles=((top, sp.oo),),
    )
    value = compute(f, stats.norm(0, 1), stats.norm(1, 2)).value
    if power == "1/2":
        assert value == math.inf
        return
    with mpmath.workdps(20):  # x + 1/3 = s^2 and -s^2: a smooth integrand
        t = mpmath.mpf(2) * mpmath.exp(mpmath.mpf(1) / 6)

        def integrand(s):
            distance = -t * mpmath.expm1(-mpmath.mpf(3) / 8 * s**4)
            q = sum(mpmath.npdf(sign * s**2 - mpmath.mpf(1) / 3, 1, 2) for sign in (-1, 1))
            return 2 * s * q * (distance**-0.25 - (t - 1) ** -0.25)

        exact = mpmath.quad(integrand, [0, 1, 2, 3, 4, 5])
    assert value == pytest.approx(float(exact), abs=1e-3)


def test_a_certified_refusal_names_the_pole():
    pytest.importorskip("flint")
    with pytest.raises(ArithmeticError, match=r"near u = 2\.0: if it is infinite there"):
        compute(f_of(1), *NORMALS, certified=True)
