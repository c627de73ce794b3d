"""h of losses whose score stops at a kink or at an end of the domain, against integrals over the score.

h(e^t) = int (e^(t - lambda(v)) - 1) (-S'(v)) dv from v*(1) to the score at t, which stays where it stopped.
"""

from __future__ import annotations

import mpmath
import pytest
from scipy import stats

import gantheory as gt

mp = mpmath.MPContext()
mp.dps = 50

FOCAL = {"real": "(1-D)**2*log(D)", "fake": "D**2*log(1-D)", "generator": "D**2*log(1-D)"}


def focal_slopes(v):
    """A' and B' of the focal loss with gamma = 2."""
    d, e = 1 / (1 + mp.exp(-v)), 1 / (1 + mp.exp(v))
    return e**3 - 2 * e**2 * d * mp.log(d), 2 * d**2 * e * mp.log(e) - d**3


def log_ratio(v):
    """lambda = log(-B'/A')."""
    a, b = focal_slopes(v)
    return mp.log(-b / a)


FOCAL_KINKS = {
    "clamped": ({**FOCAL, "link": "sigmoid(max(-1,min(1,v)))"}, -1, 1),
    "clamped far out": ({**FOCAL, "link": "sigmoid(max(-8,min(8,v)))"}, -8, 8),
    "finite domain": ({**FOCAL, "link": "sigmoid(v)", "domain": (-2, 0.5)}, -2, mp.mpf("0.5")),
    "one end": ({**FOCAL, "link": "sigmoid(max(-1/2,v))"}, mp.mpf("-0.5"), mp.inf),
}


def h(low, high, t):
    """h(e^t) of the focal loss with S = B, where the score stops at low and high."""
    end = high if t > 0 else low
    if abs(t) < abs(log_ratio(end) if mp.isfinite(end) else mp.inf):
        a, b = mp.mpf(max(low, -60)), mp.mpf(min(high, 60))
        for _ in range(180):  # the ratio rises with the score
            middle = (a + b) / 2
            a, b = (middle, b) if log_ratio(middle) < t else (a, middle)
        end = a
    points = [mp.mpf(end) * k / 6 for k in range(7)]
    return mp.quad(
        lambda v: -(mp.exp(t - log_ratio(v)) - 1) * focal_slopes(v)[1], points, method="gauss-legendre"
    )


@pytest.mark.parametrize(
    "name",
    [
        "clamped",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("clamped far out", "finite domain", "one end")),
    ],
)
def test_the_score_stops(name):
    texts, low, high = FOCAL_KINKS[name]
    f = gt.derive(gt.objectives.parse(**texts)).generating_function("flow")
    for t in (mp.mpf(x) for x in ("0.3", "-1.5", "-30", "24")):
        truth = h(low, high, t)
        with mpmath.workdps(30):
            assert abs(mp.mpf(f.mp(mpmath.mpf(t))._mpf_) / truth - 1) < mp.mpf(10) ** -28, t
        assert float(f.of_log(float(t))) == pytest.approx(float(truth), rel=3e-15 * max(1, abs(float(t))))


@pytest.mark.slow
def test_between_two_normals():
    """Against int_0^1 g(s) P(u < s) ds - int_1^inf g(s) P(u > s) ds with g(s) = (S(v*(s)) - S(v*(1)))/s^2.

    Over the score, s = -B'/A', nothing is inverted; log u of N(0, 1) and N(1, 2) is a parabola in x.
    """
    texts, low, _ = FOCAL_KINKS["clamped far out"]

    def loss(v):
        return mp.log(1 / (1 + mp.exp(v))) / (1 + mp.exp(-v)) ** 2

    def outside(t):
        """P(log u < t) for log u = log 2 + 1/8 - x/4 - 3 x^2/8."""
        root = mp.sqrt(max(mp.mpf(1) / 16 + mp.mpf(3) / 2 * (mp.log(2) + mp.mpf(1) / 8 - t), 0))
        left, right = ((-mp.mpf(1) / 4 + sign * root) * mp.mpf(4) / 3 for sign in (-1, 1))
        return (mp.erfc(right / mp.sqrt(2)) + mp.erfc(-left / mp.sqrt(2))) / 2

    def density(v, share):
        return (loss(v) - loss(mp.zero)) * mp.exp(-log_ratio(v)) * mp.diff(log_ratio, v) * share

    top = mp.findroot(lambda v: log_ratio(v) - mp.log(2) - mp.mpf(1) / 6, mp.mpf("0.3"))
    with mp.workdps(20):
        truth = mp.quad(
            lambda v: density(v, outside(log_ratio(v))), mp.linspace(low, 0, 5), method="gauss-legendre"
        )
        truth -= mp.quad(lambda v: density(v, 1 - outside(log_ratio(v))), [0, top / 2, top])
        stopped = mp.quad(
            lambda t: mp.exp(-t) * outside(t), [-400, -200, -100, -60, -40, -30, log_ratio(low)]
        )
        truth += (loss(mp.mpf(low)) - loss(mp.zero)) * stopped
    theory = gt.derive(gt.objectives.parse(**texts))
    found = theory.divergence(stats.norm(0, 1), stats.norm(1, 2), kind="flow")
    assert found.value == pytest.approx(float(truth), rel=4e-15)
    assert abs(found.value - float(truth)) <= 2 * found.error
