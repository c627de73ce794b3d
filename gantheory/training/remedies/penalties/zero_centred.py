"""Zero-centred penalties: R1 at the data, R2 at generated points."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_within
from gantheory.training.remedies.penalties.slopes import squared_slopes
from gantheory.training.remedies.remedy import Remedy, Score


@dataclass(frozen=True)
class _ZeroCentred(Remedy):
    rows_apart = True

    gamma: float = 0.1

    def __post_init__(self) -> None:
        check_within(self.gamma, "gamma", 0)


class R1(_ZeroCentred):
    """Squared slope at the data: gamma/2 E_r |grad v|^2.

    Sum over the coordinates, mean over the batch. Code without the 1/2 has half this gamma.

    Raises:
        ValueError: gamma negative or not finite.

    Source: Mescheder, Geiger, Nowozin, Which Training Methods for GANs do actually Converge? (2018), eq. (9).
    """

    title = "R1"
    papers = ("mescheder-2018",)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.gamma / 2 * squared_slopes(score, real).mean()


class R2(_ZeroCentred):
    """Squared slope at generated points: gamma/2 E_g |grad v|^2.

    Sum over the coordinates, mean over the batch. Code without the 1/2 has half this gamma.

    Raises:
        ValueError: gamma negative or not finite.

    Source: Mescheder, Geiger, Nowozin (2018), eq. (10).
    """

    title = "R2"
    papers = ("mescheder-2018",)

    def penalty(self, score: Score, real: Tensor, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.gamma / 2 * squared_slopes(score, fake.detach()).mean()
