"""Relativistic objectives: outside the four-function form, since they couple a real and a fake score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.errors import nearest

if TYPE_CHECKING:
    from gantheory.objectives.objective import TorchLoss

LOSSES: dict[str, sp.Expr] = {
    "standard": sp.log(2),
    "least_squares": sp.S.One,
    "hinge": sp.S.One,
}
"""The pair losses phi(t) by name, and phi(0): softplus(-t), (t - 1)^2, max(0, 1 - t)."""


@dataclass(frozen=True)
class Relativistic:
    """A relativistic objective: it can be trained, and its ideal loss is known, but it has no pointwise
    theory.

    paired:    L_D = E[phi(v_r - v_g)],                                L_G = E[phi(v_g - v_r)]
    averaged:  L_D = E_r[phi(v_r - E v_g)] + E_g[phi(E v_r - v_g)],    L_G with real and fake exchanged

    Attributes:
        loss: "standard", "least_squares" or "hinge".
        average: whether each score is compared with the other side's mean (Ra...) or with one partner
        (R...).
    """

    loss: str = "standard"
    average: bool = True
    source: str = "Jolicoeur-Martineau 2018, Sections 4.1 and 4.3"

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"loss {self.loss!r} is no known pair loss{nearest(str(self.loss), LOSSES)}")

    @property
    def name(self) -> str:
        """The call that makes it."""
        return f'relativistic("{self.loss}"{"" if self.average else ", average=False"})'

    @property
    def ideal_loss(self) -> sp.Expr:
        """The discriminator's loss at P_g = P_r, where a constant score is optimal: phi(0), twice if
        averaged."""
        return LOSSES[self.loss] * (2 if self.average else 1)

    def torch_losses(self) -> tuple[TorchLoss, TorchLoss]:
        """The discriminator's and the generator's loss of (real scores, fake scores), scalars to minimize.

        The paired form needs as many real as fake scores; otherwise the loss raises ValueError.
        """
        return self._loss, self._generator_loss  # bound methods, which pickle

    def _generator_loss(self, real: Any, fake: Any) -> Any:
        return self._loss(fake, real)

    def _loss(self, up: Any, down: Any) -> Any:
        """Of scores that are to rise and scores that are to fall, in the type of the scores."""
        from gantheory.objectives.torch_loss import prepared

        if not self.average and up.shape != down.shape:
            raise ValueError(
                f"paired scores must have equal shapes, got {tuple(up.shape)} and {tuple(down.shape)}"
            )
        up, down, dtype = prepared(up, down)
        return self._mean(up, down).to(dtype)

    def _mean(self, up: Any, down: Any) -> Any:
        if self.average:
            return self._phi(up - down.mean()).mean() + self._phi(up.mean() - down).mean()
        return self._phi(up - down).mean()

    def _phi(self, t: Any) -> Any:
        from torch.nn.functional import relu, softplus

        if self.loss == "standard":
            return softplus(-t)
        return (t - 1) ** 2 if self.loss == "least_squares" else relu(1 - t)


def relativistic(loss: str = "standard", average: bool = True) -> Relativistic:
    """Relativistic (average) GAN: the discriminator says how much more real a real sample looks than a
    fake one.

    Raises:
        ValueError: unknown loss.

    Source: Jolicoeur-Martineau, The relativistic discriminator (2018), Sections 4.1 (paired) and 4.3
    (average).
    """
    return Relativistic(loss, average)
