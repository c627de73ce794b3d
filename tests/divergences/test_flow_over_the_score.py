"""h of losses whose optimal score has no formula, against one integral over the score in mpmath.

h(e^t) = int (e^(t - lambda(v)) - 1) (-S'(v)) dv from v*(1) to v*(e^t), lambda = log(-B'/A').
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

import gantheory as gt
from gantheory.divergences import FlowForm, compute

mp = mpmath.MPContext()
mp.dps = 50
P, Q = [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]

LOSSES = {
    # lambda is linear at v*(1): a plain case.
    "log cosh": (
        dict(real="-log(cosh(v-1))", fake="-log(cosh(v))", generator="log(cosh(v-1))"),
        lambda v: mp.log(mp.tanh(v) / mp.tanh(1 - v)),
        lambda v: mp.tanh(v - 1),
        (0, 1, mp.mpf(1) / 2),
    ),
    # Labels -1 and 1: lambda' = lambda'' = 0 at v*(1), so that v* ~ (log u)^(1/3).
    "Cauchy": (
        dict(real="-log(1+(v-1)**2)", fake="-log(1+(v+1)**2)", generator="log(1+v**2)"),
        lambda v: mp.log((v + 1) * (1 + (v - 1) ** 2) / ((1 - v) * (1 + (v + 1) ** 2))),
        lambda v: 2 * v / (1 + v * v),
        (-1, 1, mp.mpf(0)),
    ),
}


def h(name, t):
    """(h(e^t), v*(e^t))."""
    _, ratio, slope, (low, high, one) = LOSSES[name]
    a, b = mp.mpf(low), mp.mpf(high)
    for _ in range(170):  # the ratio rises with the score
        middle = (a + b) / 2
        a, b = (middle, b) if ratio(middle) < t else (a, middle)
    points = [one + (b - one) * k / 4 for k in range(5)]
    return mp.quad(lambda v: -(mp.exp(t - ratio(v)) - 1) * slope(v), points), b


@pytest.fixture(scope="module", params=list(LOSSES))
def loss(request):
    return request.param, gt.derive(gt.objectives.parse(**LOSSES[request.param][0]))


@pytest.mark.slow_cases("log cosh")
def test_pmfs_to_all_digits(loss):
    name, theory = loss
    truth = mp.fsum(mp.mpf(q) * h(name, mp.log(mp.mpf(p) / mp.mpf(q)))[0] for p, q in zip(P, Q, strict=True))
    found = theory.divergence(P, Q, kind="flow")
    assert found.value == pytest.approx(float(truth), rel=1e-15)
    assert abs(found.value - truth) <= max(found.error, 2e-16 * truth)
    digits = theory.divergence(P, Q, kind="flow", dps=40).value
    assert abs(mp.mpf(digits._mpf_) / truth - 1) < mp.mpf(10) ** -38


SLOW = pytest.mark.slow


@pytest.mark.slow_cases("Cauchy-1e-9", "Cauchy-0.7", "log cosh--8")
@pytest.mark.parametrize(
    "t", ["1e-9", pytest.param("-1e-4", marks=SLOW), "0.7", "-8", pytest.param("40", marks=SLOW)]
)
def test_near_one_and_in_the_tails(loss, t):
    name, theory = loss
    f = theory.generating_function("flow")
    truth = h(name, mp.mpf(t))[0] / max(1, mp.exp(mp.mpf(t)))
    assert float(f.scaled(np.array([float(t)]))[0]) == pytest.approx(float(truth), rel=1e-11)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_panel_on_which_the_score_is_singular(sign):
    """S = -10^120 v and lambda = c + (v - c)^3, c = +-1.3: F, m against integrals over y = v - c."""
    a, b, c = 1.3 - 2.0**-21, 1.3 + 2.0**-22, sign * mp.mpf("1.3")

    def integral(share, s):
        """int_0^s share(s - tau) w(tau) dtau, in units of 10^120."""
        ends = (mp.sign(x) * abs(x) ** (mp.one / 3) for x in (-c, sign * mp.mpf(s) - c))
        return sign * mp.quad(
            lambda y: share(s - sign * (c + y**3)) * mp.exp(-max(c + y**3, 0)), mp.linspace(*ends, 5)
        )

    v = sp.Symbol("v", real=True)
    center = sp.Rational(13 * sign, 10)
    h = FlowForm(-(10**120) * v, center + (v - center) ** 3, v, at_zero=1, slope_at_infinity=1)
    side = h._make_side(sign, 2)
    rest = 0.25  # of what a jump has put into m
    side._log_unit = 120 * math.log(10)
    side._value = float(integral(lambda lag: -mp.expm1(-lag), a))
    side._moment = float(integral(lambda lag: mp.exp(-lag), a)) + rest
    added = []
    assert side._advance(a, b, added) == b
    side.pieces.add(added)
    side.reached = b
    s = np.array([a + 2.0**-23, b - 2.0**-24])
    series, exponent = side(s)
    within = [float(integral(lambda lag: -mp.expm1(-lag), x)) - rest * math.expm1(a - x) for x in s]
    assert series * np.exp(exponent - side._log_unit) == pytest.approx(within, rel=3e-14)
    value = float(integral(lambda lag: -mp.expm1(-lag), b)) - rest * math.expm1(a - b)
    moment = float(integral(lambda lag: mp.exp(-lag), b)) + rest * math.exp(a - b)
    found = side._value, side._moment, side._total
    assert found == pytest.approx((value, moment, value + moment), rel=1e-14)


@pytest.mark.slow
def test_densities_where_the_score_moves_as_a_cube_root():
    theory = gt.derive(gt.objectives.parse(**LOSSES["Cauchy"][0]))

    def density(x):
        x = mp.mpf(x)
        t = -(x**2) / 2 - (-((x - mp.mpf(1) / 2) ** 2) / 2)
        return mp.npdf(x, mp.mpf(1) / 2) * h("Cauchy", t)[0]

    with mp.workdps(15):
        # The ratio is 1 at x = 1/4: a branch point of h.
        truth = mp.quad(density, [-9, -4, -1, 0.25, 1.5, 4.5, 9.5], maxdegree=4)
    found = compute(theory.generating_function("flow"), stats.norm(), stats.norm(0.5))
    assert found.value == pytest.approx(float(truth), rel=1e-8)
    assert math.isfinite(found.error) and found.error < 1e-10
