"""The gap-aware learning rate of the discriminator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, Relativistic
from gantheory.training.checks import check_positive, check_within
from gantheory.training.remedies.remedy import Game, Memory, Play, Remedy


@dataclass(frozen=True)
class GapAware(Remedy):
    """Rate of D that keeps its loss near the ideal one.

    V* is the discriminator's loss at P_g = P_r, from the derivation; V the running mean of its losses, begun
    at V*, this batch's among them:  V <- smoothing V + (1 - smoothing) L_D.  D's rate is multiplied by

        most^min(1, (V - V*)/scale) where V > V*,      least^min(1, (V* - V)/scale) where V <= V*.

    Penalties are not in L_D; the generator's rate stays. most = least = 1 is plain training.

    Args:
        smoothing: in [0, 1]; 1 is plain training.
        most, least: the largest factor (>= 1) and the smallest (in (0, 1]).
        scale: x_min = x_max of the paper; |V*|/10 if left out, as there.

    Raises:
        ValueError: a value outside its range; an objective without an ideal loss, or one whose ideal loss is
            0 where no scale is given; beside remedies that change labels, of which V* knows nothing.

    Source: Hazimeh and Ponomareva, Mind the (optimality) Gap (2023), and the authors' demonstration.
    """

    title = "gap-aware rate"
    papers = ("hazimeh-2023",)
    reads_loss = True

    smoothing: float = 0.95
    most: float = 2.0
    least: float = 0.1
    scale: float | None = None

    def __post_init__(self) -> None:
        check_within(self.smoothing, "smoothing", 0, 1)
        check_within(self.most, "most", 1)
        check_positive(self.least, "least")
        check_within(self.least, "least", 0, 1)
        if self.scale is not None:
            check_positive(self.scale, "scale")

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        ideal = ideal_loss(objective)
        if not math.isfinite(ideal):
            raise ValueError(f"gap_aware needs an ideal loss, which {objective.name} has not")
        if ideal == 0 and self.scale is None:
            raise ValueError(
                f"gap_aware needs a scale for {objective.name}, whose ideal loss is 0: gap_aware(scale=0.1)"
            )
        if any(type(each).labels is not Remedy.labels for each in remedies):
            raise ValueError(
                "gap_aware compares with the ideal loss at true labels, and a remedy changes them"
            )

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`."""
        ideal = parameters[0].new_full((), ideal_loss(objective))
        return ideal, ideal.clone()

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        loss, ideal = memory
        return self.smoothing * loss + (1 - self.smoothing) * play.loss, ideal

    def pace(self, memory: Memory) -> tuple[Tensor, float]:
        """See `Remedy`."""
        loss, ideal = memory
        gap = loss - ideal
        scale = ideal.abs() / 10 if self.scale is None else self.scale
        towards = (gap.abs() / scale).clamp(max=1)
        return torch.where(gap > 0, self.most**towards, self.least**towards), 1.0


@lru_cache(maxsize=256)
def ideal_loss(objective: Game) -> float:
    """The discriminator's loss at P_g = P_r; NaN where the objective has none.

    Over a critic class that is -(A + B), if A + B does not depend on the score: 0 for differences of means.
    """
    from gantheory.derivation import derive

    if isinstance(objective, Objective) and objective.critic is not None:
        total = (objective.A + objective.B).expand()
        return -float(total) if total.is_number else math.nan
    try:
        found = objective if isinstance(objective, Relativistic) else derive(objective)
        return float(found.ideal_loss)
    except (GantheoryError, TypeError, ValueError):
        return math.nan
