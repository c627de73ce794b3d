"""Generated points as charges in a field."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gantheory.training.checks import check_positive
from gantheory.training.remedies import Memory
from gantheory.training.variants.variant import Given, Seen, Variant


@dataclass(frozen=True)
class CoulombGAN(Variant):
    """Coulomb GAN: D learns the potential of charges.

        D: E_r (v(x) - Phi(x))^2 + E_g (v(x) - Phi(x))^2,   G: -E_g v
        Phi(a) = E_r k(a, y) - E_g k(a, x),   k(a, b) = (|a - b|^2 + epsilon^2)^(-exponent/2)

    with Phi from the batch, a point's own charge among the others, as in the authors' code. At P_g = P_r it
    is 0 everywhere; E_r Phi - E_g Phi is the squared maximum mean discrepancy of k. The generator's loss is
    that of `wgan`.

    Args:
        exponent: the authors' code has "dimension" = 3, which is the exponent 1.
        epsilon: of the Plummer kernel.

    Raises:
        ValueError: exponent or epsilon not in (0, inf); another objective than `wgan`.

    Source: Unterthiner, Nessler, Seward, Klambauer, Heusel, Ramsauer, Hochreiter, Coulomb GANs (2018), eqs.
    (3), (11) and (12).
    """

    title = "Coulomb GAN"
    papers = ("unterthiner-2018",)
    objective = "wgan"
    own_loss = True
    constrains = True

    exponent: float = 1.0
    epsilon: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self.exponent, "exponent")
        check_positive(self.epsilon, "epsilon")

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """See `Variant`."""
        y, x = real.points.flatten(1), fake.points.flatten(1)
        off = [(each.score - self.potential(at, y, x)).square().mean() for each, at in ((real, y), (fake, x))]
        return off[0] + off[1]

    def potential(self, at: Tensor, real: Tensor, fake: Tensor) -> Tensor:
        """Phi at points (n, d) of charges (m, d) and (l, d), (n,)."""
        return self._kernel(at, real).mean(1) - self._kernel(at, fake).mean(1)

    def _kernel(self, a: Tensor, b: Tensor) -> Tensor:
        squares = a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.mT
        return (squares.clamp(min=0) + self.epsilon**2) ** (-self.exponent / 2)
