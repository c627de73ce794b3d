"""A divergence read off the discriminator, beside the game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gantheory.objectives import Objective, Relativistic
from gantheory.training.checks import check_within
from gantheory.training.remedies.remedy import Game, Remedy, Score


@dataclass(frozen=True)
class ReverseKL(Remedy):
    """KL(P_g || P_r), as D estimates it, in G's loss.

        weight KL(P_g || P_r) = weight E_g log(p_g/p_r) ~ -weight E_g v

    which is exact at the best discriminator, whose score is v = log(p_r/p_g): the objective must be one of
    which this holds, such as `vanilla`.

    Raises:
        ValueError: weight negative or not finite; an objective whose best score is another.

    Source: Sonderby, Caballero, Theis, Shi, Huszar, Amortised MAP Inference for Image Super-resolution
    (2017), Section 3.1; trick 7 of How to Train a GAN? names "KL + GAN".
    """

    title = "reverse KL"
    papers = ("sonderby-2017",)

    weight: float = 1.0

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        if isinstance(objective, Relativistic) or not _best_is_log_ratio(objective):
            raise ValueError(
                "reverse_kl needs a best score of log(p_r/p_g), as that of vanilla, and that of "
                f"{objective.name} is another"
            )

    def generator_penalty(self, score: Score, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return -self.weight * score(fake).mean()


@lru_cache(maxsize=256)
def _best_is_log_ratio(objective: Objective) -> bool:
    """Whether u A(v) + B(v) is stationary at v = log u, for some u."""
    if objective.critic is not None or not (objective.domain[0] < -3 and objective.domain[1] > 3):
        return False
    functions = objective.functions(backend="torch", dtype=None)
    u = torch.tensor([0.2, 1.0, 5.0], dtype=torch.float64)
    with torch.enable_grad():
        v = u.log().requires_grad_()
        (slopes,) = torch.autograd.grad((u * functions.A(v) + functions.B(v)).sum(), v)
    return bool(slopes.abs().max() < 1e-9)
