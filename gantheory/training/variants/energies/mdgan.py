"""The likelihood of codes in place of a classifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gantheory.training.checks import check_count, check_positive
from gantheory.training.remedies import Remedy
from gantheory.training.remedies.remedy import Game, check_logit
from gantheory.training.variants.energies.modules import MixtureOfCodes, simplex
from gantheory.training.variants.variant import Build, Pair, Variant

EPSILON = 1e-8
"""Beside likelihoods under logarithms, as in the authors' code."""

BOUND = 2.5
"""Of codes, likewise."""


@dataclass(frozen=True)
class MDGAN(Variant):
    """MD-GAN: D by the likelihood of codes in a mixture.

        e = 2.5 (2 sigmoid(net(x)) - 1),   lk(e) = 1/(d + 1) sum_j N(e; m_j, deviation^2 I),   lambda = max lk
        v = log(eps + lk) - log(eps + lambda - lk),   eps = 1e-8

    with means at the corners of a regular simplex of d + 1 corners in d dimensions. By this score the
    saturating `vanilla` is the published game, D: -E_r log(eps + lk) - E_g log(eps + lambda - lk),
    G: E_g log(eps + lambda - lk), but for constants of log(lambda + 2 eps); other objectives of logits are
    taken too. The published lambda, 0.0220871 for d = 9, is the likelihood at the centre: with this deviation
    the mixture has one mode there.

    Args:
        code: d.
        deviation: of each component.
        radius: of the simplex; 0.94357 is that of the authors' code, by a root too many.

    Raises:
        ValueError: code not a positive integer, deviation or radius not in (0, inf); an objective whose score
            is no logit.

    Source: Eghbal-zadeh, Zellinger, Widmer, Mixture Density Generative Adversarial Networks (2019), in the
    form of the authors' code (eghbalz/mdgan).
    """

    title = "MD-GAN"
    papers = ("eghbal-zadeh-2019",)
    objective = "vanilla"

    code: int = 9
    deviation: float = 0.5
    radius: float = 0.94357

    def __post_init__(self) -> None:
        check_count(self.code, "code")
        check_positive(self.deviation, "deviation")
        check_positive(self.radius, "radius")

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        check_logit(objective, "mdgan")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent, shape)
        _, encoder = build(latent, shape, outputs=self.code)
        return generator, MixtureOfCodes(encoder, self.code, self.radius, self.deviation, BOUND)

    def score(self, objective: Game, raw: Tensor) -> Tensor:
        """See `Variant`."""
        density, most = self.density_of_one(), highest(self.code, self.radius / self.deviation)
        # lambda - lk by its ratio: the difference of two roundings hides eps, and may fall below -eps.
        below = -torch.expm1((raw - math.log(most)).clamp(max=0))
        return (EPSILON + density * raw.exp()).log() - (EPSILON + density * most * below).log()

    def density_of_one(self) -> float:
        """N(0; 0, deviation^2 I), the height of one component."""
        return (2 * math.pi * self.deviation**2) ** (-self.code / 2)


@lru_cache(maxsize=16)
def highest(code: int, radius: float) -> float:
    """max_e 1/(d + 1) sum_j exp(-|e - m_j|^2/2) for means on a simplex of that radius.

    The mixture's modes are at the centre or near the corners: the fixed point of e = sum_j w_j(e) m_j from
    a corner on is the one, or the other where they are one.
    """
    means = radius * simplex(code).double()

    def logs(e: Tensor) -> Tensor:
        return -(e - means).square().sum(1) / 2

    corner = means[0]
    for _ in range(10_000):
        moved = logs(corner).softmax(0) @ means
        if torch.equal(moved, corner):
            break
        corner = moved
    return max(float(logs(e).logsumexp(0).exp()) for e in (corner, torch.zeros_like(corner))) / (code + 1)
