"""Slopes of the score in its points, over all coordinates of a point."""

from __future__ import annotations

from torch import Tensor
from torch.func import grad

from gantheory.training.remedies.remedy import Score

_SMALLEST = 1e-12
"""Added under the root, whose slope is infinite at 0: gradients of norm 1e-6 are not told from zero."""


def squared_slopes(score: Score, points: Tensor) -> Tensor:
    """|grad_x v(x)|^2 at points (n, *shape), (n,): the sum over all coordinates, not a mean."""
    return grad(lambda x: score(x).sum())(points).flatten(1).square().sum(1)


def from_one(score: Score, points: Tensor) -> Tensor:
    """E (|grad_x v(x)| - 1)^2 at points (n, *shape)."""
    return ((squared_slopes(score, points) + _SMALLEST).sqrt() - 1).square().mean()
