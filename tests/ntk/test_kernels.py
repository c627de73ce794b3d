"""Closed forms against 50 digits, Monte Carlo networks and differences; gradients, blocks, and bad input."""

import importlib.util
import itertools
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gantheory as gt
from gantheory.ntk import blocks
from gantheory.ntk.kernels import Erf, PiecewiseLinear, as_kernel, mlp, rbf
from gantheory.ntk.kernels.invariant import InvariantKernel
from gantheory.ntk.kernels.named import NAMED

_spec = importlib.util.spec_from_file_location("ntk_reference", Path(__file__).with_name("reference.py"))
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

RNG = np.random.default_rng(5)
X, Y = 2 * RNG.normal(size=(4, 2)), 2 * RNG.normal(size=(5, 2))
WEIGHTS = RNG.normal(size=5)
slow = pytest.mark.slow
"""Every activation, kind and rule of differentiation keeps a fast case; slow are other combinations."""
ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "abs",
    "erf",
    "sigmoid_like",
    PiecewiseLinear(-0.3, 0.7),
    Erf(2, 0.5, 0.1),
]


@pytest.mark.parametrize(
    ("activation", "b_std", "kind"),
    [
        # Each activation as both kinds, and with and without biases.
        pytest.param(activation, b_std, kind, marks=() if (b_std == 0) == (kind == "nngp") else slow)
        for activation in ACTIVATIONS
        for b_std in (0.0, 0.6)
        for kind in ("ntk", "nngp")
    ],
    ids=str,
)
def test_closed_forms_equal_the_recursion_in_50_digits(activation, b_std, kind):
    k = mlp(3, activation, 1.3, b_std, readout_b_std=0.2, kind=kind)
    expected = reference.matrix(X, Y, 3, k.activation, k.w_std, k.b_std, 0.2, kind)
    # A kernel of the absolute value can be small where its terms are not.
    np.testing.assert_allclose(k(X, Y), expected, rtol=2e-13)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("relu", lambda p: max(p, 0.0)),
        ("leaky_relu", lambda p: max(p, 0.2 * p)),
        ("abs", abs),
        ("erf", math.erf),
        ("sigmoid_like", lambda p: (1 + math.erf(p / 2.4020563531719796)) / 2),
    ],
)
def test_a_name_is_the_function_that_it_says(name, function):
    """The comparisons above take whatever function the kernel has, on both sides."""
    points = np.array([-2.5, -0.4, 0.0, 0.7, 3.0])
    phi = mlp(1, name, 1.0, 0.0).activation
    np.testing.assert_allclose(np.asarray(phi(points)), [function(p) for p in points], rtol=2e-6, atol=1e-12)


@pytest.mark.parametrize(("name", "b_std"), [("relu", 1.0), ("relu_no_bias", 0.0), ("sigmoid", 0.2)])
def test_named_kernels_have_three_layers_and_no_bias_in_the_readout(name, b_std):
    k = NAMED[name]()
    expected = reference.matrix(X, Y, 3, k.activation, 1.0, b_std, 0.0, "ntk")
    np.testing.assert_allclose(k(X, Y), expected, rtol=2e-13)


