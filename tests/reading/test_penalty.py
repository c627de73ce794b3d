"""Penalties of public code: their place, weight and target, and the faults that repositories copy."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from gantheory.reading import identify_penalty
from gantheory.reading.identification.penalties.asking import Batch


def gradients(net, points):
    points = points.requires_grad_()
    out = net(points)
    return torch.autograd.grad(out, points, torch.ones_like(out), create_graph=True, retain_graph=True)[0]


def between(net, real, fake, e_shape=None, dim=None, weight=10.0, one_sided=False, inner=0.0):
    e = torch.rand(e_shape or (len(real), 1, 1, 1))
    found = gradients(net, e * real + (1 - e) * fake)
    norm = found.norm(2, dim=1) if dim else (found.reshape(len(found), -1).pow(2).sum(1) + inner).sqrt()
    excess = torch.relu(norm - 1) if one_sided else norm - 1
    return weight * (excess**2).mean()


def per_pixel(net, real, fake):
    return between(net, real, fake, e_shape=real.shape)


def per_batch(net, real, fake):
    return between(net, real, fake, e_shape=(1,))


def axis_one(net, real, fake):
    return between(net, real, fake, dim=1)


def r1(net, real, fake):
    return 10 / 2 * gradients(net, real).pow(2).reshape(len(real), -1).sum(1).mean()


def r2_of_output_sum(net, real, fake):
    found = torch.autograd.grad(net(fake.requires_grad_()).sum(), fake, create_graph=True)[0]
    return found.pow(2).flatten(1).sum(1).mean()


def dragan(net, real, fake):
    noisy = real + 0.5 * real.std() * torch.rand_like(real)
    return 10 * ((gradients(net, noisy).flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def pulling_away(codes, power=2):
    unit = codes / codes.norm(dim=1, keepdim=True)
    n = len(codes)
    return 0.1 * ((unit @ unit.T).pow(power).sum() - n) / (n * (n - 1))


def shares(net, real, fake, reduce=torch.sum, create_graph=True):
    """The gradients of WGAN-GP as most repositories take them."""
    e = torch.rand(len(real), 1, 1, 1)
    x = (e * real + (1 - e) * fake).detach().requires_grad_()
    return torch.autograd.grad(reduce(net(x)), x, create_graph=create_graph)[0]


def excess(found, target=1.0):
    return 10 * ((found.flatten(1).norm(2, dim=1) - target) ** 2).mean()


def floats_of_numpy(net, real, fake):
    e = torch.FloatTensor(np.random.random((len(real), 1, 1, 1)))
    x = (e * real + (1 - e) * fake).requires_grad_(True)
    out = net(x)
    ones = torch.FloatTensor(len(real), 1).fill_(1.0)
    [found] = torch.autograd.grad(outputs=out, inputs=x, grad_outputs=ones, create_graph=True)
    return ((found.view(len(found), -1).norm(2, dim=1) - 1) ** 2).mean()


def vectors_only(net, real, fake):
    e = torch.rand(len(real), 1).expand(real.size())
    return excess(gradients(net, e * real + (1 - e) * fake)) / 100


def scores_without_axis(net, real, fake):
    x = (torch.rand(len(real), 1, 1, 1) * (real - fake) + fake).detach().requires_grad_()
    return excess(torch.autograd.grad(net(x), x, torch.ones(len(real)), create_graph=True)[0])


def of_the_generators_graph(critic, real, fake, device):
    e = torch.rand((len(real), 1, 1, 1)).to(device)
    x = real * e + fake * (1 - e)
    out = critic(x)
    return excess(torch.autograd.grad(out, x, torch.ones_like(out), create_graph=True)[0])


def shuffled(net, real, fake):
    return excess(shares(net, real, fake[torch.randperm(len(fake))]))


def on_both(net, real, fake):
    return sum(5 * gradients(net, x).flatten(1).square().sum(1).mean() for x in (real, fake))


def on_both_at_once(net, real, fake):
    return 5 * gradients(net, torch.cat([real, fake])).square().sum((1, 2, 3)).mean()


def backward(value):
    value.backward(retain_graph=False)
    return value


class AsModule(torch.nn.Module):
    def forward(self, net, fake_images, real_images):
        return gradients(net, real_images).flatten(1).square().sum(1).mean()


def of_sequences(net, real, fake):
    e = torch.rand(len(real), 1, 1)
    return excess(gradients(net, e * real + (1 - e) * fake))


def of_copies(net, real, fake):
    return excess(shares(copy.deepcopy(net), real, fake))


def colours_apart(net, real, fake):
    """The number of channels stands in the code, so that no other one can be tried."""
    x = (fake + torch.rand(len(real), 1, 1, 1).expand(-1, 3, 1, 1) * (real - fake)).requires_grad_()
    return excess(gradients(net, x))


def beyond_the_segment(net, real, fake):
    e = 3 * torch.rand(len(real), 1, 1, 1) - 1
    return excess(gradients(net, e * real + (1 - e) * fake))


RIGHT = [
    (of_sequences, "between", 10.0, 1.0, False),
    (of_copies, "between", 10.0, 1.0, False),
    (colours_apart, "between", 10.0, 1.0, False),
    (beyond_the_segment, "elsewhere", 10.0, 1.0, False),
    (lambda net, x, y: 1e-8 * r1(net, x, y), "real", 5e-8, 0.0, False),
    (lambda net, genuine, y: r1(net, genuine, y), "real", 5.0, 0.0, False),
    (floats_of_numpy, "between", 1.0, 1.0, False),
    (vectors_only, "between", 0.1, 1.0, False),
    (scores_without_axis, "between", 10.0, 1.0, False),
    (of_the_generators_graph, "between", 10.0, 1.0, False),
    (shuffled, "between", 10.0, 1.0, False),
    (lambda net, x, y: excess(shares(net, x, y), 750.0), "between", 10.0, 750.0, False),
    (lambda net, x, y: between(net, x, y, one_sided=True, inner=1e-8), "between", 10.0, 1.0, True),
    (on_both, "real and fake", 5.0, 0.0, False),
    (on_both_at_once, "real and fake", 2.5, 0.0, False),
    (AsModule(), "real", 1.0, 0.0, False),
    (between, "between", 10.0, 1.0, False),
    (lambda net, x, y: between(net, x, y, weight=0.1, inner=1e-12), "between", 0.1, 1.0, False),
    (lambda net, x, y: between(net, x, y, one_sided=True), "between", 10.0, 1.0, True),
    (r1, "real", 5.0, 0.0, False),
    (r2_of_output_sum, "fake", 1.0, 0.0, False),
    (dragan, "around real", 10.0, 1.0, False),
]


@pytest.mark.parametrize("penalty, where, weight, target, one_sided", RIGHT)
def test_right_penalties(penalty, where, weight, target, one_sided):
    found = identify_penalty(penalty)
    assert found.findings == () and (found.where, found.one_sided) == (where, one_sided)
    assert (found.weight, found.target) == pytest.approx((weight, target), rel=1e-5)


MEAN = "mean in the wrong place"
OF_MEAN = "gradient of a mean", 1, 1
FAULTS = [
    (per_pixel, "epsilon per pixel", 10, 1),
    (per_batch, "epsilon per batch", 10, 1),
    (axis_one, "norm over a part", 10, 1),
    (lambda net, x, y: excess(shares(net, x, y, create_graph=False)), "no gradient", 10, 1),
    (lambda net, x, y: excess(shares(net, x, y).detach()), "no gradient", 10, 1),
    (lambda net, x, y: excess(shares(net, x, y, torch.mean)), "gradient of a mean", 10, 1),
    (lambda net, x, y: len(x) * excess(shares(net, x, y)), "weight grows with the batch", 10, 1),
    (lambda net, x, y: 3 * (shares(net, x, y).norm() - 2) ** 2, "norm over the batch", 3, 2),
    (lambda net, x, y: 4 * gradients(net, x).pow(2).mean(), "mean over the values", 4, 0),
    (lambda net, x, y: 5 * gradients(net, x).pow(2).sum((1, 3)).mean(), "mean over the values", 5, 0),
    (
        lambda net, x, y: (shares(net, x, y).flatten(1).pow(2).mean(1).sqrt() - 3).pow(2).mean(),
        "mean over the values",
        1,
        3,
    ),
    (lambda net, x, y: (shares(net, x, y).flatten(1).norm(2, 1).mean() - 1) ** 2, MEAN, 1, 1),
    (lambda net, x, y: shares(net, x, y).flatten(1).norm(2, 1).max() ** 2, MEAN, 1, 0),
    (lambda net, x, y: (shares(net, x, y)[0].norm() - 1) ** 2, MEAN, 1, 1),
    (
        lambda net, x, y: torch.relu(shares(net, x, y, torch.mean).flatten(1).norm(2, 1) - 1).pow(2).mean(),
        *OF_MEAN,
    ),
    (
        lambda net, x, y: 7 * ((shares(net, x, y).flatten(1).pow(2).sum(1) - 1) ** 2).mean(),
        "squared norm",
        7,
        1,
    ),
]


@pytest.mark.parametrize(("penalty", "kind", "weight", "target"), FAULTS)
def test_faults_of_gradient_penalties(penalty, kind, weight, target):
    """Weight and target as they are meant: what the fault divides by is taken out."""
    found = identify_penalty(penalty)
    assert [finding.kind for finding in found.findings] == [kind]
    assert (found.weight, found.target) == pytest.approx((weight, target), rel=1e-4)


def test_the_shape_of_samples_may_be_given():
    """A sum over two axes is whole for a sequence, and a mean over the width for pictures."""
    penalty = lambda net, x, y: 5 * gradients(net, x).pow(2).sum((1, 2)).mean()  # noqa: E731
    found = identify_penalty(penalty, shape=(3, 20))
    assert (found.weight, found.findings, found.shape) == (5, (), (3, 20))
    [finding] = identify_penalty(penalty).findings
    assert finding.kind == "mean over the values" and "over 5 of the 60" in finding.text
    with pytest.raises(ValueError, match="shape must be a positive integer, got 0"):
        identify_penalty(penalty, shape=(3, 0))


def test_the_callers_random_numbers_are_left_as_they_were(monkeypatch):
    torch.manual_seed(5)
    np.random.seed(5)
    wanted = torch.rand(3), np.random.random(3)
    torch.manual_seed(5)
    np.random.seed(5)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: pytest.fail("a GPU's were seeded"))
    identify_penalty(floats_of_numpy)
    assert torch.equal(torch.rand(3), wanted[0]) and (np.random.random(3) == wanted[1]).all()


def test_the_pulling_away_term_needs_its_square():
    found = identify_penalty(pulling_away)
    assert found.findings == () and found.weight == pytest.approx(0.1)
    [finding] = identify_penalty(lambda codes: pulling_away(codes, power=1)).findings
    assert finding.kind == "pulling-away term without square"
    [finding] = identify_penalty(lambda codes: pulling_away(codes) * (len(codes) - 1)).findings
    assert finding.kind == "weight grows with the batch"
    [finding] = identify_penalty(lambda codes: pulling_away(codes.detach())).findings
    assert finding.kind == "no gradient"


@pytest.mark.parametrize(
    ("penalty", "says"),
    [
        (lambda a, b: a, r"got a function of \(a, b\)"),
        (lambda net, x, y: (x - y).pow(2).mean(), "never asks the discriminator"),
        (lambda net, x, y: net(x), "must return a scalar"),
        (lambda net, x, y: net.no, "penalty raised AttributeError"),
        (lambda codes: codes.sum(), "no pulling-away term"),
        (lambda net, x, y: (r1(net, x, y), 3), "got tuple: return it alone"),
        (lambda net, x, y: r1(net, x, y) * torch.nan, "penalty is nan"),
        (lambda net, x, y: r1(net, x, y) + net(y).square().mean(), "depends on the score itself"),
        (lambda net, x, y: r1(lambda z: torch.sigmoid(net(z)), x, y), "without a sigmoid"),
        (
            lambda net, x, y: r1(net, x, y) + 3 * r2_of_output_sum(net, x, y),
            "5, target 0 at real points; weight 3",
        ),
        (lambda net, x, y: (shares(net, x, y).flatten(1).norm(2, 1) - 1).abs().mean(), r"no weight \(\|grad"),
        (
            lambda net, x, y: shares(net, x, y).abs().flatten(1).sum(1).square().mean(),
            "no function of the gradient's",
        ),
        (lambda net, x, y: net(x).sum() * 0 + 1, "does not depend on the norm"),
        (max, "no signature"),
        (lambda net, x, y: r1(net, x[:, :1], y), r"at points of shape \(6, 1, 4, 5\), where samples are"),
        (lambda net, x, y: r1(net, x.half(), y), "too rough to read it"),
        (lambda net, x, y, seen=[]: r1(net, x, y) * (seen.append(1) or len(seen)), "changes its answer"),
        (lambda net, x, y: [r1(net, x, y)] and backward(r1(net, x, y)), r"has called backward\(\) itself"),
        (lambda net, x, y: (net(x) - net(x.flip(-1))).pow(2).mean(), "no function of the gradient's"),
    ],
)
def test_what_is_no_penalty_is_refused(penalty, says):
    with pytest.raises(ValueError, match=says):
        identify_penalty(penalty)


@pytest.mark.parametrize("share", [0.5, 1e-9, 5e-5, 1 - 5e-5, 0.0, 1.0])
def test_a_point_is_between_though_a_value_of_it_is_drawn_at_an_end(share):
    batch = Batch()
    real, fake = (samples.reshape(len(samples), -1) for samples in batch.samples)
    e = torch.full((batch.size,), 0.3, dtype=torch.float64)
    e[7] = share
    assert batch.place(fake[2] + e * (real[4] - fake[2])) == "between"
    e[7] = share - 0.01 if share < 0.5 else share + 0.6  # outside, and on the whole nearer to fake samples
    assert batch.place(fake[2] + e * (real[4] - fake[2])) == "around fake"
    assert batch.place(real[4] + (1 - e) * (real[4] - fake[2])) == "around real"
