"""Every family, backend and dtype against formulas written by hand in mpmath, from v = -1e4 to 1e4."""

from __future__ import annotations

import contextlib
import math
from functools import cache

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory.lowering import lower

v = sp.Symbol("v", real=True)
R = sp.Rational
ALPHAS = [
    "0.01",
    "0.1",
    "0.5",
    "0.9",
    "0.999999999",
    "1",
    "1.000000001",
    "1.2",
    "2",
    "10",
    "1000",
    "1000000",
    "inf",
]

_SIZES = np.concatenate([np.geomspace(1e-6, 1e4, 37), [0.3, 0.5, 1, 2, 20, 80, 86, 700, 708.5]])
GRID = np.concatenate([-_SIZES[::-1], [0.0], _SIZES])


def log_sigmoid(z):
    return -mp.log1p(mp.exp(-z)) if z > 0 else z - mp.log1p(mp.exp(z))


def sigmoid(z):
    return mp.exp(log_sigmoid(z))


def alpha_formulas(alpha: str):
    """Value and two derivatives of (sigma(z)^c - 1)/c in z."""
    c = mp.mpf(1) if alpha == "inf" else (mp.mpf(alpha) - 1) / mp.mpf(alpha)

    def value(z):
        return log_sigmoid(z) if c == 0 else mp.expm1(c * log_sigmoid(z)) / c

    def slope(z):
        return mp.exp(c * log_sigmoid(z) + log_sigmoid(-z))

    return value, slope, lambda z: slope(z) * (c * sigmoid(-z) - sigmoid(z))


def mirrored(formulas):
    value, slope, curvature = formulas
    return (lambda z: value(-z)), (lambda z: -slope(-z)), (lambda z: curvature(-z))


def omega(z):
    return mp.re(mp.lambertw(mp.exp(z)))


SIGMA = 1 / (1 + sp.exp(-v))
U = sp.exp(v)


def alpha_expression(alpha: str, base):
    if alpha == "1":
        return sp.log(base)
    c = sp.S.One if alpha == "inf" else (R(alpha) - 1) / R(alpha)
    return (base**c - 1) / c


def _conjugate_js(t):
    return -sp.log(2 - sp.exp(t))


def _jeffrey(t):
    w = sp.LambertW(sp.exp(1 - t))
    return w + 1 / w + t - 2


