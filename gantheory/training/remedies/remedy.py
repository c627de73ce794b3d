"""The points at which a remedy changes a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

Score = Callable[[Tensor], Tensor]
"""The discriminator at its present weights: points (n, *shape) to scores (n,)."""


class Remedy:
    """A change to plain training; every method's default changes nothing.

    Subclasses are frozen dataclasses whose fields are numbers or text, so that `to_dict` can write them down.
    All methods see one member, and must be functions of their arguments alone.

    Attributes:
        constrains: whether the discriminator is kept in, or pulled towards, a class such as the Lipschitz
            functions, over which an objective such as `wgan` is defined.
    """

    constrains: ClassVar[bool] = False

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        """What is random in a step on `rows` rows: float32, on the CPU, from the member's own generator."""
        return torch.empty(0)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor | float:
        """Added to the discriminator's loss: a scalar, differentiable in the weights behind `score`."""
        return 0.0

    def project(self, weights: Tensor) -> Tensor:
        """The discriminator's weights (P,) after its update."""
        return weights
