"""Torch losses in the company of torch.func, torch.compile, autocast and small floats."""

from __future__ import annotations

import math

import pytest
import sympy as sp

torch = pytest.importorskip("torch")

import gantheory as gt  # noqa: E402
from gantheory.objectives.catalogue import BUILT_IN  # noqa: E402

PARSED = {
    "clamped": {
        "real": "log(max(sigmoid(v), 1/50))",
        "fake": "log(max(1 - sigmoid(v), 1/50))",
        "generator": "-min(v, 2)",
    },
    "hinged": {"real": "-max(0, 1 - v)", "fake": "-max(0, 1 + v)**2", "generator": "abs(v - 1) - v"},
}


def objective(spec: str) -> gt.Objective:
    return gt.objectives.parse(**PARSED[spec]) if spec in PARSED else gt.objectives.from_spec(spec)


SPECS = [
    "vanilla",
    "vanilla(saturating=False)",
    "alpha_gan(0.5, 1.2)",
    "alpha_gan(inf, inf)",
    "lsgan",
    "hinge",
]
SPECS += ["ebgan(1)", "renyi(2)", "wgan", *PARSED]


def scores(dtype=torch.float32, shape=(7,), seed=0):
    generator = torch.Generator().manual_seed(seed)
    raw = torch.rand(shape, generator=generator, dtype=torch.float64) * 3 + 0.05
    return raw.to(dtype), (raw.flip(0) * 0.7).to(dtype)


def plain(objective, player, real, fake):
    """The loss by sympy alone, from the definition."""
    v = gt.objectives.v

    def mean(expr, values):
        return sp.Rational(1, values.numel()) * sum(
            (expr.subs(v, sp.Float(x, 30)).evalf(30) for x in values.double().reshape(-1).tolist()), sp.S.Zero
        )

    if player == 0:
        return float(-mean(objective.A, real) - mean(objective.B, fake))
    x, y = mean(objective.R, real), mean(objective.S, fake)
    if objective.outer is None:
        return float(x + y)
    from gantheory.objectives.objective import x as X
    from gantheory.objectives.objective import y as Y

    return float(objective.outer.subs({X: x, Y: y}))


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("player", [0, 1])
def test_every_shape_and_type_gives_the_value_of_the_definition(spec, player):
    o = objective(spec)
    loss = o.torch_losses()[player]
    real, fake = scores(torch.float64, (4, 6))
    right = plain(o, player, real, fake)
    for shape in ((24,), (24, 1), (2, 3, 4)):
        assert loss(real.reshape(shape), fake.reshape(shape)).item() == pytest.approx(
            right, rel=1e-12, abs=1e-12
        )
    assert loss(real.T, fake[:, ::2]).item() == pytest.approx(
        plain(o, player, real, fake[:, ::2]), rel=1e-12, abs=1e-12
    )
    assert loss(real[0, 0], fake[0, 0]).item() == pytest.approx(
        plain(o, player, real[0, 0], fake[0, 0]), rel=1e-12, abs=1e-12
    )
    for dtype, rel in ((torch.float32, 1e-6), (torch.float16, 2e-3), (torch.bfloat16, 1e-2)):
        low, other = real.to(dtype), fake.to(dtype)
        found = loss(low, other)
        assert found.dtype == dtype
        assert found.item() == pytest.approx(plain(o, player, low, other), rel=rel, abs=rel)
        assert loss(low, fake).dtype == torch.float64
        assert loss(low, fake).item() == pytest.approx(plain(o, player, low, fake), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("player", [0, 1])
def test_transforms_agree_with_autograd(spec, player):
    from torch.func import grad, jvp, vmap

    loss = objective(spec).torch_losses()[player]
    real, fake = scores(torch.float64, (5, 7))
    leaf = fake.clone().requires_grad_()
    alone = [loss(r, f) for r, f in zip(real, leaf, strict=True)]
    (gradient,) = torch.autograd.grad(torch.stack(alone).sum(), leaf)
    assert torch.allclose(vmap(loss)(real, fake), torch.stack(alone).detach(), rtol=1e-12)
    assert torch.allclose(vmap(grad(loss, argnums=1))(real, fake), gradient, rtol=1e-10, atol=1e-14)
    assert torch.allclose(vmap(loss, in_dims=(None, 0))(real[0], fake)[2], loss(real[0], fake[2]), rtol=1e-12)
    tangent = torch.linspace(-1, 1, 7, dtype=torch.float64)
    _, moved = jvp(lambda f: loss(real[0], f), (fake[0],), (tangent,))
    assert moved.item() == pytest.approx((gradient[0] * tangent).sum().item(), rel=1e-10, abs=1e-14)
    # Penalties differentiate twice: against a finite difference of the first derivative.
    twice = fake[0].clone().requires_grad_()
    (first,) = torch.autograd.grad(loss(real[0], twice), twice, create_graph=True)
    if first.requires_grad:
        (second,) = torch.autograd.grad((first * tangent).sum(), twice)
        step = 1e-5
        ahead, behind = (grad(lambda f: loss(real[0], f))(fake[0] + s * step * tangent) for s in (1, -1))
        assert torch.allclose(second, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("backend", [pytest.param("eager", marks=pytest.mark.slow), "aot_eager"])
@pytest.mark.parametrize(
    # Fast: smooth, with kinks, with an outer function.
    "spec",
    [
        "vanilla",
        pytest.param("alpha_gan(inf, inf)", marks=pytest.mark.slow),
        pytest.param("ebgan(1)", marks=pytest.mark.slow),
        "hinge",
        "renyi(2)",
    ],
)
def test_one_graph_holds_both_losses_and_their_gradients(spec, backend):
    torch._dynamo.reset()
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1), torch.nn.Softplus()
    )
    d, g = objective(spec).torch_losses()
    x, y = torch.randn(8, 2), torch.randn(8, 2)

    def step(x, y):
        return d(net(x), net(y)) + 0.5 * g(net(x), net(y))

    right = step(x, y)
    expected = torch.autograd.grad(right, list(net.parameters()))
    found = torch.compile(step, backend=backend, fullgraph=True)(x, y)
    gradients = torch.autograd.grad(found, list(net.parameters()))
    assert found.item() == pytest.approx(right.item(), rel=1e-6)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_the_gradient_is_alive_where_the_value_has_underflowed_compiled_or_not():
    torch._dynamo.reset()
    d, _ = objective("alpha_gan(inf, inf)").torch_losses()
    far = torch.tensor([-20.0], requires_grad=True)
    for loss in (d, torch.compile(d, backend="aot_eager", fullgraph=True)):
        (gradient,) = torch.autograd.grad(loss(far, torch.zeros(1)), far)
        assert gradient.item() == pytest.approx(-2.0611536e-9, rel=1e-5)


