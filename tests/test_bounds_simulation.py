"""The upper bound of the estimation error against simulated errors and complexities."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gantheory import bounds


def test_the_error_of_a_small_class_is_below_the_bound():
    """D(x) = sigma(w x), |w| <= 1, G(z) = t z, |t| <= 2; x and z uniform on [0, 1]: P_r is G(z) at t = 1."""
    n, repetitions, delta = 100, 300, 0.05
    rng = np.random.default_rng(7)
    weights, scales = np.linspace(-1, 1, 41), np.linspace(0, 2, 21)
    grid = (np.arange(400) + 0.5) / 400

    def values(real, noise):
        """E_r log D + E_g log(1 - D), alpha = 1, for each (scale, weight)."""
        log_real = -np.logaddexp(0, -weights[:, None] * real).mean(axis=1)
        fake = scales[:, None, None] * noise * weights[:, None]
        return log_real + -np.logaddexp(0, fake).mean(axis=2)

    truth = values(grid, grid).max(axis=1)
    errors = []
    for _ in range(repetitions):
        chosen = values(rng.uniform(0, 1, n), rng.uniform(0, 1, n)).max(axis=1).argmin()
        errors.append(truth[chosen] - truth.min())
    bound = bounds.estimation_error(
        alpha_g=1,
        discriminator_norms=[1],
        generator_norms=[2],
        discriminator_lipschitz=1,
        generator_lipschitz=1,
        real_bound=1,
        noise_bound=1,
        n=n,
        m=n,
        delta=delta,
    )
    assert max(errors) > 0
    assert np.mean(np.array(errors) > bound.value) <= 2 * delta
    assert np.quantile(errors, 0.9) < bound.value


def test_the_error_need_not_fall_where_the_discriminator_maximizes_another_value():
    """The example of docs/bounds.md, (alpha_D, alpha_G) = (inf, 1): exceeded far more often than 2 delta."""
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import expit, log_expit

    m = 8.0

    def discriminator_value(w, t, q):  # alpha_D = inf, without its constant
        return (1 - q) * expit(-w) + q * expit(w) - expit(w * t)

    def inner(t, q):
        """The maximizer at w < 0."""
        found = minimize_scalar(
            lambda w: -discriminator_value(w, t, q),
            bounds=(-m, 0),
            method="bounded",
            options={"xatol": 1e-12},
        )
        return found.x

    def generator_value(w, t, q):  # alpha_G = 1
        return (1 - q) * log_expit(-w) + q * log_expit(w) + log_expit(-w * t)

    def tie(q):
        return brentq(
            lambda t: discriminator_value(m, t, q) - discriminator_value(inner(t, q), t, q),
            -0.9,
            -0.5,
            xtol=1e-15,
        )

    q = 0.05
    scores = np.linspace(-m, m, 3201)
    for t in (-0.9, -0.7, -0.69, -0.5):  # no third discriminator is better than these two
        best = scores[discriminator_value(scores, t, q).argmax()]
        assert abs(best - (m if t < tie(q) else inner(t, q))) < 0.01
    infimum = generator_value(m, tie(q), q)
    scales = np.linspace(-1, 1, 401)
    values = [generator_value(scores[discriminator_value(scores, t, q).argmax()], t, q) for t in scales]
    assert infimum <= min(values)
    assert tie(q) == pytest.approx(-0.695, abs=1e-3)

    rng = np.random.default_rng(1)
    for n in (10**6, 10**10):
        fails, trials = 0, 60
        bound = bounds.estimation_error(
            alpha_g=1,
            discriminator_norms=[m],
            generator_norms=[1],
            discriminator_lipschitz=1,
            generator_lipschitz=1,
            real_bound=1,
            noise_bound=1,
            n=n,
            m=n,
            delta=0.05,
        )
        for _ in range(trials):
            trained = tie(rng.binomial(n, q) / n) - 1e-12  # the infimum on the samples is at their tie
            w = m if trained < tie(q) else inner(trained, q)
            fails += generator_value(w, trained, q) - infimum > bound.value
        assert fails / trials > 0.28  # a half in the limit; 0.28 is 3.4 standard errors below
        assert bound.value < 0.2


def test_the_complexity_term_bounds_the_rademacher_complexity_of_two_relu_layers():
    """By homogeneity the supremum over |W_1| <= 1, |w_2| <= 1 is at one neuron: search over its angle."""
    rng = np.random.default_rng(3)
    n = 200
    angle = np.linspace(0, 2 * math.pi, 721)
    points = rng.normal(size=(n, 2))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    features = np.maximum(points @ np.array([np.cos(angle), np.sin(angle)]), 0)
    complexity = np.abs(rng.choice([-1, 1], (2000, n)) @ features).max(axis=1).mean() / n
    assert 0.1 < complexity / math.sqrt(3 * 2 / n) < 1
