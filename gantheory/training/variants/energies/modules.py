"""Discriminators that end in an energy or a likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gantheory.training.variants.variant import Build


class Autoencoder(nn.Module):
    """Points to their codes and back, as a discriminator.

    Args:
        build: makes both parts; see `Variant.networks`.
        code: numbers in a code.
        shape: of a point.
        score: from the errors of all coordinates (n, coordinates) to scores (n,).
    """

    def __init__(
        self, build: Build, code: int, shape: tuple[int, ...], score: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        _, self.encoder = build(code, shape, outputs=code)
        self.decoder, _ = build(code, shape)
        self._score = score

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (n,), and codes (n, code)."""
        code = self.encoder(points)
        return self._score((self.decoder(code) - points).flatten(1)), code


def euclidean(errors: Tensor) -> Tensor:
    """|e| of each row; 1e-6 and not 0 where there is no error, since the root has no slope there."""
    return (errors.square().sum(1) + 1e-12).sqrt()


def minus_mean_absolute(errors: Tensor) -> Tensor:
    """-mean |e_i| of each row."""
    return -errors.abs().mean(1)


class MixtureOfCodes(nn.Module):
    """log sum_j exp(-|e - m_j|^2/(2 s^2))/(d + 1) of codes e, which is at most 0.

    Args:
        encoder: from points to codes (n, d).
        radius: of the regular simplex of d + 1 means about 0.
        deviation: s.
        bound: codes are in [-bound, bound]^d by a sigmoid; as they come where it is None.
        learned: whether the means are trained, from the simplex on.
    """

    def __init__(
        self,
        encoder: nn.Module,
        code: int,
        radius: float,
        deviation: float,
        bound: float | None = None,
        learned: bool = False,
    ) -> None:
        super().__init__()
        self.encoder, self._deviation, self._bound = encoder, deviation, bound
        means = radius * simplex(code)
        self.means = nn.Parameter(means) if learned else nn.Buffer(means)

    def forward(self, points: Tensor) -> Tensor:
        """(n,)."""
        code = self.encoder(points)
        if self._bound is not None:
            code = self._bound * (2 * code.sigmoid() - 1)
        squares = (code[:, None] - self.means).square().sum(2)
        return (-squares / (2 * self._deviation**2)).logsumexp(1) - math.log(len(self.means))


def simplex(dimension: int) -> Tensor:
    """The d + 1 corners of the regular simplex of radius 1 about 0, (d + 1, d)."""
    gram = torch.eye(dimension, dtype=torch.float64) * (1 + 1 / dimension) - 1 / dimension
    corners = torch.linalg.cholesky(gram)
    return torch.cat([corners, -corners.sum(0, keepdim=True)]).float()
