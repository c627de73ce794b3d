"""The batched training step against PyTorch's own modules and optimizers, and members against each other."""

import itertools
import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from gantheory import objectives
from gantheory.datasets import ring, training_set
from gantheory.training import RingConfig, train_run
from gantheory.training.engines import ensemble as ensemble_module
from gantheory.training.engines.by_hand.adam import MaskedAdam
from gantheory.training.engines.ensemble import Ensemble
from gantheory.training.inputs.streams import Streams, noise_set
from gantheory.training.seeding import torch_generator

ALPHA = objectives.alpha_gan(0.5, 1.2, saturating=False)
SMALL = {
    "train_samples": 150,
    "test_samples": 100,
    "batch": 32,
    "discriminator_hidden": (12, 8),
    "generator_hidden": (10, 14),
    "learning_rate": 1e-3,
    "epochs": 100,
    "dtype": "float64",
}


def alone_with_torch(objective, seed, steps):
    """One member by nn.Sequential, the objective's torch losses, backward and torch.optim.Adam."""

    def network(purpose, sizes, activation):
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(torch_generator(seed, purpose).get_state())
            layers = []
            for inputs, outputs in itertools.pairwise(sizes):
                layers += [nn.Linear(inputs, outputs), activation]
        return nn.Sequential(*layers[:-1]).double()

    d = network("discriminator", (2, *SMALL["discriminator_hidden"], 1), nn.LeakyReLU(0.2))
    g = network("generator", (2, *SMALL["generator_hidden"], 2), nn.ReLU())
    d_adam, g_adam = (torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.99)) for net in (d, g))
    d_loss, g_loss = objective.torch_losses()
    data = torch.tensor(training_set(ring(), SMALL["train_samples"]))
    order, noise = torch_generator(seed, "batch order"), torch_generator(seed, "noise")
    noises = noise_set(RingConfig(objective=objective, **SMALL)).double()
    step = 0
    while True:
        shuffled = data[torch.randperm(len(data), generator=order)]
        latent = noises[torch.randperm(len(data), generator=noise)]
        for real, z in zip(shuffled.split(SMALL["batch"]), latent.split(SMALL["batch"]), strict=True):
            if step == steps:
                return d, g
            step += 1
            d_adam.zero_grad()
            d_loss(d(real).squeeze(-1), d(g(z).detach()).squeeze(-1)).backward()
            d_adam.step()
            g_adam.zero_grad()
            g_loss(d(real).squeeze(-1), d(g(z)).squeeze(-1)).backward()
            g_adam.step()


def trained(config, steps):
    ensemble = Ensemble(config, config.members)
    with torch.no_grad():
        for real, noise in itertools.islice(Streams(config, [seed for _, seed in config.members]), steps):
            ensemble.step(real, noise)
    return ensemble


@pytest.mark.parametrize(
    "objective",
    [
        ALPHA,
        objectives.alpha_gan(3, math.inf),
        objectives.vanilla(),
        objectives.lsgan(),
        objectives.renyi(2),  # its generator's loss is no sum
    ],
    ids=str,
)
def test_members_are_pytorch_loops(objective):
    """Weights after 60 steps, 12 epochs that each end with a batch of 22, as autograd and Adam give."""
    ensemble = trained(RingConfig(objective=objective, seeds=(4, 9), **SMALL), 60)
    for k, seed in enumerate((4, 9)):
        for ours, theirs in zip(
            (ensemble.discriminator, ensemble.generator),
            alone_with_torch(objective, seed, 60),
            strict=True,
        ):
            linear = [layer for layer in theirs if isinstance(layer, nn.Linear)]
            for layer, weight, bias in zip(linear, ours.weights, ours.biases, strict=True):
                torch.testing.assert_close(weight[k].T, layer.weight.detach(), rtol=1e-7, atol=1e-9)
                torch.testing.assert_close(bias[k, 0], layer.bias.detach(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 2e-3)])
def test_a_member_is_the_same_whatever_trains_beside_it(dtype, tolerance):
    """200 steps of seed 3 alone, among seeds, and among other objectives: same start and data, close end."""
    settings = SMALL | {"dtype": dtype, "learning_rate": 1e-4}
    others = [objectives.lsgan(), objectives.alpha_gan(0.3, 1), ALPHA]
    alone = RingConfig(objective=ALPHA, seeds=[3], **settings)
    among = RingConfig(objective=others, seeds=(8, 3, 1), **settings)
    position = among.members.index((ALPHA, 3))
    first, second = Ensemble(alone, alone.members), Ensemble(among, among.members)
    for a, b in zip(first.generator.blocks, second.generator.blocks, strict=True):
        assert torch.equal(a[0], b[position])
    batches = [iter(Streams(c, [seed for _, seed in c.members])) for c in (alone, among)]
    with torch.no_grad():
        for _ in range(200):
            (real, noise), (all_real, all_noise) = (next(each) for each in batches)
            assert torch.equal(real[0], all_real[position]) and torch.equal(noise[0], all_noise[position])
            loss = first.step(real, noise)
            losses = second.step(all_real, all_noise)
            for one, many in zip(loss, losses, strict=True):
                torch.testing.assert_close(one[0], many[position], rtol=tolerance, atol=tolerance)
    for a, b in zip(first.generator.blocks, second.generator.blocks, strict=True):
        torch.testing.assert_close(a[0], b[position], rtol=tolerance, atol=tolerance)


