"""Trained networks near P_g = P_r move as the linear form says, and not as a wrong one does."""

import numpy as np
import pytest
import torch
from scipy import stats

from gantheory import objectives, stability
from gantheory.validation.experiments import local_modes
from gantheory.validation.experiments.local_modes import (
    HermiteScore,
    HermiteShift,
    Players,
    Setting,
    measured_rate,
    perceptron,
)

POINTS = stats.norm.ppf((np.arange(10) + 0.5) / 10)[:, None]
NETWORKS = Players(
    POINTS, perceptron((1, 24, 24, 1), 0, "discriminator"), perceptron((1, 24, 24, 1), 0, "generator")
)
"""Of tangent kernels that no eigenfunction simplifies."""


@pytest.fixture(autouse=True)
def shorter(monkeypatch):
    """A third of the way in steps of twice the size, which what is expected of them knows."""
    for name, factor in (("TURN", 1 / 3), ("STEP", 2), ("STEEP", 2)):
        monkeypatch.setattr(local_modes, name, factor * getattr(local_modes, name))


def measured(players, setting):
    mode = players.mode(setting)
    times, amplitudes = players.followed(setting, mode)
    return mode, measured_rate(times, amplitudes, real=abs(mode.rate.imag) < 1e-9 * abs(mode.rate))


@pytest.mark.slow_cases("lsgan(0, 1, 1)", 'relativistic("standard")')
@pytest.mark.parametrize(
    "setting",
    [
        Setting(objectives.alpha_gan(0.5, 1.2, saturating=False), r2=0.3),
        Setting(objectives.lsgan(0, 1, 1), r1=0.5),
        Setting(objectives.relativistic("standard"), rate_ratio=3.0),
    ],
    ids=lambda setting: setting.objective.name,
)
def test_networks_move_as_predicted(setting):
    mode, found = measured(NETWORKS, setting)
    expected = mode.stepped(mode.learning_rate)
    assert abs(found - expected) < 2e-4 * abs(expected)
    wrong = NETWORKS.mode(setting, wrong=1.2)
    assert abs(found - wrong.stepped(mode.learning_rate)) > 0.02 * abs(expected)


def test_wgan_grows_by_simultaneous_steps_and_not_in_continuous_time():
    mode, found = measured(NETWORKS, Setting(objectives.wgan()))
    assert abs(mode.rate.real) < 1e-9 * abs(mode.rate)
    # |1 + i h w|^2 = 1 + h^2 w^2
    h, w = mode.learning_rate, mode.rate.imag
    assert found.real == pytest.approx(np.log1p((h * w) ** 2) / (2 * h), rel=1e-3)


@pytest.mark.parametrize("treatment", [{}, {"r1": 0.7}, {"rate_ratio": 2.0}], ids=str)
def test_hermite_features_are_the_modes_of_a_gaussian(treatment):
    """Nodes of the Gaussian are not of equal weight, so many quantiles stand for them."""
    players = Players(
        stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None], HermiteScore(2), HermiteShift(2)
    )
    objective = objectives.alpha_gan(0.4, 0.8)
    form = np.linalg.eigvals(players.linear_form(Setting(objective, **treatment)))
    roots = stability.local_spectrum(objective, [1, 2], **treatment).roots.ravel()
    for root in roots:
        assert min(abs(form - root)) < 3e-3 * abs(root)


def test_the_features_are_orthonormal_and_displace_along_their_slopes():
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    score, shift = HermiteScore(3).double(), HermiteShift(3).double()
    for k in range(3):
        with torch.no_grad():
            score.c.copy_(torch.eye(3)[k])
            shift.w.copy_(torch.eye(3)[k])
        values = [torch.tensor([x], dtype=torch.float64, requires_grad=True) for x in nodes]
        found = np.array([score(x).item() for x in values])
        slopes = np.array([float(torch.autograd.grad(score(x).sum(), x)[0]) for x in values])
        moved = np.array([shift(x).item() for x in values])
        assert found**2 @ weights / weights.sum() == pytest.approx(1, rel=1e-10)
        np.testing.assert_allclose(moved, slopes / np.sqrt(k + 1), rtol=1e-9, atol=1e-12)
