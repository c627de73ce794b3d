"""Scores whose laws are matched with two normal ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, linear, softplus

from gantheory.training.checks import check_count
from gantheory.training.remedies import Memory
from gantheory.training.variants.variant import Build, Given, Pair, Seen, Variant


@dataclass(frozen=True)
class VRAL(Variant):
    """VRAL: the law of D's scores is matched with two normal ones.

        R: E softplus(-R(n)) + E_r softplus(R(v)), n of N(1, 1);   F: E softplus(-F(n)) + E_g softplus(F(v)),
        n of N(-1, 1);   D: E_r softplus(-R(v)) + E_g softplus(-F(v));   G: E_g (v - 1)^2/2

    R and F are perceptrons of one hidden layer of `width` that tell normal numbers from D's scores v, and D
    is the generator of both games. All three move in the discriminator's update, at once where the authors'
    script goes from F to R to D. The generator's loss is that of `lsgan(-1, 1, 1)`. At P_g = P_r no
    deterministic D meets both laws: D's own part is above its value at matched laws, 2 log 2.

    Args:
        width: of R and F.

    Raises:
        ValueError: width not a positive integer; another objective than `lsgan(-1, 1, 1)`.

    Source: Grewal, Hjelm, Bengio, Variance Regularizing Adversarial Learning (2017), in the form of the first
    author's script (28 units, Adam 1e-4 with betas 0.1, 0.999). The entry in arXiv says of itself that the
    method is out of date and that some results are wrong.
    """

    title = "VRAL"
    papers = ("grewal-2017",)
    objective = "lsgan(-1, 1, 1)"
    own_loss = True

    width: int = 28

    def __post_init__(self) -> None:
        check_count(self.width, "width")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, discriminator = build(latent, shape)
        return generator, Judged(discriminator, self.width)

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`."""
        return torch.randn(2, rows, generator=generator)

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        return Given((), (draw[0] + 1, draw[1] - 1))

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """See `Variant`."""
        total = loss.new_zeros(())
        for moving, judging, target in (real.more[:3], fake.more[3:]):
            total = total + softplus(-moving).mean()
            total = total + softplus(-target).mean() + softplus(judging).mean()
        return total


class Judged(nn.Module):
    """A discriminator with two perceptrons, 1-width-1, that judge its scores of real and of generated points.

    Args:
        network: of one score.
        width: of the perceptrons.
    """

    def __init__(self, network: nn.Module, width: int) -> None:
        super().__init__()
        self.network = network
        self.judges = nn.ModuleList(Judge(width) for _ in range(2))

    def forward(self, points: Tensor, *targets: Tensor) -> Any:
        """Scores v (n,); and beside samples t (n,) of the laws that they should have on real and on generated
        points, for each of these its judge of v, once to train v alone and once the judge alone, and of t."""
        score = self.network(points).flatten()
        if not targets:
            return score
        judged = [
            (judge(score, fixed=True), judge(score.detach()), judge(target))
            for judge, target in zip(self.judges, targets, strict=True)
        ]
        return score, *(each for of_judge in judged for each in of_judge)


class Judge(nn.Module):
    """A perceptron from numbers (n,) to logits (n,), with LeakyReLU of slope 0.2."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(1, width), nn.Linear(width, 1)

    def forward(self, x: Tensor, fixed: bool = False) -> Tensor:
        """(n,); where `fixed`, weights have no gradient."""
        a, b, c, d = (each.detach() if fixed else each for each in self.parameters())
        return linear(leaky_relu(linear(x[:, None], a, b), 0.2), c, d)[:, 0]
