"""Jumps of S(v*): each adds (fall/u0) (u - u0) beyond its place, half of it on each side of u = 1."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy as sp

from gantheory.divergences import ClosedForm
from gantheory.divergences.compute import compute
from gantheory.divergences.functions.flow_form import FlowForm
from gantheory.divergences.functions.score_inverse import Part
from gantheory.objectives import v

U = sp.Symbol("u", positive=True)

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
    assert float(h.of_log(math.log(u))) == pytest.approx(want, rel=1e-12)


STEPS = {
    sp.Rational(1, 7): sp.Rational(3, 2),
    sp.Rational(2, 3): sp.Integer(2),
    sp.sqrt(3): sp.Rational(1, 2),
    sp.Rational(17, 3): sp.Rational(5, 2),
}


def test_floats_see_jumps_beside_one():
    t = sp.Symbol("t", real=True)
    ends = [*(float(sp.log(u0).evalf(20)) for u0 in STEPS), math.inf]
    h = FlowForm.in_pieces(
        [Part(end, sp.S.Zero, sp.S.Zero, t, t, score_of_log=t) for end in ends], jumps=tuple(STEPS.items())
    )
    assert h.at_zero == pytest.approx(3.5, rel=1e-14)
    assert h.slope_at_infinity == pytest.approx(0.5 / math.sqrt(3) + 7.5 / 17, rel=1e-14)
    for u in (1e-9, 0.1, 0.14, 0.15, 0.5, 0.6, 0.9, 1.2, 1.7, 1.8, 2.5, 5.0, 6.0, 1e4):
        want = sum(
            float(fall) * max(0.0, u / float(u0) - 1.0 if u0 > 1 else 1.0 - u / float(u0))
            for u0, fall in STEPS.items()
        )
        got = float(h.of_log(math.log(u)))
        # log u is rounded: u / u0 - 1 has lost what it cancels.
        assert got == pytest.approx(want, rel=1e-14, abs=4e-16 * u * 3), u


def test_floats_between_jumps_agree_with_many_digits():
    # S falls by jumps, and smoothly in between: S(v*) = 1/(1 + u) on (1/2, 3), levels outside.
    t = sp.Symbol("t", real=True)
    smooth = 1 / (1 + sp.exp(t))
    ends = {sp.Rational(1, 2): sp.Rational(1, 3), sp.Integer(3): sp.Rational(1, 4)}
    parts = [
        Part(
            float(sp.log(end).evalf(20)) if end is not sp.oo else math.inf, sp.S.Zero, S, t, t, score_of_log=t
        )
        for end, S in ((sp.Rational(1, 2), sp.S.One), (sp.Integer(3), smooth), (sp.oo, sp.S.Zero))
    ]
    h = FlowForm.in_pieces(parts, jumps=tuple(ends.items()))
    for u in (0.01, 0.4, 0.55, 0.97, 1.4, 2.9, 3.2, 40.0):
        # u h' - h = S(1) - S(u) = 1/2 - S(u), h' = int_1^u -dS/u.
        def rising(w):
            return math.log(w / (1 + w)) + 1 / (1 + w)

        inside = min(max(u, 0.5), 3.0)
        slope = rising(inside) - rising(1.0) + (0.25 / 3 if u > 3 else -2 / 3 if u < 0.5 else 0.0)
        s = 1.0 if u < 0.5 else 1 / (1 + u) if u < 3 else 0.0
        want = u * slope + s - 0.5
        assert float(h.of_log(math.log(u))) == pytest.approx(want, rel=1e-13, abs=2e-15), u
        assert float(h.mp(math.log(u))) == pytest.approx(want, rel=1e-13, abs=2e-15), u


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (sp.sign(U - 2) + 1, 0),
        (sp.Heaviside(U - 2), 0),
        (sp.Piecewise((0, U < 2), (U, True)), 1),
        (sp.Piecewise((0, U <= 2), (U, True)), 1),
    ],
)
@pytest.mark.parametrize("options", [{}, {"dps": 20}])
def test_an_atom_at_a_jump_of_a_formula_counts_by_the_formula(f, slope, options):
    """p/q = 2 and 2/3: the sum of q f(p/q), and none of the limits from a side."""
    form = ClosedForm(f, U, at_zero=0, slope_at_infinity=slope, breakpoints=(math.log(2),))
    quarter = sp.Rational(1, 4)
    truth = quarter * f.subs(U, 2) + 3 * quarter * f.subs(U, sp.Rational(2, 3))
    found = compute(form, [Fraction(1, 2)] * 2, [Fraction(1, 4), Fraction(3, 4)], **options).value
    assert float(found) == float(truth)
