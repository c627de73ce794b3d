"""|s| over D, the score and log u against closed forms and numeric differentiation."""

from fractions import Fraction

import numpy as np
import pytest

from gantheory import derive, landscape
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives import BUILT_IN, from_spec, parse

D = np.array([1e-4, 0.01, 0.3, 0.5, 0.9, 0.9999])

# Typed from the definition s = S'(v) u dv*/du by hand.
CLOSED = {
    "vanilla": lambda d: d,
    "vanilla(saturating=False)": lambda d: 1 - d,
    "alpha_gan(0.5, 0.5)": lambda d: d / (2 * (1 - d)),
    "alpha_gan(2, 4, saturating=False)": lambda d: 2 * (1 - d) * d**0.75,
    "lsgan(0, 1, 1)": lambda d: (1 - d) * d * (1 - d),  # (D - c) dD/dlog u, dD/dlog u = D (1 - D)
}


@pytest.mark.parametrize("spec", CLOSED)
def test_over_d_it_is_the_closed_form(spec):
    table = landscape.saturation(spec, "D", D)
    np.testing.assert_allclose(table["s"], CLOSED[spec](D), rtol=1e-10)
    np.testing.assert_array_equal(table["D"], D)


def test_the_ends_of_the_range_of_d_are_its_own():
    table = landscape.saturation("vanilla", "D", [0.0, 0.5, 1.0])
    assert list(table["s"]) == [0, 0.5, 1] and list(table["log_u"]) == [-np.inf, 0, np.inf]


