"""Weight decay of the discriminator that grows while the generator loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gantheory.training.checks import check_within
from gantheory.training.remedies.remedy import Game, Memory, Play, Remedy, check_logit


@dataclass(frozen=True)
class AdaptiveL2(Remedy):
    """Weight decay of D, up while the generator loses.

        coefficient/2 |w|^2 over all parameters of D, with the generator's error e = E_g softplus(-v) of the
        update before:  e > high: coefficient + step,   e < low: coefficient - step, never below 0.

    The coefficient starts at 0, and is changed after the update in which e was seen. Chance is e = log 2: the
    published range asks the discriminator to be ahead.

    Raises:
        ValueError: step negative or not finite, or not low <= high; an objective whose score is no logit.

    Source: Larsen and Sonderby, Generating Faces with Torch (2015), its code (the text has 1.2 for 1.3).
    """

    title = "adaptive L2"
    papers = ("larsen-2015",)

    step: float = 1e-5
    low: float = 0.9
    high: float = 1.3

    def __post_init__(self) -> None:
        check_within(self.step, "step", 0)
        check_within(self.high, "high", 0)
        check_within(self.low, "low", 0, self.high)

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        check_logit(objective, "adaptive_l2")

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`."""
        return (parameters[0].new_zeros(()),)

    def weight_penalty(self, parameters: list[Tensor], memory: Memory) -> Tensor:
        """See `Remedy`."""
        return memory[0] / 2 * torch.stack([each.square().sum() for each in parameters]).sum()

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        error = softplus(-play.on_fake).mean()
        moved = (error > self.high).to(error) - (error < self.low).to(error)
        return ((memory[0] + self.step * moved).clamp(min=0),)
