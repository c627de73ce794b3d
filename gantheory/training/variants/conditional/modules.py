"""Networks with something beside noise and points, and with more than scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class BesideNoise(nn.Module):
    """A generator of noise and a code: network(z, embed(c)).

    Args:
        network: generator of noise of the dimension of both.
        embed: from the code (n, ...) to (n, d); none if left out.
    """

    def __init__(self, network: nn.Module, embed: nn.Module | None = None) -> None:
        super().__init__()
        self.network, self.embed = network, embed or nn.Identity()

    def forward(self, noise: Tensor, code: Tensor) -> Tensor:
        """(n, *shape)."""
        made: Tensor = self.network(torch.cat([noise, self.embed(code)], 1))
        return made


class BesidePoints(nn.Module):
    """A discriminator of points and a code, embedded as further coordinates or as one more channel.

    Args:
        network: discriminator of points of the shape `beside(shape, size)`.
        size: of the embedding.
        classes: length of the code.
        shape: of a point.
    """

    def __init__(self, network: nn.Module, size: int, classes: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.network, self.plane = network, (1, *shape[1:]) if len(shape) > 1 else None
        self.embed: nn.Module = nn.Linear(classes, size, bias=False)
        if self.plane:
            self.embed = nn.Sequential(self.embed, nn.Linear(size, math.prod(self.plane)))

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        """What the network returns."""
        told = self.embed(code)
        if self.plane:
            told = told.reshape(len(points), *self.plane)
        scores: Tensor = self.network(torch.cat([points, told], 1))
        return scores


def beside(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """The shape of points with a code: one channel more for pictures, `size` coordinates more for points."""
    return (shape[0] + (1 if len(shape) > 1 else size), *shape[1:])


class Headed(nn.Module):
    """A discriminator whose first output is the score, and whose others are returned beside it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """(n,) and (n, outputs - 1)."""
        found = self.network(points)
        return found[:, 0], found[:, 1:]
