"""|s| over the alphas: one symbolic formula against derivations at single pairs."""

import time

import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory import landscape
from gantheory.landscape.over_alphas import ALPHA_D, ALPHA_G, _words, nice_levels, score_slope

RNG = np.random.default_rng(7)
PAIRS = [tuple(np.round(np.exp(RNG.uniform(-2, 2, 2)), 2)) for _ in range(6)]


@pytest.mark.slow_cases("True")
@pytest.mark.parametrize("saturating", [True, False])
def test_at_random_pairs_it_is_what_derive_finds(saturating):
    for a, b in [*PAIRS, (1.0, 1.0), (1.0, 3.0), (2.0, 1.0)]:
        d = RNG.uniform(0.001, 0.999)
        table = landscape.alpha(a, b, d, saturating)
        theory = gt.derive(gt.objectives.alpha_gan(a, b, saturating=saturating))
        assert table["s"][0] == pytest.approx(float(theory.saturation_at(d)), rel=1e-12), (a, b)
        assert table["D"][0] == pytest.approx(d, rel=1e-12)
        assert float(theory.discriminator_at_log_ratio(table["log_u"][0])) == pytest.approx(d, rel=1e-12)
        words = tuple(word.split(" ")[0] for word in theory.landscape.in_words())
        assert (table["at_fake"][0], table["at_real"][0]) == words, (a, b)


def test_the_formula_is_that_of_the_paper():
    d = gt.derivation.D
    c = 1 - 1 / ALPHA_G
    for saturating, printed in ((True, ALPHA_D * d * (1 - d) ** c), (False, ALPHA_D * (1 - d) * d**c)):
        found = landscape.alpha_formula(saturating)
        for values in ({ALPHA_D: 3, ALPHA_G: sp.Rational(2, 7)}, {ALPHA_D: sp.Rational(1, 9), ALPHA_G: 5}):
            at = {**values, d: sp.Rational(3, 10)}
            assert sp.simplify(found.expr.subs(at) - printed.subs(at)) == 0
    assert landscape.alpha_formula(True).boundary("real") == 1
    assert landscape.alpha_formula(True).boundary("fake") is None
    assert landscape.alpha_formula(False).boundary("fake") == 1


@pytest.mark.parametrize("saturating", [True, False])
def test_over_log_u_the_discriminator_depends_on_alpha_d(saturating):
    table = landscape.alpha([0.5, 2.0], [0.7, 3.0], [-2.0, 1.0], saturating, over="log_u")
    for row in table.itertuples():
        theory = gt.derive(gt.objectives.alpha_gan(row.alpha_d, row.alpha_g, saturating=saturating))
        score = theory.score_at_log_ratio(np.array([row.log_u]))
        assert row.s == pytest.approx(float(theory.saturation_of_score(score)[0]), rel=1e-12)


def test_over_d_the_data_depend_on_alpha_d():
    """log(4)/2 at D = 4/5, as D* = sigmoid(alpha_D log u)."""
    for saturating in (True, False):
        assert landscape.alpha(2.0, 3.0, 0.8, saturating)["log_u"][0] == pytest.approx(np.log(2), rel=1e-14)


def test_what_a_power_of_a_distance_does():
    assert list(_words(np.array([2.0, 0.5, 0.0, -0.5]))) == ["vanishes", "vanishes", "constant", "explodes"]


def test_levels_of_a_scale_are_round_numbers():
    assert nice_levels(0.3, 20) == pytest.approx([0.5, 1, 2, 5, 10], rel=1e-14)
    assert nice_levels(1, 1000) == pytest.approx([2, 5, 10, 20, 50, 100, 200, 500], rel=1e-14)
    assert nice_levels(1, 1e5) == pytest.approx([10, 100, 1000, 10**4], rel=1e-14)
    assert nice_levels(1e-9, 2e9) == pytest.approx([10.0**k for k in range(-8, 9, 2)], rel=1e-14)
    assert nice_levels(0, 1) == nice_levels(2, 1) == nice_levels(1, np.inf) == []


def test_alpha_g_may_be_infinite_and_alpha_d_not():
    table = landscape.alpha(2, np.inf, 0.3)
    assert table["s"][0] == pytest.approx(2 * 0.3 * 0.7, rel=1e-14)
    with pytest.raises(ValueError, match=r"alpha_d must be in \(0, inf\), got inf; at inf"):
        landscape.alpha(np.inf, 2, 0.3)


@pytest.mark.parametrize("saturating", [True, False])
@pytest.mark.parametrize("alpha_g", [0.4, 1.0, 3.0, np.inf])
def test_the_slope_of_the_generators_loss_is_that_of_the_objective(saturating, alpha_g):
    v = np.linspace(-20, 20, 17)
    slope = gt.objectives.alpha_gan(1, alpha_g, saturating=saturating).functions().S.derivative(v)
    np.testing.assert_allclose(score_slope(v, np.array(alpha_g), saturating), -slope, rtol=1e-12)


def test_a_grid_of_200_by_200_takes_under_two_seconds():
    values = np.geomspace(0.1, 10, 200)
    landscape.alpha_formula(True)
    start = time.process_time()
    assert len(landscape.alpha(values, values, 0.01)) == 40_000
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha_d": 0}, r"alpha_d must be in \(0, inf\), got 0"),
        ({"alpha_g": [-1.0, 2.0]}, r"alpha_g must be in \(0, inf\], got -1"),
        ({"alpha_g": [2.0, 1.0]}, "alpha_g must be a number or numbers that increase"),
        ({"at": 1.0}, r"D must be in \(0, 1\), got 1"),
        ({"at": [0.9, 0.1]}, "D must increase"),
        ({"over": "x"}, "over must be one of D, log_u"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        landscape.alpha(**arguments)
