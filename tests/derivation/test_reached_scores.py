"""Ends of the scores, which are zeros of A' or B', to all the digits that tails need."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sympy as sp

import gantheory as gt
from gantheory.derivation.numbers.reached_scores import _continued, _polished, reached_scores
from gantheory.derivation.optimum.game import Game
from gantheory.support.multiprecision import lambdify, mp

x = sp.Symbol("x")


@pytest.mark.parametrize(("order", "known"), [(1, 50), (3, 16)])
def test_a_zero_to_20000_bits(order, known):
    g = (x**2 - 2) ** order
    start = mp.convert(sp.sqrt(2).evalf(known)._to_mpmath(4 * known))
    found = _polished([lambdify(x, sp.diff(g, x, k)) for k in range(3)], start)
    with mp.workprec(20_100):
        assert abs(found / mp.sqrt(2) - 1) < mp.ldexp(1, -19_900 // order)


def test_a_ratio_that_is_regular_at_an_end_goes_on_beyond_it():
    """log(-B'/A') is 2 y there, and (y - 3)^(-1/2) or log (9 - y) are not."""
    y = sp.Symbol("y", real=True)

    def beyond(ratio, side):
        # A' = e^-ratio, B' = -1
        A = sp.Integral(sp.exp(-ratio.subs(y, x)), (x, 3, y))
        game = Game(A, -y, y, y, None, y, sp.Integer(3), sp.Integer(9), y, y)
        return _continued(game, game.low if side < 0 else game.high, side)

    assert 0 < beyond(2 * y, -1) < 1 and 0 < beyond(2 * y, 1) < 1
    assert 0 < beyond(sp.log(y - sp.Rational(29, 10)), -1) < 0.1  # up to the pole at 2.9
    assert 0 < beyond((y - sp.Rational(299, 100)) ** 2, -1) < 0.01  # where it turns
    assert beyond(1 / sp.sqrt(y - 3), -1) == 0 == beyond(sp.log(9 - y), 1)


def test_an_exact_end_has_20000_bits():
    """sqrt(2), beyond which log(-B'/A') = (y - sqrt(2))^(-1/2) does not go on, and no end above."""
    y, low = sp.Symbol("y", real=True), sp.sqrt(2)
    A = sp.Integral(sp.exp(-1 / sp.sqrt(x - low)), (x, 3, y))
    game = Game(A, -y, y, y, None, y, low, sp.oo, y, y)
    found = reached_scores(SimpleNamespace(plain=game))
    with mp.workprec(20_100):
        assert abs(found[0] / mp.sqrt(2) - 1) < mp.ldexp(1, -19_900) and found[1] == mp.inf


@pytest.mark.slow
def test_scores_nearer_to_an_end_than_the_digits_of_the_result():
    """A = -|v - 1|^1.01, B = -|v|^1.01: v*(u) = 1/(1 + u^-100), which lies e^-5000 from 1 at log u = 50."""
    theory = gt.derive(gt.objectives.parse(real="-abs(v-1)**1.01", fake="-abs(v)**1.01", generator="-v"))
    f = theory.generating_function("discriminator")
    with mp.workdps(20):
        found = f.mp(mp.mpf(50))
    with mp.workdps(60):
        u, half = mp.exp(50), mp.mpf(2) ** (-mp.mpf(101) / 100)
        assert abs(found / (half * (u + 1) - 1) - 1) < 1e-18
