"""Jumps of S(v*): each adds (fall/u0) (u - u0) beyond its place, half of it on each side of u = 1."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from gantheory.divergences.functions.flow_form import FlowForm
from gantheory.divergences.functions.score_inverse import Part
from gantheory.objectives import v

FALLS = {
    sp.Rational(9, 10): sp.Rational(1, 2),
    sp.Integer(1): sp.Integer(2),
    sp.Rational(11, 10): sp.Integer(3),
}


@pytest.mark.parametrize("u", [0.2, 0.85, 0.95, 1.05, 1.2, 3.0, 50.0])
def test_a_score_in_steps_has_the_h_of_its_jumps(u):
    ends = [*(math.log(u0) for u0 in FALLS), math.inf]
    parts = [Part(end, sp.S.Zero, sp.S.Zero, v, v, sp.S.Zero) for end in ends]
    h = FlowForm.in_pieces(
        parts, jumps=tuple(FALLS.items()), at_zero=sp.Rational(3, 2), slope_at_infinity=sp.Rational(41, 11)
    )
    want = 0.5 / 0.9 * max(0.9 - u, 0) + abs(u - 1) + 3 / 1.1 * max(u - 1.1, 0)
    assert float(h.mp(math.log(u))) == pytest.approx(want, rel=1e-12)
