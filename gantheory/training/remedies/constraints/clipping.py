"""Weight clipping."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_positive
from gantheory.training.remedies.remedy import Remedy


@dataclass(frozen=True)
class WeightClipping(Remedy):
    """Weights of D into [-bound, bound] after its updates.

    All of them: biases and batch norm's scales too.

    Raises:
        ValueError: bound not in (0, inf].

    Source: Arjovsky, Chintala, Bottou, Wasserstein GAN (2017), Algorithm 1, with bound = 0.01.
    """

    title = "weight clipping"
    papers = ("arjovsky-wgan-2017",)
    constrains = True

    bound: float = 0.01

    def __post_init__(self) -> None:
        if self.bound != float("inf"):  # which clips nothing: plain training
            check_positive(self.bound, "bound")

    def project(self, weights: Tensor) -> Tensor:
        """See `Remedy`."""
        return weights.clamp(-self.bound, self.bound)
