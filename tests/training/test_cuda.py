"""The engines on a GPU, by graphs, beside themselves on the CPU; skipped where there is no CUDA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gantheory import objectives
from gantheory.training import GanConfig, RingConfig, train_run
from gantheory.training.engines.choice import gan_lanes
from gantheory.training.engines.hardware.graphs import GraphedStep
from gantheory.training.engines.lanes import Lanes
from gantheory.training.remedies import REMEDIES, GradientPenalty
from gantheory.training.variants import VARIANTS
from gantheory.validation import check

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")

GAMES = [
    objectives.alpha_gan(0.5, 1.2),
    objectives.vanilla(saturating=False),
    objectives.lsgan(0, 1, 1),
    objectives.renyi(2),
    objectives.ebgan(),
    objectives.alpha_gan(2, 3, saturating=False),
]
"""Of both heads, one whose loss is no sum, and one whose scores end."""

DEVICES = ("cpu", "cuda")


def small_networks() -> tuple[nn.Module, nn.Module]:
    g = nn.Sequential(
        nn.Unflatten(1, (6, 1, 1)),
        nn.ConvTranspose2d(6, 5, 3, 2, bias=False),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.ConvTranspose2d(5, 2, 3, 2, padding=1, output_padding=1),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(2, 4, 3, 2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 3, 3),
        nn.BatchNorm2d(3),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(3, 1),
    )
    return g, d


def without_batch_norm() -> nn.Module:
    return nn.Sequential(*(layer for layer in small_networks()[1] if not isinstance(layer, nn.BatchNorm2d)))


PICTURES = np.random.default_rng(0).normal(size=(45, 2, 6, 6))


def pictures_config(device: str, **changes: Any) -> GanConfig:
    settings: dict[str, Any] = {
        "objective": GAMES,
        "data": PICTURES,
        "networks": (lambda: small_networks()[0], lambda: small_networks()[1]),
        "seeds": (3, 1),
        "epochs": 5,
        "batch": 16,  # 13 rows in the last batch of an epoch: a second graph
        "test_samples": 10,
        "latent": 6,
        "dtype": "float64",
        "log_every": 1,
    }
    return GanConfig(device=device, **{**settings, **changes})


@pytest.mark.parametrize("numerics", ["stable", "clamped"])
def test_the_ring_on_a_gpu_is_the_ring_on_a_cpu(numerics: str) -> None:
    games = GAMES if numerics == "stable" else GAMES[:2]
    configs = [
        RingConfig(
            objective=games, seeds=(0, 4), epochs=4, batch=64, train_samples=400, test_samples=100,
            discriminator_hidden=(16, 16), generator_hidden=(16, 8), dtype="float64", log_every=1,
            numerics=numerics, device=device,
        )
        for device in DEVICES
    ]  # fmt: skip
    agree([train_run(config, progress=False) for config in configs], 1e-6)


@pytest.mark.parametrize("engine", ["auto", "lifted"])
def test_pictures_on_a_gpu_are_pictures_on_a_cpu(engine: str) -> None:
    agree([train_run(pictures_config(device, engine=engine), progress=False) for device in DEVICES], 1e-6)


def test_a_penalty_on_a_gpu_is_a_penalty_on_a_cpu() -> None:
    changes: dict[str, Any] = {
        "remedies": [GradientPenalty(10.0)],
        "objective": objectives.wgan(),
        "networks": (lambda: small_networks()[0], without_batch_norm),
    }
    agree([train_run(pictures_config(device, **changes), progress=False) for device in DEVICES], 1e-6)


SOME = {"seeds": [0, 3], "epochs": 4, "max_steps": 12}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_on_a_gpu_is_that_remedy_on_a_cpu(game: Callable[..., GanConfig], name: str) -> None:
    config = game(remedies=[name], discriminator_steps=2, **SOME)
    agree([train_run(replace(config, device=device), progress=False) for device in DEVICES], 1e-6)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_on_a_gpu_is_that_variant_on_a_cpu(game: Callable[..., GanConfig], name: str) -> None:
    kind = VARIANTS[name]
    needs = {"data": "digits", "networks": "dcgan(4)"} if kind.pictures else {}
    config = game(variant=name, objective=objectives.from_spec(kind.objective), **SOME, **needs)
    agree([train_run(replace(config, device=device), progress=False) for device in DEVICES], 1e-6)


def agree(runs: list[Any], rtol: float) -> None:
    a, b = (run.history[["discriminator_loss", "generator_loss"]].to_numpy() for run in runs)
    assert np.isfinite(a).all()
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(runs[0].samples, runs[1].samples, rtol=1e-4, atol=1e-6)


def test_steps_are_replayed_from_graphs() -> None:
    ring = RingConfig(objective=GAMES, seeds=(0,), train_samples=400, batch=128, device="cuda")
    for lanes in (Lanes(ring), gan_lanes(pictures_config("cuda"))):
        lanes.advance(12)
        (stepper,) = lanes._steps
        assert isinstance(stepper, GraphedStep) and stepper._graphs


def test_a_member_that_diverges_is_frozen_and_the_others_go_on() -> None:
    lanes = gan_lanes(pictures_config("cuda", objective=GAMES[0]))
    lanes.advance(9)
    before = lanes.ensembles[0].current
    weights = before.generator.weights.clone()
    with torch.no_grad():
        lanes.ensembles[0]._g.blocks[0][0].fill_(float("nan"))
    lanes.advance(3)
    assert lanes.ensembles[0].diverged_at.tolist() == [10, 0]
    assert not torch.equal(lanes.ensembles[0].current.generator.weights[1], weights[1])


def test_a_resumed_run_goes_on_where_it_was() -> None:
    whole = gan_lanes(pictures_config("cuda"))
    whole.advance(7)
    again = gan_lanes(pictures_config("cuda"), whole.state())
    for lanes in (whole, again):
        lanes.advance(6)
    assert whole.step == again.step == 13
    torch.testing.assert_close(
        whole.ensembles[0].current.generator.weights, again.ensembles[0].current.generator.weights,
        rtol=1e-9, atol=1e-12,
    )  # fmt: skip


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_losses_and_their_gradients_are_those_of_the_cpu(game: Any) -> None:
    real, fake = (torch.linspace(0.01, 3, 50, dtype=torch.float64) - shift for shift in (0, -0.2))
    found = []
    for device in DEVICES:
        on = [each.to(device).requires_grad_() for each in (real, fake)]
        for loss in game.torch_losses():
            value = loss(*on)
            found.append([value, *torch.autograd.grad(value, on, allow_unused=True)])
    for host, gpu in zip(found[:2], found[2:], strict=True):
        for a, b in zip(host, gpu, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                torch.testing.assert_close(a, b.cpu(), rtol=1e-12, atol=1e-15)


def test_a_model_on_a_gpu_is_checked_against_the_theory() -> None:
    drawn = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(4000, 1, generator=drawn) + mean for mean in (0.5, -0.5))
    best = nn.Linear(1, 1).cuda().requires_grad_(False)
    best.weight.fill_(1.0)
    best.bias.fill_(0.0)
    found = check(objectives.vanilla(), best, real, fake, (real[:, 0].numpy(), fake[:, 0].numpy()))
    assert {line.verdict for line in found} == {"agrees"}
