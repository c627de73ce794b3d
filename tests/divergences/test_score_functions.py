"""Losses whose score is inverted: stable functions of it, and divergences against a solver of their own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, optimize, stats

import gantheory as gt
from gantheory.divergences.functions.high_precision import ScoreFunction
from gantheory.divergences.functions.score_inverse import ScoreOfLog
from gantheory.support.multiprecision import lambdify
from gantheory.support.multiprecision import mp as ctx

v = sp.Symbol("v", real=True)
PQ = stats.norm(0, 1), stats.norm(1, 1.5)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logsigmoid(z):
    return -np.logaddexp(0, -z)


LOSSES = {
    "focal": (
        {
            "real": "sigmoid(-v)**2*logsigmoid(v)",
            "fake": "sigmoid(v)**2*logsigmoid(-v)",
            "generator": "-logsigmoid(v)",
        },
        lambda z: sigmoid(-z) ** 3 - 2 * sigmoid(-z) ** 2 * sigmoid(z) * logsigmoid(z),
    ),
    # v*(u) = log(u + sqrt(u^2 - u + 1) - 1) has no digits left at log u = -10^4.
    "poly-1": (
        {
            "real": "logsigmoid(v) - sigmoid(-v)",
            "fake": "logsigmoid(-v) - sigmoid(v)",
            "generator": "-logsigmoid(v)",
        },
        lambda z: sigmoid(-z) * (1 + sigmoid(z)),
    ),
}


@pytest.mark.parametrize("name", ["poly-1", pytest.param("focal", marks=pytest.mark.slow)])
def test_divergences_of_normal_laws(name):
    text, slope = LOSSES[name]
    P, Q = PQ

    def score(t):  # B(v) = A(-v)
        return optimize.brentq(lambda z: t + np.log(slope(z)) - np.log(slope(-z)), -230, 230, xtol=1e-14)

    def mean(weight):
        grid = [-14, -8, -4, 0, 1, 4, 9, 17]
        return sum(
            integrate.quad(weight, a, b, epsabs=1e-11, epsrel=1e-10)[0] for a, b in itertools.pairwise(grid)
        )

    def at(x):
        return score(P.logpdf(x) - Q.logpdf(x))

    theory = gt.derive(gt.objectives.parse(**text))
    truth = mean(lambda x: Q.pdf(x) * -logsigmoid(at(x))) + logsigmoid(score(0.0))
    result = theory.divergence(P, Q)
    assert result.value == pytest.approx(truth, rel=1e-10)
    assert abs(result.value - truth) <= result.error + 1e-11

    # D_h = E_p[h'(u)] + E_q[s(u)] - s(1), h'(u) = int_1^u -s'(w)/w dw: with kappa = -ds/dt,
    # h' = int_0^t kappa e^-tau dtau, on a grid of t by the trapezoidal rule's refinement.
    def derivative(t):
        kappa = lambda tau: -slope_of_s(tau) * np.exp(-tau)  # noqa: E731
        return integrate.quad(kappa, 0, t, epsabs=1e-10, epsrel=1e-9)[0]

    def slope_of_s(tau, step=1e-4):
        s = [-logsigmoid(score(tau + k * step)) for k in (-2, -1, 1, 2)]
        return (s[0] - 8 * s[1] + 8 * s[2] - s[3]) / (12 * step)

    flow = theory.generating_function("flow")
    for t in (-3.0, 2.0):
        s = -logsigmoid(score(t)) + logsigmoid(score(0.0))
        assert float(flow.of_log(t)) == pytest.approx(s + np.exp(t) * derivative(t), rel=1e-7)


@pytest.mark.parametrize("size", [3.0, 90.0, 2500.0])
def test_a_stable_function_keeps_its_digits_without_more_bits(size):
    expr = sp.log(1 / (1 + sp.exp(-v))) * (1 / (1 + sp.exp(v))) ** 2
    function = ScoreFunction(expr, v)
    assert function.stable
    plain = lambdify(v, expr)
    for sign in (-1, 1):
        with ctx.workprec(100):
            value = function(ctx.mpf(sign * size))
        with ctx.workprec(int(100 + 5 * size)):
            assert abs(value / plain(ctx.mpf(sign * size)) - 1) < ctx.ldexp(1, -80)


def test_what_cancels_is_not_called_stable():
    assert not ScoreFunction(sp.atan(sp.exp(v)) - sp.pi / 2, v).stable
    assert ScoreFunction(sp.sqrt(sp.exp(2 * v) + 1) - sp.exp(v), v).stable
    assert not ScoreFunction(sp.sin(v) - v, v, (0, sp.oo)).stable
    assert ScoreFunction(sp.log(sp.exp(v) - 1), v, (0, sp.oo)).stable  # also at v = 2^-1000


def test_a_score_far_out_takes_no_more_bits():
    # log-cosh needs them at its ends -1 and 1, the focal loss nowhere, v on the half line neither.
    focal = gt.derive(gt.objectives.parse(**LOSSES["focal"][0])).generating_function()
    assert focal._parts[0][0].resolution(500) == 0
    assert ScoreOfLog(-3 * sp.log(v), v, None, (0, float("inf"))).resolution(-900) == 0
    ends = ScoreOfLog(sp.log((1 + v) / (1 - v)), v, None, (-1, 1))
    assert ends.resolution(100) >= 2 * 100 / np.log(2)
    with ctx.workprec(60):
        assert float(ends(ctx.mpf(3))) == pytest.approx(np.tanh(1.5), rel=1e-15)


@pytest.mark.parametrize("t", [-10_000, -3, 3, 1000])
def test_a_score_below_a_finite_end_takes_bits_next_to_it_only(t):
    """v = 1 - log(1 + e^-t); far below the end e^v is no part of a sum that would need its digits."""
    score = ScoreOfLog(v - 1 - sp.log(1 - sp.exp(v - 1)), v, None, (-ctx.inf, 1))
    with ctx.workdps(1000):
        known = -ctx.log1p(ctx.exp(-ctx.mpf(t)))
    with ctx.workdps(30):
        found = score(ctx.mpf(t))
        assert score._bits(found) < 60 or t > 0
    with ctx.workdps(1000):
        assert abs(found - 1 - known) <= abs(known) * ctx.mpf(10) ** -28


@pytest.mark.parametrize(
    ("domain", "scores"),
    [
        ((-ctx.inf, ctx.inf), (-30.0, 0.25, 1e6)),
        ((-1.0, ctx.inf), (-1 + 1e-9, 0.5, 1e5)),
        ((-ctx.inf, 2.0), (-1e5, 0.5, 2 - 1e-9)),
        ((-1.0, 3.0), (-1 + 1e-9, 0.5, 3 - 1e-9)),
    ],
)
def test_a_score_has_one_coordinate_and_moves_with_it_at_its_rate(domain, scores):
    score = ScoreOfLog(v, v, None, domain)
    with ctx.workdps(50):
        for each in scores:
            y = score.coordinate(ctx.mpf(each))
            assert abs(score.point(y) - each) < ctx.mpf(10) ** -40 * (1 + abs(each))
            step = ctx.mpf(10) ** -15 * (1 + abs(y))
            rate = (score.point(y + step) - score.point(y - step)) / (2 * step)
            assert abs(score.rate(y) / rate - 1) < 1e-25
        for y in (-90, -3, 0, 2, 90):
            assert domain[0] < score.point(ctx.mpf(y)) < domain[1]
    for t in scores:  # lambda(v) = v
        assert abs(score(ctx.mpf(t)) - t) < 1e-13 * (1 + abs(t))


def test_h_of_a_zero_sum_loss_whose_score_is_inverted():
    """h - u h' = S(v*(u)) - S(v*(1)), with v* by a solver of its own; h is f_D, and no integral."""
    text = {"real": "logsigmoid(v) - v**4/50", "fake": "logsigmoid(-v)"}
    theory = gt.derive(gt.objectives.parse(**text, generator=text["fake"], generator_real=text["real"]))
    assert theory.objective.zero_sum

    def s(t):
        slope = lambda z: np.exp(t) * (sigmoid(-z) - 4 * z**3 / 50) - sigmoid(z)  # noqa: E731
        return logsigmoid(-optimize.brentq(slope, -50, 50, xtol=1e-15))

    h = theory.generating_function("flow")
    for t in (-2.0, 1.5):
        with ctx.workdps(30):
            rate = float(ctx.diff(h.mp, ctx.mpf(t), h=ctx.mpf(10) ** -8))
        assert float(h.of_log(t)) - rate == pytest.approx(s(t) - s(0.0), rel=1e-7)


def test_an_f_that_jumps_on_one_side_of_one_is_smooth_on_the_other():
    """Welsch's v* jumps at u = 1, and f(1) is the value from above: there f vanishes like (u - 1)^2. Divided
    by what fits the jump it had a zero at the end of its first panel, and 60 more of them."""
    real = "exp(-(v - 1)**2) - 1"
    f = gt.derive(
        gt.objectives.parse(real=real, fake="exp(-(v + 1)**2) - 1", generator=f"-({real})")
    ).generating_function()
    assert [f._order_at_one(side) for side in (-1, 1)] == [0, 2]
    t = np.array([-0.5, -1e-9, 1e-12, 1e-3, 0.5])
    with ctx.workdps(20):
        for at, value in zip(t, f.of_log(t), strict=True):
            assert float(value) == pytest.approx(float(f.mp(ctx.mpf(at))), rel=1e-13)
    assert all(len(f._side(side).pieces._panels) < 4 for side in (0, 1))
