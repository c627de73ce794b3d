"""With P_g = P_r the discriminator's loss settles at the ideal loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gantheory.validation.comparison import about, own_rows
from gantheory.validation.optimum import optimum, slug
from gantheory.validation.outcome import Context, Item, Picture
from gantheory.validation.pairs import pair
from gantheory.validation.prediction import Control, Prediction, Verdict


@dataclass(frozen=True, kw_only=True)
class IdealLoss:
    """Train discriminators of `objective` between a distribution and itself.

    Attributes:
        objective: spec.
        pair: whose real distribution is both.
        control: spec whose ideal loss is the wrong theory.
        tolerance: of the loss.
        expected: the recorded verdict; None where nothing is on record.
        seeds, steps, hidden, batch, learning_rate: of the training.
        held_out: fresh samples per seed.
    """

    objective: str
    control: str
    pair: str = "line"
    tolerance: float = 0.002
    expected: Verdict | None = "agrees"
    seeds: int = 8
    steps: int = 500
    hidden: tuple[int, ...] = (32, 32)
    batch: int = 256
    learning_rate: float = 0.01
    held_out: int = 8192

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

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """Verdicts on record that are not "agrees"."""
        return ((self.predictions()[0], self.expected),) if self.expected is not None else ()

    def check(self) -> None:
        """Derive both theories."""
        optimum(self.objective)
        optimum(self.control)

    def run(self, context: Context) -> Iterator[Item]:
        """Train, then measure the loss on fresh samples."""
        from gantheory.training import DiscriminatorConfig, fit_discriminator

        theory = optimum(self.objective)
        real = pair(self.pair).real
        config = DiscriminatorConfig(
            seeds=context.seeds(self.seeds),
            hidden=self.hidden,
            steps=self.steps,
            batch=self.batch,
            learning_rate=self.learning_rate,
            log_every=max(1, self.steps // 60),
        )
        fit = fit_discriminator(theory.objective, real, real, config, progress=context.progress)
        rng = np.random.default_rng([context.seed, 0x51ED270B])
        points = real.sample(self.seeds * self.held_out, rng).reshape(self.seeds, self.held_out, -1)
        scores = own_rows(fit.scores, points)
        # Real and generated samples have one distribution here, so that the same points may serve as both.
        losses = -(theory.functions.A(scores) + theory.functions.B(scores)).mean(1)
        measured, interval = context.joint.mean(losses)
        ideal, wrong = theory.ideal_loss, optimum(self.control).ideal_loss
        yield Prediction(
            id=self.predictions()[0],
            quantity="discriminator's loss with P_g = P_r",
            objective=self.objective,
            predicted=ideal,
            region=about(ideal, self.tolerance),
            measured=measured,
            interval=interval,
            control=Control(
                description=f"ideal loss of {self.control}",
                predicted=wrong,
                region=about(wrong, self.tolerance),
                measured=measured,
                interval=interval,
            ),
            expected=self.expected,
            basis=f"{self.seeds} seeds",
        )
        table = fit.history.pivot(index="step", columns="seed", values="loss")
        yield Picture(
            id=self.predictions()[0],
            kind="value_convergence",
            title=self.objective,
            caption=f"Loss of the discriminator of {self.objective} on its training batches, P_g = P_r.",
            data={
                "steps": table.index.to_numpy(),
                "values": table.to_numpy().T,
                "limit": ideal,
                "limit_label": "ideal loss",
                "ylabel": "discriminator's loss (nats)",
            },
        )
