"""The Renyi GAN's divergence on pmfs against the Renyi divergences themselves."""

from __future__ import annotations

from fractions import Fraction

import pytest

import gantheory as gt
from gantheory.claims import OnPmfs
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.support.multiprecision import mp as mpmath


def renyi(P, Q, alpha):
    """R_alpha(P||Q)."""
    terms = [_mp(p) * _mp(p / q) ** (alpha - 1) for p, q in zip(P, Q, strict=True)]
    return mpmath.log(mpmath.fsum(terms)) / (alpha - 1)


def _mp(x):
    return mpmath.mpf(x.numerator) / x.denominator


@pytest.mark.parametrize("alpha", [Fraction(1, 2), Fraction(3)])
@pytest.mark.parametrize("shift, holds", [(0, True), (mpmath.mpf(10) ** -6, False)])
def test_twice_the_jensen_renyi_divergence(alpha, shift, holds):
    theory = gt.derive(gt.objectives.renyi(alpha))

    def claimed(P, Q):
        M = [(p + q) / 2 for p, q in zip(P, Q, strict=True)]
        order = _mp(alpha) + shift
        return renyi(P, M, order) + renyi(Q, M, order)

    found = OnPmfs(lambda P, Q: theory.divergence(P, Q, dps=60).value, claimed, count=3).decide(Sampler(2))
    assert found.holds is holds
