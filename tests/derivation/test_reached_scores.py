"""Ends of the scores, which are zeros of A' or B', to all the digits that tails need."""

from __future__ import annotations

import pytest
import sympy as sp

from gantheory.derivation.numbers.reached_scores import _polished
from gantheory.support.multiprecision import lambdify, mp

x = sp.Symbol("x")


@pytest.mark.parametrize(("order", "known"), [(1, 50), (3, 16)])
def test_a_zero_to_20000_bits(order, known):
    g = (x**2 - 2) ** order
    start = mp.convert(sp.sqrt(2).evalf(known)._to_mpmath(4 * known))
    found = _polished([lambdify(x, sp.diff(g, x, k)) for k in range(3)], start)
    with mp.workprec(20_100):
        assert abs(found / mp.sqrt(2) - 1) < mp.ldexp(1, -19_900 // order)
