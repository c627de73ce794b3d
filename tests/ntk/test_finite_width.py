"""Finite networks: kernels against Jacobians, flows against plain gradient steps and the infinite limit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gantheory import objectives
from gantheory.ntk.discriminator import discriminator_flow
from gantheory.ntk.finite.network import FiniteNetwork, antisymmetric, empirical_ntk
from gantheory.ntk.finite.study import fitted_rate, width_study
from gantheory.ntk.finite.training import _slope, _step, finite_discriminator_flow
from gantheory.ntk.kernels import mlp, rbf
from gantheory.ntk.precision import precision

DRAW = np.random.default_rng(3)
REAL, FAKE, X = DRAW.normal((1.5, 0.0), size=(6, 2)), DRAW.normal(size=(5, 2)), DRAW.normal(size=(4, 2))
KERNEL = mlp(1, "relu", 2**0.5, 0.3)


@pytest.mark.parametrize(
    "kernel",
    [
        mlp(2, "leaky_relu", 1.3, 0.2, readout_b_std=0.5),
        pytest.param(mlp(1, "sigmoid_like", 2.0, 1.0), marks=pytest.mark.slow),
    ],
)
def test_empirical_kernel_is_the_product_of_jacobians(kernel):
    network = FiniteNetwork(kernel, 7)
    with precision("float64"):
        parameters = network.initial(2, seed=5)

        def jacobian(points):
            pieces = jax.tree_util.tree_leaves(
                jax.jit(jax.jacobian(network))(parameters, jnp.asarray(points))
            )
            return np.concatenate([np.asarray(piece).reshape(len(points), -1) for piece in pieces], axis=1)

        expected = jacobian(REAL) @ jacobian(X).T
        # Antisymmetric pairs start at zero, with the kernel of one copy.
        pair = (parameters, parameters)
        pieces = jax.jit(jax.jacobian(antisymmetric, argnums=1), static_argnums=0)(
            network, pair, jnp.asarray(X)
        )
        both = np.concatenate(
            [np.asarray(p).reshape(len(X), -1) for p in jax.tree_util.tree_leaves(pieces)], axis=1
        )
        assert (np.asarray(antisymmetric(network, pair, jnp.asarray(X))) == 0).all()
    np.testing.assert_allclose(empirical_ntk(kernel, 7, REAL, X, seed=5), expected, rtol=1e-12)
    np.testing.assert_allclose(empirical_ntk(kernel, 7, REAL, X, seed=5, block=2), expected, rtol=1e-12)
    np.testing.assert_allclose(both @ both.T, empirical_ntk(kernel, 7, X, seed=5), rtol=1e-12)


@pytest.mark.parametrize(
    "kernel",
    [
        mlp(2, "relu", 2**0.5, 0.3),
        pytest.param(mlp(1, "erf", 1.5, 0.5, readout_b_std=0.0), marks=pytest.mark.slow),
    ],
)
def test_empirical_kernels_approach_the_kernel(kernel):
    """Mean within four standard errors of the limit at large width; error falls as 1/sqrt(width)."""
    limit = kernel(X)
    rows = []
    for width in (32, 128, 512):
        draws = np.array([empirical_ntk(kernel, width, X, seed=seed) for seed in range(60)])
        errors = np.linalg.norm(draws - limit, axis=(1, 2)) / np.linalg.norm(limit)
        rows += [(width, seed, error) for seed, error in enumerate(errors)]
    spread = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - limit) < 4 * spread).all()
    rate = fitted_rate(pd.DataFrame(rows, columns=["width", "seed", "error"]))
    assert rate.low < -0.5 < rate.high
    assert rate.high - rate.low < 0.25


SLOW = [pytest.param(o, marks=pytest.mark.slow) for o in (objectives.wgan(), objectives.hinge())]


@pytest.mark.parametrize("objective", [objectives.lsgan(), objectives.alpha_gan(0.5, 1.2), *SLOW], ids=str)
@pytest.mark.slow
def test_flow_is_gradient_ascent_with_small_steps(objective):
    """Plain gradient ascent of E_r A + E_g B in the parameters, for t = steps times rate: the unit of time is
    that of the sum of the two means. Euler's error is removed by extrapolation."""
    network = FiniteNetwork(mlp(1, "erf", 1.5, 0.5), 16)
    functions = objective.functions("jax")
    t = 0.5

    def value(pair):
        real = functions.A(antisymmetric(network, pair, jnp.asarray(REAL))).mean()
        return real + functions.B(antisymmetric(network, pair, jnp.asarray(FAKE))).mean()

    def ascent(steps):
        def step(_, pair):
            return jax.tree_util.tree_map(lambda p, g: p + t / steps * g, pair, jax.grad(value)(pair))

        one = network.initial(2, seed=2)
        pair = jax.lax.fori_loop(0, steps, step, (one, one))
        return np.asarray(antisymmetric(network, pair, jnp.asarray(X)))

    with precision("float64"):
        coarse, fine = ascent(400), ascent(800)
    flow = finite_discriminator_flow(objective, network.kernel, REAL, FAKE, 16, seed=2, tolerance=1e-6)
    scores = flow.scores(X, [t, 0.0, t / 2, t])
    np.testing.assert_allclose(scores[0], 2 * fine - coarse, atol=2e-5 * np.abs(fine).max(), rtol=2e-5)
    assert (scores[1] == 0).all()
    np.testing.assert_array_equal(scores[0], scores[3])
    np.testing.assert_allclose(flow.scores(X, t), scores[0], atol=1e-4 * np.abs(fine).max())


