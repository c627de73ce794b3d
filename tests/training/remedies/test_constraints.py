"""Spectral normalisation and adaptive weight decay beside singular values and hand-computed sequences."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gantheory.objectives import vanilla, wgan
from gantheory.objectives.torch_loss import batch_losses
from gantheory.training import GanConfig, train_run
from gantheory.training.remedies import AdaptiveL2, Play, SpectralNorm


def play(parameters: list[Tensor], on_fake: Tensor | None = None) -> Play:
    scores = torch.zeros(2) if on_fake is None else on_fake
    losses = batch_losses(vanilla(saturating=False))
    return Play(torch.tensor(0.0), losses, torch.zeros(2), scores, torch.zeros(2, 2), parameters)


def test_power_iteration_as_published() -> None:
    """W = diag(3, 1), u = (1, 1)/sqrt(2): 2.8636, 2.9982, 2.99998, and W/sigma -> diag(1, 1/3)."""
    w = torch.diag(torch.tensor([3.0, 1.0], dtype=torch.float64))
    u = torch.full((2,), 1 / math.sqrt(2), dtype=torch.float64)
    remedy, found = SpectralNorm(), []
    for _ in range(3):
        (normalised,) = remedy.reparametrize([w], (u,))
        found.append(float(3 / normalised[0, 0]))
        (u,) = remedy.remember((u,), play([w]), torch.empty(0))
    assert found == pytest.approx([2.8636, 2.9982, 2.99998], abs=5e-5)
    assert float(normalised[1, 1]) == pytest.approx(1 / 3, rel=1e-4)


def test_a_factor_does_not_matter_and_the_gradient_goes_through_sigma() -> None:
    w = torch.randn(4, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    memory = SpectralNorm().start([w], (2,), vanilla())
    for _ in range(200):
        memory = SpectralNorm().remember(memory, play([w]), torch.empty(0))
    (one,), (other,) = (SpectralNorm().reparametrize([c * w], memory) for c in (1, 7))
    torch.testing.assert_close(one, other)
    target = torch.randn(4, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def by_iteration(w: Tensor) -> Tensor:
        return (SpectralNorm().reparametrize([w], memory)[0] * target).sum()

    def by_svd(w: Tensor) -> Tensor:
        return (w / torch.linalg.svdvals(w.flatten(1))[0] * target).sum()

    # The slope of the largest singular value is u v', so that u and v need no gradient.
    torch.testing.assert_close(torch.func.grad(by_iteration)(w), torch.func.grad(by_svd)(w))


def test_the_trained_critic_has_slopes_of_at_most_one(game: Callable[..., GanConfig]) -> None:
    config = game(objective=wgan(), remedies=["spectral_norm"], epochs=20, max_steps=60, learning_rate=1e-2)
    run = train_run(config, progress=False)
    x = np.random.default_rng(0).normal(size=(200, 2))
    for k in range(3):
        _, discriminator = run.networks(k)
        layers = [layer for layer in discriminator.modules() if isinstance(layer, nn.Linear)]
        norms = [float(torch.linalg.svdvals(layer.weight.detach())[0]) for layer in layers]
        assert norms == pytest.approx([1.0] * len(layers), abs=0.02)  # as far as one iteration an update goes
        own = discriminator(torch.from_numpy(x)).detach().flatten().numpy()
        np.testing.assert_allclose(run.scores(x)[k], own, rtol=1e-9)
        gaps = np.abs(own[:, None] - own[None]), np.linalg.norm(x[:, None] - x[None], axis=2)
        assert (gaps[0] <= 1.05 * gaps[1]).all()


def test_adaptive_l2_moves_by_its_step_and_stays_above_zero() -> None:
    remedy = AdaptiveL2()
    w = [torch.tensor([[3.0, 4.0]], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64)]
    memory, found = remedy.start(w, (2,), vanilla()), []
    for error in (0.8, 1.4, 1.4, 1.0, 0.8, 0.8, 0.8):
        # softplus(-v) = error
        scores = torch.full((5,), -math.log(math.expm1(error)), dtype=torch.float64)
        memory = remedy.remember(memory, play(w, scores), torch.empty(0))
        found.append(float(memory[0]))
    assert found == pytest.approx([0, 1e-5, 2e-5, 2e-5, 1e-5, 0, 0], abs=1e-12)
    coefficient = (torch.tensor(0.5, dtype=torch.float64),)
    assert float(remedy.weight_penalty(w, coefficient)) == pytest.approx(0.25 * (9 + 16 + 4))


def test_adaptive_l2_in_a_step_is_weight_decay(game: Callable[..., GanConfig]) -> None:
    """With the largest error counted as losing, the second step has the decay of one step: w' = -rate c w."""
    settings = {"discriminator_optimizer": "sgd", "max_steps": 1, "seeds": [0]}
    plain = train_run(game(**settings), progress=False)._ensembles[0]
    step = 0.5
    # e > high = 0: the coefficient is 0 in the first step, and `step` in the second.
    remedy = AdaptiveL2(step=step, low=0, high=0)
    one = train_run(game(**settings, remedies=[remedy]), progress=False)._ensembles[0]
    torch.testing.assert_close(one.players()[1].weights, plain.players()[1].weights)
    settings["max_steps"] = 2
    two, without = (
        train_run(game(**settings, remedies=each), progress=False)._ensembles[0].players()[1].weights
        for each in ([remedy], [])
    )
    torch.testing.assert_close(without - two, 2e-3 * step * plain.players()[1].weights, rtol=1e-9, atol=1e-15)
