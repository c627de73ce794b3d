"""Generated points of earlier steps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gantheory.training.checks import check_count, check_within
from gantheory.training.remedies.remedy import Game, Memory, Play, Remedy


@dataclass(frozen=True)
class ExperienceReplay(Remedy):
    """Generated points of earlier steps among those that D sees.

    The last `size` generated points are kept. Each point that the discriminator sees as generated is one of
    them, chosen at random, with probability `rate`; nothing is replaced in the first update.

    Raises:
        ValueError: size not a positive integer, rate not in [0, 1].

    Source: Shrivastava, Pfister, Tuzel, Susskind, Wang, Webb, Learning from Simulated and Unsupervised Images
    (2017), Section 2.3, with rate = 1/2; trick 8 of How to Train a GAN?
    """

    title = "experience replay"
    papers = ("shrivastava-2017",)

    size: int = 1024
    rate: float = 0.5

    def __post_init__(self) -> None:
        check_count(self.size, "size")
        check_within(self.rate, "rate", 0, 1)

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`. The points, and how many have been seen."""
        seen = torch.zeros((), dtype=torch.int64, device=parameters[0].device)
        return parameters[0].new_zeros(self.size, *shape), seen

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`. Which rows are replaced, and by what."""
        return torch.rand(2, rows, generator=generator)

    def mix(self, fake: Tensor, memory: Memory, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        kept, seen = memory
        held = seen.clamp(max=self.size)
        # Rounding can bring u held up to held.
        old = kept[(draw[1] * held).long().minimum(held - 1).clamp(min=0)]
        replaced = (draw[0] < self.rate) & (held > 0)
        return torch.where(replaced.reshape(-1, *[1] * (fake.ndim - 1)), old, fake)

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        kept, seen = memory
        fresh = play.fake[: self.size]  # a slot is written once
        slots = (seen + torch.arange(len(fresh), device=seen.device)) % self.size
        return kept.index_copy(0, slots, fresh), seen + len(fresh)
