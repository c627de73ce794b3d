"""Losses as public repositories write them, from their formulas: each right, with the name it must get.

`fragile` holds the kinds of finding about number formats that are true of a loss that is right otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

D = torch.sigmoid
bce, bce_logits, mse = F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.mse_loss
NON_SATURATING = "vanilla(saturating=False)"


@dataclass(frozen=True)
class Case:
    """Two losses and what they are."""

    id: str
    d: Any
    g: Any
    name: str
    ideal: float | None
    parameters: dict[str, float] = field(default_factory=dict)
    fragile: frozenset[str] = frozenset()


def dcgan_labels(real, fake):
    """One label tensor, refilled in place."""
    criterion = nn.BCELoss()
    label = torch.full((real.size(0),), 1.0)
    real_error = criterion(D(real).view(-1), label)
    label.fill_(0.0)
    return real_error + criterion(D(fake).view(-1), label)


def halved_with_float_tensors(real, fake):
    """Labels of torch.FloatTensor, and the average of both halves."""
    valid, none = torch.FloatTensor(real.size(0), 1).fill_(1.0), torch.FloatTensor(real.size(0), 1).fill_(0.0)
    loss = nn.BCEWithLogitsLoss()
    return (loss(real, valid) + loss(fake, none)) / 2


class HingeLoss(nn.Module):
    """A module as loss."""

    def forward(self, real, fake):
        return torch.relu(1.0 - real).mean() + torch.relu(1.0 + fake).mean()


def alpha_loss(p, alpha):
    """Minus the mean alpha-loss reward of a probability."""
    c = (alpha - 1) / alpha
    return alpha / (alpha - 1) * (1 - p**c)


def alpha_d(alpha):
    return lambda r, f: (alpha_loss(D(r), alpha) + alpha_loss(1 - D(f), alpha)).mean()


def ns(f):
    return F.softplus(-f).mean()


def ebgan(margin):
    """The margin on the batch mean, as energies come from a reconstruction loss."""

    def loss(real, fake):
        total = real.mean()
        if (margin - fake.mean()).item() > 0:
            total = total + margin - fake.mean()
        return total

    return loss


def js_activation(v):
    return math.log(2) - torch.log(1 + torch.exp(-v))


def renyi_g(alpha):
    def loss(real, fake):
        inner = torch.log((D(real) ** (alpha - 1)).mean()) + torch.log(((1 - D(fake)) ** (alpha - 1)).mean())
        return inner / (alpha - 1)

    return loss


def ra_d(real, fake):
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    return (bce_logits(real - fake.mean(), ones) + bce_logits(fake - real.mean(), zeros)) / 2


def ra_g(real, fake):
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    return (bce_logits(fake - real.mean(), ones) + bce_logits(real - fake.mean(), zeros)) / 2


ROUNDS = frozenset({"log of zero"})
"""What is right but for float32, in which 1 - sigmoid(v) is 0 from v = 16.6 on."""

LOG4, LOG2 = math.log(4), math.log(2)

RIGHT = [
    # logistic
    Case("softplus", lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(), ns, NON_SATURATING, LOG4),
    Case(
        "bce-logits-like",
        lambda r, f: bce_logits(r, torch.ones_like(r)) + bce_logits(f, torch.zeros_like(f)),
        lambda r, f: bce_logits(f, torch.ones_like(f)),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "dcgan", dcgan_labels, lambda f: nn.BCELoss()(D(f).view(-1), torch.ones(len(f))), NON_SATURATING, LOG4
    ),
    Case(
        "halved",
        halved_with_float_tensors,
        lambda r, f: nn.BCEWithLogitsLoss()(f, torch.FloatTensor(len(f), 1).fill_(1.0)),
        NON_SATURATING,
        LOG2,
        {"factor_d": 0.5, "factor_g": 1},
    ),
    Case(
        "probabilities",
        lambda r, f: bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f)),
        lambda r, f: bce(f, torch.ones_like(f)),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "logsigmoid",
        lambda r, f: -(F.logsigmoid(r) + F.logsigmoid(-f)).mean(),
        lambda r, f: F.logsigmoid(-f).mean(),
        "vanilla",
        LOG4,
    ),
    Case(
        "minimax-with-both-terms",
        lambda r, f: -(F.logsigmoid(r).mean() + F.logsigmoid(-f).mean()),
        lambda r, f: F.logsigmoid(r).mean() + F.logsigmoid(-f).mean(),
        "vanilla",
        LOG4,
    ),
    Case(
        "sum-reduction",
        lambda r, f: bce_logits(r, torch.ones_like(r), reduction="sum") + F.softplus(f).sum(),
        lambda r, f: F.softplus(-f).sum(),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "one-sided-smoothing",
        lambda r, f: bce_logits(r, torch.full_like(r, 0.9)) + bce_logits(f, torch.zeros_like(f)),
        ns,
        "vanilla(saturating=False) with labels 9/10 and 0",
        # D = 0.45 at P_r = P_g
        -(0.9 * math.log(0.45) + 0.1 * math.log(0.55) + math.log(0.55)),
        {"real_label": 0.9, "fake_label": 0},
    ),
    Case(
        "generator-label",
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
        lambda f: bce_logits(f, torch.full_like(f, 0.9)),
        "vanilla(saturating=False) with labels 1, 0, 9/10",
        LOG4,
        {"target": 0.9},
    ),
    Case(
        "tensorflow-cross-entropy",
        lambda r, f: (
            (torch.relu(r) - r + torch.log1p(torch.exp(-r.abs()))).mean()
            + (torch.relu(f) + torch.log1p(torch.exp(-f.abs()))).mean()
        ),
        lambda f: (torch.relu(f) - f + torch.log1p(torch.exp(-f.abs()))).mean(),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "two-class-softmax",
        lambda r, f: (
            F.cross_entropy(torch.stack([0 * r, r], 1), torch.ones(len(r), dtype=torch.long))
            + F.cross_entropy(torch.stack([0 * f, f], 1), torch.zeros(len(f), dtype=torch.long))
        ),
        lambda f: F.cross_entropy(torch.stack([0 * f, f], 1), torch.ones(len(f), dtype=torch.long)),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "two-sided-smoothing",
        lambda r, f: bce_logits(r, torch.full_like(r, 0.85)) + bce_logits(f, torch.full_like(f, 0.15)),
        ns,
        "vanilla(saturating=False) with labels 17/20 and 3/20",
        LOG4,
        {"real_label": 0.85, "fake_label": 0.15},
    ),
    Case(
        "flipped-labels",
        lambda r, f: F.softplus(r).mean() + F.softplus(-f).mean(),
        lambda f: F.softplus(f).mean(),
        "vanilla(saturating=False) in -v",
        LOG4,
    ),
    Case(
        "exp-form",
        lambda r, f: torch.log(1 + torch.exp(-r)).mean() + torch.log(1 + torch.exp(f)).mean(),
        lambda f: torch.log(1 + torch.exp(-f)).mean(),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "four-dimensional",
        lambda r, f: -torch.mean(F.logsigmoid(r.squeeze())) - torch.mean(F.logsigmoid(-f.squeeze())),
        lambda f: -torch.mean(F.logsigmoid(f.squeeze())),
        NON_SATURATING,
        LOG4,
    ),
    Case(
        "one-batch-of-both",
        lambda r, f: F.binary_cross_entropy_with_logits(
            torch.cat([r, f]), torch.cat([torch.ones_like(r), torch.zeros_like(f)])
        ),
        ns,
        NON_SATURATING,
        LOG2,
        {"factor_d": 0.5},
    ),
    Case(
        "boundary-seeking",
        lambda r, f: bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f)),
        lambda f: 0.5 * torch.mean((torch.log(f) - torch.log(1 - f)) ** 2),
        "boundary-seeking",
        LOG4,
        fragile=ROUNDS,
    ),
    # least squares
    Case(
        "lsgan-mse",
        lambda r, f: mse(r, torch.ones_like(r)) + mse(f, torch.zeros_like(f)),
        lambda f: mse(f, torch.ones_like(f)),
        "lsgan(0, 1, 1)",
        0.5,
        {"factor_d": 2, "factor_g": 2},
    ),
    Case(
        "lsgan-halved",
        lambda r, f: 0.5 * (mse(r, torch.ones_like(r)) + mse(f, torch.zeros_like(f))),
        lambda f: mse(f, torch.ones_like(f)),
        "lsgan(0, 1, 1)",
        0.25,
        {"factor_d": 1, "factor_g": 2},
    ),
    Case(
        "lsgan-paper",
        lambda r, f: 0.5 * torch.mean((r - 1) ** 2) + 0.5 * torch.mean((f + 1) ** 2),
        lambda f: 0.5 * torch.mean(f**2),
        "lsgan(-1, 1, 0)",
        1.0,
        {"a": -1, "b": 1, "c": 0},
    ),
    Case(
        "lsgan-minus-one",
        lambda r, f: ((r - 1) ** 2).mean() + ((f + 1) ** 2).mean(),
        lambda f: ((f - 1) ** 2).mean(),
        "lsgan(-1, 1, 1)",
        2.0,
    ),
    Case(
        "lsgan-soft",
        lambda r, f: ((r - 0.9) ** 2).mean() + (f**2).mean(),
        lambda f: ((f - 0.9) ** 2).mean(),
        "lsgan(0, 9/10, 9/10)",
        0.405,
        {"b": 0.9},
    ),
    Case(
        "lsgan-half-sums",
        lambda r, f: ((r - 1) ** 2).sum() / 2 + (f**2).sum() / 2,
        lambda f: ((f - 1) ** 2).sum() / 2,
        "lsgan(0, 1, 1)",
        0.25,
    ),
    Case(
        "lsgan-real-term",
        lambda r, f: ((r - 1) ** 2).mean() / 2 + ((f + 1) ** 2).mean() / 2,
        lambda r, f: (r**2).mean() / 2 + (f**2).mean() / 2,
        "lsgan(-1, 1, 0, real_term=True)",
        1.0,
    ),
    Case(
        "lkgan-3",
        lambda r, f: 0.5 * ((r - 1) ** 2).mean() + 0.5 * (f**2).mean(),
        lambda r, f: ((r - 0.5).abs() ** 3).mean() + ((f - 0.5).abs() ** 3).mean(),
        "lkgan(3, 0, 1, 1/2)",
        0.25,
        {"k": 3, "c": 0.5},
    ),
    # margins and Wasserstein
    Case(
        "hinge", lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda f: -f.mean(), "hinge", 2.0
    ),
    Case("hinge-module", HingeLoss(), lambda r, f: -torch.mean(f), "hinge", 2.0),
    Case(
        "hinge-min",
        lambda r, f: (
            -torch.mean(torch.min(r - 1, torch.zeros_like(r)))
            - torch.mean(torch.min(-f - 1, torch.zeros_like(f)))
        ),
        lambda f: -torch.mean(f),
        "hinge",
        2.0,
    ),
    Case("hinge-halved", lambda r, f: 0.5 * HingeLoss()(r, f), lambda f: -f.mean(), "hinge", 1.0),
    Case(
        "hinge-margin",
        lambda r, f: F.relu(0.3 - r).mean() + F.relu(0.3 + f).mean(),
        lambda f: -f.mean(),
        "hinge with margin 3/10",
        0.6,
        {"margin": 0.3},
    ),
    Case("wgan", lambda r, f: f.mean() - r.mean(), lambda f: -f.mean(), "wgan", 0.0),
    Case("wgan-flipped", lambda r, f: r.mean() - f.mean(), lambda f: f.mean(), "wgan in -v", 0.0),
    Case("ebgan-mean", ebgan(20.0), lambda f: f.mean(), "ebgan(20)", 20.0, {"margin": 20}),
    Case(
        "ebgan-sample",
        lambda r, f: r.mean() + F.relu(1.5 - f).mean(),
        lambda f: f.mean(),
        "ebgan(3/2)",
        1.5,
        {"margin": 1.5},
    ),
    Case(
        "began",
        lambda r, f: r.mean() - 0.35 * f.mean(),
        lambda f: f.mean(),
        "began with k = 7/20",
        None,
        {"k": 0.35},
    ),
    # alpha and other class-probability losses
    Case(
        "alpha-0.5-1.2-saturating",
        alpha_d(0.5),
        lambda r, f: -(alpha_loss(D(r), 1.2) + alpha_loss(1 - D(f), 1.2)).mean(),
        "alpha_gan(1/2, 6/5)",
        2.0,
        {"alpha_d": 0.5, "alpha_g": 1.2},
        fragile=ROUNDS,
    ),
    Case(
        "alpha-0.3-1",
        alpha_d(0.3),
        ns,
        "alpha_gan(3/10, 1, saturating=False)",
        2 * (0.3 / -0.7) * (1 - 0.5 ** (-0.7 / 0.3)),
        {"alpha_d": 0.3, "alpha_g": 1},
    ),
    Case(
        "alpha-2-probabilities",
        lambda r, f: torch.mean(2 * (1 - r**0.5)) + torch.mean(2 * (1 - (1 - f) ** 0.5)),
        lambda f: torch.mean(2 * (1 - f**0.5)),
        "alpha_gan(2, 2, saturating=False)",
        4 - 2 * math.sqrt(2),
        {"alpha_d": 2, "alpha_g": 2},
        fragile=ROUNDS,
    ),
    Case(
        "alpha-half-probabilities",
        lambda r, f: (1 / r - 1).mean() + (1 / (1 - f) - 1).mean(),
        lambda f: (1 / f - 1).mean(),
        "alpha_gan(1/2, 1/2, saturating=False)",
        2.0,
        {"alpha_d": 0.5, "alpha_g": 0.5},
        fragile=frozenset({"float16"}),
    ),
    Case(
        "alpha-odd",
        alpha_d(0.7312),
        lambda f: alpha_loss(D(f), 3.141).mean(),
        "alpha_gan(457/625, 3141/1000, saturating=False)",
        2 * (0.7312 / -0.2688) * (1 - 0.5 ** (-0.2688 / 0.7312)),
        {"alpha_d": 0.7312, "alpha_g": 3.141},
        fragile=ROUNDS,
    ),
    Case(
        "alpha-infinity",
        lambda r, f: (1 - D(r)).mean() + D(f).mean(),
        lambda f: (1 - D(f)).mean(),
        "alpha_gan(oo, oo, saturating=False)",
        1.0,
        {"alpha_d": math.inf},
    ),
    Case(
        "l-alpha",
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
        lambda f: alpha_loss(D(f), 2.0).mean(),
        "alpha_gan(1, 2, saturating=False)",
        LOG4,
        {"alpha_d": 1, "alpha_g": 2},
    ),
    Case(
        "renyi",
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
        renyi_g(0.6),
        "renyi(3/5)",
        LOG4,
        fragile=ROUNDS,
    ),
    # f-GAN
    Case(
        "fgan-kl",
        lambda r, f: -(r.mean() - torch.exp(f - 1).mean()),
        lambda f: -f.mean(),
        'fgan("kl", saturating=False)',
        0.0,
    ),
    Case(
        "fgan-kl-saturating",
        lambda r, f: torch.exp(f - 1).mean() - r.mean(),
        lambda f: -torch.exp(f - 1).mean(),
        'fgan("kl")',
        0.0,
    ),
    Case(
        "fgan-reverse-kl",
        lambda r, f: -((-torch.exp(-r)).mean() - (-1 + f).mean()),
        lambda f: -(-1 + f).mean(),
        'fgan("reverse_kl")',
        0.0,
    ),
    Case(
        "fgan-reverse-kl-other-activation",
        lambda r, f: -((-torch.exp(r)).mean() - (-1 - f).mean()),
        lambda f: -(-1 - f).mean(),
        'fgan("reverse_kl") in -v',
        0.0,
    ),
    Case(
        "fgan-pearson",
        lambda r, f: -(r.mean() - (0.25 * f**2 + f).mean()),
        lambda f: -(0.25 * f**2 + f).mean(),
        'fgan("pearson")',
        0.0,
    ),
    Case(
        "fgan-hellinger",
        lambda r, f: -((1 - torch.exp(-r)).mean() - ((1 - torch.exp(-f)) / torch.exp(-f)).mean()),
        lambda f: -((1 - torch.exp(-f)) / torch.exp(-f)).mean(),
        'fgan("squared_hellinger")',
        0.0,
    ),
    Case(
        "fgan-js",
        lambda r, f: -(js_activation(r).mean() + torch.log(2 - torch.exp(js_activation(f))).mean()),
        lambda f: torch.log(2 - torch.exp(js_activation(f))).mean(),
        'fgan("js")',
        0.0,
        fragile=ROUNDS,
    ),
    Case(
        "fgan-tv",
        lambda r, f: -(0.5 * torch.tanh(r)).mean() + (0.5 * torch.tanh(f)).mean(),
        lambda f: -(0.5 * torch.tanh(f)).mean(),
        'fgan("tv")',
        0.0,
    ),
    Case(
        "hybrid-reverse-kl",
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
        lambda f: (torch.log(1 - D(f)) - torch.log(D(f))).mean(),
        'hybrid_fgan(generator="reverse_kl", discriminator="gan")',
        LOG4,
        fragile=ROUNDS,
    ),
    # relativistic
    Case(
        "rsgan",
        lambda r, f: bce_logits(r - f, torch.ones_like(r)),
        lambda r, f: bce_logits(f - r, torch.ones_like(r)),
        'relativistic("standard", average=False)',
        LOG2,
    ),
    Case("rasgan", ra_d, ra_g, 'relativistic("standard")', LOG2, {"factor_d": 0.5}),
    Case(
        "ralsgan",
        lambda r, f: (((r - f.mean() - 1) ** 2).mean() + ((f - r.mean() + 1) ** 2).mean()) / 2,
        lambda r, f: (((r - f.mean() + 1) ** 2).mean() + ((f - r.mean() - 1) ** 2).mean()) / 2,
        'relativistic("least_squares")',
        1.0,
    ),
    Case(
        "rahinge",
        lambda r, f: (F.relu(1 - (r - f.mean())).mean() + F.relu(1 + (f - r.mean())).mean()) / 2,
        lambda r, f: (F.relu(1 + (r - f.mean())).mean() + F.relu(1 - (f - r.mean())).mean()) / 2,
        'relativistic("hinge")',
        1.0,
    ),
]
