"""Losses drawn as PyTorch code: what `identify` says of them against a fine grid of scores."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import gantheory as gt
from gantheory.lowering import lower
from gantheory.objectives import v

Term = Callable[[Tensor], Tensor]
SCORES = torch.linspace(-20, 20, 4001, dtype=torch.float64)
LOG_RATIOS = (-2.0, -0.3, 0.0, 0.4, 2.0)


def of_scores(rng: random.Random, side: int) -> list[Term]:
    """Terms of a raw score that fall (side 1) or rise (side -1) where they are no distances."""
    margin, label = rng.choice([0.5, 1.0, 2.0]), side * rng.choice([0.0, 0.5, 0.9, 1.0])
    smooth, epsilon = rng.choice([0.8, 0.9, 1.0]), rng.choice([1e-8, 1e-6, 1e-3])
    target = smooth if side > 0 else 1 - smooth
    return [
        lambda z: F.softplus(-side * z),
        lambda z: F.binary_cross_entropy_with_logits(z, torch.full_like(z, target), reduction="none"),
        lambda z: F.relu(margin - side * z),
        lambda z: F.relu(margin - side * z) ** 2,
        lambda z: (z - label) ** 2,
        lambda z: (z - label).abs(),
        lambda z: F.smooth_l1_loss(z, torch.full_like(z, label), reduction="none"),
        lambda z: torch.exp(-side * z),
        lambda z: -torch.log(torch.sigmoid(side * z) + epsilon),
        lambda z: -side * z,
        lambda z: torch.sqrt(1 + (z - label) ** 2),
        lambda z: torch.log(torch.cosh(z - label)),
        lambda z: torch.sigmoid(-side * z) ** margin * F.softplus(-side * z),
        lambda z: F.elu(-side * z),
        lambda z: F.leaky_relu(margin - side * z, 0.2),
        lambda z: torch.log(1 + (z - label) ** 2),
    ]


def of_probabilities(rng: random.Random, side: int) -> list[Term]:
    """Terms of sigmoid(v) that fall (side 1) or rise (side -1)."""
    power, epsilon = rng.choice([0.5, 0.7, 2.0, 3.0]), rng.choice([1e-8, 1e-6])
    terms: list[Term] = [
        lambda p: -torch.log(p),
        lambda p: -torch.log(p + epsilon),
        lambda p: (1 - p) ** 2,
        lambda p: 1 - p,
        lambda p: -((1 - p) ** power) * torch.log(p + 1e-12),
        lambda p: power / (power - 1) * (1 - p ** ((power - 1) / power)),
        lambda p: (1 - p) / p,
    ]
    return terms if side > 0 else [lambda p, term=term: term(1 - p) for term in terms]


@pytest.mark.slow
@pytest.mark.parametrize("inputs", ["scores", "probabilities"])
@pytest.mark.parametrize("seed", range(30))
def test_random_losses(inputs: str, seed: int) -> None:
    rng = random.Random(f"{inputs}{seed}")

    def drawn(side: int) -> Term:
        terms = (of_scores if inputs == "scores" else of_probabilities)(rng, side)
        one, weight = rng.choice(terms), rng.choice([0.5, 1.0, 2.0])
        other, share = rng.choice(terms), rng.choice([0.0, 0.0, 0.0, 0.1, 0.5])
        return lambda z: weight * one(z) + share * other(z)

    real, fake, generator = drawn(1), drawn(-1), drawn(1)
    scale, reduction = (
        rng.choice([0.5, 1.0, 1.0, 2.0]) if inputs == "scores" else 1.0,
        rng.choice(["mean", "sum"]),
    )
    found = gt.identify(
        lambda r, f: getattr(real(r / scale), reduction)() + getattr(fake(f / scale), reduction)(),
        lambda f: getattr(generator(f / scale), reduction)(),
        inputs=inputs,
    )
    taken = SCORES / scale if inputs == "scores" else torch.sigmoid(SCORES)
    values = {"A": -real(taken).numpy(), "B": -fake(taken).numpy(), "S": generator(taken).numpy()}
    factors = {role: found.parameters.get(f"factor_{'g' if role == 'S' else 'd'}") or 1.0 for role in values}
    if found.objective is not None:
        for role in set(values) - set(found.limits):
            own = factors[role] * np.broadcast_to(
                lower(getattr(found.objective, role), v)(SCORES.numpy()), SCORES.shape
            )
            own, code = own - own[2000], values[role] - values[role][2000]
            assert np.allclose(own, code, rtol=1e-4, atol=1e-6), role
    theory = found.theory
    if theory is None or not {"A", "B"}.isdisjoint(found.limits):
        return
    for t in LOG_RATIOS:
        total = np.exp(t) * values["A"] + values["B"]
        best = int(np.argmax(total))
        if 5 < best < len(total) - 5:
            score = float(np.ravel(theory.score_at_log_ratio(t))[0])
            at = torch.tensor(score, dtype=torch.float64).clamp(-1e6, 1e6)
            at = at / scale if inputs == "scores" else torch.sigmoid(at)
            reached = -float(np.exp(t) * real(at) + fake(at))
            assert reached >= total[best] - 1e-6 * (1 + abs(total[best])), t
            if t == 0.0 and found.ideal_loss is not None:
                assert -1e-3 < (found.ideal_loss + total[best]) / (1 + abs(total[best])) < 1e-9
