"""Which remedies go with which objectives, discriminators and each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from gantheory.training.remedies.remedy import Remedy

if TYPE_CHECKING:
    from gantheory.objectives import Objective, Relativistic


def check_remedies(
    remedies: Sequence[Remedy],
    objectives: Sequence[Objective | Relativistic],
    discriminator: nn.Module,
    shape: tuple[int, ...],
) -> None:
    """Refuse a game in which one of the remedies means nothing.

    Args:
        remedies, objectives: of a run.
        discriminator: may be changed.
        shape: of a point.

    Raises:
        ValueError: one line with the reason.
    """
    for remedy in remedies:
        for objective in objectives:
            remedy.check(objective, remedies)
    needy = [remedy for remedy in remedies if remedy.rows_apart]
    if needy and not rows_apart(discriminator, shape):
        raise ValueError(
            f"{type(needy[0]).__name__} penalises the slope of a row's score in that row, and in this "
            "discriminator it depends on the other rows too (batch norm): take networks without it there"
        )


def rows_apart(discriminator: nn.Module, shape: tuple[int, ...]) -> bool:
    """Whether the score of a row depends on that row alone, in training."""
    x = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    x = x.to(next(discriminator.parameters(), x).dtype)
    other = torch.cat([x[:1], 3 * x[1:] + 1])
    with torch.no_grad():
        one, two = (discriminator.train()(points).flatten()[0] for points in (x, other))
    return bool(torch.isclose(one, two, rtol=1e-3, atol=1e-6))
