"""Noise on all that the discriminator sees."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gantheory.training.checks import check_within
from gantheory.training.remedies.remedy import Remedy


@dataclass(frozen=True)
class InstanceNoise(Remedy):
    """Normal noise on all points that D sees, falling to none.

    The standard deviation is std (1 - (t - 1)/decay_steps) at step t = 1, 2, ..., 0 after decay_steps, or std
    throughout where decay_steps is 0. Real points, generated ones and those of the generator's half have
    noise of their own; the generator's gradient goes through it.

    Raises:
        ValueError: std or decay_steps negative or not finite.

    Source: Sonderby, Caballero, Theis, Shi, Huszar, Amortised MAP Inference for Image Super-resolution
    (2017), Section 3.2; Arjovsky and Bottou (2017), Section 3.
    """

    title = "instance noise"
    papers = ("sonderby-2017", "arjovsky-2017")

    std: float = 0.1
    decay_steps: float = 0

    def __post_init__(self) -> None:
        check_within(self.std, "std", 0)
        check_within(self.decay_steps, "decay_steps", 0)

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.randn(3, rows, *shape, generator=generator)

    def view(self, points: Tensor, draw: Tensor, time: Tensor, whose: int) -> Tensor:
        """See `Remedy`."""
        std: Tensor | float = self.std
        if self.decay_steps:
            std = self.std * (1 - (time - 1) / self.decay_steps).clamp(min=0).to(points)
        return points + std * draw[whose]
