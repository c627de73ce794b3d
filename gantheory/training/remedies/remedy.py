"""The points at which a remedy changes a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.numerics import is_sigmoid
from gantheory.objectives.torch_loss import BatchLosses, PairLosses

Game = Objective | Relativistic
"""What is trained."""

Score = Callable[[Tensor], Tensor]
"""The discriminator at its present weights: points (n, *shape) to scores (n,)."""

Memory = tuple[Tensor, ...]
"""What a remedy keeps from one step to the next; the shapes never change."""

REAL, FAKE, GENERATED = range(3)
"""Whose points D sees: the data's and the generated ones in its own half of a step, and G's in G's half."""


class Play(NamedTuple):
    """An update of the discriminator, just before it.

    Attributes:
        loss: the discriminator's, without penalties; ().
        losses: of both players, from their scores.
        on_real, on_fake: the discriminator's scores, (n,).
        fake: the points just generated, (n, *shape).
        parameters: of the discriminator, in the order of the module.
    """

    loss: Tensor
    losses: BatchLosses | PairLosses
    on_real: Tensor
    on_fake: Tensor
    fake: Tensor
    parameters: list[Tensor]


class Remedy:
    """A change to plain training; every method's default changes nothing.

    Subclasses are frozen dataclasses whose fields are numbers or text, so that `remedy_to_dict` can write
    them down. All methods see one member, and must be functions of their arguments alone. In the order in
    which a step asks for them:

        draw, mix, view, reparametrize, labels, penalty, weight_penalty, remember, pace, project     D's half
        view, reparametrize, generator_penalty                                                       G's half

    Attributes:
        title: what readers know it as, in figures; the class's name where it is empty.
        papers: BibTeX keys of where it comes from, in `gantheory.reading.citing`.
        constrains: whether the discriminator is kept in, or pulled towards, a class such as the Lipschitz
            functions, over which an objective such as `wgan` is defined.
        rows_apart: whether it needs a discriminator whose score of a row depends on that row alone, which
            batch norm's does not.
        reads_loss: whether it reads or changes the objective's discriminator loss.
    """

    title: ClassVar[str] = ""
    papers: ClassVar[tuple[str, ...]] = ()
    constrains: ClassVar[bool] = False
    rows_apart: ClassVar[bool] = False
    reads_loss: ClassVar[bool] = False

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """Refuse what would mean nothing, before any work.

        Args:
            objective: each of those that are to be trained.
            remedies: all of the run.

        Raises:
            ValueError: one line with the reason.
        """

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """What is random in an update on `rows` points of that shape: float32, on the CPU, from the member's
        own generator."""
        return torch.empty(0)

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """The memory before the first step.

        Args:
            parameters: of the discriminator, at the start; the memory's device is theirs.
            shape: of a point.
            objective: what is trained.
        """
        return ()

    def mix(self, fake: Tensor, memory: Memory, draw: Tensor) -> Tensor:
        """What D trains on in place of the points just generated."""
        return fake

    def view(self, points: Tensor, draw: Tensor, time: Tensor, whose: int) -> Tensor:
        """What D sees of points; `whose` is REAL, FAKE or GENERATED, `time` the number of the step."""
        return points

    def reparametrize(self, parameters: list[Tensor], memory: Memory) -> list[Tensor]:
        """The parameters that D computes with, from those that are trained."""
        return parameters

    def labels(self, real: Tensor, fake: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        """How much each point, real and generated, counts as real, (n,) each: t A(v) + (1 - t) B(v)."""
        return real, fake

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor | float:
        """Added to the discriminator's loss: a scalar, differentiable in the weights behind `score`."""
        return 0.0

    def weight_penalty(self, parameters: list[Tensor], memory: Memory) -> Tensor | float:
        """Added to the discriminator's loss: a scalar, differentiable in the parameters."""
        return 0.0

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """The memory after this update has been looked at, and before it is made."""
        return memory

    def pace(self, memory: Memory) -> tuple[Tensor | float, Tensor | float]:
        """Factors of D's and G's learning rate in this step; a player whose factor is 0 is not updated."""
        return 1.0, 1.0

    def project(self, weights: Tensor) -> Tensor:
        """The discriminator's weights (P,) after its update."""
        return weights

    def generator_penalty(self, score: Score, fake: Tensor, draw: Tensor) -> Tensor | float:
        """Added to the generator's loss: a scalar, differentiable in `fake`."""
        return 0.0


def check_logit(objective: Game, name: str) -> None:
    """Raise ValueError unless D = sigmoid(v), of which softplus(-v) and softplus(v) are cross entropies."""
    if isinstance(objective, Relativistic) or not is_sigmoid(objective.link):
        raise ValueError(f"{name} needs scores that are logits, which those of {objective.name} are not")
