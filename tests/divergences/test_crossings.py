"""Divergences of f with kinks and jumps: panels begin where p = q, also far out; against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

import gantheory as gt
from gantheory.divergences.engines.line.crossings import crossings

TV = gt.derive(gt.objectives.fgan("tv"))
EBGAN = gt.derive(gt.objectives.ebgan(1))


@pytest.mark.parametrize("scale", [2.5, 0.4, 1.01, 50.0])
def test_total_variation_of_exponentials(scale):
    """The densities cross at x = log(s) s/(s - 1) only, where TV = |F_P - F_Q|."""
    x = math.log(scale) * scale / (scale - 1)
    exact = abs(math.exp(-x) - math.exp(-x / scale))
    result = TV.divergence(stats.expon(), stats.expon(scale=scale))
    assert abs(result.value - exact) <= max(result.error, 2e-15 * exact)


@pytest.mark.parametrize("shift", [0.01, 1.0, 5.0, 9.0])
def test_total_variation_of_gaussians(shift):
    exact = special.erf(shift / (2 * math.sqrt(2)))
    result = TV.divergence(stats.norm(0, 1), stats.norm(shift, 1))
    assert abs(result.value - exact) <= max(result.error, 4e-16 * exact)


@pytest.mark.parametrize(
    ("P", "Q"),
    [
        (stats.beta(300, 200), stats.beta(280, 220)),
        (stats.beta(2, 3, -1, 2), stats.norm(0, 1)),
        (stats.expon(), stats.expon(scale=2.5)),
        (stats.laplace(0, 1), stats.norm(0.3, 1.2)),
        (
            gt.mixture([stats.norm(-2, 1), stats.norm(0, 0.5), stats.norm(3, 1)], [0.3, 0.3, 0.4]),
            gt.mixture([stats.norm(-1, 1), stats.norm(2, 1.5)], [0.5, 0.5]),
        ),
    ],
)
@pytest.mark.parametrize("theory", [TV, EBGAN])
def test_kinks_and_jumps_against_certified_values(theory, P, Q):
    certified = theory.divergence(P, Q, certified=True)
    result = theory.divergence(P, Q)
    assert abs(result.value - float(certified.value)) <= max(1e-12 * result.value, result.error)


def test_crossings_inside_at_an_end_and_far_out():
    inner = np.linspace(-1.0, 1.0, 5)
    found = crossings(lambda x: x**2 - 0.25, (0.0,), -math.inf, math.inf, inner)
    assert found == pytest.approx([-0.5, 0.5], rel=1e-15)
    found = crossings(lambda x: x - 1e6, (0.0,), -math.inf, math.inf, inner)
    assert found == pytest.approx([1e6], rel=1e-15)
    found = crossings(lambda x: np.log(x) + 20.0, (0.0,), 0.0, 2.0, np.linspace(0.5, 1.5, 3))
    assert found == pytest.approx([math.exp(-20.0)], rel=1e-14)
    found = crossings(lambda x: x, (-0.5, 0.5), -2.0, 2.0, inner)
    assert found == pytest.approx([-0.5, 0.5], abs=1e-15)
    assert crossings(lambda x: np.zeros_like(x), (0.0,), -2.0, 2.0, inner).size == 0
    assert crossings(lambda x: x, (), -2.0, 2.0, inner).size == 0


def test_small_alphas_are_not_taken_for_a_wrong_f():
    theory = gt.derive(gt.objectives.alpha_gan(0.01, 0.01))
    result = theory.divergence([0.5, 0.5], [0.9, 0.1])
    assert result.value == pytest.approx(float(theory.divergence([0.5, 0.5], [0.9, 0.1], certified=True)))
