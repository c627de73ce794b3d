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

    The cosines are of the points themselves, as a discriminator that only scores has no codes: data should be
    centred, as pictures in [-1, 1] are. The variant `ebgan` takes those of its discriminator's codes. The
    gradient grows as 1/|x| and has no limit at 0: where points lie about there, differences of rounding
    between two runs grow too.

    Raises:
        ValueError: weight negative or not finite.

    Source: Zhao, Mathieu, LeCun, Energy-based Generative Adversarial Networks (2017), eq. (4), with weight =
    0.1. Popular code forgets the square, which rewards opposite points.
    """

    title = "pulling away"
    papers = ("zhao-2017",)

    weight: float = 0.1

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)

    def generator_penalty(self, score: Score, fake: Tensor, draw: Tensor) -> Tensor:
        """See `Remedy`."""
        return self.weight * alike(fake.flatten(1))


def alike(codes: Tensor) -> Tensor:
    """The mean squared cosine between two of the rows (n, d): from 0, orthogonal, to 1, on one line."""
    directions = normalize(codes, dim=1)
    squares = (directions @ directions.mT).square()
    n = len(codes)
    return (squares.sum() - squares.diagonal().sum()) / (n * max(n - 1, 1))
