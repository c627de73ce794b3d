"""Trained discriminators against the optimal ones, in closed form."""

import numpy as np
import pytest
import torch
from scipy import stats

from gantheory import objectives
from gantheory.datasets import GaussianMixture
from gantheory.training import DiscriminatorConfig, fit_discriminator

REAL, FAKE = stats.norm(0, 1), stats.norm(1, 1.5)
SMALL = {"seeds": (0, 1), "hidden": (32, 32), "steps": 400, "batch": 512}


def sigma(t):
    return 1 / (1 + np.exp(-t))


# D* at t = log(p/q): sigma(alpha t) for alpha objectives, sigma(t) for LSGAN 0-1, 1 + t for the KL f-GAN.
OPTIMA = [
    (objectives.vanilla(), sigma, 0.012),
    (objectives.alpha_gan(0.5, 1.2, saturating=False), lambda t: sigma(0.5 * t), 0.012),
    pytest.param(objectives.alpha_gan(2, 2), lambda t: sigma(2 * t), 0.02, marks=pytest.mark.slow),
    pytest.param(objectives.lsgan(), sigma, 0.02, marks=pytest.mark.slow),
    (objectives.fgan("kl"), lambda t: 1 + t, 0.08),
]


@pytest.mark.slow_cases('fgan("kl")--')
@pytest.mark.parametrize(
    ("objective", "optimum", "tolerance"), OPTIMA, ids=lambda value: getattr(value, "name", "")
)
def test_one_dimension_approaches_the_optimum(objective, optimum, tolerance):
    fit = fit_discriminator(objective, REAL, FAKE, DiscriminatorConfig(**SMALL))
    rng = np.random.default_rng(42)
    x = np.concatenate([REAL.rvs(2000, random_state=rng), FAKE.rvs(2000, random_state=rng)])
    log_ratio = REAL.logpdf(x) - FAKE.logpdf(x)
    error = abs(fit.outputs(x) - optimum(log_ratio)).mean(axis=1)
    assert error.shape == (2,)
    assert (error < tolerance).all(), error
    # The tolerance tells: a constant discriminator and the optimum of another alpha are far outside it.
    assert abs(optimum(log_ratio) - optimum(0.0)).mean() > 3 * tolerance
    assert abs(optimum(log_ratio) - optimum(1.5 * log_ratio)).mean() > 2 * tolerance


@pytest.mark.slow
def test_two_dimensions_approach_the_optimum():
    real = GaussianMixture([[-1, 0], [1, 0.5]], [0.5, 0.8])
    fake = GaussianMixture([[0, 0]], 1.5)
    fit = fit_discriminator(objectives.alpha_gan(0.5, 1.2), real, fake, DiscriminatorConfig(**SMALL))
    points = np.concatenate([real.sample(2000, 7), fake.sample(2000, 8)])
    optimum = sigma(0.5 * (real.log_density(points) - fake.log_density(points)))
    assert (abs(fit.outputs(points) - optimum).mean(axis=1) < 0.015).all()


def test_equal_distributions_give_the_ideal_loss():
    fit = fit_discriminator(objectives.vanilla(), REAL, REAL, DiscriminatorConfig(**SMALL))
    last = fit.history.groupby("seed").tail(4)
    assert abs(last["loss"].mean() - np.log(4)) < 0.005
    assert abs(fit.outputs(np.linspace(-2, 2, 41)) - 0.5).max() < 0.05


def test_score_gradients_are_the_scores_slopes():
    fit = fit_discriminator(
        objectives.vanilla(),
        ring_like(),
        GaussianMixture([[0, 0]], 1.0),
        DiscriminatorConfig(**SMALL | {"steps": 20}),
    )
    x = np.random.default_rng(0).uniform(-2, 2, (30, 2))
    step = 1e-5
    slopes = np.stack(
        [(fit.scores(x + step * axis) - fit.scores(x - step * axis)) / (2 * step) for axis in np.eye(2)],
        axis=-1,
    )
    np.testing.assert_allclose(fit.score_gradients(x), slopes, rtol=1e-6, atol=1e-8)


def ring_like():
    return GaussianMixture([[-1, 0], [1, 0]], 0.5)


def test_a_seed_does_not_depend_on_the_others():
    config = {"hidden": (16,), "steps": 50, "batch": 64, "log_every": 1}
    together = fit_discriminator(
        objectives.vanilla(), REAL, FAKE, DiscriminatorConfig(seeds=(3, 0, 8), **config)
    )
    alone = fit_discriminator(objectives.vanilla(), REAL, FAKE, DiscriminatorConfig(seeds=(8,), **config))
    losses = together.history.query("seed == 8")["loss"].to_numpy()
    np.testing.assert_allclose(losses, alone.history["loss"], rtol=1e-5)
    x = np.linspace(-3, 3, 20)
    np.testing.assert_allclose(together.scores(x)[2], alone.scores(x)[0], rtol=1e-4, atol=1e-5)
    assert not np.allclose(together.scores(x)[0], together.scores(x)[1], atol=1e-3)