def test_a_table_as_one_ensemble_is_its_cells_one_by_one():
    cells = [objectives.alpha_gan(a, b) for a, b in ((0.5, 0.5), (1, 2), (math.inf, 0.4))]
    cells += [objectives.hinge(), objectives.vanilla(saturating=False)]
    settings = SMALL | {"max_steps": 40}
    together = train_run(RingConfig(objective=cells, seeds=(5, 2), **settings))
    assert [(row.objective, row.seed) for row in together.table.itertuples()] == [
        (cell.name, seed) for cell in cells for seed in (5, 2)
    ]
    for position, cell in enumerate(cells):
        one = train_run(RingConfig(objective=cell, seeds=(5, 2), **settings))
        part = slice(2 * position, 2 * position + 2)
        np.testing.assert_allclose(together.samples[part], one.samples, rtol=1e-8)
        for column in ("discriminator_loss", "generator_loss", "kl", "discriminator_distance"):
            np.testing.assert_allclose(together.table[column][part], one.table[column], rtol=1e-6)
    alphas = together.table[["alpha_d", "alpha_g"]].iloc[::2].to_numpy(dtype=float)
    np.testing.assert_array_equal(alphas[:3], [[0.5, 0.5], [1, 2], [math.inf, 0.4]])
    assert np.isnan(alphas[3]).all() and (alphas[4] == 1).all()


def test_a_diverged_member_keeps_its_last_finite_weights():
    """A seed is fed an infinite point at its seventh step; the others' weights are bit for bit the same."""
    config = RingConfig(objective=[ALPHA, objectives.lsgan()], seeds=(0, 1), **SMALL)
    clean, poisoned = (Ensemble(config, config.members) for _ in range(2))
    streams = Streams(config, [seed for _, seed in config.members])
    with torch.no_grad():
        for step, (real, noise) in enumerate(itertools.islice(streams, 20), start=1):
            clean.step(real, noise)
            spoiled = real.clone()
            if step == 7:
                spoiled[2] = math.inf
                before = [
                    block[2].clone() for block in poisoned.discriminator.blocks + poisoned.generator.blocks
                ]
            losses = poisoned.step(spoiled, noise)
            assert [bool(loss[2].isnan()) for loss in losses] == [step >= 7] * 2
            assert all(loss[[0, 1, 3]].isfinite().all() for loss in losses)
    assert poisoned.diverged_at.tolist() == [0, 0, 7, 0]
    after = poisoned.discriminator.blocks + poisoned.generator.blocks
    assert all(torch.equal(old, block[2]) for old, block in zip(before, after, strict=True))
    for ours, sound in zip(after, clean.discriminator.blocks + clean.generator.blocks, strict=True):
        assert torch.equal(ours[[0, 1, 3]], sound[[0, 1, 3]])


def test_the_masked_update_of_cuda_does_the_same(monkeypatch):
    """The path without branches on the host, here without its graph and its compiler."""
    config = RingConfig(objective=[ALPHA, objectives.lsgan()], seeds=(0, 1), **SMALL)
    usual = Ensemble(config, config.members)
    monkeypatch.setattr(ensemble_module, "FusedAdam", partial(MaskedAdam, compile_update=False))
    masked = Ensemble(config, config.members)
    streams = Streams(config, [seed for _, seed in config.members])
    with torch.no_grad():
        for step, (real, noise) in enumerate(itertools.islice(streams, 15), start=1):
            if step == 6:
                real[1, 4] = math.nan
            for ours, theirs in zip(masked.step(real, noise), usual.step(real, noise), strict=True):
                torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0, equal_nan=True)
            if step == 8:
                state = masked.state()
    assert masked.diverged_at.tolist() == usual.diverged_at.tolist() == [0, 6, 0, 0]
    for ours, theirs in zip(masked.generator.blocks, usual.generator.blocks, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-10)
    again = Ensemble(config, config.members)
    again.load(state, 8)
    streams = Streams(config, [seed for _, seed in config.members])
    with torch.no_grad():
        for real, noise in itertools.islice(streams, 8, 15):
            again.step(real, noise)
    for ours, theirs in zip(again.generator.blocks, masked.generator.blocks, strict=True):
        assert torch.equal(ours, theirs)


def test_an_overflow_of_the_gradient_alone_freezes_too():
    """The loss of alpha_D = 1/50 is finite at a real score of -1.6, and its derivative in float32 is not."""
    objective = objectives.alpha_gan(Fraction(1, 50), 1)
    config = RingConfig(objective=objective, seeds=(0,), **SMALL | {"dtype": "float32"})
    ensemble = Ensemble(config, config.members)
    ensemble.discriminator.biases[-1].fill_(-1.6)
    # c = -49: |l'| = exp(49 log(1 + e^1.6) - ...) is about 1e38, times activations of 1e3.
    ensemble.discriminator.weights[0].mul_(1e4)
    ensemble.discriminator.weights[-1].zero_()
    before = ensemble.discriminator.parameters.clone()
    real, noise = torch.full((1, 32, 2), 1.0), torch.zeros(1, 32, 2)
    with torch.no_grad():
        ensemble.step(real, noise)
    assert ensemble.diverged_at.tolist() == [1]
    assert torch.equal(before, ensemble.discriminator.parameters)


def test_bfloat16_is_near_and_keeps_float32_weights():
    settings = SMALL | {"dtype": "float32", "max_steps": 30, "log_every": 1}
    full, half = (
        train_run(RingConfig(objective=ALPHA, seeds=(0, 1), precision=precision, **settings))
        for precision in ("float32", "bfloat16")
    )
    gap = abs(full.history["discriminator_loss"] - half.history["discriminator_loss"])
    assert 0 < gap.max() < 0.02  # bfloat16 has 8 bits: about 0.4 % of a loss near 2
    assert not half.table["diverged"].any()