def test_float16_neither_overflows_inside_nor_loses_its_gradient():
    d, _ = objective("lsgan").torch_losses()
    # One square is beyond 65504; the mean of all is not.
    real = torch.tensor([400.0] + [1.0] * 31, dtype=torch.float16)
    assert d(real, torch.zeros(4, dtype=torch.float16)).item() == pytest.approx(399**2 / 2 / 32, rel=1e-3)
    d, _ = objective("vanilla").torch_losses()
    leaf = torch.full((2,), 12.0, dtype=torch.float16, requires_grad=True)
    (gradient,) = torch.autograd.grad(d(leaf, torch.zeros(2, dtype=torch.float16)), leaf)
    assert gradient.dtype == torch.float16
    assert gradient[0].item() == pytest.approx(-1 / (1 + math.exp(12)) / 2, rel=0.05)


def test_autocast_keeps_the_loss_in_float32_with_the_right_value():
    d, g = objective("vanilla").torch_losses()
    net = torch.nn.Linear(2, 1)
    x, y = torch.randn(64, 2), torch.randn(64, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        real, fake = net(x), net(y)
        assert real.dtype == torch.bfloat16
        found = [loss(real, fake) for loss in (d, g)]
    assert [f.dtype for f in found] == [torch.float32] * 2
    right = [loss(real.double(), fake.double()).item() for loss in (d, g)]
    assert [f.item() for f in found] == pytest.approx(right, rel=1e-5)
    found[0].backward()
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())


def test_scores_that_cannot_be_looked_at_and_are_outside_the_domain_give_nan():
    torch._dynamo.reset()
    d, _ = objective("ebgan(1)").torch_losses()
    good, bad = torch.tensor([0.5, 1.5]), torch.tensor([0.5, -1.5])
    with pytest.raises(ValueError, match=r"real_scores must be at least 0.*got -1\.5"):
        d(bad, good)
    assert torch.isnan(torch.func.vmap(d)(torch.stack([good, bad]), torch.stack([good, good]))).tolist() == [
        False,
        True,
    ]
    compiled = torch.compile(d, backend="eager", fullgraph=True)
    assert compiled(good, good).item() == d(good, good).item()
    assert torch.isnan(compiled(bad, good))
    meta = good.to("meta")
    assert d(meta, meta).shape == () and d(meta, meta).device.type == "meta"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_objective_trains_in_half_precision_under_vmap(name):
    o = objective(name)
    real, fake = (x / 4 for x in scores(torch.bfloat16, (3, 8)))  # inside [0, 1], which every domain holds
    for loss in o.torch_losses():
        wide = torch.stack([loss(r.double(), f.double()) for r, f in zip(real, fake, strict=True)])
        found = torch.func.vmap(loss)(real, fake)
        assert found.dtype == torch.bfloat16
        assert torch.allclose(found.double(), wide, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    "pair", [objective("vanilla").torch_losses(), gt.objectives.relativistic().torch_losses()]
)
def test_wrong_scores_are_refused_in_one_line(pair):
    for loss in pair:
        for real, fake, error in (
            (torch.ones(3, dtype=torch.int64), torch.ones(3), TypeError),
            (torch.ones(3), [1.0], TypeError),
            (torch.ones(0), torch.ones(3), ValueError),
            (torch.ones(3), torch.ones(3, device="meta"), ValueError),
            (torch.ones(3, dtype=torch.complex64), torch.ones(3), TypeError),
        ):
            with pytest.raises(error) as caught:
                loss(real, fake)
            assert "\n" not in str(caught.value) and "scores" in str(caught.value)
