"""Divergences against a parameter: closed forms of Gaussians, and derivatives against differences."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import landscape
from gantheory.landscape import over_parameter

NORMAL = stats.norm(0, 1)


def test_shift_and_scale_of_a_gaussian_in_closed_form():
    """KL(N(0,1) || N(m, s)) = log s + (1 + m^2)/(2 s^2) - 1/2."""
    shift = landscape.parameter('fgan("kl")', "shift", [-2.0, 0.5, 3.0], NORMAL, NORMAL)
    np.testing.assert_allclose(shift["D_h"], shift["value"] ** 2 / 2, rtol=1e-10)
    np.testing.assert_allclose(shift["dD_h"], shift["value"], rtol=1e-8)
    np.testing.assert_allclose(shift["dD_f"], shift["value"], rtol=1e-8)
    scale = landscape.parameter('fgan("kl")', "scale", [0.5, 0.8, 3.0], NORMAL, NORMAL)
    s = scale["value"]
    np.testing.assert_allclose(scale["D_f"], np.log(s) + 0.5 / s**2 - 0.5, rtol=1e-10)
    np.testing.assert_allclose(scale["dD_f"], 1 / s - 1 / s**3, rtol=1e-8)


def test_the_scale_is_about_the_median():
    table = landscape.parameter('fgan("kl")', "scale", [0.5, 2.0], stats.norm(1, 1), stats.norm(3, 1))
    s = table["value"]
    np.testing.assert_allclose(table["D_f"], np.log(s) + (1 + 4) / (2 * s**2) - 0.5, rtol=1e-10)


def test_skewed_distributions_and_mixtures_are_moved_whole():
    """Against the moved distribution, written out: its location is not its median."""
    vanilla = gt.derive(gt.objectives.vanilla())
    skewed = stats.skewnorm(4, 1, 2)
    middle = float(skewed.ppf(0.5))
    scaled = landscape.parameter("vanilla", "scale", [0.5, 2.0], NORMAL, skewed)
    for s, value in zip(scaled["value"], scaled["D_f"], strict=True):
        by_hand = stats.skewnorm(4, middle + s * (1 - middle), 2 * s)
        assert value == pytest.approx(vanilla.divergence(NORMAL, by_hand).value, rel=1e-9)
    two = gt.mixture([stats.norm(-2, 1), stats.norm(2, 1)], [0.5, 0.5])
    shifted = landscape.parameter("vanilla", "shift", [1.0, 2.0], NORMAL, two)
    by_hand = gt.mixture([stats.norm(-1, 1), stats.norm(3, 1)], [0.5, 0.5])
    assert shifted["D_f"][0] == pytest.approx(vanilla.divergence(NORMAL, by_hand).value, rel=1e-9)


@pytest.mark.slow_cases("scale-lsgan(0, 1, 1)")
@pytest.mark.parametrize(
    ("name", "spec"),
    [
        # Fast: each parameter once, and each objective.
        pytest.param(name, spec, marks=() if row == column else pytest.mark.slow)
        for row, name in enumerate(("shift", "scale", "weight"))
        for column, spec in enumerate(("vanilla(saturating=False)", "lsgan(0, 1, 1)", "alpha_gan(0.5, 1.2)"))
    ],
)
def test_derivatives_are_those_of_the_values(name, spec):
    """The columns dD_f and dD_h are expectations; here they meet differences of the quadratures."""
    at, h = 0.7, 2e-3
    table = landscape.parameter(spec, name, [at - 2 * h, at - h, at, at + h, at + 2 * h])
    for column in ("D_f", "D_h"):
        y = table[column].to_numpy()
        numeric = (y[0] - 8 * y[1] + 8 * y[3] - y[4]) / (12 * h)
        assert table[f"d{column}"][2] == pytest.approx(numeric, rel=1e-7)
    assert table["dD_f"][2] != pytest.approx(table["dD_h"][2], rel=1e-3), "no zero-sum objective: they differ"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shift", -2.0),
        ("scale", 0.5),
        ("scale", 1e-3),
        ("scale", 3.0),
        ("weight", 0.0),
        ("weight", 0.25),
        ("weight", 1.0),
    ],
)
def test_differences_stand_in_for_derivatives(monkeypatch, name, value):
    """Of exp(-v): central inside, one-sided at the ends of a weight, within what a step of 1e-4 leaves."""
    family = SimpleNamespace(name=name)

    def slope_of(f):
        monkeypatch.setattr(over_parameter, "_value", lambda theory, family, at, kind: (f(at), 0.0))
        return over_parameter._difference(None, family, value, "flow")

    left_out = 1e-4 if name == "weight" and value in (0, 1) else 1e-7
    assert slope_of(lambda at: math.exp(-at)) == pytest.approx(-math.exp(-value), rel=left_out)
    assert math.isnan(slope_of(lambda at: math.inf))
    if left_out < 1e-4:
        assert math.isnan(slope_of(lambda at: abs(at - value)))
        assert math.isnan(slope_of(lambda at: 1e-5 * abs(at - value)))
        assert math.isnan(slope_of(lambda at: math.inf if at < value else at))


def test_an_outer_function_has_no_d_h(monkeypatch):
    monkeypatch.setattr(over_parameter, "_value", lambda *_: (0.75, 1e-9))
    monkeypatch.setattr(over_parameter, "_slope", lambda *_: 0.5)
    theory = SimpleNamespace(
        objective=SimpleNamespace(outer=1, zero_sum=False), equilibrium=SimpleNamespace(offset=-2)
    )
    row = over_parameter._row(theory, SimpleNamespace(name="shift"), 1.0)
    assert (row["D_f"], row["V_G"], row["D_f_error"], row["dD_f"]) == (0.75, -1.25, 1e-9, 0.5)
    assert all(math.isnan(row[column]) for column in ("D_h", "D_h_error", "dD_h"))


def test_the_derivative_of_d_h_is_what_a_step_with_d_held_fixed_sees():
    """Monte Carlo-free: E_g[d/dx S(v*(x))] by the trapezoidal rule, with D* of the unmoved pair."""
    m = 1.3
    table = landscape.parameter("vanilla(saturating=False)", "shift", [m, m + 1], NORMAL, NORMAL)
    x = np.linspace(-12, 14, 20001)
    log_u = -m * x + m**2 / 2
    step = np.trapezoid(
        stats.norm(m, 1).pdf(x) * (1 / (1 + np.exp(log_u))) * m, x
    )  # s = -(1 - D), dlog u = -m
    assert table["dD_h"][0] == pytest.approx(step, rel=1e-9)


def test_a_weight_mixes_the_second_component_in():
    """TV between the mixture of weight w and the even one is |w - 1/2| TV(N(-2, 1), N(2, 1))."""
    table = landscape.parameter("hinge", "weight", [0.0, 0.25, 0.5, 1.0])
    tv = 2 * stats.norm.cdf(2) - 1
    np.testing.assert_allclose(table["D_h"], 2 * tv * np.abs(table["value"] - 0.5), rtol=1e-9, atol=1e-12)
    assert table["dD_h"][1] == pytest.approx(-2 * tv, rel=1e-6)
    assert math.isnan(table["dD_h"][2]), "a kink has no derivative"
    assert table["dD_h"][3] == pytest.approx(2 * tv, rel=1e-6)


def test_the_generators_value_is_its_objective_at_the_optimum():
    for spec, real_term in (("vanilla", True), ("vanilla(saturating=False)", False)):
        row = landscape.parameter(spec, "shift", [1.0, 2.0], NORMAL, NORMAL).iloc[0]
        x = np.linspace(-12, 13, 40001)
        p, q = stats.norm(0, 1).pdf(x), stats.norm(1, 1).pdf(x)
        log_u = 0.5 - x
        if real_term:
            value = np.trapezoid(-p * np.logaddexp(0, -log_u) - q * np.logaddexp(0, log_u), x)
        else:
            value = np.trapezoid(q * np.logaddexp(0, -log_u), x)
        assert row["V_G"] == pytest.approx(value, rel=1e-9)


@pytest.mark.slow
def test_an_outer_function_leaves_d_f_and_the_value():
    """Renyi GAN: no h; at P_g = P_r the value is Phi(R, S) at D = 1/2."""
    table = landscape.parameter("renyi(2)", "shift", [0.0, 1.0], NORMAL, NORMAL)
    assert table["D_h"].isna().all() and table["D_f"][0] == pytest.approx(0, abs=1e-12)
    objective = gt.objectives.renyi(2)
    functions = objective.functions()
    from gantheory.objectives.objective import x, y

    value = objective.outer.subs({x: float(functions.R(0.0)), y: float(functions.S(0.0))})
    assert table["V_G"][0] == pytest.approx(float(value), rel=1e-12)


def test_ends_of_supports_are_seen():
    """JSD of uniforms shifted by m: 2 log(2) |m|, flat from |m| = 1 on."""
    table = landscape.parameter(
        "vanilla", "shift", [0.25, 0.5, 1.5], stats.uniform(0, 1), stats.uniform(0, 1)
    )
    np.testing.assert_allclose(table["D_h"], 2 * math.log(2) * np.minimum(table["value"], 1), rtol=1e-9)
    np.testing.assert_allclose(table["dD_h"], [2 * math.log(2)] * 2 + [0], rtol=1e-6, atol=1e-8)


def test_an_infinite_divergence_has_no_derivative():
    table = landscape.parameter('fgan("kl")', "scale", [0.5, 1.0], stats.cauchy(), NORMAL)
    assert np.isinf(table["D_f"]).all() and table["dD_f"].isna().all()


def test_progress_is_told():
    seen = []
    landscape.parameter(
        "vanilla", "shift", [0.0, 1.0], listener=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vanilla", "shfit"), "did you mean 'shift'"),
        (("vanilla", "scale", [0.0, 1.0]), "scale must be positive, got 0"),
        (("vanilla", "weight", [0.0, 1.5]), r"weight must lie in \[0, 1\], got 1.5"),
        (("vanilla", "weight", [0.0, 0.5, 1.5]), r"got 1.5"),
        (("vanilla", "weight", [-0.5, 0.5]), r"got -0.5"),
        (("vanilla", "shift", [1.0, 0.0]), "shift must increase"),
        (("vanilla", "shift", None, NORMAL, NORMAL, NORMAL), "goes with no shift"),
        (("wgan", "shift"), "critic class"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        landscape.parameter(*arguments)


POINTS = stats.gaussian_kde([-1.0, 0.2, 0.9], weights=[1, 2, 3])
NORMALS = gt.mixture([stats.norm(p, POINTS.covariance[0, 0] ** 0.5) for p in (-1, 0.2, 0.9)], POINTS.weights)


@pytest.mark.parametrize("name", ["shift", "scale", "weight"])
@pytest.mark.parametrize(
    ("law", "same"), [(stats.Normal(mu=1, sigma=2), stats.norm(1, 2)), (POINTS, NORMALS)]
)
def test_new_laws_and_kernel_densities_as_the_frozen_laws_that_they_are(name, law, same):
    other = {"weight": (stats.Normal(mu=2), stats.norm(2))}.get(name, (None, None))
    found = landscape.parameter("vanilla", name, [0.4, 0.7], stats.Normal(), law, other[0])
    wanted = landscape.parameter("vanilla", name, [0.4, 0.7], stats.norm(), same, other[1])
    for column in ("D_f", "dD_f"):
        np.testing.assert_allclose(found[column], wanted[column], rtol=1e-7)


def test_a_law_that_cannot_be_moved_is_refused():
    class Own:
        pdf, logpdf, ppf, support = NORMAL.pdf, NORMAL.logpdf, NORMAL.ppf, NORMAL.support

    with pytest.raises(TypeError, match=r"generated must be a scipy\.stats distribution or a mixture, got"):
        landscape.parameter("vanilla", "shift", [0.0, 1.0], NORMAL, Own())
