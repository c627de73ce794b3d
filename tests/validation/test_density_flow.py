"""The density flow against the Ornstein-Uhlenbeck process in closed form, and what it has to conserve."""

import numpy as np
import pytest
from scipy import stats

from gantheory.validation import potential_of, solve
from gantheory.validation.experiments.flow import START, TARGET
from gantheory.validation.experiments.optimum import optimum

TIMES = np.linspace(0.0, 2.0, 9)
OU_START = stats.norm(1.0, 0.6)


def flow_of(spec, times, cells=150, **options):
    return solve(
        optimum(spec).potential,
        target=lambda x: TARGET.density(x[:, None]),
        initial=lambda x: START.density(x[:, None]),
        support=(-9, 9),
        times=times,
        cells=cells,
        **options,
    )


def ornstein_uhlenbeck(cells, tolerance):
    """The flow of KL(P_g||P_r) to a standard normal is dX = -X dt + sqrt(2) dW."""
    return solve(
        optimum('fgan("reverse_kl")').potential,
        target=stats.norm.pdf,
        initial=OU_START.pdf,
        support=(-8, 8),
        times=TIMES,
        cells=cells,
        tolerance=tolerance,
    )


def test_the_flow_of_reverse_kl_is_the_ornstein_uhlenbeck_process():
    flow = ornstein_uhlenbeck(400, 5e-5)
    mean = np.exp(-TIMES)
    deviation = np.sqrt(1 + (0.36 - 1) * np.exp(-2 * TIMES))
    exact = stats.norm.pdf(flow.centers, mean[:, None], deviation[:, None])
    assert np.abs(flow.densities - exact).max() < 6e-4
    assert flow.densities @ flow.centers * flow.width == pytest.approx(mean, abs=1e-4)
    # KL between Gaussians in closed form, its fall, and what the scheme integrated as dissipation
    kl = 0.5 * (deviation**2 + mean**2 - 1) - np.log(deviation)
    assert flow.divergence(lambda t: -t) == pytest.approx(kl, abs=2e-4)
    assert flow.dissipated == pytest.approx(kl[0] - kl, abs=2e-4)


def test_the_scheme_is_of_second_order():
    def error(cells, tolerance):
        flow = ornstein_uhlenbeck(cells, tolerance)
        exact = stats.norm.pdf(
            flow.centers,
            np.exp(-TIMES)[:, None],
            np.sqrt(1 + (0.36 - 1) * np.exp(-2 * TIMES))[:, None],
        )
        return np.abs(flow.densities - exact).sum(1).max() * flow.width

    # The step tolerance is an error of order two, so that it falls like the square of the step.
    errors = [error(cells, 0.04 * (50 / cells) ** 2) for cells in (50, 100, 200)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (orders > 1.7).all()
    assert (orders < 2.6).all()


@pytest.mark.slow_cases("alpha_gan(2, 0.9)")
@pytest.mark.parametrize("spec", ["vanilla", "alpha_gan(0.5, 0.3)", "alpha_gan(2, 0.9)", "lsgan(0, 1, 1)"])
def test_mass_and_positivity_are_kept_and_the_divergence_falls_at_the_predicted_rate(spec):
    flow = flow_of(spec, np.linspace(0, 4, 21), cells=200)
    assert flow.mass == pytest.approx(1.0, abs=1e-12)
    assert (flow.densities > 0).all()
    values = flow.divergence(optimum(spec).theory.generating_function("flow").of_log)
    assert (np.diff(values) < 0).all()
    assert values[0] - values == pytest.approx(flow.dissipated, abs=2e-3 * values[0])
    assert (np.diff(flow.total_variation) < 0).all()


def test_p_r_is_a_steady_state():
    density = stats.norm(0.3, 1.1).pdf
    flow = solve(
        optimum("vanilla").potential,
        target=density,
        initial=density,
        support=(-7, 7),
        times=np.array([0, 1.0, 50.0]),
        cells=80,
    )
    assert flow.densities[-1] == pytest.approx(flow.target, rel=1e-9)


def test_the_labels_of_a_public_readme_drive_the_density_away_while_d_h_falls():
    away = flow_of("lsgan(0, 1, 0)", np.linspace(0, 1.2, 13), cells=50, upwind=True)
    towards = flow_of("lsgan(0, 1, 1)", np.linspace(0, 1.2, 13), cells=50, upwind=True)
    assert (np.diff(away.total_variation) > 0).all()
    assert (np.diff(towards.total_variation) < 0).all()
    assert (
        np.diff(away.divergence(optimum("lsgan(0, 1, 0)").theory.generating_function("flow").of_log)) < 0
    ).all()
    assert away.mass == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "spec", ["vanilla(saturating=False)", "alpha_gan(0.5, 0.3)", "lsgan(0, 1, 0)", 'fgan("kl")']
)
def test_the_potentials_slope_is_its_derivative(spec):
    theory = optimum(spec)
    t = np.linspace(-4, 4, 41)
    step = 1e-5
    ahead, behind = (theory.potential(t + sign * step)[0] for sign in (1, -1))
    assert potential_of(theory.objective, theory.score)(t)[1] == pytest.approx(
        (ahead - behind) / (2 * step), rel=1e-6, abs=1e-9
    )
    assert np.abs(theory.potential(t)[1]) == pytest.approx(
        theory.theory.saturation_of_score(theory.score(t)), rel=1e-9
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"support": (1, -1)}, "support"),
        ({"cells": 2}, "cells"),
        ({"times": np.array([0.0, 0.0])}, "times"),
        ({"times": np.array([1.0, 2.0])}, "times"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"initial": lambda x: np.where(x > 0, 1.0, 0.0)}, "initial"),
        ({"target": lambda x: np.full_like(x, np.nan)}, "target"),
    ],
)
def test_bad_input_is_refused(changes, message):
    settings = {
        "target": stats.norm.pdf,
        "initial": OU_START.pdf,
        "support": (-5, 5),
        "times": TIMES,
        "cells": 20,
    }
    with pytest.raises(ValueError, match=message):
        solve(optimum("vanilla").potential, **{**settings, **changes})
