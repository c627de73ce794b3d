"""Relativistic objectives: outside the four-function form, since they couple a real and a fake score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sympy as sp

from gantheory.exact import exact

if TYPE_CHECKING:
    from gantheory.objectives.objective import TorchLoss

t = sp.Symbol("t", real=True)
"""Argument of a pair loss: by how much the score that is to rise exceeds the other."""

PairLossName = Literal["standard", "least_squares", "hinge"]

LOSSES: dict[PairLossName, sp.Expr] = {
    "standard": sp.log(1 + sp.exp(-t)),
    "least_squares": (t - 1) ** 2,
    "hinge": sp.Max(0, 1 - t),
}
"""The pair losses phi(t) by name, from which the ideal loss and the PyTorch losses both come."""


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
        temperature: T > 0 in phi(t/T): but for a factor the margin of the hinge, or the labels +-T of least
            squares.
    """

    loss: PairLossName = "standard"
    average: bool = True
    temperature: sp.Expr = sp.S.One
    source: str = "Jolicoeur-Martineau 2018, Sections 4.1 and 4.3"

    @property
    def name(self) -> str:
        """The call that makes it."""
        average = "" if self.average else ", average=False"
        temperature = "" if self.temperature == 1 else f", temperature={self.temperature}"
        return f'relativistic("{self.loss}"{average}{temperature})'

    @property
    def domain(self) -> tuple[sp.Expr, sp.Expr]:
        """Of the scores: the whole line."""
        return -sp.oo, sp.oo

    @property
    def phi(self) -> sp.Expr:
        """The pair loss phi(t/T), in the symbol `t` of this module."""
        return LOSSES[self.loss].subs(t, t / self.temperature)

    @property
    def ideal_loss(self) -> sp.Expr:
        """The discriminator's loss at P_g = P_r, where a constant score is optimal: phi(0), twice if
        averaged."""
        return self.phi.subs(t, 0) * (2 if self.average else 1)

    def torch_losses(self) -> tuple[TorchLoss, TorchLoss]:
        """The discriminator's and the generator's loss of (real scores, fake scores), scalars to minimize.

        The paired form needs as many real as fake scores; otherwise the loss raises ValueError.
        """
        from gantheory.objectives.torch_loss import Loss, training_losses

        batch = training_losses(self)
        return Loss("discriminator", batch), Loss("generator", batch)

    def mean(self, up: Any, down: Any, phi: Callable[[Any], Any]) -> Any:
        """The loss of scores that are to rise (the real ones, for the discriminator) and scores that are to
        fall, tensors or arrays, with `phi` elementwise."""
        if self.average:
            return phi(up - down.mean()).mean() + phi(up.mean() - down).mean()
        return phi(up - down).mean()


def relativistic(loss: PairLossName = "standard", average: bool = True, temperature: Any = 1) -> Relativistic:
    """Relativistic (average) GAN: the discriminator says how much more real a real sample looks than a
    fake one, with scores over `temperature` in place of scores.

    Raises:
        ValueError: unknown loss; a temperature that is not positive and finite.

    Source: Jolicoeur-Martineau, The relativistic discriminator (2018), Sections 4.1 (paired) and 4.3
    (average).
    """
    T = exact(temperature, "temperature")
    if not (T.is_finite and T > 0):
        raise ValueError(f"temperature must be positive and finite, got {temperature}")
    return Relativistic(loss, average, T)
