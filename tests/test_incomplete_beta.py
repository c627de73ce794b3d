"""The incomplete beta function of `gantheory.support.multiprecision` beside elementary integrals."""

from fractions import Fraction

import pytest
import sympy as sp

from gantheory.support.multiprecision import lambdify, mp, to_mp

x = sp.Symbol("x", positive=True)

ELEMENTARY = {  # (a, b): an antiderivative of x^(a-1) (1-x)^(b-1)
    "a = 1": (1, "1/3", -3 * (1 - x) ** sp.Rational(1, 3)),
    "b = 1": ("5/2", 1, 2 * x ** sp.Rational(5, 2) / 5),
    "a pole at 0": (-1, 2, -1 / x - sp.log(x)),
    "a logarithm at 0": (0, 1, sp.log(x)),
    "a pole at 1": (2, -1, 1 / (1 - x) + sp.log(1 - x)),
    "a root at both": ("-1/2", "1/2", -2 * sp.sqrt((1 - x) / x)),
}
POINTS = {
    "inside": "3/10",
    "where it vanishes": Fraction(1, 2) + Fraction(1, 2**40),
    "next to 1": 1 - Fraction(1, 2**120),
    "next to 0": Fraction(1, 2**100),
}


@pytest.mark.parametrize("digits", [15, 60])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", ELEMENTARY)
def test_of_elementary_integrals_to_all_digits(name, point, digits):
    a, b, known = ELEMENTARY[name]
    at = sp.Rational(str(POINTS[point]))
    with mp.workdps(digits + 40):  # 1 - x is exact
        end = to_mp(at)
        expected = to_mp(sp.N(known.subs(x, at) - known.subs(x, sp.S.Half), 300))
    with mp.workdps(digits):
        found = lambdify(x, sp.betainc(sp.Rational(a), sp.Rational(b), sp.S.Half, x))(end)
        assert abs(found - expected) <= mp.mpf(10) ** (2 - digits) * abs(expected)


def test_of_nan_and_of_no_interval():
    betainc = lambdify(x, sp.betainc(2, 3, sp.S.Half, x))
    assert mp.isnan(betainc(mp.nan))
    assert betainc(mp.mpf("0.5")) == 0
