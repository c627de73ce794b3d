"""EBGAN, BEGAN, PGAN and MD-GAN against losses by hand, PyTorch's laws and published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from gantheory.objectives import ebgan, vanilla, wgan
from gantheory.training import GanConfig, train_run
from gantheory.training.inputs.batches import Batches
from gantheory.training.remedies import Play
from gantheory.training.variants import BEGAN, MDGAN
from gantheory.training.variants.energies.mdgan import highest
from gantheory.training.variants.energies.modules import MixtureOfCodes, euclidean, simplex

POINTS = torch.randn(6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_ebgan_by_hand(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="ebgan(0.7, 3)", objective=ebgan(2), data="digits", networks="mlp(8)")
    fake, d = step.generator(step.noise), step.discriminator
    codes = [d.encoder(x) for x in (step.real, fake)]
    energies = [
        (d.decoder(code) - x).flatten(1).norm(dim=1) for code, x in zip(codes, (step.real, fake), strict=True)
    ]
    assert codes[0].shape == (8, 3)
    cosines = [
        torch.cosine_similarity(codes[1][i], codes[1][j], dim=0).item() ** 2
        for i in range(8)
        for j in range(8)
        if i != j
    ]
    means = [each.mean().item() for each in energies]
    d_loss = means[0] + (2 - energies[1]).clamp(min=0).mean().item()
    assert step.losses == pytest.approx([d_loss, means[1] + 0.7 * sum(cosines) / 56], rel=1e-6)


def played(error: float, of_fake: float) -> Play:
    real, fake = (torch.full((3,), -each, dtype=torch.float64) for each in (error, of_fake))
    return Play(torch.zeros(()), None, real, fake, torch.zeros(3, 2), [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("k", "errors", "after"),
    [(0.0, (0.2, 0.05), 5e-5), (0.4, (0.2, 0.1), 0.4), (0.0, (0.2, 0.3), 0.0), (1.0, (9.0, 0.0), 1.0)],
)  # fmt: skip
def test_the_balance_of_began(k: float, errors: tuple[float, float], after: float) -> None:
    memory = (torch.tensor(k, dtype=torch.float64),)
    (found,) = BEGAN().remember(memory, played(*errors), torch.empty(0))
    assert float(found) == pytest.approx(after, rel=1e-12, abs=1e-15)


def test_began_by_hand(game: Callable[..., GanConfig], first_step: Callable[..., Any]) -> None:
    settings = {"variant": "began(gain=0.5, code=3)", "objective": wgan()}
    step = first_step(**settings)
    d = step.discriminator
    errors = [
        (d.decoder(d.encoder(x)) - x).abs().mean().item() for x in (step.real, step.generator(step.noise))
    ]
    assert step.losses == pytest.approx(errors, rel=1e-6)  # k = 0 at first
    config = game(**settings, learning_rate=1e-12, seeds=[0], max_steps=2)
    second = train_run(config, progress=False).history.iloc[1]
    k = 0.5 * (0.5 * errors[0] - errors[1])
    assert k > 0.01
    batches = iter(Batches(config, [0]))
    next(batches)
    real, noise, _ = next(batches)
    of_real, of_fake = (
        (d.decoder(d.encoder(x)) - x).abs().mean().item() for x in (real[0], step.generator(noise[0]))
    )
    assert second["discriminator_loss"] == pytest.approx(of_real - k * of_fake, rel=1e-6)


def test_began_without_gain_trains_an_autoencoder(game: Callable[..., GanConfig]) -> None:
    config = game(variant="began(gain=0, code=3)", objective=wgan(), seeds=[0])
    run = train_run(config, progress=False)
    autoencoder = config.networks.of_seed(0)[1].double()
    adam = torch.optim.Adam(autoencoder.parameters(), lr=2e-3, betas=(0.9, 0.99))
    for real, _, _ in Batches(config, [0]):
        adam.zero_grad()
        (autoencoder.decoder(autoencoder.encoder(real[0])) - real[0]).abs().mean().backward()  # type: ignore[operator]
        adam.step()
    np.testing.assert_allclose(run.scores(POINTS)[0], autoencoder(POINTS)[0].detach(), rtol=1e-9)


def test_no_error_has_a_finite_slope() -> None:
    errors = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(euclidean(errors).sum(), errors)
    assert slope.abs().max() == 0 and euclidean(errors).tolist() == pytest.approx([1e-6, 1e-6])


@pytest.mark.parametrize("dimension", [1, 2, 9])
def test_the_simplex_is_regular(dimension: int) -> None:
    corners = simplex(dimension).double()
    wanted = math.sqrt(2 * (1 + 1 / dimension))
    apart = torch.pdist(corners)
    torch.testing.assert_close(apart, torch.full_like(apart, wanted), rtol=1e-5, atol=0)
    torch.testing.assert_close(corners.norm(dim=1), torch.ones(dimension + 1).double(), rtol=1e-5, atol=0)


def mixture(means: Tensor, deviation: float) -> MixtureSameFamily:
    law = Independent(Normal(means, torch.full_like(means, deviation)), 1)
    return MixtureSameFamily(Categorical(torch.ones(len(means))), law)


@pytest.mark.parametrize(
    ("radius", "centre", "corner"), [(0.94357, 0.0220870692, 0.0153610), (1, 0.0177366, 0.0144909)]
)
def test_published_likelihoods_of_mdgan(radius: float, centre: float, corner: float) -> None:
    variant = MDGAN(radius=radius)
    assert variant.density_of_one() * highest(9, radius / 0.5) == pytest.approx(centre, rel=2e-5)
    law = mixture(radius * simplex(9).double(), 0.5)
    assert law.log_prob(torch.zeros(9).double()).exp().item() == pytest.approx(centre, rel=2e-5)
    assert law.log_prob(radius * simplex(9)[3].double()).exp().item() == pytest.approx(corner, rel=2e-5)


@pytest.mark.parametrize("radius", [0.5, 1.5, 3.0])
def test_the_highest_likelihood_of_a_mixture(radius: float) -> None:
    """On a fine lattice of the plane, for three components."""
    axis = torch.linspace(-3.5, 3.5, 701, dtype=torch.float64)
    lattice = torch.cartesian_prod(axis, axis)
    density = mixture(radius * simplex(2).double(), 1.0).log_prob(lattice).exp() * (2 * math.pi)
    assert highest(2, radius) == pytest.approx(float(density.max()), rel=1e-4)


@pytest.mark.parametrize(("code", "deviation"), [(1, 0.5), (2, 0.1), (9, 0.1), (9, 0.5), (16, 0.1)])
def test_scores_of_mdgan_hold_at_its_modes(code: int, deviation: float) -> None:
    """In float32 as in 50 digits: log((eps + lambda)/eps) at a mode, where lambda - lk is below rounding."""
    variant = MDGAN(code, deviation)
    most = highest(code, variant.radius / deviation)
    with mpmath.workdps(50):
        density = (2 * mpmath.pi * mpmath.mpf(deviation) ** 2) ** (-mpmath.mpf(code) / 2)
        for below in (0.0, 1e-3, 0.5, 4.0):
            raw = torch.tensor(math.log(most) - below, dtype=torch.float32)
            exact = mpmath.mpf(float(raw.double()))
            likelihood = density * min(mpmath.exp(exact), mpmath.mpf(most))
            expected = mpmath.log(1e-8 + likelihood) - mpmath.log(1e-8 + density * most - likelihood)
            # A rounding of raw moves lambda - lk by that share of lambda.
            share = 2e-7 * max(1.0, abs(math.log(most)))
            slack = float(density * most * share / (1e-8 + density * most - likelihood))
            found = float(variant.score(vanilla(), raw))
            assert found == pytest.approx(float(expected), abs=1e-4 + min(slack, 40.0)), below
            assert math.isfinite(found)
    top = variant.score(vanilla(), torch.tensor(math.log(most) + 1e-5))
    assert float(top) == pytest.approx(float(mpmath.log((1e-8 + density * most) / 1e-8)), rel=1e-4)


def test_mdgan_by_hand(first_step: Callable[..., Any]) -> None:
    """The authors' losses, but for log(lambda + 2 eps) a logarithm."""
    step = first_step(variant="mdgan", objective=vanilla(), data="digits", networks="mlp(8)")
    law, encoder, eps = mixture(0.94357 * simplex(9).double(), 0.5), step.discriminator.encoder, 1e-8
    real, fake = (
        law.log_prob(5 * encoder(x).sigmoid() - 2.5).exp() for x in (step.real, step.generator(step.noise))
    )
    most = law.log_prob(torch.zeros(9).double()).exp().item()
    d_loss = -((eps + real).log().mean() + (eps + most - fake).log().mean()).item()
    g_loss = (eps + most - fake).log().mean().item()
    shift = math.log(most + 2 * eps)
    assert step.losses == pytest.approx([d_loss + 2 * shift, g_loss - shift], rel=1e-5)
    # Where both likelihoods are half the highest the published loss is 2 log 2 - 2 log lambda.
    assert 2 * math.log(2) - 2 * shift == pytest.approx(9.01182, rel=1e-5)


def test_pgan_by_hand(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="pgan(4, 0.8)", objective=ebgan(3))
    d = step.discriminator
    torch.testing.assert_close(d.means.detach(), simplex(4).double())  # at first, of radius 1
    assert len(list(d.encoder.parameters())) + 1 == len(list(d.parameters()))  # the means are trained
    law, highest_of_one = mixture(d.means.detach(), 0.8), 4 * math.log(0.8 * math.sqrt(2 * math.pi))
    energies = [
        -law.log_prob(d.encoder(x).detach()) - highest_of_one
        for x in (step.real, step.generator(step.noise).detach())
    ]
    assert all(bool((each >= 0).all()) for each in energies)
    d_loss = energies[0].mean() + (3 - energies[1]).clamp(min=0).mean()
    assert step.losses == pytest.approx([d_loss.item(), energies[1].mean().item()], rel=1e-6)


def test_one_component_is_a_parabola() -> None:
    module = MixtureOfCodes(nn.Identity(), 1, 1.0, 0.7).double()
    module.means = nn.Buffer(torch.tensor([[0.4]], dtype=torch.float64))
    found = module(POINTS[:, :1])
    torch.testing.assert_close(found, -(POINTS[:, 0] - 0.4).square() / (2 * 0.49))
