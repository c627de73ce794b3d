"""Sums beyond the contributions that are known, of geometric sequences, whose sums are written down."""

import math

import numpy as np
import pytest

from gantheory.divergences.engines.extrapolation import beyond, remainder, settled

SEQUENCES = {  # ((c, r), ...) and the number of contributions sum c r^k that are known
    "two values": (((3.0, 0.3),), 2),
    "one ratio": (((-2.0, 0.5),), 12),
    "two ratios": (((1.0, 0.7), (0.5, 0.25)), 16),
    "three ratios of both signs": (((1.0, 0.75), (-3.0, 0.4), (2.0, 0.3)), 30),
    "slow": (((1.0, 0.97),), 200),
    "slow, two ratios": (((1.0, 0.96), (4.0, 0.8)), 240),
}


@pytest.mark.parametrize("extrapolated", [remainder, settled])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_geometric_rest_lies_within_its_doubt(name, extrapolated):
    terms, count = SEQUENCES[name]
    values = [sum(c * r**k for c, r in terms) for k in range(count)]
    rest, doubt = extrapolated(values)
    wanted = sum(c * r**count / (1 - r) for c, r in terms)
    assert abs(rest - wanted) <= doubt + 1e-12 * abs(wanted)
    assert rest == pytest.approx(wanted, rel=1e-12 if count == 2 else 1e-6)
    assert count == 2 or doubt <= 1e-3 * abs(wanted)


def test_what_does_not_fall_has_no_sum():
    assert remainder([1.0, 2.0, 4.0]) == (math.inf, math.inf)
    assert remainder([-1.0, -1.0]) == (-math.inf, math.inf)
    assert remainder([1.0, 0.0]) == (0.0, 0.0)
    rest, doubt = remainder([1.0, -0.5, 0.25])  # 1/4 - 1/8 + ... - 1/4 = -1/12 follows
    assert abs(rest + 1 / 12) <= doubt <= 0.5


def test_masses_beyond_panels_are_those_of_each_side():
    (heavy, _), (light, doubt) = beyond([np.array([0.5**k, 0.1**k]) for k in range(1, 13)])
    assert heavy == pytest.approx(0.5**12, rel=1e-9) and light == pytest.approx(0.1**12 / 9, rel=1e-9)
    assert doubt < 1e-12
    assert beyond([np.array([0.25, 0.125])]) == [(0.0, 0.25), (0.0, 0.125)]


def test_three_powers_leave_a_rest_that_is_known_to_many_digits():
    """Six contributions tell three ratios; the doubt is that of the last two guesses, not of the first."""
    ratios, heights = (0.75, 0.4, 0.15), (1.0, -0.7, 0.3)
    values = [sum(h * r**k for h, r in zip(heights, ratios, strict=True)) for k in range(9)]
    truth = sum(h * r**9 / (1 - r) for h, r in zip(heights, ratios, strict=True))
    rest, doubt = remainder(values)
    assert abs(rest - truth) <= doubt <= 1e-7 * truth