@pytest.mark.parametrize(
    "spec", [*CLOSED, 'fgan("kl")', 'fgan("jeffrey")', "lsgan(-1, 1, 0, real_term=True)"]
)
def test_over_log_u_it_is_the_derivative_of_the_generators_loss(spec):
    """grad S(v*(x)) = s grad log u, so that s is d S(v*)/d log u, whatever the coordinate."""
    t = np.linspace(-6, 6, 25) + 0.01
    table = landscape.saturation(spec, "log_u", t)
    from gantheory import derive

    theory = derive(from_spec(spec))
    loss = theory.objective.functions("numpy").S
    step = 1e-3
    near = [loss(theory.score_at_log_ratio(t + k * step)) for k in (-2, -1, 1, 2)]
    numeric = (near[0] - 8 * near[1] + 8 * near[2] - near[3]) / (12 * step)
    np.testing.assert_allclose(table["s"], np.abs(numeric), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("spec", [*CLOSED, 'fgan("kl")'])
def test_three_axes_are_one_landscape(spec):
    """The score and log u that belong to D lead back to D and to the same |s|."""
    over_d = landscape.saturation(spec, "D", points=21)
    for axis in ("score", "log_u"):
        other = landscape.saturation(spec, axis, over_d[axis].to_numpy())
        for column in ("D", "score", "log_u", "s"):
            np.testing.assert_allclose(other[column], over_d[column], rtol=1e-9, atol=1e-12)


def test_every_objective_with_a_pointwise_theory_has_a_landscape():
    """Also step functions, whose |s| is 0, and objectives whose D is no probability."""
    refused = []
    for spec in BUILT_IN:
        try:
            table = landscape.saturation(spec, points=11)
        except NoPointwiseTheoryError as error:
            assert "critic class" in str(error)
            refused.append(spec)
            continue
        assert np.isfinite(table["s"]).all() and (table["s"] >= 0).all(), spec
    assert refused == ['ipm("lipschitz")', 'ipm("rkhs")', "wgan"]


@pytest.mark.parametrize("axis", landscape.over_discriminator.AXES)
def test_a_step_function_has_no_gradient_on_any_axis(axis):
    infinite = 'parse(real="tanh(v)", fake="-2*tanh(v)", generator="-v", link="v")'  # at all u
    for spec in ("hinge", "ebgan(1)", 'fgan("tv")', "alpha_gan(inf, inf)", infinite):
        table = landscape.saturation(spec, axis, points=9)
        assert (table["s"] == 0).all() and np.isfinite(table[axis]).all()


def test_words_at_the_ends_say_what_the_numbers_do():
    specs = [*CLOSED, 'fgan("neyman")', 'fgan("kl", saturating=False)']
    table = landscape.ends(specs).set_index("objective")
    far = {"at_fake": -25.0, "at_real": 25.0}
    for spec in specs:
        name = from_spec(spec).name
        for end, t in far.items():
            near, beyond = (
                landscape.saturation(spec, "log_u", [t * k, t * k + 1e-6])["s"][0] for k in (1, 2)
            )
            word = table.loc[name, end]
            if word == "vanishes":
                assert beyond < 1e-3 * near
            elif word == "explodes":
                assert beyond > 1e3 * near
            else:
                assert beyond == pytest.approx(near, rel=1e-6)
                assert float(table.loc[name, end.replace("at", "limit")]) == pytest.approx(near, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vanilla", "D", [0.5, 1.5]), r"D must lie in \[0, 1\], the range of D\* of vanilla; got 1.5"),
        (("lsgan(0, 1, 1)", "D", [-0.5, 0.5]), r"got -0.5"),
        (("ebgan(1)", "score", [-1.0, 1.0]), r"score must lie in \[0, inf\], the domain of ebgan\(1\)"),
        (("vanilla", "D", [0.9, 0.1]), "D must increase, got 0.9 before 0.1"),
        (("vanilla", "D", [0.5]), "at least two"),
        (("vanilla", "D", [0.5, np.nan]), "finite"),
        (("vanilla", "logu"), "did you mean 'log_u'"),
        (("vanila",), "did you mean 'vanilla'"),
        (([],), "at least one"),
        ((["vanilla", "alpha_gan(1, 1)", "vanilla"],), "vanilla twice"),
        (("wgan",), "critic class"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        landscape.saturation(*arguments)


@pytest.mark.filterwarnings("error")
def test_the_default_axis_ends_where_the_optimum_is_finite():
    """A' = g/(p + e), B' = -g/(1 - p + e), p = sigmoid(v): p = (u (1 + e) - e)/(1 + u), 0 < p < 1 only for
    e/(1 + e) < u < (1 + e)/e."""
    e = 0.001
    end = np.log((1 + e) / e)
    real, fake = f"log(1/(1+exp(-v))+{e})", f"log(1/(1+exp(v))+{e})"
    odd = parse(real=real, fake=fake, generator=f"-{real}")
    for axis in ("D", "score"):
        table = landscape.saturation([odd], axis, points=5)
        assert np.isfinite(table[["D", "score", "log_u", "s"]]).all(axis=None)
        assert (np.diff(table[axis]) > 0).all()
        assert table["log_u"].abs().max() < end and table["log_u"].iloc[-1] == pytest.approx(end, rel=2e-3)
        u = np.exp(table["log_u"])
        p = (u * (1 + e) - e) / (1 + u)
        np.testing.assert_allclose(1 / (1 + np.exp(-table["score"])), p, rtol=1e-6)
        # S(v*) = -log(p + e) and p + e = u (1 + 2 e)/(1 + u): |dS/dlog u| = 1/(1 + u).
        np.testing.assert_allclose(table["s"], 1 / (1 + u), rtol=1e-6)


_FOCAL = "(1-1/(1+exp(-v)))**2*log(1/(1+exp(-v)))", "(1/(1+exp(-v)))**2*log(1/(1+exp(v)))"


@pytest.mark.slow_cases(
    "(1-1/(1+exp(-v)))**2*log(1/(1+exp(-v)))-(1/(1+exp(-v)))**2*log(1/(1+exp(v)))--(1-1/(1+exp(-v)))**2*log(1/(1+exp(-v)))-limits3"
)
@pytest.mark.parametrize(
    ("real", "fake", "generator", "limits"),
    [
        # s = 2 (v - 1)^4 (v + 1)/3 on (-1, 1)
        ("-(v-1)**4", "-(v+1)**4", "(v-1)**4", ("0", "0")),
        ("-log(cosh(v-1))", "-log(cosh(v+1))", "log(cosh(v-1))", ("0", "0")),
        # Far out the ratio of the slopes goes as e^(3 |v|), times powers of v: v* = t/3, and S' = -1 or 0.
        pytest.param(*_FOCAL, "-v", ("1/3", "1/3"), marks=pytest.mark.slow),
        (*_FOCAL, f"-{_FOCAL[0]}", ("1/3", "0")),
    ],
)
def test_limits_of_a_saturation_whose_score_has_no_formula(real, fake, generator, limits):
    objective = parse(real=real, fake=fake, generator=generator)
    row = landscape.ends([objective]).iloc[0]
    assert (row["limit_fake"], row["limit_real"]) == limits
    # Beside numbers far out: v* there by inversion, s by finite differences of the log ratio.
    theory = derive(objective)
    for t, limit in ((-60.0, limits[0]), (60.0, limits[1])):
        v = theory.score_at_log_ratio(np.array([t - 1e-4, t, t + 1e-4]))
        s = objective.functions().S.derivative(v[1:2])[0] * (v[2] - v[0]) / 2e-4
        assert abs(s) == pytest.approx(float(Fraction(limit)), abs=1e-6)
