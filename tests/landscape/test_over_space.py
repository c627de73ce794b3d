"""The gradient on the line and in the plane against derivatives of the composed function S(v*(x))."""

import numpy as np
import pytest
from scipy import special, stats

import gantheory as gt
from gantheory import landscape
from gantheory.datasets import GaussianMixture
from gantheory.divergences.inputs.densities import density
from gantheory.landscape.density_slope import log_density_slope
from gantheory.landscape.expectations import expectation

REAL = gt.mixture([stats.norm(-2, 0.6), stats.norm(2, 0.8)], [0.3, 0.7])
FAKE = stats.norm(-1, 1.5)
SPECS = ["vanilla", "vanilla(saturating=False)", "alpha_gan(0.5, 1.2)", "lsgan(0, 1, 1)"]


@pytest.mark.parametrize("spec", SPECS)
def test_the_gradient_on_the_line_is_the_derivative_of_the_loss(spec):
    x = np.linspace(-5, 5, 41)
    table = landscape.density(spec, REAL, FAKE, x)
    theory = gt.derive(gt.objectives.from_spec(spec))
    loss = theory.objective.functions().S

    def composed(at):
        return loss(theory.score_at(REAL.pdf(at), FAKE.pdf(at)))

    h = 1e-3
    numeric = (composed(x - 2 * h) - 8 * composed(x - h) + 8 * composed(x + h) - composed(x + 2 * h)) / (
        12 * h
    )
    np.testing.assert_allclose(table["gradient"], numeric, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(table["D"], theory.discriminator_at(REAL.pdf(x), FAKE.pdf(x)), rtol=1e-10)
    np.testing.assert_allclose(table["p_r"], REAL.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(table["s"], np.abs(theory.saturation_at(table["D"])), rtol=1e-6)


def test_the_default_range_holds_the_quantiles_of_new_laws_and_kernel_densities():
    kernel = stats.gaussian_kde([-1.0, 0.2, 0.9])
    found = landscape.density("vanilla", kernel, stats.Normal(mu=1), points=5)
    assert kernel.integrate_box_1d(-np.inf, found["x"].iloc[0]) == pytest.approx(1e-4, rel=1e-6)
    assert found["x"].iloc[-1] == pytest.approx(stats.norm(1).isf(1e-4), rel=1e-9)
    np.testing.assert_allclose(found["p_r"], kernel.pdf(found["x"]), rtol=1e-10)
    np.testing.assert_allclose(found["p_g"], stats.norm(1).pdf(found["x"]), rtol=1e-10)


@pytest.mark.parametrize("spec", SPECS[:2])
def test_the_field_in_the_plane_is_the_gradient_of_the_loss(spec):
    generated = GaussianMixture([[0.4, -0.2]], 0.3)
    coordinates = np.linspace(-1.2, 1.2, 7)
    from gantheory.datasets import ring

    real = ring(8, 1.0, 0.09)
    table = landscape.ring(spec, real, generated, coordinates, coordinates)
    theory = gt.derive(gt.objectives.from_spec(spec))
    loss = theory.objective.functions().S
    points = table[["x", "y"]].to_numpy()
    for k, column in enumerate(("gradient_x", "gradient_y")):
        step = np.zeros(2)
        step[k] = 1e-5

        def composed(at):
            return loss(theory.score_at_log_ratio(real.log_density(at) - generated.log_density(at)))

        numeric = (composed(points + step) - composed(points - step)) / 2e-5
        np.testing.assert_allclose(table[column], numeric, rtol=2e-6, atol=1e-8)
    np.testing.assert_allclose(
        table["gradient"], np.hypot(table["gradient_x"], table["gradient_y"]), rtol=1e-14
    )


def test_disjoint_supports_give_the_saturating_generator_nothing():
    table = landscape.density("vanilla", stats.uniform(0, 1), stats.uniform(2, 1), [0.5, 2.5])
    assert list(table["D"]) == [1.0, 0.0]
    # S = log(1 - D) is -inf where only real data are, and 0 where the generator is.
    assert np.isnan(table["gradient"][0]) and table["gradient"][1] == 0
    nothing = landscape.density("vanilla", stats.uniform(0, 1), stats.uniform(2, 1), [1.2, 1.5])
    assert nothing[["D", "gradient"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("distribution", "slope", "x"),
    [
        (stats.norm(0.2, 0.7), lambda x: -(x - 0.2) / 0.49, np.linspace(-30, 30, 31)),
        (stats.laplace(0, 2), lambda x: -np.sign(x) / 2, np.linspace(-8, 8, 32)),
        (stats.cauchy(), lambda x: -2 * x / (1 + x**2), np.geomspace(0.01, 1e4, 21)),
        (stats.beta(0.5, 3), lambda x: -0.5 / x - 2 / (1 - x), np.array([1e-6, 0.01, 0.5, 0.99, 1 - 1e-6])),
    ],
)
def test_slopes_of_log_densities(distribution, slope, x):
    found = log_density_slope(density(distribution, "p"), x)
    np.testing.assert_allclose(found, slope(x), rtol=1e-7, atol=1e-9)


def test_the_slope_of_a_mixture_of_gaussians_is_exact():
    mixture = GaussianMixture([[-1.0], [1.0]], [0.09, 0.25], [0.3, 0.7])
    frozen = gt.mixture([stats.norm(-1, 0.3), stats.norm(1, 0.5)], [0.3, 0.7])
    x = np.linspace(-3, 3, 61)
    exact = mixture.log_density_gradient(x[:, None])[:, 0]
    found = log_density_slope(density(frozen, "p"), x)
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-9)


def test_next_to_a_kink_a_slope_is_that_of_its_side_and_nan_where_rounding_hides_it():
    """Across the kink it was -0.0008 at 1e-9."""
    found = log_density_slope(density(stats.laplace(), "p"), np.array([-1e-3, 1e-6, 1e-9, 1e-12, 0.0]))
    np.testing.assert_allclose(found[:2], [1.0, -1.0], rtol=1e-6)
    assert np.isnan(found[2:]).all()


def test_an_expectation_of_a_narrow_peak():
    """E[1/(1 + ((X - 1)/w)^2)] = pi w Voigt(1), Voigt's profile of a Gaussian and a Lorentzian of width w."""
    found = expectation(lambda x: 1 / (1 + ((x - 1) / 0.1) ** 2), stats.norm())
    assert found == pytest.approx(np.pi * 0.1 * special.voigt_profile(1, 1, 0.1), rel=1e-10)


def test_a_step_function_pulls_nowhere():
    x = [-1.0, 0.5, 2.0]
    assert (landscape.density("hinge", REAL, FAKE, x)["gradient"] == 0).all()
    field = landscape.ring("hinge", x=x, y=x)
    assert (field[["s", "gradient_x", "gradient_y", "gradient"]] == 0).all(axis=None) and len(field) == 9


def test_the_default_plane_holds_both_laws():
    """Three standard deviations, .15 about the unit circle and .4 about (.6, .3), in a square."""
    table = landscape.ring("vanilla", points=3)
    np.testing.assert_allclose(table["x"].unique(), np.linspace(-1.45, 1.8, 3), atol=1e-12)
    np.testing.assert_allclose(table["y"].unique(), np.linspace(-1.6, 1.65, 3), atol=1e-12)
    square = (table["x"] - 0.6) ** 2 + (table["y"] - 0.3) ** 2
    np.testing.assert_allclose(table["p_g"], np.exp(-square / 0.32) / (0.32 * np.pi), rtol=1e-10)


def test_default_grids_have_the_points_asked_for():
    assert len(landscape.ring("vanilla")) == 121**2 and len(landscape.ring("vanilla", points=2)) == 4
    assert len(landscape.density("vanilla", REAL, FAKE)) == 601
    assert len(landscape.density("vanilla", REAL, FAKE, points=2)) == 2
    assert len(landscape.saturation("vanilla")) == 401 and len(landscape.saturation("vanilla", points=2)) == 2
    for call in (
        landscape.saturation,
        landscape.ring,
        lambda name, points: landscape.density(name, REAL, FAKE, points=points),
    ):
        with pytest.raises(ValueError, match="points must be"):
            call("vanilla", points=1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="x must increase, got 0 before 0"):
        landscape.density("vanilla", FAKE, FAKE, [0.0, 0.0])
    with pytest.raises(ValueError, match="x must increase"):
        landscape.density("vanilla", FAKE, FAKE, [1.0, 0.0])
    with pytest.raises(TypeError, match="real must be a pmf array, a frozen"):
        landscape.density("vanilla", 3, FAKE)
    with pytest.raises(ValueError, match="generated must be a GaussianMixture in two dimensions"):
        landscape.ring("vanilla", generated=GaussianMixture([[0.0]], 1.0))
    with pytest.raises(ValueError, match="critic class"):
        landscape.ring("wgan")
