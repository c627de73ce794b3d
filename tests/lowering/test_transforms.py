"""What the frameworks do to lowered functions: higher derivatives, batching, compilation, low precision."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from gantheory.lowering import lower

v = sp.Symbol("v", real=True)
SIGMA = 1 / (1 + sp.exp(-v))
EXPRESSIONS = [
    6 * (SIGMA ** sp.Rational(1, 6) - 1),
    sp.log(SIGMA),
    sp.LambertW(sp.exp(1 - v)),
    sp.Min(0, v - 1),
    sp.Integer(3),
    2 * v,
    sp.Abs(v - 1) ** sp.Rational(5, 2),
]
GRID = np.array([-1e4, -20.0, -1.0, 0.0, 0.3, 5.0, 30.0, 1e4])


def numpy_orders(expr):
    function = lower(expr, v)
    return [f(GRID) for f in (function, function.derivative, function.derivative.derivative)]


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_torch_transforms(expr):
    torch = pytest.importorskip("torch")
    function = lower(expr, v, "torch", None)
    value, slope, curvature = numpy_orders(expr)
    x = torch.tensor(GRID, requires_grad=True)
    y = function(x)
    (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    if gradient.requires_grad:
        (penalty,) = torch.autograd.grad((gradient**2).sum(), x)
        np.testing.assert_allclose(penalty.numpy(), 2 * slope * curvature, rtol=1e-12)
    plain = x.detach()
    np.testing.assert_allclose(torch.func.vmap(torch.func.grad(function))(plain).numpy(), slope, rtol=1e-12)
    twice = torch.func.vmap(torch.func.grad(torch.func.grad(function)))(plain)
    np.testing.assert_allclose(twice.numpy(), curvature, rtol=1e-12)
    primal, tangent = torch.func.jvp(function, (plain,), (torch.full_like(plain, 2.0),))
    np.testing.assert_allclose(primal.numpy(), value, rtol=1e-12)
    np.testing.assert_allclose(tangent.numpy(), 2 * slope, rtol=1e-12)
    hessian = torch.func.hessian(lambda z: function(z).sum())(plain)
    np.testing.assert_allclose(torch.diagonal(hessian).numpy(), curvature, rtol=1e-12)


def test_torch_gradcheck():
    torch = pytest.importorskip("torch")
    function = lower(EXPRESSIONS[0], v, "torch", None)
    x = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x)
    assert torch.autograd.gradgradcheck(function, x)


def test_torch_types():
    torch = pytest.importorskip("torch")
    function = lower(sp.log(SIGMA), v, "torch", None)
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        x = torch.tensor([-3.0, 2.0], dtype=dtype, requires_grad=True)
        y = function(x)
        y.sum().backward()
        assert y.dtype == dtype and x.grad.dtype == dtype
    x = torch.zeros(2, dtype=torch.float32, requires_grad=True)
    y = lower(sp.log(SIGMA), v, "torch", "float64")(x)
    y.sum().backward()
    assert y.dtype == torch.float64 and x.grad.dtype == torch.float32
    assert float(function(0)) == float(function(torch.tensor([0, 1]))[0]) == pytest.approx(-np.log(2))
    assert not function(torch.zeros(2)).requires_grad


@pytest.mark.parametrize("expr", EXPRESSIONS[:4])
def test_jax_transforms(expr):
    jax = pytest.importorskip("jax")
    function = lower(expr, v, "jax", None)
    value, slope, curvature = numpy_orders(expr)
    x = GRID.astype(np.float32)
    value, slope, curvature = (a.astype(np.float32) for a in (value, slope, curvature))
    twice = jax.jit(jax.vmap(jax.grad(jax.grad(function))))(x)
    near = np.abs(GRID) < 80  # 32 bits of range
    np.testing.assert_allclose(np.asarray(twice)[near], curvature[near], rtol=1e-5)
    primal, tangent = jax.jvp(function, (x,), (np.full_like(x, 2),))
    np.testing.assert_allclose(np.asarray(primal), value, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(tangent)[near], 2 * slope[near], rtol=1e-5)
    (pulled,) = jax.vjp(function, x)[1](np.ones_like(x))
    np.testing.assert_allclose(np.asarray(pulled)[near], slope[near], rtol=1e-5)


def test_jax_types():
    jax = pytest.importorskip("jax")
    import jax.numpy as jnp

    function = lower(sp.log(SIGMA), v, "jax", None)
    for dtype in (jnp.float16, jnp.bfloat16):
        x = jnp.asarray([-3.0, 2.0], dtype)
        assert function(x).dtype == dtype
        assert jax.vmap(jax.grad(function))(x).dtype == dtype
    assert function(3).dtype == lower(sp.log(SIGMA), v, "jax")(3).dtype == jnp.float32


def test_constants_keep_float64_where_torch_defaults_to_float32():
    # A choice between two numbers has no tensor that would say float64.
    import math

    from gantheory.objectives import parse

    torch = pytest.importorskip("torch")
    objective = parse(
        real="log(D + 1e-3)", fake="log(1 - D + 1e-3)", generator="-log(D + 1e-3)", link="sigmoid(v)"
    )
    loss = objective.torch_losses()[1]
    for at in (25.0, 37.0):
        x = torch.tensor([at], dtype=torch.float64)
        assert loss(x, x).item() == pytest.approx(-math.log(1 / (1 + math.exp(-at)) + 1e-3), rel=1e-11)
