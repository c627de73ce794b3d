"""Generator flow: its gradient against finite differences, and its limits."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.ntk import generators
from gantheory.ntk.discriminator import discriminator_flow
from gantheory.ntk.kernels import rbf
from gantheory.ntk.samples.particles import particle_flow
from gantheory.ntk.samples.training import generator_flow
from gantheory.objectives import ipm, lsgan

OPTIONS = {"precision": "float64", "progress": False, "metrics": ()}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    return rng.normal(size=(12, 3)), rng.normal(size=(10, 2)) + np.array([1.5, 0.0])


def test_a_gradient_step_is_that_of_the_mean_of_S_with_the_discriminator_held_fixed(data):
    z, y = data
    obj, kernel = lsgan(-1, 1, 0), rbf(0.5)
    theta = np.random.default_rng(1).normal(size=(3, 2)) * 0.5
    linear = generators.Generator(lambda p, latent: jnp.tanh(latent @ p["w"]), {"w": theta})
    flow = generator_flow(obj, kernel, linear, z, y, steps=1, step_size=0.1, optimizer="sgd", **OPTIONS)
    fixed = discriminator_flow(obj, kernel, y, np.tanh(z @ theta))

    def loss(w):
        return (fixed.scores(np.tanh(z @ w), 1.0) ** 2 / 2).mean()

    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        step = np.zeros_like(theta)
        step[index] = 1e-5
        gradient[index] = (loss(theta + step) - loss(theta - step)) / 2e-5
    moved = np.asarray(flow.parameters["w"]) - theta
    np.testing.assert_allclose(moved, -0.1 * gradient, rtol=1e-5, atol=1e-9)


def test_a_generator_that_is_a_table_of_points_is_a_particle_flow(data):
    _, y = data
    x = np.random.default_rng(2).normal(size=(9, 2))
    table = generators.Generator(lambda p, z: p, x)
    options = {"steps": 3, **OPTIONS}
    moved = generator_flow(
        ipm("rkhs"), rbf(0.5), table, np.zeros((9, 1)), y, step_size=9 * 0.2, optimizer="sgd", **options
    )
    particles = particle_flow(ipm("rkhs"), rbf(0.5), x, y, step_size=0.2, **options)
    np.testing.assert_allclose(moved.samples, particles.samples, rtol=1e-12)


def test_adam_moves_every_parameter_by_its_rate_at_first_and_resumes(data, tmp_path):
    z, y = data
    network = generators.mlp(3, 2, hidden=(8,), seed=4)
    options = {"record_every": 2, "progress": False, "metrics": ("energy",), "step_size": 0.01}
    first = generator_flow(ipm("rkhs"), rbf(0.5), network, z, y, steps=1, **options)
    change = np.asarray(first.parameters[-1][0]) - network.parameters[-1][0]
    # With the first gradient g the step is g/(|g| + 1e-8).
    assert np.median(abs(change)) == pytest.approx(0.01, rel=1e-3)
    whole = generator_flow(ipm("rkhs"), rbf(0.5), network, z, y, steps=40, **options)
    file = tmp_path / "g.npz"
    for steps in (16, 40):
        part = generator_flow(ipm("rkhs"), rbf(0.5), network, z, y, steps=steps, checkpoint=file, **options)
    assert np.array_equal(part.samples, whole.samples) and part.metrics.equals(whole.metrics)
    assert whole.metrics.energy.iloc[-1] < 0.6 * whole.metrics.energy.iloc[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "adma"}, "did you mean 'adam'"),
        ({"target": np.zeros((4, 3)) + np.eye(4, 3)}, r"samples of shape \(12, 3\), got \(12, 2\)"),
        ({"latent": [[np.inf] * 3]}, "latent must be finite"),
    ],
)
def test_bad_input(data, change, message):
    z, y = data
    arguments = {"latent": z, "target": y, "steps": 1} | change
    with pytest.raises(ValueError, match=message):
        generator_flow(ipm("rkhs"), rbf(0.5), generators.mlp(3, 2), **arguments)
    with pytest.raises(ValueError, match="latent, hidden and output must be positive"):
        generators.mlp(0, 2)
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        generators.mlp(1, 2, activation="relo")