def test_the_named_gaussian_is_of_variance_two():
    squared = ((X[:, None] - Y) ** 2).sum(-1)
    np.testing.assert_allclose(NAMED["rbf"]()(X, Y), np.exp(-squared / 4), rtol=1e-13)


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-8, 1e-12])
@pytest.mark.parametrize("b_std", [0.3, 1.0])
def test_close_points_keep_all_digits(distance, b_std):
    # An arc cosine of a correlation loses half of them: 3e-9 at a distance of 1e-8.
    close = X + distance * np.array([0.6, 0.8])
    k = mlp(3, "relu", 1.0, b_std)
    found = np.diag(k(X, close))
    expected = [
        float(reference.kernel(p, q, 3, k.activation, 1.0, b_std, b_std, "ntk"))
        for p, q in zip(X, close, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=3e-15)


def test_opposite_points_of_any_lengths():
    """Without a bias their correlation is -1, whatever rounding leaves of it: 1e-6 of the kernel was lost."""
    x = np.random.default_rng(1).normal(size=(9, 3))
    y = -x * np.logspace(-4, 4, 9)[:, None]
    k = mlp(2, "relu", 1.2, 0.0)
    expected = [
        float(reference.kernel(p, q, 2, k.activation, 1.2, 0.0, 0.0, "ntk"))
        for p, q in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(np.diag(k(x, y)), expected, rtol=1e-14)


def test_identical_points_in_784_dimensions():
    x = RNG.normal(size=(3, 784))
    k = mlp(3, "relu", 1.0, 1.0)
    expected = [float(reference.kernel(p, p, 3, k.activation, 1.0, 1.0, 1.0, "ntk")) for p in x]
    np.testing.assert_allclose(np.diag(k(x)), expected, rtol=1e-14)


def test_depth_and_input_dimension():
    x, y = RNG.normal(size=(3, 12)), RNG.normal(size=(2, 12))
    for depth, activation in itertools.product((1, 2, 6), ("relu", "erf")):
        k = mlp(depth, activation, 1.1, 0.4)
        expected = reference.matrix(x, y, depth, k.activation, 1.1, 0.4, 0.4, "ntk")
        np.testing.assert_allclose(k(x, y), expected, rtol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "erf", "sigmoid_like"])
def test_nngp_is_the_covariance_of_wide_random_networks(activation):
    x = RNG.normal(size=(3, 2))
    k = mlp(1, activation, 1.2, 0.5, kind="nngp")
    draws, width = 400, 512
    outputs = []
    for _ in range(draws):
        w, b = RNG.normal(size=(width, 2)), RNG.normal(size=width)
        hidden = np.asarray(k.activation(1.2 * x @ w.T / np.sqrt(2) + 0.5 * b))
        # The readout's weights are averaged over in closed form.
        outputs.append(1.2**2 * hidden @ hidden.T / width + 0.5**2)
    spread = np.std(outputs, axis=0) / np.sqrt(draws)
    assert (np.abs(np.mean(outputs, axis=0) - k(x)) < 5 * spread + 1e-5).all()


@pytest.mark.parametrize(
    ("kernel", "dimension"),
    [
        # leaky_relu and abs are PiecewiseLinear, sigmoid_like is an Erf.
        *(
            pytest.param(
                mlp(2, a, 1.2, 0.7), 2, marks=slow if a in ("leaky_relu", "abs", "sigmoid_like") else ()
            )
            for a in ACTIVATIONS
        ),
        *(
            pytest.param(mlp(2, "relu", 1.2, 0.0), dimension, marks=() if dimension == 11 else slow)
            for dimension in (1, 2, 11)
        ),
        pytest.param(mlp(3, "abs", 1.2, 0.0), 2, marks=slow),
        (mlp(2, "relu", 1.2, 0.7, kind="nngp"), 11),
        pytest.param(rbf(0.3), 2, marks=slow),
        (rbf(0.3), 11),
    ],
    ids=str,
)
def test_gradients_equal_differences(kernel, dimension):
    x, y = 1.5 * RNG.normal(size=(4, dimension)), 1.5 * RNG.normal(size=(5, dimension))
    step = 1e-5
    differences = [
        (kernel(x + step * e, y) - kernel(x - step * e, y)) @ WEIGHTS / (2 * step) for e in np.eye(dimension)
    ]
    found = kernel.gradient(x, y, WEIGHTS)
    np.testing.assert_allclose(found, np.stack(differences, 1), rtol=1e-5, atol=1e-9 * np.abs(found).max())


def test_fused_partials_equal_automatic_differentiation():
    kernel = mlp(2, "leaky_relu", 0.9, 0.7)
    with jax.enable_x64(True):
        x, y = jnp.asarray(X), jnp.asarray(Y)
        by_hand = jax.jit(kernel.partials)(x, y)
        automatic = jax.jit(lambda x, y: InvariantKernel.partials(kernel, x, y))(x, y)
        for one, other in zip(by_hand, automatic, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-11)


@pytest.mark.parametrize(("activation", "b_std"), [("relu", 0.0), ("relu", 1.0), ("abs", 0.0), ("erf", 1.0)])
def test_gradients_are_finite_at_identical_antipodal_and_zero_points(activation, b_std):
    x = np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, -2.0], [2.0, 4.0], [1.0, 2.0 + 1e-9]])
    k = mlp(2, activation, 1.0, b_std)
    assert np.isfinite(k(x)).all()
    for weights in np.eye(len(x)):
        assert np.isfinite(k.gradient(x, x, weights)).all()


def test_float32_gradients_of_close_points_keep_their_digits():
    # neural-tangents loses 6e-4 of the scale for pairs 1e-4 apart.
    k = mlp(3, "relu", 1.0, 1.0)
    x = np.array([[1.0, 0.5]])
    y = (x + np.array([[6e-5, 8e-5]])).astype(np.float32).astype(np.float64)
    single = blocks.value_and_gradient(k, x, y, np.ones(1), dtype="float32")[1]
    np.testing.assert_allclose(single, k.gradient(x, y, np.ones(1)), rtol=5e-6)


