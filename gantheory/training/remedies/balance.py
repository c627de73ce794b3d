"""Players that pause while they are ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gantheory.training.checks import check_number, check_within
from gantheory.training.remedies.remedy import Game, Memory, Play, Remedy, check_logit


class _Pauses(Remedy):
    """Remembers which player moves in this step, as two numbers that are 0 or 1."""

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`."""
        return parameters[0].new_ones(()), parameters[0].new_ones(())

    def pace(self, memory: Memory) -> tuple[Tensor, Tensor]:
        """See `Remedy`."""
        return memory[0], memory[1]


@dataclass(frozen=True)
class MarginSkip(_Pauses):
    """Each player pauses while it is ahead by a margin.

    With the errors E_r softplus(-v) and E_g softplus(v) of the discriminator before its update: it pauses
    where one of them is below margin, the generator where one is above 1 - margin, and neither where both
    would. A player that pauses is not updated, nor are its moments.

    Raises:
        ValueError: margin negative or not finite; an objective whose score is no logit.

    Source: Larsen and Sonderby, Generating Faces with Torch (2015). Chance, log 2, is just under 1 - 0.3.
    """

    title = "margin skip"
    papers = ("larsen-2015",)

    margin: float = 0.3

    def __post_init__(self) -> None:
        check_within(self.margin, "margin", 0)

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        check_logit(objective, "margin_skip")

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        errors = torch.stack([softplus(-play.on_real).mean(), softplus(play.on_fake).mean()])
        return _moving((errors >= self.margin).all(), (errors <= 1 - self.margin).all(), errors)


@dataclass(frozen=True)
class LossBalance(_Pauses):
    """Each player pauses while its loss is low: a control.

    The discriminator pauses where its loss is at most `discriminator`, the generator where its own is at most
    `generator`, both at the scores before the update, and neither where both would. The list of tricks warns
    of it; it is here to be compared with.

    Raises:
        ValueError: a bound that is not finite.

    Source: Chintala, Denton, Arjovsky, Mathieu, How to Train a GAN? (2016), trick 11.
    """

    title = "balance by losses"
    papers = ("chintala-2016",)
    reads_loss = True

    discriminator: float = 1.0
    generator: float = 0.5

    def __post_init__(self) -> None:
        check_number(self.discriminator, "discriminator")
        check_number(self.generator, "generator")

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        generator = play.losses.generator(play.on_real, play.on_fake)
        return _moving(play.loss > self.discriminator, generator > self.generator, play.loss)


def _moving(d: Tensor, g: Tensor, like: Tensor) -> Memory:
    neither = ~d & ~g
    return (d | neither).to(like), (g | neither).to(like)