def test_reproducible_and_global_generators_left_alone():
    torch.manual_seed(1)
    np.random.seed(1)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    config = DiscriminatorConfig(seeds=(0,), hidden=(8,), steps=30, batch=32)
    first = fit_discriminator(objectives.vanilla(), REAL, FAKE, config)
    torch.rand(3), np.random.rand(3)
    torch.set_rng_state(torch_state)
    second = fit_discriminator(objectives.vanilla(), REAL, FAKE, config)
    assert torch.equal(torch_state, torch.get_rng_state())
    np.testing.assert_array_equal(first.scores([0.0, 1.0]), second.scores([0.0, 1.0]))
    np.random.seed(1)
    np.testing.assert_array_equal(numpy_state, np.random.get_state()[1])


def test_every_seed_side_and_step_has_samples_of_its_own():
    draws = []

    def recorded(n, rng):
        draws.append(rng.normal(size=n))
        return draws[-1]

    config = DiscriminatorConfig(seeds=(0, 1), hidden=(4,), steps=40, batch=2000)
    fit_discriminator(objectives.vanilla(), recorded, recorded, config)
    first = [round(float(draw[0]), 12) for draw in draws if len(draw) > 7]
    # 2 draws to standardize; then 3 blocks of at most 16 steps, for each seed and side.
    assert len(first) == len(set(first)) == 2 + 3 * 2 * 2


def test_a_callable_draws_samples():
    config = DiscriminatorConfig(seeds=(0,), hidden=(8,), steps=30, batch=32)
    by_callable = fit_discriminator(
        objectives.vanilla(), lambda n, rng: rng.normal(0, 1, n), lambda n, rng: rng.normal(1, 1.5, n), config
    )
    by_scipy = fit_discriminator(objectives.vanilla(), REAL, FAKE, config)
    np.testing.assert_allclose(by_callable.scores([0.3]), by_scipy.scores([0.3]), rtol=1e-5)


def test_scores_stay_in_the_domain():
    config = DiscriminatorConfig(seeds=(0,), hidden=(8,), steps=100, batch=64)
    fit = fit_discriminator(objectives.ebgan(), REAL, FAKE, config)
    assert (fit.scores(np.linspace(-5, 5, 50)) >= 0).all()


def test_progress_callback_reaches_the_end():
    calls = []
    config = DiscriminatorConfig(seeds=(0,), hidden=(4,), steps=60, batch=8, log_every=25)
    fit_discriminator(objectives.vanilla(), REAL, FAKE, config, progress=lambda *args: calls.append(args))
    assert calls == [(25, 60), (50, 60), (60, 60)]


def test_an_infinite_loss_is_an_error():
    config = DiscriminatorConfig(
        seeds=(0, 1), hidden=(8,), steps=200, batch=32, learning_rate=100.0, log_every=1
    )
    with pytest.raises(FloatingPointError, match=r"loss of fgan\(\"kl\"\), seed \d, is .* at step \d+"):
        fit_discriminator(objectives.fgan("kl"), REAL, FAKE, config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": ()}, "seeds must hold at least one seed"),
        ({"seeds": (1, 1)}, "seeds must differ, got 1 more than once"),
        ({"steps": 0}, "steps must be a positive integer, got 0"),
        ({"batch": -5}, "batch must be a positive integer, got -5"),
        ({"hidden": (32, 0)}, r"hidden must be positive integers, one per hidden layer, got \(32, 0\)"),
        ({"activation": "gelu"}, "activation 'gelu': did you mean 'relu'"),
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\), got 0.0"),
        ({"average": 1.5}, r"average must be in \[0, 1\], got 1.5"),
        ({"dtype": "float16"}, "dtype 'float16': did you mean 'float64' or 'float32'"),
    ],
)
def test_bad_settings(changes, message):
    with pytest.raises(ValueError, match=message):
        DiscriminatorConfig(**changes)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("vanilla", REAL, FAKE), TypeError, "objective must be an Objective, got 'vanilla'"),
        ((objectives.wgan(), REAL, FAKE), ValueError, r"wgan needs a critic class \(lipschitz\)"),
        ((objectives.vanilla(), 3, FAKE), TypeError, "real must be a GaussianMixture"),
        ((objectives.vanilla(), REAL, ring_like()), ValueError, "same dimension, got 1 and 2"),
        (
            (objectives.vanilla(), REAL, lambda n, rng: rng.normal(size=3)),
            ValueError,
            r"fake must draw an array",
        ),
        (
            (objectives.vanilla(), REAL, lambda n, rng: np.full(n, np.nan)),
            ValueError,
            "fake draws samples that",
        ),
        ((objectives.vanilla(), REAL, FAKE, {"steps": 3}), TypeError, "config must be a DiscriminatorConfig"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        fit_discriminator(*arguments)
    assert "\n" not in str(caught.value)
