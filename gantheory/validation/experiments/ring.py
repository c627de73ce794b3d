"""Ring GANs over several seeds: what training does, reported with intervals and without verdicts.

No theory predicts how many modes a GAN of finite size covers after a finite number of steps. The
discriminator's loss stands beside its ideal value, which it would have if the generated samples were
distributed like the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.validation.experiments.optimum import optimum, slug
from gantheory.validation.predictions.outcome import Context, Item, Picture
from gantheory.validation.predictions.prediction import Measurement, Range, Verdict

if TYPE_CHECKING:
    from gantheory.training import RingConfig

_SHOWN = 3
"""Seeds whose samples are drawn."""

_POINTS = 1500
"""Samples drawn for each."""


@dataclass(frozen=True, kw_only=True)
class RingExperiment:
    """Train ring GANs of reduced size on `objective`.

    Attributes:
        objective: spec.
        seeds: how many runs.
        changes: fields of `gantheory.training.RingConfig` beside those of `quick_ring`.
    """

    objective: str
    seeds: int = 6
    changes: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """Objective and data."""
        return f"{self.objective}, ring GAN"

    @property
    def comparisons(self) -> int:
        """Modes, share and loss."""
        return 3

    def predictions(self) -> list[str]:
        """None: nothing is predicted."""
        return []

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """Verdicts on record that are not "agrees"."""
        return ()

    def check(self) -> None:
        """Build the settings and derive the ideal loss."""
        optimum(self.objective)
        self._config(range(self.seeds))

    def run(self, context: Context) -> Iterator[Item]:
        """Train, then measure on test samples."""
        from gantheory.training import train_run

        theory = optimum(self.objective)
        run = train_run(self._config(context.seeds(self.seeds)), progress=context.progress)
        modes = len(run.config.mixture.means)
        # A perfect generator's share: a Gaussian sample lies within three standard deviations so often in the
        # plane.
        perfect = float(-np.expm1(-4.5))
        lost = int(run.table["diverged"].sum())

        def measured(
            kind: str, quantity: str, column: str, reference: float, name: str, limits: Range
        ) -> Measurement:
            mean, (low, high) = context.joint.mean(run.table[column].to_numpy(dtype=np.float64))
            return Measurement(
                id=f"ring-{kind}/{slug(self.objective)}",
                quantity=quantity,
                objective=self.objective,
                measured=mean,
                interval=(max(low, limits[0]), min(high, limits[1])),
                reference=reference,
                reference_name=name,
                basis=f"{self.seeds} seeds",
                note=f"{lost} of {self.seeds} seeds diverged" if lost else "",
            )

        yield measured("modes", "modes covered", "modes", modes, "all modes", (0.0, modes))
        within = "share of samples within 3 standard deviations of a mode"
        yield measured("share", within, "share", perfect, "real data", (0.0, 1.0))
        loss, ideal = "discriminator's loss after training", theory.ideal_loss
        yield measured("loss", loss, "discriminator_loss", ideal, "ideal", (-np.inf, np.inf))
        history = run.history.pivot(index="step", columns="seed", values="discriminator_loss")
        yield Picture(
            id=f"ring/{slug(self.objective)}",
            kind="ring",
            title=self.objective,
            caption=f"Samples of ring GANs trained with {self.objective}: modes that are reached, the share "
            "of samples in the circles, within three standard deviations of a mode, and the "
            "discriminator's loss.",
            data={
                "samples": run.samples[:_SHOWN, :_POINTS],
                "seeds": list(run.config.seeds)[:_SHOWN],
                "modes": run.table["modes"].to_numpy()[:_SHOWN],
                "share": run.table["share"].to_numpy()[:_SHOWN],
                "centers": run.config.mixture.centers,
                "radius": 3 * run.config.mixture.scales,
                "steps": history.index.to_numpy(),
                "loss": history.to_numpy().T,
                "ideal_loss": theory.ideal_loss,
            },
        )

    def _config(self, seeds: range) -> RingConfig:
        from gantheory.training import quick_ring

        return quick_ring(optimum(self.objective).objective, seeds=seeds, **self.changes)
