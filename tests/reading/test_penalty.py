"""Penalties of public code: their place, weight and target, and the three faults that repositories copy."""

from __future__ import annotations

import pytest
import torch

from gantheory.reading import identify_penalty


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


RIGHT = [
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


@pytest.mark.parametrize(
    "penalty, kind",
    [(per_pixel, "epsilon per pixel"), (per_batch, "epsilon per batch"), (axis_one, "norm over a part")],
)
def test_faults_of_gradient_penalties(penalty, kind):
    [finding] = identify_penalty(penalty).findings
    assert finding.kind == kind


def test_the_pulling_away_term_needs_its_square():
    found = identify_penalty(pulling_away)
    assert found.findings == () and found.weight == pytest.approx(0.1)
    [finding] = identify_penalty(lambda codes: pulling_away(codes, power=1)).findings
    assert finding.kind == "pulling-away term without square"


@pytest.mark.parametrize(
    ("penalty", "says"),
    [
        (lambda a, b: a, r"got a function of \(a, b\)"),
        (lambda net, x, y: (x - y).pow(2).mean(), "never asks the discriminator"),
        (lambda net, x, y: net(x), "must return a scalar"),
        (lambda net, x, y: net.no, "penalty raised AttributeError"),
        (lambda codes: codes.sum(), "no pulling-away term"),
    ],
)
def test_what_is_no_penalty_is_refused(penalty, says):
    with pytest.raises(ValueError, match=says):
        identify_penalty(penalty)
