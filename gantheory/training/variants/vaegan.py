"""A generator that also decodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from gantheory.training.checks import check_positive, check_within
from gantheory.training.variants.variant import Build, Given, Pair, Seen, Variant


@dataclass(frozen=True)
class VAEGAN(Variant):
    """VAE and GAN: the generator also decodes the data's codes.

        G, encoder: objective + weight E_r [|x - G(z_x)|^2/(2 deviation^2) + KL(N(m(x), s(x)^2) || N(0, 1))]
        z_x = m(x) + s(x) z,   KL = 1/2 sum (m^2 + s^2 - 1 - log s^2)

    The bracket is the negative evidence bound of normal points of that deviation, but for a constant. The
    encoder is a discriminator of 2 latent outputs, of the kind that `networks` of the settings names, and is
    trained with the generator. weight = 0 leaves the objective alone.

    Args:
        weight: of the bound.
        deviation: of the points about what is decoded.

    Raises:
        ValueError: weight negative or not finite, deviation not in (0, inf).

    Source: Larsen, Sonderby, Larochelle, Winther, Autoencoding beyond Pixels Using a Learned Similarity
    Metric (2016), eqs. (2) to (4) and (8): there the distance is between features of the discriminator, here
    between points, and there the discriminator sees reconstructions too. Trick 7 of How to Train a GAN?
    """

    title = "VAE and GAN"
    papers = ("larsen-2016",)

    weight: float = 0.1
    deviation: float = 1.0

    def __post_init__(self) -> None:
        check_within(self.weight, "weight", 0)
        check_positive(self.deviation, "deviation")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, discriminator = build(latent, shape)
        _, encoder = build(latent, shape, outputs=2 * latent)
        return VariationalPair(encoder, generator), discriminator

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        return Given() if real is None else Given((real,))

    def generator_loss(self, loss: Tensor, fake: Seen, more: tuple[Tensor, ...], given: Given) -> Tensor:
        """See `Variant`."""
        decoded, mean, log_variance = more
        squares = (given.generator[0] - decoded).flatten(1).square().sum(1) / (2 * self.deviation**2)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        return loss + self.weight * (squares + divergence).mean()


class VariationalPair(nn.Module):
    """A generator with an encoder, which codes data by normal laws.

    Args:
        encoder: from points to means and logarithms of variances, (n, 2 latent).
        decoder: the generator.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, noise: Tensor, real: Tensor | None = None) -> Any:
        """G(z), and beside data: x' = G(mean + deviation z), means and logarithms of variances at x."""
        made = self.decoder(noise)
        if real is None:
            return made
        mean, log_variance = self.encoder(real).chunk(2, 1)
        return made, self.decoder(mean + (log_variance / 2).exp() * noise), mean, log_variance