@pytest.mark.parametrize("block", [3, pytest.param(100, marks=slow)])
def test_blocks_change_nothing(block):
    x, y = RNG.normal(size=(17, 2)), RNG.normal(size=(9, 2))
    w = RNG.normal(size=9)
    k = mlp(2)
    np.testing.assert_allclose(k(x, y, block=block), k(x, y), rtol=1e-14)
    np.testing.assert_allclose(k.gradient(x, y, w, block=block), k.gradient(x, y, w), rtol=1e-13)
    np.testing.assert_allclose(blocks.product(k, x, y, w, block), k(x, y) @ w, rtol=1e-13)


def test_points_on_the_line_may_be_one_dimensional():
    k = mlp()
    x = np.linspace(-1, 1, 4)
    np.testing.assert_array_equal(k(x), k(x[:, None]))


def test_the_users_precision_is_left_alone():
    before = jax.config.jax_enable_x64
    assert mlp()(X).dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    assert jnp.zeros(2).dtype == (jnp.float64 if before else jnp.float32)


def test_functions_as_kernels():
    def jax_rbf(x, y):
        return jnp.exp(-0.5 * ((x[:, None] - y[None]) ** 2).sum(-1))

    def numpy_rbf(x, y):
        return np.exp(-0.5 * np.array([[((p - q) ** 2).sum() for q in y] for p in x]))

    closed = rbf(0.5)
    for function in (jax_rbf, numpy_rbf):
        np.testing.assert_allclose(as_kernel(function)(X, Y), closed(X, Y), rtol=1e-13)
    np.testing.assert_allclose(
        as_kernel(jax_rbf).gradient(X, Y, WEIGHTS), closed.gradient(X, Y, WEIGHTS), rtol=1e-12
    )
    with pytest.raises(TypeError, match=r"no gradient.*jax\.numpy"):
        as_kernel(numpy_rbf).gradient(X, Y, WEIGHTS)
    with pytest.raises(TypeError, match="kernel must be"):
        as_kernel("rbf")


def test_functions_tied_to_a_dimension_are_traced_and_mistakes_in_them_are_named():
    scales = jnp.array([1.0, 2.0, 0.5])

    def scaled(x, y):
        return jnp.exp(-(scales * (x[:, None] - y[None]) ** 2).sum(-1))

    x = RNG.normal(size=(4, 3))
    numpy_scales = np.array([1.0, 2.0, 0.5])
    expected = -2 * sum(
        w * numpy_scales * (x - y) * np.exp(-(numpy_scales * (x - y) ** 2).sum(1))[:, None]
        for w, y in zip(WEIGHTS[:4], x, strict=True)
    )
    np.testing.assert_allclose(as_kernel(scaled).gradient(x, x, WEIGHTS[:4]), expected, rtol=1e-5)
    wgan = gt.objectives.wgan()
    with pytest.raises(ValueError, match=r"failed on points of shapes \(2, 2\).*NameError: name 'gama'"):
        gt.ntk.discriminator_flow(wgan, lambda x, y: gama * x @ y.T, X, Y)  # noqa: F821
    with pytest.raises(ValueError, match=r"to a matrix \(2, 3\), got shape \(\)"):
        gt.ntk.discriminator_flow(wgan, lambda x, y: np.float64(1), X, Y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mlp()(X + 1j), "x must be real numbers of shape .*got complex128"),
        (lambda: mlp()(["1", "2"]), "x must be real numbers"),
        (lambda: mlp(0), "depth must be a number of hidden layers, at least 1, got 0"),
        (lambda: mlp(activation="relo"), r"activation 'relo': did you mean 'relu'"),
        (lambda: mlp(w_std=0), r"w_std must be in \(0, inf\), got 0"),
        (lambda: mlp(b_std=-1), r"b_std must be in \[0, inf\), got -1"),
        (lambda: mlp(kind="ntg"), "kind 'ntg': did you mean 'ntk'"),
        (lambda: rbf(-1), r"gamma must be in \(0, inf\), got -1"),
        (lambda: PiecewiseLinear(0, 0), "slopes must not both be 0"),
        (lambda: mlp()(X, RNG.normal(size=(3, 3))), "x and y must have one dimension, got 2 and 3"),
        (lambda: mlp()([[1.0, np.nan]]), r"x must be finite, got \[1.0, nan\] in row 0"),
        (lambda: mlp()(np.zeros((2, 2, 2))), r"shape \(n, d\)"),
        (lambda: mlp()(X, Y, block=0), "block must be a positive number of rows, got 0"),
        (lambda: mlp().gradient(X, Y, [1.0]), r"weights must have shape \(5,\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_contract_of_names():
    assert gt.ntk.kernels.mlp(depth=3, activation="relu", w_std=1.0, b_std=1.0) == mlp()
    assert hash(mlp()) == hash(mlp())
