"""Pairs of known distributions, and theory evaluated on them."""

import numpy as np
import pytest

from gantheory.validation.experiments.optimum import optimum, slug
from gantheory.validation.experiments.pairs import PAIRS, pair


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_of_densities_are_right(name):
    between = pair(name)
    points = between.generated.sample(50, seed=3)
    for k in range(between.dimension):
        shift = np.zeros(between.dimension)
        shift[k] = 1e-6
        difference = (between.log_ratio(points + shift) - between.log_ratio(points - shift)) / 2e-6
        assert between.log_ratio_gradient(points)[:, k] == pytest.approx(difference, rel=1e-6, abs=1e-7)
    assert np.isfinite(between.real.log_density_gradient(np.full((1, between.dimension), 60.0))).all()


@pytest.mark.parametrize("name", PAIRS)
def test_quadrature_knows_total_mass_and_the_mean_ratio(name):
    between = pair(name)
    one, none = np.ones_like, np.zeros_like
    assert between.expectation(one, none) == pytest.approx(1, abs=1e-12)
    assert between.expectation(none, one) == pytest.approx(1, abs=1e-12)
    assert between.expectation(none, np.exp) == pytest.approx(1, abs=1e-12)  # E_g[u] = 1


@pytest.mark.slow_cases("vanilla-plane")
@pytest.mark.parametrize(
    ("spec", "name"),
    [
        *(("vanilla", name) for name in PAIRS),
        *(
            pytest.param("lsgan(0, 1, 1)", name, marks=[pytest.mark.slow] * (name == "plane"))
            for name in PAIRS
        ),
    ],
)
def test_the_supremum_is_the_value_at_the_optimal_score(name, spec):
    """Theory's divergence and quadrature of A and B at v* are two ways to one number."""
    theory, between = optimum(spec), pair(name)
    value = between.expectation(
        lambda t: theory.functions.A(theory.score(t)), lambda t: theory.functions.B(theory.score(t))
    )
    assert theory.supremum(between) == pytest.approx(value, abs=1e-9)
    generated = between.expectation(
        lambda t: theory.functions.R(theory.score(t)), lambda t: theory.functions.S(theory.score(t))
    )
    assert theory.generator_value(between) == pytest.approx(generated, abs=1e-9)


def test_what_is_compared_is_bounded():
    assert optimum("vanilla").compares_outputs
    assert optimum("lsgan(0, 1, 1)").compares_outputs
    kl = optimum('fgan("kl")')
    assert not kl.compares_outputs
    t = np.linspace(-30, 30, 7)
    assert kl.comparable(kl.score(t)) == pytest.approx(1 / (1 + np.exp(-t)), rel=1e-12)


def test_names():
    with pytest.raises(ValueError, match="did you mean 'plane'"):
        pair("plain")
    assert slug("alpha_gan(0.5, 1.2, saturating=False)") == "alpha_gan-0.5-1.2-ns"
    assert slug('fgan("kl")') == "fgan-kl"
