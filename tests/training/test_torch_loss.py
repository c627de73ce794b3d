"""Objective.torch_losses against PyTorch's own losses and against the published clamp."""

import math

import pytest
import sympy as sp
import torch
from torch.nn import functional

from gantheory import objectives
from gantheory.objectives import torch_loss
from gantheory.objectives.numerics import is_sigmoid

REAL = torch.linspace(-9, 8, 40, dtype=torch.float64)
FAKE = torch.linspace(-6, 11, 55, dtype=torch.float64)


def gradient(loss, *scores):
    leaves = [s.clone().requires_grad_() for s in scores]
    value = loss(*leaves)
    grads = torch.autograd.grad(value, leaves, allow_unused=True)
    return value, [torch.zeros_like(s) if g is None else g for s, g in zip(leaves, grads, strict=True)]


def assert_same_loss(ours, theirs, real=REAL, fake=FAKE):
    value, grads = gradient(ours, real, fake)
    expected, expected_grads = gradient(theirs, real, fake)
    torch.testing.assert_close(value, expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(grads, expected_grads, rtol=1e-10, atol=1e-300)


def bce(scores, label):
    return functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, label))


def test_vanilla_is_binary_cross_entropy():
    d_loss, g_loss = objectives.vanilla(saturating=False).torch_losses()
    assert_same_loss(d_loss, lambda r, f: bce(r, 1.0) + bce(f, 0.0))
    assert_same_loss(g_loss, lambda r, f: bce(f, 1.0))


def test_saturating_generator_keeps_the_real_term_in_its_value():
    _, g_loss = objectives.vanilla().torch_losses()
    assert_same_loss(g_loss, lambda r, f: -bce(r, 1.0) - bce(f, 0.0))


def test_lsgan_is_mean_squared_error():
    d_loss, g_loss = objectives.lsgan().torch_losses()
    assert_same_loss(d_loss, lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2)
    assert_same_loss(g_loss, lambda r, f: ((f - 1) ** 2).mean() / 2)


def test_renyi_generator_is_a_log_of_means():
    alpha = 3.0
    _, g_loss = objectives.renyi(3).torch_losses()

    def expected(real, fake):
        means = torch.sigmoid(real).pow(alpha - 1).mean(), torch.sigmoid(-fake).pow(alpha - 1).mean()
        return sum(mean.log() for mean in means) / (alpha - 1)

    assert_same_loss(g_loss, expected)


def alpha_loss(probability, alpha):
    """The published code: D clamped to [1e-7, 1 - 1e-7] before the power."""
    clamped = probability.clamp(1e-7, 1 - 1e-7)
    return alpha / (alpha - 1) * (1 - clamped.pow((alpha - 1) / alpha))


@pytest.mark.parametrize(("alpha_d", "alpha_g"), [(0.5, 1.2), (2, 0.3)])
def test_clamped_is_the_published_code(alpha_d, alpha_g):
    real, fake = torch.linspace(-30, 30, 61).double(), torch.linspace(-25, 40, 66).double()
    d_loss, g_loss = objectives.alpha_gan(alpha_d, alpha_g, saturating=False).torch_losses("clamped")
    published = [
        lambda r, f: (
            alpha_loss(torch.sigmoid(r), alpha_d).mean() + alpha_loss(1 - torch.sigmoid(f), alpha_d).mean()
        ),
        lambda r, f: alpha_loss(torch.sigmoid(f), alpha_g).mean(),
    ]
    for ours, theirs in zip((d_loss, g_loss), published, strict=True):
        value, grads = gradient(ours, real, fake)
        expected, expected_grads = gradient(theirs, real, fake)
        # 1 - D loses up to 1e-9 relative to the stable form near the clamp, in float64.
        torch.testing.assert_close(value, expected, rtol=1e-8, atol=0)
        torch.testing.assert_close(grads, expected_grads, rtol=1e-8, atol=1e-14)
    limit = math.log((1 - 1e-7) / 1e-7)
    _, (real_grad, fake_grad) = gradient(d_loss, real, fake)
    for scores, grad in ((real, real_grad), (fake, fake_grad)):
        assert (grad[scores.abs() > limit] == 0).all()
        assert (grad[scores.abs() < limit] != 0).all()