@pytest.mark.slow
def test_tolerance_is_the_error():
    def scores(tolerance, dtype="float64"):
        return finite_discriminator_flow(
            objectives.lsgan(), KERNEL, REAL, FAKE, 24, tolerance=tolerance, dtype=dtype
        ).scores(X, 2.0)

    best = scores(1e-5)
    assert 1e-5 < np.abs(scores(1e-2) - best).max() < 5e-2
    assert np.abs(scores(1e-3) - best).max() < 5e-3
    np.testing.assert_allclose(scores(1e-3, "float32"), best, atol=5e-3)


def test_estimated_error_of_a_step_is_of_third_order():
    """Half a step, an eighth of the error, where the activation is smooth."""
    network = FiniteNetwork(mlp(1, "erf", 1.5, 0.5), 16)
    with precision("float64"):
        one = network.initial(2, seed=2)
        data = jnp.asarray(REAL), jnp.asarray(FAKE)
        slope = _slope(network, objectives.lsgan(), (one, one), *data)
        steps = [
            float(_step(network, objectives.lsgan(), (one, one), slope, jnp.asarray(h), *data)[2])
            for h in (0.02, 0.01)
        ]
    assert steps[0] / steps[1] == pytest.approx(8, rel=0.05)


@pytest.mark.slow
def test_wide_networks_follow_the_infinite_flow():
    """At width 2048 within a tenth, for an objective of every kind; a wrong unit of time would be far off."""
    for objective in (objectives.wgan(), objectives.lsgan(), objectives.alpha_gan(0.5, 1.2)):
        limit = discriminator_flow(objective, KERNEL, REAL, FAKE).scores(X, [0.5, 1.5])
        found = finite_discriminator_flow(
            objective, KERNEL, REAL, FAKE, 2048, seed=1, tolerance=1e-3, dtype="float32"
        ).scores(X, [0.5, 1.5])
        assert np.linalg.norm(found - limit) < 0.1 * np.linalg.norm(limit)
        assert np.linalg.norm(found - limit) > 1e-3 * np.linalg.norm(limit)


@pytest.mark.slow
def test_width_study_in_small():
    """Widths 64 to 1024 under the (alpha_D, alpha_G) objective: the interval holds -1/2 and not -0.2."""
    seen = []
    table = width_study(
        [objectives.alpha_gan(0.5, 1.2)],
        KERNEL,
        REAL,
        FAKE,
        X,
        [0.5, 1.0],
        {64: 24, 256: 16, 1024: 8},
        tolerance=1e-3,
        dtype="float32",
        done=lambda done, total: seen.append((done, total)),
    )
    assert len(table) == 2 * 48
    assert seen[-1] == (48, 48)
    rate = fitted_rate(table)
    assert rate.low < -0.5 < rate.high
    assert rate.high < -0.2
    assert rate.high - rate.low < 0.6


def test_fitted_rate_of_a_power_law():
    """Exact data give the exact slope; a constant cannot."""
    widths = np.repeat([10, 100, 1000], 2)
    seeds = np.tile([0, 1], 3)
    rate = fitted_rate(pd.DataFrame({"width": widths, "seed": seeds, "error": 3 * widths**-0.5}))
    assert (rate.slope, rate.low, rate.high) == pytest.approx((-0.5, -0.5, -0.5), rel=1e-9)
    assert rate.constant == pytest.approx(3, rel=1e-9)
    with pytest.raises(ValueError, match="at least three widths with two networks each, got 2 of width 10"):
        fitted_rate(pd.DataFrame({"width": [10, 10], "seed": [0, 1], "error": [0.1, 0.1]}))


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"kernel": rbf(1.0)}, TypeError, "kernel must be one of kernels.mlp"),
        ({"kernel": mlp(1, kind="nngp")}, ValueError, 'kernel must be of kind "ntk"'),
        ({"width": 0}, ValueError, "width must be a positive integer, got 0"),
        ({"width": 2.5}, ValueError, "width must be a positive integer, got 2.5"),
        ({"tolerance": 0.0}, ValueError, r"tolerance must be in \(0, 1\), got 0.0"),
        ({"dtype": "float16"}, ValueError, "precision 'float16': did you mean 'float64'"),
        ({"fake": np.zeros((3, 3))}, ValueError, "real and fake must have one dimension"),
        ({"real": np.full((2, 2), np.nan)}, ValueError, "real must be finite"),
        ({"objective": objectives.relativistic()}, TypeError, "couple real and fake"),
    ],
)
def test_errors_come_before_work(change, error, message):
    settings = {"objective": objectives.vanilla(), "kernel": KERNEL, "real": REAL, "fake": FAKE, "width": 8}
    with pytest.raises(error, match=message):
        finite_discriminator_flow(**{**settings, **change})


@pytest.mark.parametrize("t", [-1.0, np.nan, np.inf, [0.0, -2.0]])
def test_times_are_checked(t):
    flow = finite_discriminator_flow(objectives.vanilla(), KERNEL, REAL, FAKE, 8)
    with pytest.raises(ValueError, match=r"t must be in \[0, inf\)"):
        flow.scores(X, t)
