"""Relativistic objectives: ideal losses, gradients by hand, and why there is no pointwise theory."""

import math

import pytest

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.errors import NoPointwiseTheoryError

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("loss", "average", "ideal"),
    [
        ("standard", False, math.log(2)),
        ("standard", True, 2 * math.log(2)),
        ("least_squares", True, 2.0),
        ("hinge", True, 2.0),
    ],
)
def test_ideal_loss_is_the_loss_of_a_constant_score(loss, average, ideal):
    # claim id-rel; by Jensen no score does better at P_g = P_r.
    obj = go.relativistic(loss, average)
    discriminator, generator = obj.torch_losses()
    constant = torch.full((64,), 0.7, dtype=torch.float64)
    assert float(obj.ideal_loss) == pytest.approx(ideal, rel=1e-15)
    assert float(discriminator(constant, constant)) == pytest.approx(ideal, rel=1e-14)
    assert float(generator(constant, constant)) == pytest.approx(ideal, rel=1e-14)
    torch.manual_seed(0)
    noise = torch.randn(20_000, dtype=torch.float64)
    assert float(discriminator(noise, noise.flip(0))) > ideal


def test_the_paired_loss_against_a_loop():
    real, fake = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([0.1, 0.4, -0.5])
    want = sum(math.log1p(math.exp(-(r - f))) for r, f in zip(real.tolist(), fake.tolist(), strict=True)) / 3
    discriminator, generator = go.relativistic("standard", average=False).torch_losses()
    assert float(discriminator(real, fake)) == pytest.approx(want, rel=1e-6)
    assert float(generator(fake, real)) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "published"),
    [
        ("least_squares", lambda real, fake: ((real - 1) ** 2).mean() + ((fake + 1) ** 2).mean()),
        ("hinge", lambda real, fake: (1 - real).relu().mean() + (1 + fake).relu().mean()),
    ],
)
def test_averaged_losses_as_printed(loss, published):
    """Of C(x) - E C(other): RaLSGAN and RaHingeGAN, Jolicoeur-Martineau 2018, Appendix D."""
    real, fake = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([0.1, 0.4, -0.5, 1.4])
    discriminator, generator = go.relativistic(loss).torch_losses()
    want = published(real - fake.mean(), fake - real.mean())
    assert float(discriminator(real, fake)) == pytest.approx(float(want), rel=1e-6)
    assert float(generator(fake, real)) == pytest.approx(float(want), rel=1e-6)


def test_refusals():
    with pytest.raises(NoPointwiseTheoryError, match=r"couples pairs .* ideal loss is log\(2\)"):
        derive(go.relativistic("standard", average=False))
    with pytest.raises(ValueError, match="did you mean 'hinge'"):
        go.relativistic("hing")
    with pytest.raises(ValueError, match=r"equal shapes, got \(3,\) and \(2,\)"):
        go.relativistic(average=False).torch_losses()[0](torch.zeros(3), torch.zeros(2))