SATURATED = torch.tensor(
    [-200, -110, -99, -88, -50, -28, -27, -20, -17.4, -17, -2, 0, 9, 16.5, 17.2, 17.4, 50]
)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("saturating", [True, False])
def test_clamped_at_alpha_1_is_binary_cross_entropy_of_the_sigmoid(saturating, dtype):
    """As in the published code: torch.nn.BCELoss without a clamp, with what it does where D is 0 or 1."""
    real, fake = SATURATED.to(dtype), SATURATED.to(dtype).flip(0)
    d_loss, g_loss = objectives.alpha_gan(1, saturating=saturating).torch_losses("clamped")
    bce_loss = torch.nn.BCELoss()

    def label(scores, value):
        return bce_loss(torch.sigmoid(scores), torch.full_like(scores, value))

    def generator(real, fake):
        # The real term of the value, which the published code leaves out, has no gradient in fake scores.
        return -label(real, 1.0) - label(fake, 0.0) if saturating else label(fake, 1.0)

    for ours, theirs in ((d_loss, lambda r, f: label(r, 1.0) + label(f, 0.0)), (g_loss, generator)):
        value, grads = gradient(ours, real, fake)
        expected, expected_grads = gradient(theirs, real, fake)
        torch.testing.assert_close(value, expected, rtol=1e-6, atol=0)
        torch.testing.assert_close(grads, expected_grads, rtol=1e-6, atol=0)
    if dtype is torch.float32:
        n = len(SATURATED)
        real_grad, fake_grad = gradient(d_loss, real, fake)[1]
        # At v = -20 the clamp would have stopped the gradient; at -50 it has faded; at v > 17.3 D is 1.
        assert real_grad[SATURATED == -20].item() * n == pytest.approx(-1, rel=1e-6)
        assert real_grad[SATURATED == -50].item() * n == pytest.approx(-math.exp(-50) / 1e-12, rel=1e-4)
        assert (fake_grad[fake > 17.3] == 0).all() and fake_grad[fake == 16.5].item() * n > 0.99


def test_clamped_mixes_both_rules_by_player():
    """alpha_D = 1 goes through binary cross entropy, alpha_G = 2 of the same game through the clamp."""
    d_loss, g_loss = objectives.alpha_gan(1, 2, saturating=False).torch_losses("clamped")
    at = torch.tensor([-20.0])
    _, (real, _) = gradient(d_loss, at, at)
    assert real.item() == pytest.approx(-1, rel=1e-6)
    assert gradient(g_loss, at, at)[1][1].item() == 0


def test_clamped_takes_any_spelling_of_the_logarithm():
    mine = objectives.parse(
        real="-softplus(-v)", fake="-softplus(v)", generator="softplus(-v)", link="sigmoid(v)"
    )
    ours, theirs = (each.torch_losses("clamped") for each in (mine, objectives.vanilla(saturating=False)))
    for first, second in zip(ours, theirs, strict=True):
        torch.testing.assert_close(first(SATURATED, SATURATED), second(SATURATED, SATURATED), rtol=0, atol=0)


def test_stable_gradient_survives_where_the_clamp_kills_it():
    d_loss, _ = objectives.alpha_gan(math.inf, 1).torch_losses()
    _, (grad, _) = gradient(d_loss, torch.tensor([-20.0]), torch.tensor([0.0]))
    # A = -(1 - sigma(v)), A' = sigma(v) sigma(-v) = 2.06e-9 in float32.
    assert grad.item() == pytest.approx(-math.exp(-20) / (1 + math.exp(-20)) ** 2, rel=1e-5)


