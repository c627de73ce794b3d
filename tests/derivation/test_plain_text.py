"""Formulas as people write them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims.catalogue import registry
from gantheory.derivation.text.plain import plain
from gantheory.derivation.text.presentation import _without_formula

u, v, a = sp.symbols("u v a", real=True)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (sp.Eq(u, 1), "u = 1"),
        (sp.Ne(a, u), "a != u"),
        (sp.Ge(a, sp.Rational(1, 2)), "a >= 1/2"),
        (sp.And(a > 0, sp.Ne(a, 1)), "a > 0 and a != 1"),
        (sp.Or(sp.And(a > 0, u > 0), a < -1), "(a > 0 and u > 0) or a < -1"),
        (sp.Not(sp.Contains(a, sp.Interval.Ropen(0, sp.oo))), "not a in [0, inf)"),
        (sp.Piecewise((-1, u < 1), (0, sp.Eq(u, 1)), (1, True)), "(-1 if u < 1; 0 if u = 1; 1 otherwise)"),
        (v * sp.Piecewise((u, u < 1), (-sp.oo, True)), "v*(u if u < 1; -inf otherwise)"),
    ],
)
def test_conditions_and_pieces(expr, text):
    assert plain(expr) == text


def test_no_constructor_of_sympy_is_printed():
    text = gt.derive(gt.objectives.hinge()).to_text()
    assert "(-1 if u < 1; 0 if u = 1; 1 otherwise)" in " ".join(text.split())
    words = [text, *(line for claim in registry().values() for line in claim.domain())]
    for constructor in ("Eq(", "Ne(", "Piecewise(", "Contains(", "oo", "Interval("):
        assert not [line for line in words if constructor in line], constructor
    assert any("!= 1" in line for line in words)


def test_a_number_of_fifty_digits_is_printed_with_fifteen():
    u, root = sp.Symbol("u"), sp.sqrt(2).evalf(50)
    assert plain(sp.Piecewise((0, u < root), (1, True))) == "(0 if u < 1.4142135623731; 1 otherwise)"


@pytest.mark.parametrize(
    ("infinite", "outer", "text"),
    [(None, None, "numeric: why"), (None, u, "why"), (sp.oo, None, "why"), (sp.oo, u, "why")],
)
def test_only_an_f_that_is_there_is_called_numeric(infinite, outer, text):
    theory = SimpleNamespace(objective=SimpleNamespace(outer=outer))
    assert _without_formula(theory, SimpleNamespace(infinite=infinite, reason="why")) == text
