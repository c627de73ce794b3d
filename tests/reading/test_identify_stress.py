"""Losses composed at random from the vocabulary of public code: a form is the code's, or says where not."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy as sp
import torch
from torch.nn import functional as F

import gantheory as gt
from gantheory.objectives import Objective

V = gt.objectives.v


def _logits(x, label):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label), reduction="none")


# x is the score of real data, or minus that of fake data; c is a number of the draw, in (0.2, 1.8).
TERMS = {
    "softplus": lambda x, c: F.softplus(-x),
    "shifted softplus": lambda x, c: F.softplus(c - x),
    "smoothed": lambda x, c: _logits(x, 1 - c / 10),
    "hinge": lambda x, c: F.relu(c - x),
    "squared hinge": lambda x, c: F.relu(c - x) ** 2,
    "far squared hinge": lambda x, c: F.relu(5 + 6 * c - x) ** 2,
    "smooth hinge": lambda x, c: torch.where(x < 0, 0.5 - x, F.relu(1 - x) ** 2 / 2),
    "square": lambda x, c: (x - c) ** 2,
    "huber": lambda x, c: F.huber_loss(x, torch.full_like(x, 1.0), delta=c, reduction="none"),
    "wide huber": lambda x, c: F.huber_loss(x, torch.full_like(x, 1.0), delta=7 * c, reduction="none"),
    "absolute": lambda x, c: (x - c).abs(),
    "leaky": lambda x, c: F.softplus(-F.leaky_relu(x, c / 2)),
    "leaky line": lambda x, c: -F.leaky_relu(x - c, 0.1),
    "clamped logits": lambda x, c: F.softplus(-x.clamp(-5 - 5 * c, 5 + 5 * c)),
    "clamped line": lambda x, c: -x.clamp(-3 * c, 3 * c),
    "epsilon": lambda x, c: -torch.log(torch.sigmoid(x) + 10 ** (-2 - 5 * c)),
    "clamped probability": lambda x, c: -torch.log(torch.sigmoid(x).clamp(10 ** (-1 - 4 * c))),
    "least squares of D": lambda x, c: (torch.sigmoid(x) - 1) ** 2,
    "exponential": lambda x, c: torch.exp(-x / 2),
    "steep": lambda x, c: F.softplus(-3 * x),
    "elu": lambda x, c: F.elu(-x),
    "gelu": lambda x, c: F.gelu(-x),
    "late hinge": lambda x, c: F.softplus(-x) + c * F.relu(-x - 9 * c),
}
# What has no closed form here is drawn less often, and still must not get a wrong one.
OUTSIDE = {"shifted softplus", "leaky", "steep", "elu", "gelu"}
CHANCES = np.array([0.25 if name in OUTSIDE else 1.0 for name in TERMS])


def _term(rng):
    """One term or a sum of two, and the names in it."""
    size = 1 + (rng.random() < 0.4)
    names = rng.choice(list(TERMS), size=size, replace=False, p=CHANCES / CHANCES.sum()).tolist()
    parts = [(TERMS[name], *np.round(rng.uniform(0.2, 1.8, 2), 3)) for name in names]
    return (lambda x: sum(w * term(x, c) for term, c, w in parts)), " + ".join(names)


def _composed(seed):
    rng = np.random.default_rng(seed)
    (real, a), (fake, b), (target, s) = (_term(rng) for _ in range(3))
    if rng.random() < 0.5:  # the same on both sides, as most losses are
        fake, b = real, a
    terms = {"A": lambda v: -real(v), "B": lambda v: -fake(-v), "S": target}
    losses = (lambda r, f: real(r).mean() + fake(-f).mean()), (lambda f: target(f).mean())
    return losses, terms, f"{a} | {b} | {s}"


def _range(found, role):
    """Scores at which the answer claims that this function is the code's: an epsilon it claims nowhere."""
    said = found.limits.get(role, "")
    if "epsilon" in said:
        return None
    low, high = re.search(r"from (\S+) on", said), re.search(r"up to (\S+)", said)
    return (float(low[1]) if low else -25.0), (float(high[1]) if high else 25.0)


def _largest_error(found, role, term):
    """Of the term's differences from its value at 0.1, relative, at scores that the package does not know."""
    where = _range(found, role)
    if where is None:
        return 0.0
    factor = found.parameters.get("factor_g" if role == "S" else "factor_d", 1.0)
    rng = np.random.default_rng(99)
    scores = np.concatenate([[0.1], rng.uniform(*where, 3000), np.linspace(*where, 501)])
    form = sp.lambdify(V, getattr(found.objective, role), "numpy")  # not the package's own lowering
    own = factor * np.broadcast_to(form(scores), scores.shape)
    seen = term(torch.tensor(scores)).numpy()
    own, seen = own - own[0], seen - seen[0]
    return float((np.abs(own - seen) / np.maximum(1e-2, np.abs(seen))).max())


FAST, ALL = 4, 120


@pytest.mark.slow_cases("2", "3")
@pytest.mark.parametrize(
    "seed", [pytest.param(k, marks=pytest.mark.slow) if k >= FAST else k for k in range(ALL)]
)
def test_no_form_is_answered_that_is_not_the_codes(seed):
    losses, terms, what = _composed(seed)
    found = gt.identify(*losses)
    assert found.inputs == "scores", what
    assert "sigmoid twice" not in {each.kind for each in found.findings}, what
    if found.objective is None:
        assert found.limits == {}
        return
    assert isinstance(found.objective, Objective)
    for role, term in terms.items():
        assert _largest_error(found, role, term) < 1e-6, (what, role, getattr(found.objective, role))