def test_second_derivatives_work():
    d_loss, _ = objectives.alpha_gan(0.5, 1.2).torch_losses()
    assert torch.autograd.gradgradcheck(
        d_loss, (REAL[::8].clone().requires_grad_(), FAKE[::8].clone().requires_grad_())
    )


def test_scores_of_any_shape():
    d_loss, _ = objectives.vanilla().torch_losses()
    torch.testing.assert_close(d_loss(REAL.reshape(4, 5, 2), FAKE.reshape(11, 5)), d_loss(REAL, FAKE))


def test_batch_losses_reduce_the_last_axis_only():
    batch = torch_loss.batch_losses(objectives.renyi(2))
    d_loss, g_loss = objectives.renyi(2).torch_losses()
    real, fake = REAL.reshape(4, 10), FAKE.reshape(5, 11)[:4]
    for k in range(4):
        torch.testing.assert_close(batch.discriminator(real, fake)[k], d_loss(real[k], fake[k]))
        torch.testing.assert_close(batch.generator(real, fake)[k], g_loss(real[k], fake[k]))


def test_nan_scores_give_a_nan_loss():
    d_loss, g_loss = objectives.vanilla().torch_losses()
    bad = torch.tensor([0.0, math.nan])
    assert d_loss(bad, FAKE.float()).isnan() and g_loss(REAL.float(), bad).isnan()
    # torch.nn.BCELoss would raise, and end a process that uses CUDA.
    for loss in objectives.vanilla().torch_losses("clamped"):
        value, (_, grad) = gradient(loss, bad, bad)
        assert value.isnan() and (grad[:1] != 0).all()


def test_clamped_takes_any_spelling_of_the_sigmoid():
    v = objectives.v
    assert is_sigmoid(sp.exp(v) / (1 + sp.exp(v)))
    assert is_sigmoid((1 + sp.tanh(v / 2)) / 2)
    assert not is_sigmoid(v) and not is_sigmoid(1 / (1 + sp.exp(-2 * v)))


def test_onto_domain_maps_into_the_domain():
    raw = torch.linspace(-12, 12, 99, dtype=torch.float64)
    for objective in (objectives.vanilla(), objectives.ebgan(), objectives.ipm("bounded")):
        scores = torch_loss.onto_domain(objective, raw)
        low, high = (float(end) for end in objective.domain)
        assert (scores > low).all() and (scores < high).all() and (scores.diff() > 0).all()
    assert torch.equal(torch_loss.onto_domain(objectives.vanilla(), raw), raw)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda d, g: d([0.0], REAL), TypeError, "real_scores must be a torch.Tensor of scores, got list"),
        (
            lambda d, g: g(REAL.abs(), 3.0),
            TypeError,
            "fake_scores must be a torch.Tensor of scores, got float",
        ),
        (
            lambda d, g: d(REAL.abs(), torch.arange(3)),
            TypeError,
            "fake_scores must be a floating-point tensor",
        ),
        (lambda d, g: d(REAL[:0], REAL), ValueError, "real_scores must hold at least one score"),
        (lambda d, g: d(REAL.abs(), FAKE), ValueError, r"fake_scores must be at least 0.*ebgan.*got -6"),
    ],
)
def test_bad_scores(call, error, message):
    with pytest.raises(error, match=message):
        call(*objectives.ebgan().torch_losses())


def test_bad_numerics():
    with pytest.raises(ValueError, match="numerics must be one of stable, clamped, got 'fast'"):
        objectives.vanilla().torch_losses("fast")
    with pytest.raises(ValueError, match=r"clamps D = sigmoid\(v\), but the link of lsgan\(0, 1, 1\) is v"):
        objectives.lsgan().torch_losses("clamped")
    with pytest.raises(TypeError, match="objective must be a gantheory Objective, got 'vanilla'"):
        torch_loss.losses("vanilla")
