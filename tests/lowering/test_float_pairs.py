"""Arithmetic in pairs of float32 against float64, as XLA compiles it."""

from __future__ import annotations

import importlib

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

jax = pytest.importorskip("jax")

from gantheory.lowering.backends import float_pairs  # noqa: E402
from gantheory.lowering.backends.numpy_backend import OPERATIONS as NUMPY  # noqa: E402

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


def test_pairs_of_one_high_part_are_compared_by_the_low_one():
    high, low = np.float32([1, 1, 1, -2, -2, 3, 2]), np.float32([0, 1e-9, -1e-9, 1e-9, 0, -1e-8, 1e-8])
    for shift in (np.float32(0), np.float32(1e-9), np.float32(-1e-9)):
        found = float_pairs.less((high, low), (high, np.zeros(7, np.float32) + shift))
        assert found.tolist() == (low < shift).tolist()
    assert float_pairs.less((high[:1], low[1:2]), (high[5:6], low[5:6])).all()
    assert not float_pairs.less((high[5:6], low[5:6]), (high[:1], low[1:2])).any()


def test_the_high_part_has_the_sign_and_the_size():
    high, low = np.float32([-2, -1e-18, 0, 1e-18, 0.5]), np.float32([1e-9, 0, 0, 0, -1e-9])
    of = {name: float_pairs.OPERATIONS[name]((high, low)) for name in ("abs", "sign", "neg", "tiny")}
    assert np.asarray(of["tiny"]).tolist() == [False, True, True, True, False]
    assert total(of["sign"]).tolist() == [-1, -1, 0, 1, 1]
    assert total(of["neg"]).tolist() == (-total((high, low))).tolist()
    assert total(of["abs"]).tolist() == np.abs(total((high, low))).tolist()


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        ("atan", lambda x: 1 / (1 + x**2)),
        ("sin", np.cos),
        ("cos", lambda x: -np.sin(x)),
        ("erf", lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
        ("erfc", lambda x: -2 / np.sqrt(np.pi) * np.exp(-(x**2))),
    ],
)
def test_a_low_part_counts_by_the_slope(name, slope):
    high, low = np.float32([-2.75, 0.5, 1.25]), np.float32([1e-8, 2e-9, -3e-9])
    values = [total(float_pairs.OPERATIONS[name]((high, part))) for part in (low, 0 * low)]
    np.testing.assert_allclose(values[0] - values[1], slope(high.astype(float)) * low, rtol=1e-4)


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


@pytest.mark.parametrize(
    ("name", "true", "points"),
    [
        ("atan", mp.atan, [-2.75, -0.5, 0.4, 1.0, 30.0]),
        ("sin", mp.sin, [-2.75, -0.5, 0.4, 1.0]),
        ("cos", mp.cos, [-2.75, -0.5, 0.4, 1.0]),
        ("erf", mp.erf, [-1.5, -0.5, 0.4, 2.25]),
        ("erfc", mp.erfc, [-1.5, -0.5, 0.4, 2.25]),
        ("erfcx", lambda x: mp.exp(x * x) * mp.erfc(x), [0.4, 1.75, 2.25, 5.5]),
        ("pow", lambda x, y: x**y, [(0.3, 1.7), (1.25, 13.0), (7.0, 0.3)]),
        ("omega", lambda z: mp.lambertw(mp.exp(z)).real, [-37.0, -25.0, -2.75, 0.4, 2.25, 30.0, 1e4]),
    ],
)
def test_what_low_parts_add(name, true, points):
    """Values have float32's digits, and what comes of a low part has digits of its own."""
    high = np.array(points, np.float32).reshape(len(points), -1).T
    call = jax.jit(float_pairs.OPERATIONS[name])

    def values(low):
        return total(call(*zip(high, low.astype(np.float32), strict=True)))

    zero = values(0 * high)
    with mp.workdps(40):
        for k in range(len(high)):
            low = high.astype(float) * 2.0**-26 * (np.arange(len(high)) == k)[:, None]
            exact = [
                [true(*(mp.mpf(float(x)) for x in column)) for column in column_of.T]
                for column_of in (high.astype(float), high + low)
            ]
            np.testing.assert_allclose(zero, np.array(exact[0], float), rtol=3e-6)
            change = [float(b - a) for a, b in zip(*exact, strict=True)]
            np.testing.assert_allclose(values(low) - zero, change, rtol=2e-3)


def test_omega_has_the_digits_of_pairs():
    """Below -60 as many as exp has, whose low part comes near the smallest float32."""
    z = pair(np.concatenate([GENERATOR.uniform(-40, 40, 200), GENERATOR.uniform(-86, -60, 50)]))
    with mp.workdps(30):
        true = [float(mp.lambertw(mp.exp(mp.mpf(x))).real) for x in total(z)]
    found = total(jax.jit(float_pairs.omega)(z))
    np.testing.assert_allclose(found[:200], true[:200], rtol=2e-8)
    np.testing.assert_allclose(found[200:], true[200:], rtol=1e-7)


@pytest.mark.parametrize(
    ("backend", "digits"),
    [("numpy", 30), ("torch", 30), ("jax", 30), ("float_pairs", 13)],
)
def test_a_constant_and_its_rest_are_the_exact_number(backend, digits):
    module = "float_pairs" if backend == "float_pairs" else f"{backend}_backend"
    operations = importlib.import_module(f"gantheory.lowering.backends.{module}").OPERATIONS
    with mp.workdps(40):
        for exact in (sp.Rational(1, 10), -sp.pi, sp.Rational(10**9, 7), sp.sqrt(2) * 10**-9, sp.Integer(3)):
            parts = [operations[name](exact) for name in ("const", "rounding")]
            numbers = [number for part in parts for number in (part if isinstance(part, tuple) else [part])]
            total = mp.fsum(mp.mpf(float(x)) for x in numbers)
            assert abs(total / exact._to_mpmath(200) - 1) < mp.mpf(10) ** -digits, exact


def test_zeros_infinities_and_nan_are_numpys():
    x = np.array([-np.inf, -1.0, 0.0, 0.5, 1.0, np.inf, np.nan], np.float32)
    given = (x, np.zeros_like(x))
    names = ["exp", "log", "log1p", "sqrt", "erf", "omega"]
    powers = [(np.float32(k), np.float32(0)) for k in (0.25, 2.5)]

    @jax.jit
    def values(x):
        found = [float_pairs.OPERATIONS[name](x) for name in names]
        return found + [float_pairs.power(x, k) for k in powers] + [float_pairs.div(x, float_pairs.sub(x, x))]

    wide = x.astype(float)
    with np.errstate(all="ignore"):
        expected = [NUMPY[name](wide) for name in names] + [wide**0.25, wide**2.5, wide / (wide - wide)]
    for name, pairs, true in zip([*names, "pow", "pow", "div"], values(given), expected, strict=True):
        np.testing.assert_allclose(pairs[0] + pairs[1], true, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("name", ["min", "max"])
def test_the_smaller_and_the_larger_of_pairs_are_numpys(name):
    x = np.array([-np.inf, -1.0, 0.0, 0.5, np.inf, np.nan], np.float32)
    x, y = (a.ravel() for a in np.meshgrid(x, x))
    found = float_pairs.OPERATIONS[name]((x, np.zeros_like(x)), (y, np.zeros_like(y)))
    np.testing.assert_array_equal(found[0], NUMPY[name](x, y))
