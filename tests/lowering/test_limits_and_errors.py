"""Infinite and NaN scores, kinks, input checks and the shape of results."""

from __future__ import annotations

import math
import warnings

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory.lowering import lower
from gantheory.lowering.backends import mpmath_backend, numpy_backend

v = sp.Symbol("v", real=True)
SIGMA = 1 / (1 + sp.exp(-v))
JEFFREY = sp.LambertW(sp.exp(1 - v))


@pytest.mark.parametrize(
    ("expr", "left", "right"),
    [
        (sp.log(SIGMA), -math.inf, 0.0),
        (6 * (SIGMA ** sp.Rational(1, 6) - 1), -6.0, 0.0),
        (-(SIGMA**-99 - 1) / 99, -math.inf, 0.0),
        (sp.tanh(v) / 2, -0.5, 0.5),
        (SIGMA * sp.log(SIGMA), 0.0, 0.0),
        (v * sp.exp(-(v**2)), 0.0, 0.0),
        (-(JEFFREY + 1 / JEFFREY + v - 2), math.inf, -math.inf),
        (sp.Min(0, v - 1), -math.inf, 0.0),
        (sp.exp(v - 1), 0.0, math.inf),
        (sp.exp(v) - sp.exp(2 * v), 0.0, -math.inf),
    ],
)
def test_limits_at_infinite_scores(expr, left, right):
    for backend in ("numpy", "torch", "mpmath", "jax"):
        function = lower(expr, v, backend, None)
        if backend == "torch":
            import torch

            values = function(torch.tensor([-math.inf, math.inf], dtype=torch.float64)).tolist()
        elif backend == "mpmath":
            values = [float(function(-mp.inf)), float(function(mp.inf))]
        else:
            values = [float(x) for x in np.asarray(function(np.array([-np.inf, np.inf])))]
        assert values == pytest.approx([left, right], rel=1e-6), backend


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "mpmath"])
def test_wrights_omega_at_scores_of_any_size(backend):
    """omega(z) + log omega(z) = z where that is not cancelled, and omega(z) = z - log z + log(z)/z beyond."""
    z = [
        -600.0,
        -60.0,
        -37.5,
        -20.0,
        -3.0,
        -1.0,
        -0.2,
        0.3,
        1.0,
        2.0,
        3.5,
        8.0,
        40.0,
        1e6,
        1e19,
        1e30,
        1e160,
        1e308,
    ]
    function = lower(sp.LambertW(sp.exp(v)), v, backend, None)
    single = backend == "jax"
    x = [y for y in z if not single or -80 < y < 1e35]
    given = [mp.mpf(y) for y in x] if backend == "mpmath" else np.array(x)
    if backend == "torch":
        import torch

        given = torch.from_numpy(given)
    for at, value, slope in zip(x, function(given), function.derivative(given), strict=True):
        with mp.workdps(400):
            true = mp.mpf(at) - mp.log(at) if at > 1e6 else mp.lambertw(mp.exp(mp.mpf(at))).real
            tolerance = 1e-6 if single else 2e-14
            assert abs(mp.mpf(float(value)) / true - 1) < tolerance, at
            assert abs(mp.mpf(float(slope)) / (true / (1 + true)) - 1) < tolerance, at


