"""The discriminator is an autoencoder, and its error an energy."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_count, check_within
from gantheory.training.remedies.pulling_away import alike
from gantheory.training.variants.energies.modules import Autoencoder, euclidean
from gantheory.training.variants.variant import Build, Energy, Given, Pair, Seen


@dataclass(frozen=True)
class EBGAN(Energy):
    """Energy-based GAN: D is an autoencoder, its error the energy.

        v(x) = |Dec(Enc(x)) - x|,   D: E_r v + E_g max(0, m - v),   G: E_g v + pulling_away PT(Enc(G(z)))
        PT = 1/(n (n - 1)) sum_{i != j} (s_i . s_j/(|s_i| |s_j|))^2  over the codes s of generated points

    The losses are the objective's, whose score must be an energy: `ebgan(m)`. The encoder is a discriminator
    of `code` outputs and the decoder a generator of noise of that dimension, of the kind that `networks` of
    the settings names. pulling_away = 0 leaves the objective alone.

    Args:
        pulling_away: weight of PT.
        code: numbers in a code.

    Raises:
        ValueError: a weight that is negative or not finite, code not a positive integer; an objective whose
            score is no energy.

    Source: Zhao, Mathieu, LeCun, Energy-based Generative Adversarial Networks (2017), eqs. (1), (2) and (4),
    with weight = 0.1. The margin depends on the error's scale: here it is a norm, not a mean.
    """

    title = "EBGAN"
    papers = ("zhao-2017",)

    pulling_away: float = 0.1
    code: int = 16

    def __post_init__(self) -> None:
        check_within(self.pulling_away, "pulling_away", 0)
        check_count(self.code, "code")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent, shape)
        return generator, Autoencoder(build, self.code, shape, euclidean)

    def generator_loss(self, loss: Tensor, fake: Seen, more: tuple[Tensor, ...], given: Given) -> Tensor:
        """See `Variant`."""
        return loss + self.pulling_away * alike(fake.more[0])
