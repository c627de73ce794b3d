"""The two bounds of the equivalence in convergence, on pmfs; their proof is the claim's."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

import gantheory as gt
from gantheory.claims.comparisons.sampling import Sampler


def bounds(theory, alpha_G, P, Q):
    """psi(TV), D_f and the upper bound, at 40 digits."""
    v = sum(abs(p - q) for p, q in zip(P, Q, strict=True)) / 2
    mirror = ((1 + v) / 2, (1 - v) / 2), ((1 - v) / 2, (1 + v) / 2)
    with mpmath.workdps(40):
        b = mpmath.mpf(alpha_G.numerator) / alpha_G.denominator
        above = b / (b - 1) * (2 - 2 ** (1 / b)) * (mpmath.mpf(v.numerator) / v.denominator)
        return theory.divergence(*mirror, dps=40).value, theory.divergence(P, Q, dps=40).value, above


@pytest.mark.parametrize("alpha_D, alpha_G", [("1/2", "2"), ("3", "3/2"), ("5/2", "2")])
def test_bounds_hold_where_f_is_convex(alpha_D, alpha_G):
    alpha_D, alpha_G = Fraction(alpha_D), Fraction(alpha_G)
    theory = gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G))
    sampler = Sampler(3)
    for P, Q in [*(sampler.pair() for _ in range(5)), sampler.pair(2)]:
        below, value, above = bounds(theory, alpha_G, P, Q)
        assert below <= value * (1 + mpmath.mpf(10) ** -35) and value <= above


def test_bounds_are_attained():
    theory = gt.derive(gt.objectives.alpha_gan(Fraction(1, 2), 2))
    _, value, above = bounds(theory, Fraction(2), (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)))
    assert abs(value - above) < mpmath.mpf(10) ** -35


def test_upper_bound_fails_where_f_is_not_convex():
    theory = gt.derive(gt.objectives.alpha_gan(2, 20))
    P, Q = (Fraction(9, 10), Fraction(1, 10)), (Fraction(1, 100), Fraction(99, 100))
    below, value, above = bounds(theory, Fraction(20), P, Q)
    assert not below <= value <= above
