"""An autoencoder whose errors on real and generated points are kept in proportion."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_count, check_within
from gantheory.training.remedies.remedy import Game, Memory, Play
from gantheory.training.variants.energies.modules import Autoencoder, minus_mean_absolute
from gantheory.training.variants.variant import Build, Given, Pair, Seen, Variant


@dataclass(frozen=True)
class BEGAN(Variant):
    """Boundary equilibrium GAN: errors of an autoencoder in balance.

        l(x) = mean |Dec(Enc(x)) - x|,   D: l(x) - k l(G(z)),   G: l(G(z))
        k <- min(1, max(0, k + gain (diversity l(x) - l(G(z))))),   k = 0 at first

    The score is -l, and the generator's loss that of `wgan`; the balance stands for the critic class. k moves
    by the errors of the discriminator's update, before it. gain = 0 leaves a plain autoencoder. The
    discriminator's loss has no ideal value: what falls with convergence is l(x) + |diversity l(x) - l(G(z))|.

    Args:
        diversity: gamma, the asked E l(G(z))/E l(x).
        gain: lambda_k.
        code: numbers in a code.

    Raises:
        ValueError: diversity not in [0, 1], gain negative or not finite, code not a positive integer; another
            objective than `wgan`.

    Source: Berthelot, Schumm, Metz, BEGAN: Boundary Equilibrium Generative Adversarial Networks (2017),
    Section 3.3, with diversity = 0.5, gain = 0.001 and code = 64.
    """

    title = "BEGAN"
    papers = ("berthelot-2017",)
    objective = "wgan"
    own_loss = True
    constrains = True

    diversity: float = 0.5
    gain: float = 0.001
    code: int = 64

    def __post_init__(self) -> None:
        check_within(self.diversity, "diversity", 0, 1)
        check_within(self.gain, "gain", 0)
        check_count(self.code, "code")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        generator, _ = build(latent, shape)
        return generator, Autoencoder(build, self.code, shape, minus_mean_absolute)

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`. k."""
        return (parameters[0].new_zeros(()),)

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """See `Variant`."""
        return memory[0] * fake.score.mean() - real.score.mean()

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        error, of_fake = -play.on_real.mean(), -play.on_fake.mean()
        return ((memory[0] + self.gain * (self.diversity * error - of_fake)).clamp(0, 1),)
