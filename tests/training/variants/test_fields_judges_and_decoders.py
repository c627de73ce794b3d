"""Coulomb GAN, VRAL, VAE and GAN, and the levels of LAPGAN."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import softplus

from gantheory.objectives import lsgan, vanilla, wgan
from gantheory.training import GanConfig, train_pyramid, train_run
from gantheory.training.variants import VAEGAN, VRAL, CoulombGAN, Given, Seen
from gantheory.training.variants.conditional.lapgan import expanded, halved

ZERO = torch.zeros((), dtype=torch.float64)


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_the_potential_of_two_charges() -> None:
    """Real at 0 and generated at sqrt 3: k = 1 and 1/2, Phi = +-1/2; their difference is the squared MMD."""
    real, fake = column(0), column(math.sqrt(3))
    variant = CoulombGAN()
    assert variant.potential(real, real, fake).item() == pytest.approx(0.5, rel=1e-12)
    assert variant.potential(fake, real, fake).item() == pytest.approx(-0.5, rel=1e-12)
    both = column(0.3, 1.2, -0.4)
    assert variant.potential(column(0.1, 5.0), both, both).abs().max().item() == 0
    # Exponent 3, epsilon 2, distance sqrt 5: (5 + 4)^(-3/2) = 1/27, and 1/8 at no distance.
    other = CoulombGAN(3, 2).potential(column(0), column(0), column(math.sqrt(5)))
    assert other.item() == pytest.approx(1 / 8 - 1 / 27, rel=1e-12)


def test_coulomb_by_hand(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="coulomb", objective=wgan())
    x, y = step.generator(step.noise).detach(), step.real
    scores = [step.discriminator(each).flatten() for each in (y, x)]

    def potential(a: Tensor) -> Tensor:
        pull = [1 / ((a - b).square().sum() + 1).sqrt() for b in y]
        push = [1 / ((a - b).square().sum() + 1).sqrt() for b in x]
        return (sum(pull) - sum(push)) / 8  # type: ignore[return-value]

    off = [
        (score - torch.stack([potential(a) for a in at])).square().mean().item()
        for score, at in zip(scores, (y, x), strict=True)
    ]
    assert step.losses == pytest.approx([sum(off), -scores[1].mean().item()], rel=1e-6)


def test_vral_by_hand_and_who_moves_whom(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="vral(5)", objective=lsgan(-1, 1, 1))
    d = step.discriminator
    of_real, of_fake = step.draw[0] + 1, step.draw[1] - 1

    def judge(which: int, t: Tensor) -> Tensor:
        layer = d.judges[which]
        hidden = torch.nn.functional.leaky_relu(layer.first(t[:, None]), 0.2)
        return layer.last(hidden)[:, 0]

    v, w = d.network(step.real)[:, 0], d.network(step.generator(step.noise).detach())[:, 0]
    own = softplus(-judge(0, v)).mean() + softplus(-judge(1, w)).mean()
    judges = softplus(-judge(0, of_real)).mean() + softplus(judge(0, v.detach())).mean()
    judges = judges + softplus(-judge(1, of_fake)).mean() + softplus(judge(1, w.detach())).mean()
    g_loss = (w - 1).square().mean().item() / 2
    assert step.losses == pytest.approx([(own + judges).item(), g_loss], rel=1e-6)

    given = Given((), (of_real, of_fake))
    sides = []
    for x in (step.real, step.generator(step.noise).detach()):
        score, *more = d(x, *given.discriminator)
        sides.append(Seen(x, score, tuple(more)))
    loss = VRAL(5).discriminator_loss(ZERO, *sides, given, ())
    for parameters, alone in ((d.network.parameters(), own), (d.judges.parameters(), judges)):
        listed = list(parameters)
        for one, other in zip(
            torch.autograd.grad(loss, listed, retain_graph=True),
            torch.autograd.grad(alone, listed, retain_graph=True),
            strict=True,
        ):
            torch.testing.assert_close(one, other)


def test_vral_where_both_laws_are_met() -> None:
    """Judges that cannot tell return 0: 2 log 2 for each of R, F and D; G loses 5/2 at v ~ N(-1, 1)."""
    zero = torch.zeros(4, dtype=torch.float64)
    seen = Seen(zero, zero, (zero,) * 6)
    found = VRAL().discriminator_loss(ZERO, seen, seen, Given(), ())
    assert found.item() == pytest.approx(6 * math.log(2), rel=1e-12)
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    losses = lsgan(-1, 1, 1).functions().S(nodes - 1)
    assert weights @ losses / math.sqrt(2 * math.pi) == pytest.approx(2.5, rel=1e-12)


def test_the_bound_of_a_vae_by_hand() -> None:
    """Beside torch's own normal law and divergence, at random tensors."""
    torch.manual_seed(0)
    x, decoded, mean, log_variance = torch.randn(4, 5, 3, dtype=torch.float64)
    seen, loss = Seen(decoded, torch.zeros(5)), torch.tensor(0.25, dtype=torch.float64)
    found = VAEGAN(0.3, 0.5).generator_loss(loss, seen, (decoded, mean, log_variance), Given((x,)))
    fit = -Normal(decoded, 0.5).log_prob(x).sum(1).mean() - 3 * math.log(0.5 * math.sqrt(2 * math.pi))
    divergence = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(found, loss + 0.3 * (fit + divergence))


