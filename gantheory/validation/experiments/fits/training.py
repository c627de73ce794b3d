"""Training whose expectations are sums over a lattice: what is left is the error of networks alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantheory.datasets import GaussianMixture
from gantheory.validation.experiments.optimum import optimum
from gantheory.validation.predictions.outcome import Context

if TYPE_CHECKING:
    from gantheory.training import DiscriminatorConfig, FittedDiscriminator


@dataclass(frozen=True, kw_only=True)
class LatticeTraining:
    """Its settings.

    Attributes:
        objective: spec, such as "vanilla".
        seeds, steps, hidden, learning_rate: of the training.
        nodes: of its lattice.
    """

    objective: str
    seeds: int = 17
    steps: int = 2000
    hidden: tuple[int, ...] = (32, 32)
    nodes: int = 64
    learning_rate: float = 0.02

    def config(self, seeds: range) -> DiscriminatorConfig:
        """As training takes them."""
        from gantheory.training import DiscriminatorConfig

        return DiscriminatorConfig(
            seeds=seeds,
            hidden=self.hidden,
            steps=self.steps,
            batch=self.nodes,
            expectations="lattice",
            learning_rate=self.learning_rate,
            log_every=max(1, self.steps // 60),
        )

    def trained(
        self, real: GaussianMixture, generated: GaussianMixture, context: Context
    ) -> FittedDiscriminator:
        """Discriminators of the objective between two distributions."""
        from gantheory.training import fit_discriminator

        config = self.config(context.seeds(self.seeds))
        objective = optimum(self.objective).objective
        return fit_discriminator(objective, real, generated, config, progress=context.progress)