def _families():
    """name -> (expression, (value and two derivatives), whether the value is relatively accurate)."""
    zero = lambda z: mp.mpf(0)  # noqa: E731
    one = lambda z: mp.mpf(1)  # noqa: E731
    out = {}
    for alpha in ALPHAS:
        formulas = alpha_formulas(alpha)
        out[f"alpha {alpha} real"] = alpha_expression(alpha, SIGMA), formulas, True
        out[f"alpha {alpha} fake"] = alpha_expression(alpha, 1 - SIGMA), mirrored(formulas), True
        quotient = sp.exp(-v) / (1 + sp.exp(-v))
        out[f"alpha {alpha} fake quotient"] = alpha_expression(alpha, quotient), mirrored(formulas), True
    vanilla = alpha_formulas("1")
    out["vanilla"] = -sp.log(1 + sp.exp(-v)), vanilla, True
    out["vanilla log(1 - D)"] = sp.log(1 - SIGMA), mirrored(vanilla), True
    b = mp.mpf(1) / 10
    out["lsgan"] = (
        -((v - R(1, 10)) ** 2) / 2,
        (lambda z: -((z - b) ** 2) / 2, lambda z: b - z, lambda z: -one(z)),
        True,
    )
    exponential = lambda z: mp.exp(z - 1)  # noqa: E731
    out["kl"] = sp.exp(v - 1), (exponential,) * 3, True
    t = -sp.exp(-v)
    out["reverse kl fake"] = 1 + sp.log(-t), (lambda z: 1 - z, lambda z: -one(z), zero), False
    out["reverse kl real"] = t, (lambda z: -mp.exp(-z), lambda z: mp.exp(-z), lambda z: -mp.exp(-z)), True
    out["pearson"] = v**2 / 4 + v, (lambda z: z * z / 4 + z, lambda z: z / 2 + 1, lambda z: one(z) / 2), True
    t = 1 - sp.exp(-v)
    out["neyman"] = (
        -2 + 2 * sp.sqrt(1 - t),
        (lambda z: 2 * mp.expm1(-z / 2), lambda z: -mp.exp(-z / 2), lambda z: mp.exp(-z / 2) / 2),
        True,
    )
    out["squared hellinger"] = -t / (1 - t), (lambda z: -mp.expm1(z), *[lambda z: -mp.exp(z)] * 2), True
    t = sp.log(2) - sp.log(1 + sp.exp(-v))
    value, slope, curvature = mirrored(vanilla)
    out["js"] = -_conjugate_js(t), (lambda z: mp.log(2) + value(z), slope, curvature), False
    out["gan"] = sp.log(1 - sp.exp(-sp.log(1 + sp.exp(-v)))), mirrored(vanilla), True
    out["jeffrey"] = (
        -_jeffrey(v),
        (
            lambda z: 2 - z - omega(1 - z) - 1 / omega(1 - z),
            lambda z: -1 / omega(1 - z),
            lambda z: -1 / (omega(1 - z) * (1 + omega(1 - z))),
        ),
        False,
    )
    sech2 = lambda z: 1 / mp.cosh(z) ** 2  # noqa: E731
    out["total variation"] = (
        sp.tanh(v) / 2,
        (lambda z: mp.tanh(z) / 2, lambda z: sech2(z) / 2, lambda z: -mp.tanh(z) * sech2(z)),
        True,
    )
    half = mp.mpf(1) / 2
    kink = lambda z, at: half if z == at else one(z) * (z < at)  # noqa: E731
    out["hinge real"] = sp.Min(0, v - 1), (lambda z: min(z - 1, zero(z)), lambda z: kink(z, 1), zero), True
    out["hinge fake"] = (
        sp.Min(0, -v - 1),
        (lambda z: min(-z - 1, zero(z)), lambda z: -kink(-z, 1), zero),
        True,
    )
    out["ebgan"] = (
        -sp.Max(0, R(1, 2) - v),
        (lambda z: -max(half - z, zero(z)), lambda z: kink(z, half), zero),
        True,
    )
    out["least k-th order"] = (
        sp.Abs(v - R(1, 10)) ** R(5, 2),
        (
            lambda z: abs(z - b) ** mp.mpf(2.5),
            lambda z: 2.5 * mp.sign(z - b) * abs(z - b) ** mp.mpf(1.5),
            lambda z: 3.75 * abs(z - b) ** half,
        ),
        True,
    )
    p = mp.mpf(-3) / 10
    power = lambda z: mp.exp(p * log_sigmoid(z))  # noqa: E731
    out["renyi"] = (
        SIGMA ** R(-3, 10),
        (
            power,
            lambda z: p * power(z) * sigmoid(-z),
            lambda z: p * power(z) * sigmoid(-z) * (p * sigmoid(-z) - sigmoid(z)),
        ),
        True,
    )
    out["entropy of a probability"] = (
        SIGMA * sp.log(SIGMA),
        (
            lambda z: sigmoid(z) * log_sigmoid(z),
            lambda z: sigmoid(z) * sigmoid(-z) * (log_sigmoid(z) + 1),
            lambda z: sigmoid(z) * sigmoid(-z) * ((1 - 2 * sigmoid(z)) * (log_sigmoid(z) + 1) + sigmoid(-z)),
        ),
        True,
    )
    softplus = lambda z: -log_sigmoid(-z)  # noqa: E731
    out["jensen-shannon in log u"] = (
        U * sp.log(U) - (U + 1) * sp.log((U + 1) / 2),
        (
            lambda z: mp.exp(z) * z - (mp.exp(z) + 1) * (softplus(z) - mp.log(2)),
            lambda z: mp.exp(z) * (z - softplus(z) + mp.log(2)),
            lambda z: mp.exp(z) * (z - softplus(z) + mp.log(2) + sigmoid(-z)),
        ),
        False,
    )
    for a, c in [("0.37", R(3, 7)), ("2", R(-1)), ("0.5", R(1, 6)), ("100", R(99, 100))]:
        e, number = mp.mpf(a), mp.mpf(int(c.p)) / int(c.q)

        def mixed(z, e=e, c=number):
            return (mp.exp((e + 1) * z) + 1) / (1 + mp.exp(e * z)) ** c - mp.mpf(2) ** -c * (1 + mp.exp(z))

        def mixed_slope(z, e=e, c=number):
            whole = (1 + mp.exp(e * z)) ** -c
            share = mp.exp(e * z) / (1 + mp.exp(e * z))
            power = mp.exp((e + 1) * z)
            return whole * ((e + 1) * power - c * e * share * (power + 1)) - mp.mpf(2) ** -c * mp.exp(z)

        expression = (U ** (R(a) + 1) + 1) / (1 + U ** R(a)) ** c - 2 ** (-c) * (1 + U)
        out[f"f of alpha in log u, {a} {c}"] = expression, (mixed, mixed_slope, None), False
    return out


