"""Codes that can be read off the generated points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gantheory.arguments.checks import is_whole
from gantheory.training.checks import check_within
from gantheory.training.remedies import Memory
from gantheory.training.variants.conditional.acgan import cross_entropy
from gantheory.training.variants.conditional.modules import BesideNoise, Headed
from gantheory.training.variants.variant import Build, Given, Pair, Seen, Variant


@dataclass(frozen=True)
class InfoGAN(Variant):
    """InfoGAN: codes of G that D can read off its points.

        D, Q: objective - weight L_I,   G: objective - weight L_I,
        L_I = E log Q(c | G(z, c)) + H(c) <= I(c; G(z, c))

    The code c is one of `categories`, each as likely, and `continuous` numbers uniform on [-1, 1]. Q shares
    all of the discriminator but its last layer: further outputs are the logits of the category and the means
    of normal laws of deviation 1. weight = 0 leaves the objective alone.

    Args:
        categories: 0, or at least 2.
        continuous: numbers.
        weight: lambda.

    Raises:
        ValueError: a weight that is negative or not finite, no code at all, or one category.

    Source: Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel, InfoGAN (2016), eqs. (5) and (6); 10
    categories, 2 numbers and weight = 1 are those of the authors' code for MNIST.
    """

    title = "InfoGAN"
    papers = ("chen-2016",)
    pairs_rows = True

    categories: int = 10
    continuous: int = 2
    weight: float = 1.0

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)
        for name, least in (("categories", 2), ("continuous", 1)):
            value = getattr(self, name)
            if not is_whole(value) or 0 != value < least:
                raise ValueError(f"{name} must be 0 or an integer of at least {least}, got {value!r}")
        if not self.categories + self.continuous:
            raise ValueError("categories and continuous must not both be 0: there would be no code")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        size = self.categories + self.continuous
        generator, _ = build(latent + size, shape)
        _, discriminator = build(latent, shape, outputs=1 + size)
        return BesideNoise(generator), Headed(discriminator)

    def draw(self, rows: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """See `Remedy`. Uniform numbers: which category, and those of the code."""
        return torch.rand(rows, 1 + self.continuous, generator=generator)

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        each = torch.arange(self.categories, device=draw.device)
        chosen = (draw[:, :1] * self.categories).floor() == each
        return Given((torch.cat([chosen.to(draw), 2 * draw[:, 1:] - 1], 1),))

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """See `Variant`."""
        return loss - self.weight * self.information(fake.more[0], given.generator[0])

    def generator_loss(self, loss: Tensor, fake: Seen, more: tuple[Tensor, ...], given: Given) -> Tensor:
        """See `Variant`."""
        return loss - self.weight * self.information(fake.more[0], given.generator[0])

    def information(self, read: Tensor, code: Tensor) -> Tensor:
        """L_I, in nats, of what Q reads and the codes, both (n, categories + continuous)."""
        k = self.categories
        bound = read.new_zeros(())
        if k:
            bound = bound + math.log(k) - cross_entropy(read[:, :k], code[:, :k])
        if self.continuous:
            squares = (code[:, k:] - read[:, k:]).square().sum(1).mean()
            bound = bound + self.continuous * (math.log(2) - math.log(2 * math.pi) / 2) - squares / 2
        return bound