@pytest.mark.parametrize(
    "expr", [sp.log(SIGMA), sp.Min(0, v - 1), sp.Integer(3), sp.Abs(v), sp.sign(v), SIGMA - 1]
)
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "mpmath"])
def test_nan_stays_nan(expr, backend):
    function = lower(expr, v, backend, None)
    for part in (function, function.derivative):
        x = mp.nan if backend == "mpmath" else np.array([np.nan, np.nan], np.float32)
        if backend == "torch":
            import torch

            x = torch.from_numpy(x)
        assert np.isnan(np.asarray(part(x), dtype=float)).all()


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "mpmath"])
def test_midpoint_at_kinks(backend):
    for expr, at, slope in [
        (sp.Min(0, v - 1), 1, 0.5),
        (sp.Max(0, v), 0, 0.5),
        (sp.Abs(v - 2), 2, 0.0),
        (sp.Max(v, -2 * v), 0, -0.5),
        (sp.Piecewise((v - 1, v < 1), (0, True)), 1, 0.0),
        (sp.Piecewise((v - 1, v <= 1), (0, True)), 1, 1.0),
        (sp.Piecewise((1, (v > 0) & (v < 2)), (v, True)), 1, 0.0),
    ]:
        function = lower(expr, v, backend, None).derivative
        x = mp.mpf(at) if backend == "mpmath" else np.array([float(at)])
        if backend == "torch":
            import torch

            x = torch.from_numpy(x)
        assert float(np.asarray(function(x)).reshape(())) == slope, (expr, backend)


