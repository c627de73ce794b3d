"""The constants of the estimation-error bounds: the claims' formulas against `gantheory.bounds`, and slips
caught."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims.papers.welfert_2023_estimation import printed, slope_size
from gantheory.objectives.objective import v


@pytest.mark.parametrize("alpha", ["3/10", "1", "3/2", "2", "7"])
@pytest.mark.parametrize("h", ["1/2", "1", "4"])
def test_printed_constant_is_the_one_of_bounds_and_bounds_the_slope(alpha, h):
    alpha, h = sp.Rational(alpha), sp.Rational(h)
    value = float(printed(h, alpha, above_one=alpha > 1))
    assert value == pytest.approx(gt.bounds.loss_lipschitz(float(h), float(alpha)), rel=1e-13)
    slopes = sp.lambdify(v, slope_size(alpha), "numpy")(np.linspace(-float(h), float(h), 4001))
    largest = slopes.max()
    assert largest <= value * (1 + 1e-12)
    exact = alpha <= 1 or h >= sp.log(alpha / (alpha - 1))
    assert (largest > value * (1 - 1e-6)) == bool(exact)
    assert largest == pytest.approx(gt.bounds.loss_lipschitz(float(h), float(alpha), tight=True), rel=1e-6)


def test_peeling_factor():
    for k in range(1, 200):
        assert math.sqrt(2 * math.log(2) * (k - 1)) + 1 <= math.sqrt(3 * k)
    # The bound is not a matter of course: 2.3 in place of 3 is too little.
    assert any(math.sqrt(2 * math.log(2) * (k - 1)) + 1 > math.sqrt(2.3 * k) for k in range(1, 50))


def test_lower_bound_constant_is_a_twentieth_of_log_two():
    constant = gt.bounds.lower_bound_constant(discriminator_norms=[1.0], real_bound=2.0)
    difference = 1 / (1 + math.exp(-2)) - 1 / (1 + math.exp(2))
    assert constant == pytest.approx(math.log(2) / 20 * difference, rel=1e-13)


def test_probability_of_the_lower_bound():
    """Tsybakov's bound at n = 10^6 from the KL divergence itself."""
    n = 10**6
    e = math.log(2) / (10 * math.sqrt(n))
    kl = (0.5 + e) * math.log1p(2 * e) + (0.5 - e) * math.log1p(-2 * e)
    beta = n * kl / math.log(2)
    root = math.sqrt(2)
    probability = root / (1 + root) * (1 - 2 * beta - math.sqrt(2 * beta / math.log(2)))
    assert probability > 0.387
