"""v_t under jax.grad, jit and vmap: the numbers of `scores`, the gradient of finite differences."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

import gantheory as gt  # noqa: E402
from gantheory.ntk import flow_metrics  # noqa: E402

RNG = np.random.default_rng(0)
REAL, FAKE, X = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2)), RNG.normal(size=(3, 2))
KERNELS = {
    "rbf": lambda: gt.ntk.kernels.rbf(0.5),
    "mlp": lambda: gt.ntk.kernels.mlp(depth=1, activation="relu", w_std=1.0, b_std=1.0),
    "function": lambda: lambda a, b: jnp.exp(-((a[:, None] - b[None]) ** 2).sum(-1)),
}


def flow(kernel: str, spec: str = "lsgan", **options):
    return gt.ntk.discriminator_flow(gt.objectives.from_spec(spec), KERNELS[kernel](), REAL, FAKE, **options)


# The network's kernel has derivatives written by hand, a function JAX's own; the Gaussian is a simpler kernel
# by hand.
@pytest.mark.parametrize("kernel", [pytest.param("rbf", marks=pytest.mark.slow), "mlp", "function"])
def test_scores_and_gradients_under_every_transform(kernel):
    v = flow(kernel)
    x = X.copy()
    x[0] = REAL[0]  # a kink of the network's kernel
    right = v.scores(x, 1.0)
    step = 1e-6
    slopes = np.stack(
        [(v.scores(x + step * e, 1.0) - v.scores(x - step * e, 1.0)) / (2 * step) for e in np.eye(2)], 1
    )
    fresh = flow(kernel)  # whose coefficients are first asked for inside a trace
    assert np.allclose(jax.jit(lambda x: fresh.scores(x, 1.0))(jnp.asarray(x)), right, rtol=1e-5, atol=1e-6)
    gradient = jax.grad(lambda p: v.scores(p[None], 1.0)[0])
    assert np.allclose(jax.jit(jax.vmap(gradient))(jnp.asarray(x))[1:], slopes[1:], rtol=1e-4, atol=1e-5)
    assert np.isfinite(gradient(jnp.asarray(x[0]))).all()
    many = jax.jit(jax.vmap(lambda p: v.scores(p[None], [0.5, 1.0])[:, 0]))(jnp.asarray(x))
    assert many.shape == (3, 2) and np.allclose(many[:, 1], right, rtol=1e-5, atol=1e-6)
    if kernel == "mlp":
        return  # its second derivative has no value at the kinks
    bend = jax.jit(jax.hessian(lambda p: v.scores(p[None], 1.0)[0]))(jnp.asarray(x[1]))
    ahead, behind = (gradient(jnp.asarray(x[1] + s * np.array([1e-2, 0]))) for s in (1, -1))
    assert np.allclose(bend[0], (ahead - behind) / 2e-2, rtol=2e-2, atol=1e-3)


def test_the_gradient_is_that_of_the_field_and_double_precision_is_kept():
    v = flow("rbf", "wgan")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        gradient = jax.jit(jax.vmap(jax.grad(lambda p: v.scores(p[None], 2.0)[0])))(jnp.asarray(X))
        assert gradient.dtype == np.float64
        assert np.allclose(gradient, v.field(X, 2.0), rtol=1e-12)  # S = -v: the field is grad v
        assert np.allclose(jax.jit(lambda x: v.scores(x, 2.0))(jnp.asarray(X)), v.scores(X, 2.0), rtol=1e-13)


def test_known_points_inside_a_trace_and_an_initial_discriminator():
    v = flow("rbf", initial=lambda x: 0.1 * jnp.sin(x[:, 0]))
    right = v.scores(X, 1.0)
    assert np.allclose(jax.jit(lambda y: y + v.scores(X, 1.0))(jnp.zeros(3)), right, rtol=1e-6)
    assert np.allclose(jax.jit(lambda x: v.scores(x, 1.0))(jnp.asarray(X)), right, rtol=1e-5)


def test_bfloat16_points_are_points():
    v = flow("rbf")
    low = jnp.asarray(X, jnp.bfloat16)
    right = v.scores(np.asarray(low.astype(jnp.float32)), 1.0)
    assert v.scores(low, 1.0).tolist() == right.tolist()
    assert np.allclose(jax.jit(lambda x: v.scores(x, 1.0))(low), right, rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda v: jax.jit(lambda x: v.scores(x, 1.0))(jnp.ones((2, 3))),
        lambda v: jax.jit(lambda x: v.scores(x, 1.0))(jnp.ones((2, 2), jnp.complex64)),
        lambda v: jax.jit(lambda t: v.scores(X, t))(1.0),
    ],
)
def test_what_cannot_be_traced_is_said_in_one_line(call):
    with pytest.raises((ValueError, TypeError)) as error:
        call(flow("rbf"))
    assert "\n" not in str(error.value)


def test_sinkhorn_of_one_point():
    pytest.importorskip("geomloss")
    sinkhorn = flow_metrics.Sinkhorn()
    assert sinkhorn(np.ones((5, 2)), np.ones((3, 2))) == 0.0
    # Dirac masses a distance r apart: r^2/2, whatever the blur.
    for r in (1.0, 1e-2):
        assert sinkhorn(np.zeros((4, 2)), np.full((3, 2), r / np.sqrt(2))) == pytest.approx(
            r**2 / 2, rel=1e-6
        )
    with pytest.raises(ValueError, match="one dimension"):
        sinkhorn(np.ones((2, 2)), np.ones((2, 3)))


def test_the_field_follows_traced_points():
    v = flow("rbf", initial=lambda x: 0.1 * jnp.sin(x[:, 0]))
    right, step = v.field(X, [0.5, 1.0]), 1e-3 * np.array([1.0, 0.0])
    follow = jax.jit(jax.vmap(lambda p: v.field(p[None], [0.5, 1.0])[:, 0], out_axes=1))
    assert np.allclose(follow(jnp.asarray(X)), right, rtol=1e-4, atol=1e-6)
    slope = (v.field(X + step, 1.0) - v.field(X - step, 1.0))[:, 0] / 2e-3
    bend = jax.jit(jax.grad(lambda x: v.field(x, 1.0)[:, 0].sum()))(jnp.asarray(X))
    assert np.allclose(bend[:, 0], slope, rtol=1e-3, atol=1e-5)
    assert np.allclose(jax.jit(lambda y: y + v.field(X, 1.0))(jnp.zeros((3, 2))), right[1], rtol=1e-5)


def test_where_traced_points_are_not_followed_it_is_said():
    kernel = gt.ntk.kernels.rbf(0.5)
    for transform in (jax.jit, jax.grad):
        with pytest.raises(TypeError, match="x must be known numbers here, got points traced by JAX"):
            transform(lambda x: kernel(x, x))(jnp.asarray(X))
        with pytest.raises(TypeError, match="fake must be known numbers here"):
            transform(lambda y: gt.ntk.mmd_squared(kernel, REAL, y))(jnp.asarray(FAKE))
    assert np.allclose(jax.jit(kernel.matrix)(jnp.asarray(X), jnp.asarray(REAL)), kernel(X, REAL), rtol=1e-5)
    with pytest.raises(TypeError, match="t must be a known number"):
        jax.jit(lambda t: flow("rbf").field(X, t))(1.0)
    with pytest.raises(TypeError, match="initial cannot be traced by JAX"):
        jax.jit(lambda x: flow("rbf", initial=lambda x: np.asarray(x)[:, 0]).field(x, 1.0))(jnp.asarray(X))
