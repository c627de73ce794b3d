"""Generated points that pull away from each other."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import normalize

from gantheory.training.checks import check_within
from gantheory.training.remedies.remedy import Remedy, Score


@dataclass(frozen=True)
class PullingAway(Remedy):
    """Squared cosines between generated points, in G's loss.

        weight/(n (n - 1)) sum_{i != j} (x_i . x_j/(|x_i| |x_j|))^2

    EBGAN takes the cosines of codes of its discriminator's encoder. A discriminator that only scores has no
    codes, and here they are of the points themselves: data should be centred, as pictures in [-1, 1] are.

    Raises:
        ValueError: weight negative or not finite.

    Source: Zhao, Mathieu, LeCun, Energy-based Generative Adversarial Networks (2017), eq. (4), with weight =
    0.1. Popular code forgets the square, which rewards opposite points.
    """

    weight: float = 0.1

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)

    def generator_penalty(self, score: Score, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        directions = normalize(fake.flatten(1), dim=1)
        squares = (directions @ directions.mT).square()
        n = len(fake)
        return self.weight * (squares.sum() - squares.diagonal().sum()) / (n * max(n - 1, 1))
