"""Predictions about a discriminator trained between known distributions: D*, values, gradients for G.

One training serves four predictions, because objectives that differ only in the generator share the
discriminator. Errors that vanish in the limit ("approaches") are compared with a tolerance that the preset
declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gantheory.validation.comparison import Comparison
from gantheory.validation.optimum import optimum, slug
from gantheory.validation.outcome import Context, Item
from gantheory.validation.pairs import Pair, pair
from gantheory.validation.prediction import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gantheory.training import DiscriminatorConfig

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A wrong theory on purpose: another objective, or the flow divergence D_h where D_f belongs."""

    spec: str
    kind: str = "equilibrium"

    @property
    def description(self) -> str:
        """In words."""
        return f"D_h in place of D_f, {self.spec}" if self.kind == "flow" else self.spec


@dataclass(frozen=True, kw_only=True)
class DiscriminatorFit:
    """Train discriminators of `objective` on a pair and test what theory says about them.

    Attributes:
        objective: spec, such as "vanilla".
        pair: name of a pair of distributions.
        control: spec of the objective whose D* and whose divergence are the wrong theory.
        generators: (spec, wrong theory) of objectives with the same discriminator, whose generator value E_r
            R + E_g S at the trained discriminator is compared with D_f.
        gradients: (spec, spec of the wrong theory) of objectives with the same discriminator, whose generator
            gradient is compared with the saturation factor.
        expected: recorded verdicts that are not "agrees", by id.
        compares_optimum: whether D itself is compared with D*.
        seeds, steps, hidden, batch, learning_rate: of the training.
        held_out: fresh samples of each distribution and seed.
        error_tolerance: root-mean-square error of D in units of the standard deviation of D*.
        value_tolerance: of the discriminator's value, as a share of D_{f_D}.
        generator_tolerance: of the generator's value, as a share of |D_f|.
        gradient_tolerance: relative error of the gradient, root mean square over bins of D*.
        alpha_d_tolerance, alpha_g_tolerance: relative, of the alpha_D and alpha_G that the network implies.
            Their controls are theories wrong by `EDGE` tolerances.
        recorded_verdicts: False where no verdict is on record, as for objectives that a user names.
    """

    objective: str
    pair: str
    control: str
    generators: tuple[tuple[str, Wrong], ...] = ()
    gradients: tuple[tuple[str, str], ...] = ()
    expected: tuple[tuple[str, Verdict], ...] = ()
    compares_optimum: bool = True
    seeds: int = 8
    steps: int = 2000
    hidden: tuple[int, ...] = (32, 32)
    batch: int = 256
    learning_rate: float = 0.02
    held_out: int = 8192
    error_tolerance: float = 0.15
    value_tolerance: float = 0.05
    generator_tolerance: float = 0.05
    gradient_tolerance: float = 0.3
    alpha_d_tolerance: float = 0.02
    alpha_g_tolerance: float = 0.05
    recorded_verdicts: bool = True

    @property
    def name(self) -> str:
        """Objective and dimension."""
        return f"{self.objective} in {self.between.dimension}-D"

    @property
    def between(self) -> Pair:
        """The two distributions."""
        return pair(self.pair)

    @property
    def where(self) -> str:
        """Dimension, as the last part of ids: "1d" or "2d"."""
        return f"{self.between.dimension}d"

    def predictions(self) -> list[str]:
        """Ids in order."""
        own = slug(self.objective)
        return [
            *([f"optimum/{own}/{self.where}"] if self.compares_optimum else []),
            *([f"alpha_D/{own}/{self.where}"] if self.compares_optimum else []),
            f"value/{own}/{self.where}",
            *(f"generator/{slug(spec)}/{self.where}" for spec, _ in self.generators),
            *(
                f"{kind}/{slug(spec)}/{self.where}"
                for spec, _ in self.gradients
                for kind in ("gradient", "alpha_G")
            ),
        ]

    @property
    def comparisons(self) -> int:
        """Error and gradient measure prediction and control each; values hold one interval against both."""
        return 4 + len(self.generators) + 3 * len(self.gradients)

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """Verdicts on record that are not "agrees"."""
        return self.expected

    def check(self) -> None:
        """Derive all theories and build the training settings, which raises ValueError for what cannot
        run."""
        optimum(self.objective)
        optimum(self.control)
        for spec, wrong in self.generators:
            _same_discriminator(self.objective, spec)
            optimum(wrong.spec)
        for spec, control in self.gradients:
            _same_discriminator(self.objective, spec)
            optimum(control)
        self._config(range(self.seeds))

    def run(self, context: Context) -> Iterator[Item]:
        """Train, then compare."""
        from gantheory.training import fit_discriminator

        objective = optimum(self.objective)
        fit = fit_discriminator(
            objective.objective,
            self.between.real,
            self.between.generated,
            self._config(context.seeds(self.seeds)),
            progress=context.progress,
        )
        yield from Comparison(self, fit, context).items()

    def _config(self, seeds: range) -> DiscriminatorConfig:
        from gantheory.training import DiscriminatorConfig

        return DiscriminatorConfig(
            seeds=seeds,
            hidden=self.hidden,
            steps=self.steps,
            batch=self.batch,
            learning_rate=self.learning_rate,
            log_every=max(1, self.steps // 60),
        )


def _same_discriminator(first: str, second: str) -> None:
    a, b = optimum(first).objective, optimum(second).objective
    if a.A != b.A or a.B != b.B:
        raise ValueError(f"{second} must have the discriminator of {first}, whose training it shares")