# Numbers in the formulas are made here: more digits than any reference needs.
with mp.workdps(120):
    FAMILIES = _families()


SUMS = {"entropy of a probability", *(name for name in FAMILIES if "log u" in name)}
"""Derivatives that pass through zero as a sum of several terms: accurate to max(1, |value|) there."""


@cache
def reference(name: str, order: int, single: bool) -> tuple:
    # Formulas in log u subtract: give them the digits that cancel at |t| = 1e4.
    digits = 60 if "log u" not in name else 100
    grid = GRID.astype(np.float32) if single else GRID
    with mp.workdps(digits):
        formula = FAMILIES[name][1][order]
        return tuple(formula(mp.mpf(float(x))) for x in grid)


def errors(name: str, order: int, values, single: bool = False) -> np.ndarray:
    """Error where the true value is normal and below max/10, relative to it or max(1, |value|); else zero."""
    info = np.finfo(np.float32 if single else np.float64)
    relative = (order > 0 and name not in SUMS) or FAMILIES[name][2]
    found = []
    for true, value in zip(reference(name, order, single), values, strict=True):
        size = abs(true)
        if true == 0:
            found.append(abs(float(value)))
        elif float(info.tiny) <= size <= float(info.max) / 10:
            found.append(float(abs(mp.mpf(value) - true) / (size if relative else max(1, size))))
        else:
            found.append(0.0)
    return np.array(found)


def derivative_of(function, order: int):
    for _ in range(order):
        function = function.derivative
    return function


def check(name: str, order: int, values, tolerance: float, single: bool = False) -> None:
    values = [float(x) for x in np.asarray(values)]
    found = errors(name, order, values, single)
    worst = int(np.nanargmax(np.where(np.isnan(found), np.inf, found)))
    assert found[worst] <= tolerance, f"{name}, derivative {order}, v = {GRID[worst]!r}: {found[worst]:.2e}"


CASES = [
    (name, order) for name, (_, formulas, _) in FAMILIES.items() for order in range(3) if formulas[order]
]
FEW = [
    (name, order)
    for name, order in CASES
    if "quotient" not in name
    and not any(
        f"alpha {a} " in name for a in ("0.1", "0.5", "0.9", "0.999999999", "1.000000001", "2", "10", "1000")
    )
]


@pytest.mark.parametrize(("name", "order"), CASES)
def test_numpy(name, order):
    function = derivative_of(lower(FAMILIES[name][0], v), order)
    check(name, order, function(GRID), 1e-12)
    single = derivative_of(lower(FAMILIES[name][0], v, dtype="float32"), order)(GRID.astype(np.float32))
    assert single.dtype == np.float32
    check(name, order, single, 1e-5, single=True)


@pytest.mark.parametrize(("name", "order"), [case for case in CASES if "quotient" not in case[0]])
def test_torch(name, order):
    torch = pytest.importorskip("torch")
    function = lower(FAMILIES[name][0], v, "torch", None)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        x = torch.tensor(GRID, dtype=dtype, requires_grad=True)
        y = function(x)
        for _ in range(order):
            (y,) = (
                torch.autograd.grad(y.sum(), x, create_graph=True)
                if y.requires_grad
                else (torch.zeros_like(x),)
            )
        assert y.dtype == dtype
        check(name, order, y.detach().numpy(), tolerance, single=dtype == torch.float32)


@contextlib.contextmanager
def x64(enabled: bool):
    jax = pytest.importorskip("jax")
    if hasattr(jax, "enable_x64"):
        with jax.enable_x64(enabled):
            yield jax
    else:
        from jax.experimental import enable_x64

        with enable_x64(enabled):
            yield jax


SINGLE = ["alpha 0.01 real", "alpha 1.2 fake", "alpha inf real", "lsgan", "kl", "jeffrey", "total variation"]


@pytest.mark.parametrize(
    ("name", "order", "wide"),
    [(*case, True) for case in FEW] + [(*case, False) for case in FEW if case[0] in SINGLE],
)
def test_jax(name, order, wide):
    with x64(wide) as jax:
        function = lower(FAMILIES[name][0], v, "jax", None)
        for _ in range(order):
            function = jax.grad(function)
        values = np.asarray(jax.vmap(function)(GRID.astype(np.float64 if wide else np.float32)))
        assert values.dtype == (np.float64 if wide else np.float32)
        check(name, order, values, 1e-12 if wide else 1e-5, single=not wide)


