"""Distances to D*, decisions and gradient norms against closed forms and PyTorch's own modules."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from gantheory import objectives
from gantheory.datasets import GaussianMixture, lattice, ring
from gantheory.training import RingConfig, train_run
from gantheory.training.engines.ensemble import Ensemble
from gantheory.training.metrics.evaluation import gradient_norms
from gantheory.training.metrics.optimality import _masses, classification_error, distance_to_optimum

VANILLA = objectives.vanilla(saturating=False)


def constant(value):
    return lambda points: np.full(len(points), value)


@pytest.mark.parametrize("d", [0.0, 0.3, 0.9, 1.0])
def test_far_samples_have_d_star_one_on_data_and_zero_elsewhere(d):
    """(|d - 1| + |d|)/2 = 1/2 for every constant d, up to the data's mass beyond 5 standard deviations."""
    samples = np.random.default_rng(0).normal(7, 1, (500, 2))
    assert distance_to_optimum(constant(d), samples, ring(), VANILLA) == pytest.approx(0.5, abs=1e-5)


def test_the_optimal_discriminator_of_far_samples_is_at_distance_zero():
    samples = np.random.default_rng(0).normal(7, 1, (500, 2))
    found = distance_to_optimum(
        lambda x: (np.hypot(*x.T) < 2).astype(float), samples, ring(), objectives.lsgan()
    )
    assert found == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("mixture", [ring(), lattice()], ids=["ring", "lattice"])
def test_perfect_samples_and_one_half_are_close_and_closer_with_more(mixture):
    gaps = [
        distance_to_optimum(constant(0.5), mixture.sample(n, 3), mixture, VANILLA) for n in (2000, 50_000)
    ]
    assert gaps[1] < gaps[0] / 3 and gaps[1] < 0.02
    wrong = distance_to_optimum(constant(0.8), mixture.sample(50_000, 3), mixture, VANILLA)
    assert wrong == pytest.approx(0.3, abs=0.02)


def test_half_of_the_modes():
    """P_g = uniform on 4 of 8 modes: u = 1/2 there and infinite on the others. D* = 1/3 and 1 for vanilla."""
    samples = ring().sample(100_000, 1)
    upper = samples[np.angle(samples @ [1, 1j]) % (2 * np.pi) < np.pi - 0.2]
    # At D = 1: (1/2 * 1/2 + 1/2 * 1) |1 - 1/3| = (3/4)(2/3).
    assert distance_to_optimum(constant(1.0), upper, ring(), VANILLA) == pytest.approx(0.5, abs=0.01)


def test_masses_are_those_of_the_normal_distribution():
    mixture = GaussianMixture([[0.0, 0.3], [1.0, -2.0]], [0.04, 1.0], [0.3, 0.7])
    cells = np.array([[0, 0], [3, -5], [-40, 2]])
    width = 0.4
    edges = [[np.array([c * width, (c + 1) * width]) for c in cell] for cell in cells]
    for cell, mass in zip(edges, _masses(mixture, cells, width), strict=True):
        expected = sum(
            w * np.prod([np.diff(stats.norm(m, s).cdf(side))[0] for m, side in zip(mean, cell, strict=True)])
            for mean, s, w in zip(mixture.means, mixture.scales, mixture.weights, strict=True)
        )
        assert mass == pytest.approx(expected, rel=1e-9, abs=1e-15)
    fine = np.stack(np.meshgrid(np.arange(-40, 40), np.arange(-40, 40)), -1).reshape(-1, 2)
    assert _masses(mixture, fine, 0.25).sum() == pytest.approx(1, rel=1e-12)


def test_no_optimum_is_not_a_number():
    """KL's D* is unbounded where nothing is generated."""
    assert math.isnan(distance_to_optimum(constant(1.0), [[7.0, 7.0]], ring(), objectives.fgan("kl")))


@pytest.mark.parametrize("samples", [[[0.0, math.inf]], [[1.0]], np.zeros((0, 2))])
def test_bad_samples(samples):
    with pytest.raises(ValueError, match="samples must be finite and have shape"):
        distance_to_optimum(constant(1.0), samples, ring(), VANILLA)


def test_decisions():
    # Of four real scores one is below 0; of two fake ones one is above, one at 0 exactly.
    assert classification_error([1, 2, -1, 3], [0.5, 0], VANILLA) == pytest.approx((1 / 4 + 3 / 4) / 2)
    # LSGAN decides at D*(1) = 1/2; EBGAN's energy is low on real data.
    assert classification_error([0.6, 0.4], [0.1, 0.2], objectives.lsgan()) == pytest.approx(1 / 4)
    assert classification_error([0.1], [0.9], objectives.ebgan(1)) == 0


@pytest.mark.parametrize("objective", [VANILLA, objectives.renyi(2)], ids=str)
def test_gradient_norms_are_autograds(objective):
    config = RingConfig(
        objective=objective, seeds=(1, 5), discriminator_hidden=(7,), generator_hidden=(6, 5), dtype="float64"
    )
    ensemble = Ensemble(config, config.members)
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 40, 2, generator=rng, dtype=torch.float64)
    real = torch.randn(40, 2, generator=rng, dtype=torch.float64)
    found = gradient_norms(config, ensemble, noise, real)
    for k in range(2):
        nets = []
        for flat, activation in (
            (ensemble.generator, nn.ReLU()),
            (ensemble.discriminator, nn.LeakyReLU(0.2)),
        ):
            layers = []
            for weight, bias in zip(flat.weights, flat.biases, strict=True):
                layer = nn.Linear(*weight.shape[1:], dtype=torch.float64)
                layer.weight.data, layer.bias.data = weight[k].T.clone(), bias[k, 0].clone()
                layers += [layer, activation]
            nets.append(nn.Sequential(*layers[:-1]))
        g, d = nets
        objective.torch_losses()[1](d(real), d(g(noise[k]))).backward()
        expected = [math.sqrt(sum(float((p.grad**2).sum()) for p in layer.parameters())) for layer in g[::2]]
        assert found[k] == pytest.approx(expected, rel=1e-9)


def test_the_table_holds_what_its_columns_say():
    from scipy.spatial.distance import cdist

    config = RingConfig(
        objective=[VANILLA, objectives.lsgan()],
        seeds=(0, 1),
        mixture=lattice(3),
        train_samples=400,
        test_samples=300,
        discriminator_hidden=(16, 16),
        generator_hidden=(16, 16),
        max_steps=60,
    )
    run = train_run(config)
    from gantheory.training.seeding import generator

    points = config.mixture.sample(300, generator(0, "test set"))
    real_scores = run.scores(points)
    for k, row in enumerate(run.table.itertuples()):
        samples = run.samples[k]
        pairs = itertools.combinations_with_replacement((samples, points), 2)
        own, mixed, theirs = (cdist(a, b).mean() for a, b in pairs)
        assert row.energy_distance == pytest.approx(math.sqrt(2 * mixed - own - theirs), rel=1e-6)
        threshold = 0 if k < 2 else 0.5
        fake_scores = run.scores(samples)[k]
        error = ((real_scores[k] < threshold).mean() + (fake_scores > threshold).mean()) / 2
        assert row.discriminator_error == pytest.approx(error, abs=1e-9)
        assert 0 < row.discriminator_distance < 1
        assert row.modes == row.major_modes + row.minor_modes
    assert {"kl", "reverse_kl", "jsd", "tvd", "gradient_norm_1", "gradient_norm_3"} <= set(run.table)
