"""The gradient penalty of WGAN-GP."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import torch
from torch import Tensor
from torch.func import grad

from gantheory.training.remedies.remedy import Remedy, Score

_SMALLEST = 1e-12
"""Added under the root, whose slope is infinite at 0: gradients of norm 1e-6 are not told from zero."""


@dataclass(frozen=True)
class GradientPenalty(Remedy):
    """Gradients of the score of norm 1 between real and generated points.

        weight E (|grad_x v(x)| - 1)^2,   x = e real + (1 - e) fake,   e uniform on [0, 1], one a row

    The norm is over all coordinates of a point. The discriminator must have no batch norm: a row's gradient
    would depend on the other rows.

    Raises:
        ValueError: weight negative or not finite.

    Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved Training of Wasserstein GANs (2017),
    with weight = 10.
    """

    constrains: ClassVar[bool] = True

    weight: float = 10.0

    def __post_init__(self) -> None:
        if (
            not isinstance(self.weight, Real)
            or isinstance(self.weight, bool)
            or not 0 <= self.weight < float("inf")
        ):
            raise ValueError(f"weight must be in [0, inf), got {self.weight!r}")

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.rand(rows, generator=generator)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        share = draw.to(real).reshape(-1, *[1] * (real.ndim - 1))
        between = share * real + (1 - share) * fake.detach()
        slopes = grad(lambda x: score(x).sum())(between).flatten(1)
        norms = (slopes.square().sum(1) + _SMALLEST).sqrt()
        return self.weight * (norms - 1).square().mean()
