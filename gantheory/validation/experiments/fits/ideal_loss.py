"""With P_g = P_r the discriminator's loss settles at the ideal loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gantheory.validation.experiments.fits.training import LatticeTraining
from gantheory.validation.experiments.optimum import optimum, slug
from gantheory.validation.experiments.pairs import pair
from gantheory.validation.predictions.outcome import Context, Item, Picture
from gantheory.validation.predictions.prediction import Prediction, Verdict, about, beside_wrong_theory

DECLARED = 0.002
"""Tolerance, in nats, where no calibration has been."""


@dataclass(frozen=True, kw_only=True)
class IdealLoss(LatticeTraining):
    """Train discriminators of `objective` between a distribution and itself.

    The settings of the training are those of `LatticeTraining`.

    Attributes:
        pair: whose real distribution is both.
        control: spec whose ideal loss is the wrong theory.
        tolerances: (id, number) of the loss, in nats; without, 0.002.
        expected: the recorded verdict; None where nothing is on record.
    """

    control: str
    pair: str = "line"
    tolerances: tuple[tuple[str, float], ...] = ()
    expected: Verdict | None = "agrees"
    steps: int = 500
    learning_rate: float = 0.01

    @property
    def name(self) -> str:
        """Objective and setting."""
        return f"{self.objective} with P_g = P_r"

    @property
    def comparisons(self) -> int:
        """One interval is held against prediction and control."""
        return 1

    def predictions(self) -> list[str]:
        """The one id."""
        return [f"ideal/{slug(self.objective)}"]

    @property
    def recorded_verdicts(self) -> bool:
        """Whether there is a verdict on record."""
        return self.expected is not None

    @property
    def tolerance(self) -> float:
        """Of the loss."""
        return dict(self.tolerances).get(self.predictions()[0], DECLARED)

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """Verdicts on record that are not "agrees"."""
        return ((self.predictions()[0], self.expected),) if self.expected is not None else ()

    def check(self) -> None:
        """Derive both theories."""
        optimum(self.objective)
        optimum(self.control)

    def run(self, context: Context) -> Iterator[Item]:
        """Train, then measure the loss under the density."""
        theory, real = optimum(self.objective), pair(self.pair).real
        fit = self.trained(real, real, context)
        at = pair(self.pair).nodes
        kept = at.real > 0
        scores = fit.scores(at.x[kept])
        losses = -(theory.functions.A(scores) + theory.functions.B(scores)) @ at.real[kept]
        ideal, wrong = theory.ideal_loss, optimum(self.control).ideal_loss
        yield Prediction(
            id=self.predictions()[0],
            quantity="discriminator's loss with P_g = P_r",
            objective=self.objective,
            **beside_wrong_theory(
                context.joint.median(losses),
                (ideal, about(ideal, self.tolerance)),
                (wrong, about(wrong, self.tolerance)),
                f"ideal loss of {self.control}",
            ),
            expected=self.expected,
            basis=f"{self.seeds} seeds",
            values=tuple(losses.tolist()),
            undecided=context.joint.too_few(self.seeds),
            power_unit=1.0,
            power_of="an ideal loss",
            power_in="nats",
        )
        table = fit.history.pivot(index="step", columns="seed", values="loss")
        yield Picture(
            id=self.predictions()[0],
            kind="value_convergence",
            title=self.objective,
            caption=f"Loss of the discriminator of {self.objective} on the lattice of each step, P_g = P_r.",
            data={
                "steps": table.index.to_numpy(),
                "values": table.to_numpy().T,
                "limit": ideal,
                "limit_label": "ideal loss",
                "ylabel": "discriminator's loss (nats)",
            },
        )
