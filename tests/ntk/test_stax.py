"""Kernels of neural-tangents architectures: closed forms, finite networks, gradients, blocks, errors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.ntk import neural_tangents
from gantheory.ntk.kernels.mlp import mlp
from gantheory.ntk.kernels.stax import from_stax
from gantheory.ntk.precision import precision

W_STD, B_STD = 1.3, 0.3


@pytest.fixture(scope="module")
def stax():
    return neural_tangents.load().stax


def fully_connected(stax, activation, depth, b_std=B_STD):
    hidden = [layer for _ in range(depth) for layer in (stax.Dense(1, W_STD, b_std), activation)]
    return stax.serial(*hidden, stax.Dense(1, W_STD, b_std))[2]


def activations(stax):
    return {"relu": stax.Relu(), "leaky_relu": stax.LeakyRelu(0.2), "erf": stax.Erf(), "abs": stax.Abs()}


def points(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    "name, kind, b_std",
    [
        ("relu", "ntk", 0.3),
        # Against 50 digits in test_kernels.
        pytest.param("leaky_relu", "ntk", 0.0, marks=pytest.mark.slow),
        pytest.param("erf", "ntk", 0.3, marks=pytest.mark.slow),
        ("abs", "nngp", 0.3),
    ],
)
def test_closed_forms_and_neural_tangents_agree(stax, name, kind, b_std):
    """Two derivations of one kernel: distances and 1 - correlation here, covariances there."""
    x, y, w = points((4, 3)), points((3, 3), 1), points(3, 2)
    theirs = from_stax(fully_connected(stax, activations(stax)[name], 2, b_std), kind=kind)
    ours = mlp(2, name, W_STD, b_std, kind=kind)
    np.testing.assert_allclose(theirs(x, y), ours(x, y), rtol=1e-12)
    np.testing.assert_allclose(theirs.gradient(x, y, w), ours.gradient(x, y, w), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["relu", "abs", "erf"])
def test_gradients_are_finite_everywhere(stax, name):
    """Coinciding, antipodal, collinear, zero points; without bias a point at the origin has no direction."""
    x = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0], [-1.0, -2.0], [2.0, 4.0], [1.0, 2.0 + 1e-9]])
    for b_std in (0.0, B_STD):
        kernel = from_stax(fully_connected(stax, activations(stax)[name], 1, b_std))
        assert np.isfinite(kernel.gradient(x, x, np.ones(6))).all()
        assert np.isfinite(kernel(x)).all()


def plain(stax):
    layers = stax.Conv(1, (2, 2), padding="SAME", b_std=0.1), stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1)
    return stax.serial(*layers)


def residual(stax):
    block = stax.Conv(1, (3, 3), padding="SAME"), stax.Relu(), stax.Conv(1, (3, 3), padding="SAME")
    return stax.serial(
        stax.Conv(1, (3, 3), padding="SAME", b_std=0.1),
        stax.FanOut(2),
        stax.parallel(stax.Identity(), stax.serial(*block)),
        stax.FanInSum(),
        stax.LayerNorm(axis=(1, 2, 3)),
        stax.Relu(),
        stax.AvgPool((2, 2), (2, 2)),
        stax.Flatten(),
        stax.Dense(1),
    )


IMAGE = (4, 4, 2)


@pytest.mark.parametrize("architecture", [plain, pytest.param(residual, marks=pytest.mark.slow)])
def test_images_are_reshaped_points(stax, architecture):
    """Values are kernel_fn's own on images; gradients against central differences; blocks change nothing."""
    *_, kernel_fn = architecture(stax)
    kernel = from_stax(kernel_fn, IMAGE)
    x, y, w = points((5, 32)), points((3, 32), 1), points(3, 2)
    with precision("float64"):
        images = [jnp.asarray(z.reshape(len(z), *IMAGE)) for z in (x, y)]
        expected = np.asarray(jax.jit(kernel_fn, static_argnums=2)(*images, "ntk"))
    np.testing.assert_allclose(kernel(x, y), expected, rtol=1e-12)
    np.testing.assert_allclose(kernel(x, y, block=2), expected, rtol=1e-12)
    assert kernel(x, y).dtype == np.float64
    gradient = kernel.gradient(x, y, w)
    assert gradient.shape == (5, 32)
    direction, h = points((5, 32), 3), 1e-5
    difference = (kernel(x + h * direction, y) - kernel(x - h * direction, y)) @ w / (2 * h)
    np.testing.assert_allclose((gradient * direction).sum(1), difference, rtol=1e-6)


def test_finite_convolutional_networks_approach_the_kernel(stax):
    """Monte Carlo: the mean of empirical kernels of wide networks lies within its standard error."""
    channels = 64
    init, apply, kernel_fn = stax.serial(
        stax.Conv(channels, (3, 3), padding="SAME", b_std=0.2), stax.Relu(), stax.Flatten(), stax.Dense(1)
    )
    x = points((3, 32))
    expected = from_stax(kernel_fn, IMAGE)(x)
    function = jax.jit(neural_tangents.load().empirical_ntk_fn(apply, vmap_axes=0, implementation=2))
    images = jnp.asarray(x.reshape(3, *IMAGE), jnp.float32)
    draws = [function(images, None, init(jax.random.PRNGKey(k), images.shape)[1]) for k in range(60)]
    mean, spread = np.mean(draws, axis=0), np.std(draws, axis=0, ddof=1) / np.sqrt(len(draws))
    assert (spread < 0.05 * np.diag(expected).mean()).all()
    assert (np.abs(mean - expected) < 4 * spread).all()


def test_dropout_is_one_function_of_two_points(stax):
    """Masks are drawn for each point anew, however points are blocked: one draw would double the diagonal.
    Where points coincide, the arc cosine of neural-tangents magnifies the last digit to 1e-8."""
    *_, kernel_fn = stax.serial(stax.Dense(1), stax.Relu(), stax.Dropout(0.5), stax.Dense(1))
    kernel = from_stax(kernel_fn)
    x = points((4, 3))
    np.testing.assert_allclose(kernel(x), kernel(x, x, block=1), rtol=1e-7)


def test_errors_come_before_work(stax):
    *whole, kernel_fn = stax.serial(stax.Conv(1, (3, 3), padding="SAME"), stax.Relu())
    with pytest.raises(ValueError, match=r"one number per pair.*GlobalAvgPool.*got shape"):
        from_stax(kernel_fn, IMAGE)
    with pytest.raises(TypeError, match="pass the third of"):
        from_stax((*whole, kernel_fn))
    flat = fully_connected(stax, stax.Relu(), 1)
    with pytest.raises(ValueError, match="kind 'nkt': did you mean 'ntk'"):
        from_stax(flat, kind="nkt")
    with pytest.raises(ValueError, match="input_shape must be positive integers, got \\(0, 4\\)"):
        from_stax(flat, (0, 4))
    assert from_stax(plain(stax)[-1], (4, 4, 1)).input_shape == (4, 4, 1)
    *_, good = plain(stax)
    with pytest.raises(ValueError, match="points must have 32 coordinates"):
        from_stax(good, IMAGE)(points((3, 31)))
