"""Limits of the saturation factors: wrong ones are caught, and numbers agree."""

from __future__ import annotations

import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.claims.decision import comparisons
from gantheory.claims.papers.welfert_2024 import a_D, by_order

ZERO = sp.S.Zero


def holds(plan):
    return all(item.decide(Sampler(1)).holds for item in comparisons(plan))


@pytest.mark.parametrize(
    "saturating, end, right",
    [(True, sp.oo, (ZERO, a_D, sp.oo)), (False, ZERO, (ZERO, a_D, sp.oo)), (True, ZERO, (ZERO, ZERO, ZERO))],
)
def test_wrong_limits_are_caught(saturating, end, right):
    assert holds(by_order(a_D, saturating, end, right))
    for k in range(3):
        wrong = [*right]
        wrong[k] = right[k] + sp.Rational(1, 10**6) if right[k].is_finite else ZERO
        assert not holds(by_order(a_D, saturating, end, tuple(wrong)))


@pytest.mark.parametrize("alpha_G, tends_to", [(2, 0.0), (1, 0.7), (0.5, 7e5)])
def test_non_saturating_factor_where_the_discriminator_is_sure_of_fake(alpha_G, tends_to):
    theory = gt.derive(gt.objectives.alpha_gan(sp.Rational(7, 10), alpha_G, saturating=False))
    assert theory.saturation_at(1e-6) == pytest.approx(tends_to, rel=1e-5, abs=1e-3)