@pytest.mark.parametrize("name", ["alpha 0.01 real", "alpha 1.2 fake", "jeffrey", "total variation", "lsgan"])
@pytest.mark.parametrize("wide", [True, False])
def test_jax_compiled(name, wide):
    """XLA rewrites sums with constants under jit; the pairs of float32 must survive that."""
    with x64(wide) as jax:
        function = lower(FAMILIES[name][0], v, "jax", None)
        both = jax.jit(lambda x: (function(x), function.derivative(x)))
        for order, values in enumerate(both(GRID.astype(np.float64 if wide else np.float32))):
            check(name, order, np.asarray(values), 1e-12 if wide else 1e-5, single=not wide)


@pytest.mark.parametrize(("name", "order"), [case for case in FEW if case[1] < 2])
def test_mpmath(name, order):
    function = derivative_of(lower(FAMILIES[name][0], v, "mpmath"), order)
    with mp.workdps(30):
        for x, true in list(zip(GRID, reference(name, order, False), strict=True))[::5]:
            value = function(mp.mpf(float(x)))
            assert mp.almosteq(value, true, 1e-27, 1e-30 if not FAMILIES[name][2] else 0), (name, x)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_saturated_gradient_survives(backend):
    """float32, alpha = inf, z = -20: the gradient sigma(z) sigma(-z) = 2.06e-9 must not come back as zero."""
    function = lower(SIGMA - 1, v, backend, "float32")
    if backend == "torch":
        import torch

        z = torch.tensor(-20.0, requires_grad=True)
        function(z).backward()
        gradient = float(z.grad)
    elif backend == "jax":
        import jax

        gradient = float(jax.grad(function)(np.float32(-20.0)))
    else:
        gradient = float(function.derivative(np.float32(-20.0)))
    assert math.isclose(gradient, 2.0611536e-09, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("inner", "by_hand"),
    [(-sp.exp(v), lambda x: -mp.exp(x)), (-(v**2), lambda x: -(x**2)), (sp.exp(v), mp.exp)],
)
@pytest.mark.parametrize("factor", [1, -1])
def test_a_multiple_of_a_difference_of_exponentials_keeps_its_digits(inner, by_hand, factor):
    # 1 - exp(-exp(v)) is e^v far down, and no rounding of 1 - 1.
    at = np.array([-700.0, -60.0, -40.0, -37.3, -20.0, -1e-9, 0.25, 1.5, 3.0, 6.5])
    values = lower(factor * (1 - sp.exp(inner)), v)(at)
    with mp.workdps(40):
        truth = [-factor * mp.expm1(by_hand(mp.mpf(float(x)))) for x in at]
        assert all(abs(got - right) <= 2e-13 * abs(right) for got, right in zip(values, truth, strict=True))


_S = sp.sqrt(1 + v**2)


@pytest.mark.parametrize(
    "expr",
    [
        v - _S,
        1 - v / _S,
        _S - 1,
        2 * v / _S + 2,
        sp.exp(v) - 1 + sp.sqrt(sp.exp(2 * v) - sp.exp(v) + 1),
        sp.diff(sp.log(1 + (_S - v) ** 2), v),
    ],
)
def test_differences_of_square_roots_keep_their_digits(expr):
    sizes = [1e-7, 0.3, 2.0, 40.0, *([1e5, 1e9, 1e60] if not expr.has(sp.exp) else [300.0])]
    at = np.array([sign * size for size in sizes for sign in (-1, 1)])
    values = lower(expr, v)(at)
    with mp.workdps(400):
        truth = [sp.lambdify(v, expr, "mpmath")(mp.mpf(float(x))) for x in at]
    assert all(abs(got - right) <= 1e-14 * abs(right) for got, right in zip(values, truth, strict=True))


@pytest.mark.parametrize("x", [2.0**-30, 2.0**-20, 0.5, 1e5])
def test_a_logarithm_next_to_one(x):
    loss = lower(sp.log(1 + (v - 1) ** 2), v)
    assert loss(1 + x) == pytest.approx(math.log1p(x**2), rel=1e-14)
    assert lower(sp.log(1 + v**2), v)(x) == pytest.approx(math.log1p(x**2), rel=1e-14)
