"""Faults of public code, rebuilt from their descriptions: each with the kinds of finding that it must get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

D = torch.sigmoid
bce, bce_logits, mse = F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.mse_loss


@dataclass(frozen=True)
class Fault:
    """Two losses, of which one at least is wrong."""

    id: str
    d: Any
    g: Any
    kinds: frozenset[str]
    says: str = ""


def fault(id, d, g, *kinds, says=""):
    return Fault(id, d, g, frozenset(kinds), says)


def vanilla_d(r, f):
    return F.softplus(-r).mean() + F.softplus(f).mean()


def ns(f):
    return F.softplus(-f).mean()


def clamped(v, eps=1e-7):
    return D(v).clamp(eps, 1 - eps)


def ra_twice(r, f):
    """The fake term of the first published relativistic code: mean fake - real, not fake - mean real."""
    ones, zeros = torch.ones_like(r), torch.zeros_like(r)
    return (bce_logits(r - f.mean(), ones) + bce_logits(f.mean() - r, zeros)) / 2


def ra_g(r, f):
    ones, zeros = torch.ones_like(r), torch.zeros_like(f)
    return (bce_logits(f - r.mean(), ones) + bce_logits(r - f.mean(), zeros)) / 2


MEAN, TWICE, SQUARED = "mean in the wrong place", "sigmoid twice", "sigmoid before least squares"
SWAPPED, LABELS, PAIR = "swapped", "labels that leave the data", "losses that do not belong together"
CLAMPED, LOG = "clamped gradient", "log of zero"

FAULTS = [
    fault(
        "square-of-the-mean",
        lambda r, f: (r.mean() - 1) ** 2 + f.mean() ** 2,
        lambda f: (f.mean() - 1) ** 2,
        MEAN,
        says="E (v - c)^2",
    ),
    fault(
        "hinge-of-the-mean",
        lambda r, f: F.relu(1 - r.mean()) + F.relu(1 + f.mean()),
        lambda f: -f.mean(),
        MEAN,
    ),
    fault(
        "sum-beside-mean",
        lambda r, f: ((r - 1) ** 2).sum() + (f**2).mean(),
        lambda f: ((f - 1) ** 2).mean(),
        "unequal weights",
        says="sums over the real",
    ),
    fault(
        "clamped-probabilities",
        lambda r, f: -torch.log(torch.clamp(r, 1e-7)).mean() - torch.log(torch.clamp(1 - f, 1e-7)).mean(),
        lambda f: -torch.log(torch.clamp(f, 1e-7)).mean(),
        CLAMPED,
        says="-16.12",
    ),
    fault("log-of-the-mean", lambda r, f: -torch.log(D(r).mean()) - torch.log(1 - D(f).mean()), ns, MEAN),
    fault(
        "sigmoid-before-least-squares",
        lambda r, f: mse(D(r), torch.ones_like(r)) + mse(D(f), torch.zeros_like(f)),
        lambda f: mse(D(f), torch.ones_like(f)),
        SQUARED,
    ),
    fault(
        "sigmoid-twice",
        lambda r, f: bce_logits(D(r), torch.ones_like(r)) + bce_logits(D(f), torch.zeros_like(f)),
        lambda f: bce_logits(D(f), torch.ones_like(f)),
        TWICE,
    ),
    fault("real-and-fake-swapped", lambda r, f: vanilla_d(f, r), ns, SWAPPED),
    fault("generator-labels-swapped", vanilla_d, lambda f: bce_logits(f, torch.zeros_like(f)), SWAPPED),
    fault("wgan-generator-sign", lambda r, f: f.mean() - r.mean(), lambda f: f.mean(), SWAPPED),
    fault(
        "hinge-critic-sign",
        lambda r, f: F.relu(1 + r).mean() + F.relu(1 - f).mean(),
        lambda f: -f.mean(),
        SWAPPED,
    ),
    fault("saturating-sign", vanilla_d, lambda f: -F.logsigmoid(-f).mean(), SWAPPED),
    fault("d-loss-sign", lambda r, f: F.logsigmoid(r).mean() + F.logsigmoid(-f).mean(), ns, "sign of d_loss"),
    fault(
        "lsgan-0-1-0",
        lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
        lambda f: (f**2).mean() / 2,
        LABELS,
        says="take c = 1",
    ),
    fault(
        "lsgan-1-0-1",
        lambda r, f: (r**2).mean() / 2 + ((f - 1) ** 2).mean() / 2,
        lambda f: ((f - 1) ** 2).mean() / 2,
        LABELS,
        says="take c = 0",
    ),
    fault(
        "paper-labels-without-halves",
        lambda r, f: ((r - 1) ** 2).mean() + ((f + 1) ** 2).mean(),
        lambda f: (f**2).mean(),
        "missing 1/2",
    ),
    fault(
        "clamp-1e-7",
        lambda r, f: -torch.log(clamped(r)).mean() - torch.log(1 - clamped(f)).mean(),
        lambda f: -torch.log(clamped(f)).mean(),
        CLAMPED,
        says="-16.12",
    ),
    fault(
        "clamp-1e-2",
        lambda r, f: bce(clamped(r, 0.01), torch.ones_like(r)) + bce(clamped(f, 0.01), torch.zeros_like(f)),
        lambda f: bce(clamped(f, 0.01), torch.ones_like(f)),
        CLAMPED,
        says="-4.595",
    ),
    fault(
        "epsilon-1e-8",
        lambda r, f: -torch.log(D(r) + 1e-8).mean() - torch.log(1 - D(f) + 1e-8).mean(),
        lambda f: -torch.log(D(f) + 1e-8).mean(),
        CLAMPED,
        says="-18.42",
    ),
    fault(
        "log-of-zero",
        lambda r, f: -torch.log(D(r)).mean() - torch.log(1 - D(f)).mean(),
        lambda f: -torch.log(D(f)).mean(),
        LOG,
        says="16.8",
    ),
    fault(
        "clamped-logits",
        lambda r, f: vanilla_d(r.clamp(-10, 10), f.clamp(-10, 10)),
        lambda f: ns(f.clamp(-10, 10)),
        CLAMPED,
        says="-10",
    ),
    fault(
        "reverse-kl-sign",
        lambda r, f: -((-torch.exp(-r)).mean() - (-1 - f).mean()),
        lambda f: -(-1 - f).mean(),
        "both pushed the same way",
    ),
    fault(
        "least-squares-with-cross-entropy",
        lambda r, f: mse(r, torch.ones_like(r)) + mse(f, torch.zeros_like(f)),
        lambda f: bce_logits(f, torch.ones_like(f)),
        PAIR,
    ),
    fault("wasserstein-with-cross-entropy", lambda r, f: f.mean() - r.mean(), ns, PAIR),
    fault(
        "hinged-generator",
        lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(),
        lambda f: F.relu(1 - f).mean(),
        PAIR,
    ),
    fault(
        "halved-on-one-side",
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean() / 2,
        ns,
        "unequal weights",
        says="2 times",
    ),
    fault("relativistic-term-duplicated", ra_twice, ra_g, "relativistic term duplicated"),
    fault(
        "relativistic-swapped",
        lambda r, f: F.softplus(r - f).mean(),
        lambda r, f: F.softplus(r - f).mean(),
        SWAPPED,
    ),
    fault(
        "relativistic-least-squares-duplicated",
        lambda r, f: ((r - f.mean() - 1) ** 2).mean() + ((f.mean() - r + 1) ** 2).mean(),
        lambda r, f: ((f - r.mean() - 1) ** 2).mean() + ((r.mean() - f + 1) ** 2).mean(),
        "relativistic term duplicated",
    ),
    fault("relativistic-generator-alone", lambda r, f: ra_g(f, r), ns, PAIR),
]
