"""Likelihood in place of a classifier, as an outline of it was published."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_count, check_positive
from gantheory.training.variants.energies.modules import MixtureOfCodes
from gantheory.training.variants.variant import Build, Energy, Game, Pair


@dataclass(frozen=True)
class PGAN(Energy):
    """PGAN, reconstructed: energies are -log likelihoods of codes.

        v(x) = -log 1/(d + 1) sum_j exp(-|net(x) - m_j|^2/(2 deviation^2)) >= 0
        D: E_r v + E_g max(0, m - v),   G: E_g v, which is -E_g log likelihood but for a constant

    A reconstruction and no replication: published are the idea, a Gaussian mixture in the discriminator whose
    likelihood takes the place of the classifier's loss, high for real and low for generated points, and
    experiments, but not the equations. Ours are: equal weights, means trained from the corners of a simplex
    of radius 1 on, one fixed deviation (a trained one could fall to 0), and `ebgan(m)` as the game, so that
    the energy of generated points has a bound. `mdgan` is the authors' later method, by their code.

    Args:
        code: d.
        deviation: of each component.

    Raises:
        ValueError: code not a positive integer, deviation not in (0, inf); an objective whose score is no
            energy.

    Source: Eghbal-zadeh and Widmer, Probabilistic Generative Adversarial Networks (2017), its outline.
    """

    title = "PGAN, reconstructed"
    papers = ("eghbal-zadeh-2017",)

    code: int = 9
    deviation: float = 0.5

    def __post_init__(self) -> None:
        check_count(self.code, "code")
        check_positive(self.deviation, "deviation")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent, shape)
        _, encoder = build(latent, shape, outputs=self.code)
        return generator, MixtureOfCodes(encoder, self.code, 1.0, self.deviation, learned=True)

    def score(self, objective: Game, raw: Tensor) -> Tensor:
        """See `Variant`."""
        return -raw
