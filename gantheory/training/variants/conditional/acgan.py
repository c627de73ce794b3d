"""The discriminator names the label, of real and of generated points."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from gantheory.training.checks import check_count, check_within
from gantheory.training.remedies import Memory
from gantheory.training.variants.conditional.modules import BesideNoise, Headed
from gantheory.training.variants.variant import Build, Given, Pair, Seen, Variant


@dataclass(frozen=True)
class ACGAN(Variant):
    """Auxiliary classifier GAN: D also names the label.

        D: objective + weight (-E_r log P(y | x) - E_g log P(y | G(z, y)))
        G: objective - weight E_g log P(y | G(z, y))

    P is the softmax of `classes` further outputs of the discriminator, which does not see the label; the
    generator does, embedded as for a `CGAN`. weight = 0 leaves the objective alone.

    Args:
        weight: of the classifier's loss.
        embedding: numbers for a label.

    Raises:
        ValueError: weight negative or not finite, embedding not a positive integer; data without labels.

    Source: Odena, Olah, Shlens, Conditional Image Synthesis with Auxiliary Classifier GANs (2017), eqs. (2)
    and (3), with weight = 1; the published code that takes the softmax twice cannot get its loss below
    log(e + K - 1) - 1.
    """

    title = "AC-GAN"
    papers = ("odena-2017",)
    labelled = True
    pairs_rows = True

    weight: float = 1.0
    embedding: int = 8

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)
        check_count(self.embedding, "embedding")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent + self.embedding, shape)
        _, discriminator = build(latent, shape, outputs=1 + classes)
        embed = nn.Linear(classes, self.embedding, bias=False)
        return BesideNoise(generator, embed), Headed(discriminator)

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        assert labels is not None  # `labelled` says so
        return Given((labels,))

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """See `Variant`."""
        (labels,) = given.generator
        return loss + self.weight * sum(cross_entropy(each.more[0], labels) for each in (real, fake))

    def generator_loss(self, loss: Tensor, fake: Seen, more: tuple[Tensor, ...], given: Given) -> Tensor:
        """See `Variant`."""
        return loss + self.weight * cross_entropy(fake.more[0], given.generator[0])


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-E sum_k y_k log softmax(logits)_k of labels as zeros with a one, (n, K) both."""
    return -(labels * logits.log_softmax(1)).sum(1).mean()