def test_no_warning_and_shapes():
    function = lower(6 * (SIGMA ** sp.Rational(1, 6) - 1), v)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for part in (function, function.derivative, function.derivative.derivative):
            assert np.isfinite(part(np.array([-1e4, 0.0, 1e4]))).all()
    assert np.shape(function(0.0)) == ()
    assert function(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert function(np.zeros((2, 3), np.int64)).dtype == np.float64
    assert lower(sp.Integer(3), v)(np.zeros((2, 3))).tolist() == [[3.0] * 3] * 2
    assert lower(SIGMA, v, dtype=None)(np.zeros(2, np.float16)).dtype == np.float16


def test_attributes_and_cache():
    expr = -((v - 1) ** 2) / 2
    function = lower(expr, v)
    # As functions: what a cache holds from an earlier test may be written in another order.
    assert sp.expand(function.expr - expr) == 0
    assert function.symbol == v  # an equal symbol: one that was unpickled before may be in the cache
    assert sp.simplify(function.derivative.expr - (1 - v)) == 0
    assert lower(expr, v) is function
    assert function.derivative is function.derivative
    assert sp.simplify(lower(SIGMA, v).derivative.expr - sp.diff(SIGMA, v)) == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lower(sp.gamma(v), v), ValueError, "gamma"),
        (lambda: lower(v + sp.Symbol("b"), v), ValueError, "also contains b"),
        (lambda: lower(sp.Function("g")(v), v), ValueError, "no lowering for the node g"),
        (lambda: lower(sp.LambertW(v), v), ValueError, "LambertW"),
        (lambda: lower(v**v, v), ValueError, "base may be negative"),
        (
            lambda: lower(v, v, "cupy"),
            ValueError,
            "backend 'cupy': did you mean",
        ),
        (lambda: lower(v, v, "numpy", "float16"), ValueError, "dtype"),
        (lambda: lower(v, "v"), TypeError, "symbol"),
        (lambda: lower(sp.zoo * v, v), ValueError, "finite"),
        (lambda: lower(sp.I * v, v), ValueError, "real"),
        (lambda: lower(sp.log(-1 - sp.exp(v)), v), ValueError, "nowhere positive"),
        (lambda: lower(sp.Piecewise((1, 1 / v < sp.oo), (2, True)), v), ValueError, "with a finite number"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_logarithm_takes_an_even_power_out():
    assert lower(sp.log((v - 1) ** 2), v)(-1e200) == pytest.approx(400 * math.log(10), rel=1e-15)


def test_next_to_a_root():
    """v - 1/10 and 2 w - 3 are relatively accurate next to their zeros, which no float hits."""
    for expr, root in [
        (-((v - sp.Rational(1, 10)) ** 2) / 2, mp.mpf(1) / 10),
        (2 * sp.exp(v) - 3, mp.log(1.5)),
    ]:
        for step in (0.0, 1e-15, -1e-12, 1e-8):
            x = float(root) + step
            with mp.workdps(50):
                exact = -((mp.mpf(x) - mp.mpf(1) / 10) ** 2) / 2 if expr.is_Mul else 2 * mp.exp(x) - 3
                assert abs(lower(expr, v)(x) / exact - 1) < 1e-12


@pytest.mark.parametrize("backend", ["numpy", "torch", "mpmath", "jax"])
def test_probit(backend):
    """log of the normal distribution function: its derivative is the inverse Mills ratio."""
    function = lower(sp.log(sp.erfc(-v / sp.sqrt(2)) / 2), v, backend, None)
    grid = np.array([-1e4, -300.0, -40.0, -6.5, -1.25, 0.0, 0.5, 3.0, 6.0])

    def log_cdf(x):
        return mp.log(mp.erfc(-mp.mpf(x) / mp.sqrt(2)) / 2)

    for order, part in enumerate((function, function.derivative, function.derivative.derivative)):
        x = [mp.mpf(float(g)) for g in grid] if backend == "mpmath" else grid
        if backend == "torch":
            import torch

            x = torch.from_numpy(grid)
        values = np.array([float(y) for y in part(x)])
        with mp.workdps(60):
            mills = [mp.exp(-(mp.mpf(g) ** 2) / 2 - log_cdf(g)) / mp.sqrt(2 * mp.pi) for g in grid]
            true = [log_cdf(g) for g in grid]
            if order:
                true = mills if order == 1 else [-m * (g + m) for g, m in zip(grid, mills, strict=True)]
            true = np.array([float(y) for y in true])
        tolerance = 1e-5 if backend == "jax" else 1e-12
        # The second derivative cancels as v -> -infinity, and only mpmath has digits to spare.
        far = order == 2 and backend != "mpmath"
        np.testing.assert_allclose(
            values[3 * far :], true[3 * far :], rtol=tolerance, atol=tolerance * (order != 1)
        )


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "mpmath"])
@pytest.mark.parametrize("beyond", [sp.oo, -sp.oo, None, sp.Integer(7), sp.sqrt(2)])
def test_constant_and_infinite_branches(backend, beyond):
    """What a Piecewise does not say is NaN; a plain number is as many numbers as there are scores."""
    expr = sp.Piecewise((v**2, v < 1), *([] if beyond is None else [(beyond, True)]))
    wanted = math.nan if beyond is None else float(beyond)
    constant = sp.pi if beyond in (None, sp.oo, -sp.oo) else beyond
    for part, values in ((expr, [0.25, wanted]), (constant, [float(constant)] * 2)):
        function = lower(part, v, backend, None)
        if backend == "mpmath":
            found = [float(function(x)) for x in (-0.5, 3)]
        elif backend == "torch":
            import torch

            found = function(torch.tensor([-0.5, 3.0], dtype=torch.float64)).tolist()
        else:
            found = function(np.array([-0.5, 3.0])).tolist()
        assert found == pytest.approx(values, rel=1e-7, nan_ok=True)


@pytest.mark.parametrize(
    "name", sorted({*numpy_backend.OPERATIONS} - {"tiny", "or", "lt", "where", "const", "rounding"})
)
def test_mpmath_has_numpys_infinities_and_nan(name):
    from gantheory.support.multiprecision import mp as ctx

    points = [[x] for x in (-math.inf, -2.0, -1.0, 0.0, 1.0, math.inf, math.nan)]
    if name in ("add", "sub", "mul", "div", "min", "max", "pow", "damp"):
        points = [[x, y] for (x,) in points for (y,) in points]
    if name in ("min", "max", "pow", "erfcx"):  # of a NaN nothing is asked; powers are positive and finite
        points = [x for x in points if not any(map(math.isnan, x)) and x[-1] > 0]
        points = [x for x in points if name != "pow" or x[-1] < math.inf]
    for x in points:
        with np.errstate(all="ignore"):
            expected = float(numpy_backend.OPERATIONS[name](*x))
        found = float(mpmath_backend.OPERATIONS[name](*map(ctx.mpf, x)))
        assert found == pytest.approx(expected, rel=1e-14, abs=0, nan_ok=True), x