def test_vae_and_gan_by_hand(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="vaegan(0.3, 0.5)")
    g, x = step.generator, step.real
    fake = g.decoder(step.noise)
    mean, log_variance = g.encoder(x).split(3, 1)
    deviation = (log_variance / 2).exp()
    decoded = g.decoder(mean + deviation * step.noise)
    # The normal density of the data, but for its constant.
    fit = -Normal(decoded, 0.5).log_prob(x).sum(1).mean() - math.log(0.5) * 2 - math.log(2 * math.pi)
    divergence = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).sum(1).mean()
    on_real, on_fake = (step.discriminator(each).flatten() for each in (x, fake))
    d_loss = softplus(-on_real).mean() + softplus(on_fake).mean()
    g_loss = softplus(-on_fake).mean() + 0.3 * (fit + divergence)
    assert step.losses == pytest.approx([d_loss.item(), g_loss.item()], rel=1e-6)
    without = first_step(variant="vaegan(0)")
    assert without.losses == pytest.approx([d_loss.item(), softplus(-on_fake).mean().item()], rel=1e-6)


def test_vae_and_gan_at_weight_0_is_the_plain_gan(game: Callable[..., GanConfig]) -> None:
    config = game(seeds=[0])
    plain, hybrid = (
        train_run(each, progress=False) for each in (config, replace(config, variant="vaegan(0)"))
    )
    np.testing.assert_allclose(hybrid.samples, plain.samples, rtol=1e-9, atol=1e-12)


def test_details_and_the_coarse_picture() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    torch.testing.assert_close(halved(x), torch.tensor([[[[2.5, 4.5], [10.5, 12.5]]]]))
    assert expanded(halved(x))[0, 0, :2, :2].tolist() == [[2.5, 2.5], [2.5, 2.5]]


def test_lapgan_by_hand(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="lapgan(4)", data="digits", networks="mlp(8)")
    coarse = expanded(halved(step.real))
    plane = step.generator.plane(step.noise)
    assert plane.shape == (8, 1, 8, 8)
    fake = coarse + step.generator.add(torch.cat([coarse, plane], 1))
    on_real, on_fake = (step.discriminator(x).flatten() for x in (step.real, fake))
    d_loss = softplus(-on_real).mean() + softplus(on_fake).mean()
    assert step.losses == pytest.approx([d_loss.item(), softplus(-on_fake).mean().item()], rel=1e-6)


def test_a_pyramid_is_a_run_a_level(game: Callable[..., GanConfig]) -> None:
    config = game(variant="lapgan(4)", data="digits", networks="mlp(8)", max_steps=2, dtype="float32")
    pyramid = train_pyramid(config, 3, progress=False)
    assert [run.config.data.shape for run in pyramid.runs] == [(1, 2, 2), (1, 4, 4), (1, 8, 8)]
    assert [run.config.variant is None for run in pyramid.runs] == [True, False, False]
    x = torch.from_numpy(config.data.batch(np.arange(5)))
    coarse = pyramid.runs[1].config.data.batch(np.arange(5))
    np.testing.assert_allclose(coarse, halved(x), rtol=1e-6)
    samples = pyramid.samples(5, member=1, seed=3)
    assert samples.shape == (5, 1, 8, 8)
    smallest = pyramid.runs[0].config.data.batch(np.arange(5))
    given = pyramid.samples(5, member=1, seed=3, coarse=smallest)
    assert not np.allclose(given, samples)


def test_a_pyramid_of_one_level_is_the_plain_gan(game: Callable[..., GanConfig]) -> None:
    config = game(variant="lapgan(4)", data="digits", networks="mlp(8)", max_steps=2)
    pyramid = train_pyramid(config, 1, coarsest="mlp(8)", progress=False)
    plain = train_run(replace(config, variant=None), progress=False)
    np.testing.assert_array_equal(pyramid.runs[0].samples, plain.samples)


@pytest.mark.parametrize(
    ("changes", "levels", "says"),
    [
        ({"variant": None}, 2, "config must have variant='lapgan', got None"),
        ({}, 0, "levels must be a positive integer"),
        ({}, 5, r"levels must leave whole pixels of pictures of sides \(8, 8\), got 5"),
    ],
)
def test_pyramids_that_mean_nothing(
    game: Callable[..., GanConfig], changes: dict[str, Any], levels: int, says: str
) -> None:
    config = game(**{"variant": "lapgan(4)", "data": "digits", "networks": "mlp(8)", **changes})
    with pytest.raises(ValueError, match=says):
        train_pyramid(config, levels, progress=False)


@pytest.mark.parametrize("objective", [vanilla(), wgan(), lsgan()])
@pytest.mark.parametrize("variant", ["vral", "coulomb", "began"])
def test_own_losses_go_with_their_own_objective(
    game: Callable[..., GanConfig], variant: str, objective: Any
) -> None:
    if variant != "vral" and objective == wgan():
        return
    with pytest.raises(ValueError, match=r"needs a critic class|has a discriminator loss of its own"):
        game(variant=variant, objective=objective)
