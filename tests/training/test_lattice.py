"""Sums over randomly shifted lattices: right on average, nearly without noise; what training makes of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from gantheory import objectives
from gantheory.datasets import GaussianMixture
from gantheory.training import DiscriminatorConfig, fit_discriminator
from gantheory.training.inputs.lattice import Lattice

REAL, FAKE = GaussianMixture([[-1.0], [1.0]], [0.36, 0.64]), GaussianMixture([[0.5]], 2.0)
PLANE = GaussianMixture([[0.0, 1.0]], 0.5), GaussianMixture([[0.0, 0.0]], 2.0)


def lattice(pair, nodes, seeds=(0, 1)):
    d = pair[0].dimension
    return Lattice(*pair, seeds, nodes, np.zeros(d), np.ones(d), torch.float64)


def test_moments_of_both_distributions_at_every_shift():
    at = lattice((REAL, FAKE), 64)
    for _ in range(3):
        x, real, fake = at.next()
        assert x.shape == (2, 64, 1)
        assert real.sum(1).numpy() == pytest.approx([1, 1], abs=1e-8)
        # E x^2 = mean of the squares of the centers, plus the variances
        assert (real * x[..., 0] ** 2).sum(1).numpy() == pytest.approx([1.5, 1.5], abs=1e-6)
        assert (fake * x[..., 0] ** 2).sum(1).numpy() == pytest.approx([2.25, 2.25], abs=1e-6)


def test_a_coarse_lattice_is_right_on_average():
    at = lattice(PLANE, 49, seeds=tuple(range(64)))
    found = []
    for _ in range(20):
        x, real, _ = at.next()
        found.append((real * torch.cos(x[..., 1])).sum(1).numpy())
    found = np.concatenate(found)
    exact = np.cos(1.0) * np.exp(-0.25)  # the characteristic function of a Gaussian
    error = found.std() / np.sqrt(found.size)
    assert found.std() > 0.01, "one shift alone is not exact here"
    assert abs(found.mean() - exact) < 4 * error


def test_a_seed_has_the_shifts_that_it_has_alone():
    alone, together = lattice((REAL, FAKE), 500, (5,)), lattice((REAL, FAKE), 500, (2, 5, 9))
    for _ in range(300):  # beyond one block of either
        assert torch.equal(alone.next()[0][0], together.next()[0][1])


@pytest.mark.slow
def test_training_on_a_lattice_comes_closer_to_the_optimum_than_on_samples():
    x = np.linspace(-3, 3, 200)
    p = 0.5 * stats.norm.pdf(x, -1, 0.6) + 0.5 * stats.norm.pdf(x, 1, 0.8)
    best = p / (p + stats.norm.pdf(x, 0.5, np.sqrt(2.0)))
    errors = {}
    for kind, batch in (("samples", 128), ("lattice", 64)):
        config = DiscriminatorConfig(
            seeds=range(3), hidden=(24, 24), steps=800, batch=batch, expectations=kind
        )
        fit = fit_discriminator(objectives.vanilla(), REAL, FAKE, config, progress=False)
        errors[kind] = np.abs(fit.outputs(x) - best).max()
    assert errors["lattice"] < 0.02
    assert errors["lattice"] < errors["samples"] / 2


def test_what_has_no_density_is_refused():
    config = DiscriminatorConfig(steps=2, expectations="lattice")
    with pytest.raises(TypeError, match="real must be a GaussianMixture for expectations='lattice'"):
        fit_discriminator(objectives.vanilla(), stats.norm(), FAKE, config, progress=False)
    with pytest.raises(ValueError, match="expectations must be one of samples, lattice, got 'grid'"):
        DiscriminatorConfig(expectations="grid")
