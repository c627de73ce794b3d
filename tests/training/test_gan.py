"""The stacked ring trainer against a plain one-seed loop, and its promises about seeds."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from gantheory import objectives
from gantheory.datasets import ring, training_set
from gantheory.training import RingConfig, metrics, quick_ring, train, train_run
from gantheory.training.engines import ensemble
from gantheory.training.seeding import generator, torch_generator

VANILLA = objectives.vanilla(saturating=False)
SMALL = {
    "train_samples": 300,
    "test_samples": 200,
    "batch": 64,
    "discriminator_hidden": (16, 16),
    "generator_hidden": (16, 16),
    "learning_rate": 1e-3,
    "epochs": 10,
    "log_every": 1,
}


def plain_network(seed, purpose, sizes, activation):
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(torch_generator(seed, purpose).get_state())
        layers = []
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), activation]
    return nn.Sequential(*layers[:-1])


def plain_loop(config, seed):
    """The published protocol as one would write it for a single seed, with PyTorch's own modules and
    losses."""
    d = plain_network(seed, "discriminator", (2, *config.discriminator_hidden, 1), nn.LeakyReLU(0.2))
    g = plain_network(seed, "generator", (2, *config.generator_hidden, 2), nn.ReLU())
    d_optimizer = torch.optim.Adam(d.parameters(), lr=config.learning_rate, betas=(0.9, 0.99))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=config.learning_rate, betas=(0.9, 0.99))
    data = torch.tensor(training_set(ring(), config.train_samples), dtype=torch.float32)
    order, noise = torch_generator(seed, "batch order"), torch_generator(seed, "noise")
    noises = torch.randn(len(data), 2, generator=torch_generator(config.data_seed, "noise set"))

    def bce(scores, label):
        return functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, label))

    losses = []
    for _ in range(config.epochs):
        shuffled = data[torch.randperm(len(data), generator=order)]
        if config.fresh_noise:
            latent = torch.randn(len(data), 2, generator=noise)
        else:
            latent = noises[torch.randperm(len(data), generator=noise)]
        for real, z in zip(shuffled.split(config.batch), latent.split(config.batch), strict=True):
            d_optimizer.zero_grad()
            d_loss = bce(d(real), 1.0) + bce(d(g(z).detach()), 0.0)
            d_loss.backward()
            d_optimizer.step()
            g_optimizer.zero_grad()
            g_loss = bce(d(g(z)), 1.0)
            g_loss.backward()
            g_optimizer.step()
            losses.append((d_loss.item(), g_loss.item()))
    return np.array(losses)


@pytest.mark.parametrize("fresh_noise", [False, True])
def test_an_ensemble_is_plain_loops_side_by_side(fresh_noise):
    config = RingConfig(objective=VANILLA, seeds=(4, 0, 7), fresh_noise=fresh_noise, **SMALL)
    run = train_run(config)
    assert config.steps == 50  # 10 epochs of 5 batches: the last, of 44 samples, is kept
    for seed in config.seeds:
        ours = run.history.query("seed == @seed")[["discriminator_loss", "generator_loss"]].to_numpy()
        np.testing.assert_allclose(ours, plain_loop(config, seed), rtol=2e-4)


def test_a_seed_does_not_depend_on_the_others():
    together = train_run(RingConfig(objective=VANILLA, seeds=range(5), **SMALL))
    alone = train_run(RingConfig(objective=VANILLA, seeds=[3], **SMALL))
    ours = together.history.query("seed == 3").drop(columns="seed").to_numpy()
    np.testing.assert_allclose(ours, alone.history.drop(columns="seed").to_numpy(), rtol=2e-4)
    np.testing.assert_allclose(together.samples[3], alone.samples[0], atol=2e-3)


def test_reproducible_and_global_generator_left_alone():
    state = torch.get_rng_state()
    config = RingConfig(objective=VANILLA, seeds=(0, 1), **SMALL)
    first = train_run(config)
    torch.rand(1)
    second = train_run(config)
    np.testing.assert_array_equal(first.samples, second.samples)
    torch.set_rng_state(state)
    train(config)
    assert torch.equal(state, torch.get_rng_state())


def test_table_says_what_the_samples_are():
    config = RingConfig(objective=VANILLA, seeds=(2, 5), **SMALL)
    run = train_run(config)
    assert run.table["seed"].tolist() == [2, 5]
    for row, samples in zip(run.table.itertuples(), run.samples, strict=True):
        assert row.modes == metrics.modes_covered(samples, ring())
        assert row.share == pytest.approx(metrics.high_quality_share(samples, ring()))
    assert run.table["steps"].tolist() == [50, 50] and not run.table["diverged"].any()
    assert set(run.table["objective"]) == {VANILLA.name} and (run.table["batch"] == 64).all()
    assert run.samples.shape == (2, 200, 2)
    # The reported loss, from the reported scores and the test set.
    real = ring().sample(200, generator(0, "test set"))
    bce = np.logaddexp(0, -run.scores(real)).mean() + np.mean(
        [np.logaddexp(0, run.scores(samples)[k]).mean() for k, samples in enumerate(run.samples)]
    )
    assert run.table["discriminator_loss"].mean() == pytest.approx(bce, rel=1e-5)


def test_a_diverged_seed_is_recorded_and_the_others_go_on(monkeypatch):
    class Broken(ensemble.StackedMLP):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            if args[3] == "discriminator":
                self.weights[1].data[1] = torch.inf

    config = RingConfig(objective=VANILLA, seeds=(0, 1, 2), **SMALL)
    sound = train_run(config)
    monkeypatch.setattr(ensemble, "StackedMLP", Broken)
    run = train_run(config)
    assert run.table["diverged"].tolist() == [False, True, False]
    assert run.table["diverged_at"][1] == 1 and run.table["diverged_at"].isna().tolist() == [
        True,
        False,
        True,
    ]
    assert run.table["modes"][1] == 0 and run.table["share"][1] == 0
    assert np.isnan(run.table["discriminator_loss"][1]) and np.isfinite(run.samples).all()
    np.testing.assert_array_equal(run.samples[[0, 2]], sound.samples[[0, 2]])


@pytest.mark.parametrize(
    "objective",
    [
        objectives.renyi(2),
        objectives.ebgan(),
        objectives.hinge(),
        objectives.lsgan(),
        objectives.alpha_gan(0.5, 0.3),
    ],
    ids=str,
)
def test_every_kind_of_objective_trains(objective):
    table = train(RingConfig(objective=objective, seeds=(0, 1), **SMALL | {"max_steps": 7}))
    assert table["steps"].tolist() == [7, 7] and not table["diverged"].any()
    assert np.isfinite(table[["discriminator_loss", "generator_loss"]]).all(axis=None)


def test_clamped_numerics_start_as_the_stable_ones():
    config = {"objective": VANILLA, "seeds": (0,), **SMALL, "max_steps": 10}
    stable, clamped = (train_run(RingConfig(numerics=mode, **config)) for mode in ("stable", "clamped"))
    np.testing.assert_allclose(stable.samples, clamped.samples, atol=1e-5)


def test_defaults_are_the_published_protocol():
    config = RingConfig(objective=VANILLA)
    assert config.steps == 400 * 391
    assert (config.batch, config.learning_rate, config.betas) == (128, 1e-4, (0.9, 0.99))
    assert not config.fresh_noise
    assert config.discriminator_hidden == (200,) * 4 and config.generator_hidden == (400,) * 4


@pytest.mark.slow
def test_quick_ring_learns_the_ring():
    table = train(quick_ring(objectives.alpha_gan(0.5, 1.2, saturating=False), seeds=range(2)))
    assert table["modes"].mean() >= 6
    assert table["share"].mean() > 0.3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be a positive integer, got 0"),
        ({"epochs": -1}, "epochs must be a positive integer, got -1"),
        ({"batch": 301}, "batch must be at most train_samples = 300, got 301"),
        ({"seeds": []}, "seeds must hold at least one seed, got none"),
        ({"seeds": (0, 1, 0)}, "seeds must differ, got 0 more than once"),
        ({"generator_activation": "rleu"}, "activation 'rleu': did you mean 'relu'"),
        (
            {"numerics": "clamp"},
            "numerics 'clamp': did you mean 'clamped'",
        ),
        ({"learning_rate": -1e-3}, r"learning_rate must be in \(0, inf\), got -0.001"),
        ({"betas": (0.9, 1.0)}, r"betas must be two numbers in \[0, 1\), got \(0.9, 1.0\)"),
        ({"betas": 0.9}, "betas must be a list of 2, each a real number, got 0.9"),
        ({"betas": ("a", "b")}, r"betas\[0\] must be a real number, got 'a'"),
        ({"dtype": [1]}, r"dtype must be text, got \[1\]"),
        ({"generator_activation": ["relu"]}, r"activation must be text, got \['relu'\]$"),
        ({"device": "meta"}, "device 'meta' was asked for, but PyTorch cannot use it here: "),
        ({"device": "gpu"}, "device must be a PyTorch device"),
        ({"data_seed": -1}, "data_seed must be a nonnegative integer, got -1"),
        ({"fresh_noise": 1}, "fresh_noise must be True or False, got 1"),
    ],
)
def test_bad_settings(changes, message):
    with pytest.raises(ValueError, match=message) as caught:
        RingConfig(objective=VANILLA, **SMALL | changes)
    assert "\n" not in str(caught.value)


def test_bad_types():
    with pytest.raises(ValueError, match=r"wgan needs a critic class \(lipschitz\)"):
        RingConfig(objective=objectives.wgan())
    with pytest.raises(
        TypeError,
        match=r"objective must be .* for text use objectives",
    ):
        RingConfig(objective="vanilla")
    with pytest.raises(TypeError, match="mixture must be a GaussianMixture"):
        RingConfig(objective=VANILLA, mixture="ring")
    with pytest.raises(TypeError, match="seeds must be a list, each a whole number"):
        RingConfig(objective=VANILLA, seeds=8)
    with pytest.raises(TypeError, match="config must be a RingConfig"):
        train(VANILLA)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_missing_cuda_is_said_before_training():
    with pytest.raises(ValueError, match="device 'cuda' was asked for, but PyTorch finds no CUDA device"):
        RingConfig(objective=VANILLA, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_agrees_with_the_cpu():
    runs = [train_run(RingConfig(objective=VANILLA, device=device, **SMALL)) for device in ("cpu", "cuda")]
    np.testing.assert_allclose(runs[0].samples, runs[1].samples, atol=1e-2)


def test_a_watcher_sees_the_run_in_the_middle_of_it():
    seen = []
    config = RingConfig(objective=VANILLA, **SMALL)
    run = train_run(
        config, progress=False, watch_every=3, watch=lambda now: seen.append((now.step, now.samples(40)))
    )
    steps = [step for step, _ in seen]
    assert steps == sorted({*range(3, config.steps + 1, 3), config.steps})
    assert {samples.shape for _, samples in seen} == {(len(config.members), 40, 2)}
    # The same noise at every look, and the networks as they end.
    noise = torch.randn(40, config.latent, generator=torch_generator(config.data_seed, "watch noise"))
    last = torch.cat([each.generate(noise) for each in run._ensembles])
    np.testing.assert_allclose(seen[-1][1], last.numpy(), rtol=1e-4, atol=1e-6)
    assert not np.array_equal(seen[0][1], seen[-1][1])
    with pytest.raises(ValueError, match="watch_every must be"):
        train_run(config, progress=False, watch_every=0, watch=print)
