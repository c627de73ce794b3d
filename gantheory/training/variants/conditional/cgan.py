"""Both players know the label."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from gantheory.training.checks import check_count
from gantheory.training.variants.conditional.modules import BesideNoise, BesidePoints, beside
from gantheory.training.variants.variant import Build, Given, Pair, Variant


@dataclass(frozen=True)
class CGAN(Variant):
    """Conditional GAN: the label goes to both players.

        min_G max_D E log D(x | y) + E log(1 - D(G(z | y) | y)),   and with any other objective likewise

    A generated row has the label of the real row beside it, so that labels alone tell nothing. The label is
    embedded, by `embedding` numbers for each player: they follow the noise, and become further coordinates of
    points, or, through a linear layer, one more channel of pictures. With one class it is the plain GAN.

    Args:
        embedding: numbers for a label.

    Raises:
        ValueError: embedding not a positive integer; data without labels.

    Source: Mirza and Osindero, Conditional Generative Adversarial Nets (2014), eq. (2); the embedding is
    trick 16 of How to Train a GAN?
    """

    title = "CGAN"
    papers = ("mirza-2014",)
    labelled = True
    pairs_rows = True

    embedding: int = 8

    def __post_init__(self) -> None:
        check_count(self.embedding, "embedding")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent + self.embedding, shape)
        _, discriminator = build(latent, beside(shape, self.embedding))
        generator = BesideNoise(generator, nn.Linear(classes, self.embedding, bias=False))
        return generator, BesidePoints(discriminator, self.embedding, classes, shape)

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        assert labels is not None  # `labelled` says so
        return Given((labels,), (labels,))
