"""Arithmetic in pairs of float32 against float64, as XLA compiles it."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from gantheory.lowering.backends import float_pairs  # noqa: E402

GENERATOR = np.random.default_rng(0)


def pair(x):
    high = x.astype(np.float32)
    return high, (x - high).astype(np.float32)


def total(x):
    return np.asarray(x[0], np.float64) + np.asarray(x[1], np.float64)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("exp", -40, 40), ("expm1", -3, 3), ("log1p", -0.5, 1), ("log", 0.1, 9), ("sqrt", 0.1, 9)],
)
def test_functions(name, low, high):
    x = pair(GENERATOR.uniform(low, high, 5000))
    true = getattr(np, name)(total(x))
    found = total(jax.jit(getattr(float_pairs, name))(x))
    np.testing.assert_allclose(found, true, rtol=2e-8, atol=1e-10 if name == "log" else 0)


@pytest.mark.parametrize(
    ("name", "true"), [("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("div", np.divide)]
)
def test_arithmetic(name, true):
    x, y = pair(GENERATOR.uniform(1, 9, 5000)), pair(GENERATOR.uniform(10, 20, 5000))
    found = total(jax.jit(getattr(float_pairs, name))(x, y))
    np.testing.assert_allclose(found, true(total(x), total(y)), rtol=1e-12)


def test_ends_of_the_range():
    x = np.array([-np.inf, -200, -87, 88, 89, np.inf, np.nan], np.float32)
    with np.errstate(over="ignore"):
        true = np.exp(x.astype(np.float64)).astype(np.float32)
    found = np.asarray(jax.jit(float_pairs.exp)((x, np.zeros_like(x)))[0])
    np.testing.assert_allclose(found, true, rtol=1e-6)
    big, tiny = np.float32([1e30]), np.float32([1e-30])
    zero = np.zeros(1, np.float32)
    multiply = jax.jit(float_pairs.mul)
    assert np.isinf(multiply((big, zero), (big, zero))[0]).all()
    product = total(multiply((tiny, zero), (np.float32([1e-5]), zero)))
    np.testing.assert_allclose(product, 1e-35, rtol=1e-6)
