"""One-centred penalties, which pull slopes to 1: they differ in where."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gantheory.training.checks import check_within
from gantheory.training.remedies.penalties.slopes import from_one
from gantheory.training.remedies.remedy import Remedy, Score


@dataclass(frozen=True)
class GradientPenalty(Remedy):
    """Slopes of 1 between real and generated points (WGAN-GP).

        weight E (|grad_x v(x)| - 1)^2,   x = e real + (1 - e) fake,   e uniform on [0, 1], one a row

    The norm is over all coordinates of a point.

    Raises:
        ValueError: weight negative or not finite.

    Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved Training of Wasserstein GANs (2017),
    with weight = 10.
    """

    title = "gradient penalty"
    papers = ("gulrajani-2017",)
    constrains = True
    rows_apart = True

    weight: float = 10.0

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.rand(rows, generator=generator)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        share = draw.reshape(-1, *[1] * (real.ndim - 1))
        return self.weight * from_one(score, share * real + (1 - share) * fake.detach())


@dataclass(frozen=True)
class _AroundData(Remedy):
    """Slopes of 1 at points a u away from the data, a uniform a row and u uniform a coordinate."""

    rows_apart = True

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        u = torch.rand(rows, *shape, generator=generator)
        return u * torch.rand(rows, *[1] * len(shape), generator=generator)


@dataclass(frozen=True)
class Dragan(_AroundData):
    """Slopes of 1 around the data, by their spread (DRAGAN).

        weight E (|grad_x v(x)| - 1)^2,   x = real + a spread std u,

    with one std over all numbers of the batch, u uniform on [0, 1] in each coordinate and a in each row. The
    displacement is one-sided, as in the authors' code.

    Raises:
        ValueError: weight or spread negative or not finite.

    Source: Kodali, Abernethy, Hays, Kira, On Convergence and Stability of GANs (2017), with weight = 10 and
    spread = 0.5 in the authors' code.
    """

    title = "DRAGAN"
    papers = ("kodali-2017",)

    weight: float = 10.0
    spread: float = 0.5

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)
        check_within(self.spread, "spread", 0)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.weight * from_one(score, real + self.spread * real.std(correction=0) * draw)


@dataclass(frozen=True)
class LsganPenalty(_AroundData):
    """Slopes of 1 near the data, within a distance (LSGAN-GP).

        weight E (|grad_x v(x)| - 1)^2,   x = real + a spread u,   a, u uniform as for `Dragan`.

    The authors' spread, 30, is for pictures in [-1, 1]. Their weight, 150, stands beside sums over a batch of
    64: beside means, as here, it is 150/64.

    Raises:
        ValueError: weight or spread negative or not finite.

    Source: Mao, Li, Xie, Lau, Wang, Smolley, On the Effectiveness of Least Squares GANs (2019), and the
    authors' code.
    """

    title = "LSGAN-GP"
    papers = ("mao-2019",)

    weight: float = 150 / 64
    spread: float = 30.0

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)
        check_within(self.spread, "spread", 0)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.weight * from_one(score, real + self.spread * draw)
