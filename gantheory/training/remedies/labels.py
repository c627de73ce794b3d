"""Labels of the discriminator's points that are soft, noisy or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gantheory.objectives import Relativistic
from gantheory.training.checks import check_number, check_within
from gantheory.training.remedies.remedy import Game, Remedy


class _Labels(Remedy):
    """The loss of a point that counts as real by t is -t A(v) - (1 - t) B(v)."""

    reads_loss = True

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        if isinstance(objective, Relativistic):
            raise ValueError(f"labels mean nothing for {objective.name}, which compares pairs of scores")
        if objective.critic is not None:
            raise ValueError(
                f"labels mean nothing for {objective.name}, a difference of means: with them a shift of all "
                "scores would lower the loss without end"
            )


@dataclass(frozen=True)
class LabelSmoothing(_Labels):
    """Soft labels: `real` for 1 and `fake` for 0.

    The default is one-sided. A label t becomes real t + fake (1 - t).

    Raises:
        ValueError: not 0 <= fake < real <= 1; relativistic objectives and those over a critic class.

    Source: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen, Improved Techniques for Training GANs
    (2016), Section 3.4.
    """

    title = "soft labels"
    papers = ("salimans-2016",)

    real: float = 0.9
    fake: float = 0.0

    def __post_init__(self) -> None:
        check_within(self.real, "real", 0, 1)
        check_within(self.fake, "fake", 0, self.real)
        if self.fake == self.real:
            raise ValueError(f"fake must be below real = {self.real!r}, got {self.fake!r}")

    def labels(self, real: Tensor, fake: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        """See `Remedy`."""
        return (real * self.real + (1 - real) * self.fake, fake * self.real + (1 - fake) * self.fake)


@dataclass(frozen=True)
class NoisyLabels(_Labels):
    """Labels uniform on a range, for each point anew.

    1 becomes uniform on [real_low, real_high], and 0 on [fake_low, fake_high]; labels above 1 are meant.

    Raises:
        ValueError: an empty range, or one whose middle is not in [0, 1]: D's loss would have no lower bound;
            relativistic objectives and those over a critic class.

    Source: Chintala, Denton, Arjovsky, Mathieu, How to Train a GAN? (2016), trick 6; ranges of its README.
    """

    title = "noisy labels"
    papers = ("chintala-2016",)

    real_low: float = 0.7
    real_high: float = 1.2
    fake_low: float = 0.0
    fake_high: float = 0.3

    def __post_init__(self) -> None:
        for side in ("real", "fake"):
            low, high = getattr(self, f"{side}_low"), getattr(self, f"{side}_high")
            check_number(low, f"{side}_low")
            check_number(high, f"{side}_high")
            if not (low <= high and 0 <= (low + high) / 2 <= 1):
                raise ValueError(
                    f"{side}_low and {side}_high must be in order, with their middle in [0, 1], got "
                    f"{low!r} and {high!r}"
                )

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.rand(2, rows, generator=generator)

    def labels(self, real: Tensor, fake: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        """See `Remedy`."""
        return self._noisy(real, draw[0]), self._noisy(fake, draw[1])

    def _noisy(self, labels: Tensor, u: Tensor) -> Tensor:
        one = self.real_low + (self.real_high - self.real_low) * u
        zero = self.fake_low + (self.fake_high - self.fake_low) * u
        return labels * one + (1 - labels) * zero


@dataclass(frozen=True)
class FlippedLabels(_Labels):
    """The wrong label for each point with a small probability.

    A label t becomes 1 - t with probability `rate`, real and generated points alike.

    Raises:
        ValueError: rate not in [0, 1/2); relativistic objectives and those over a critic class.

    Source: Chintala, Denton, Arjovsky, Mathieu, How to Train a GAN? (2016), trick 6.
    """

    title = "flipped labels"
    papers = ("chintala-2016",)

    rate: float = 0.05

    def __post_init__(self) -> None:
        check_within(self.rate, "rate", 0, 0.5)
        if self.rate == 0.5:
            raise ValueError("rate must be below 1/2, where labels say nothing, got 0.5")

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.rand(2, rows, generator=generator)

    def labels(self, real: Tensor, fake: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        """See `Remedy`."""
        flipped = draw < self.rate
        return torch.where(flipped[0], 1 - real, real), torch.where(flipped[1], 1 - fake, fake)
