"""Limits beside values that are known by hand."""

import math

import pytest
import sympy as sp

from gantheory.derivation.algebra.limits import estimated, limit

x = sp.Symbol("x", real=True)

LIMITS = {  # sympy 1.14 finds 4 for the first, and the others as here
    "a normal tail": (
        (1 - sp.tanh(x + 1) ** 2) / (sp.exp(-2 * x) - sp.exp(-(x**2))),
        sp.oo,
        "+",
        4 * sp.exp(-2),
    ),
    "both ends differ": (sp.atan(x), -sp.oo, "+", -sp.pi / 2),
    "from below": (1 / (x - 1), sp.S.One, "-", -sp.oo),
    "from above": (1 / (x - 1), sp.S.One, "+", sp.oo),
    "vanishes slowly": (1 / sp.log(x), sp.S.Zero, "+", sp.S.Zero),
    "falls far out": (1 / (1 + sp.exp(x - 200)), sp.oo, "+", sp.S.Zero),
    "rests far out": (sp.exp(x) / (1 + sp.exp(x - 200)), sp.oo, "+", sp.exp(200)),
    "grows slowly": (sp.log(sp.log(x)), sp.oo, "+", sp.oo),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_by_sympy_where_values_agree(name):
    expr, end, side, known = LIMITS[name]
    found = limit(expr, x, end, side)
    assert found == known or float(found) == pytest.approx(float(known), rel=1e-15)


ESTIMATES = {
    "a number": (sp.tanh(x) + 1 / x, sp.oo, "+", 1.0, 1e-4),
    "to the left": (sp.exp(x) - 2, -sp.oo, "+", -2.0, 1e-14),
    "next to a point": (sp.sin(x - 1) / (x - 1), sp.S.One, "-", 1.0, 1e-14),
    "slowly": (3 + 1 / sp.log(x), sp.oo, "+", 3.0, 0.1),
    "a logarithm grows": (-sp.log(x), sp.oo, "+", -sp.oo, 0),
    "a slope of 1/1000": (x / 1000, sp.oo, "+", sp.oo, 0),
    "a pole": (-1 / (x - 1), sp.S.One, "+", -sp.oo, 0),
    "a pole from below": (-1 / (x - 1), sp.S.One, "-", sp.oo, 0),
    "a jump": (sp.atan(1 / (x - 1)), sp.S.One, "-", -math.pi / 2, 1e-4),
}


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimates_where_sympy_has_no_time(name):
    expr, end, side, known, off = ESTIMATES[name]
    assert float(estimated(expr, x, end, side)) == pytest.approx(float(known), rel=off)


@pytest.mark.parametrize("expr", [sp.log(-x), sp.sqrt(-1 - x**2)])
def test_no_estimate_of_what_is_not_real(expr):
    assert estimated(expr, x, sp.oo) is sp.nan
