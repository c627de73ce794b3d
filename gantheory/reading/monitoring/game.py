"""What a monitor needs of an objective: its loss and slopes on arrays, and what theory says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.errors import GantheoryError
from gantheory.lowering import lower
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.numerics import is_sigmoid
from gantheory.objectives.relativistic import t
from gantheory.objectives.specification import game_from_spec
from gantheory.reading.monitoring import measures
from gantheory.reading.monitoring.measures import Pair

ALTERNATIVES = (1.0, 2.0, 0.5, float("inf"))
"""Values of alpha_G that a saturated generator is compared with."""


@dataclass(frozen=True)
class Game:
    """An objective on arrays of scores.

    Attributes:
        objective: an Objective, or a Relativistic, of which only the loss and its ideal value are known.
    """

    objective: Objective | Relativistic

    @cached_property
    def functions(self) -> Any:
        """A, B, R and S on NumPy arrays; None for a relativistic objective."""
        return self.objective.functions() if isinstance(self.objective, Objective) else None

    @cached_property
    def theory(self) -> Any:
        """`gantheory.derive`, or None where there is no pointwise theory."""
        from gantheory.derivation.theory import derive

        try:
            return derive(self.objective)  # type: ignore[arg-type]
        except GantheoryError:
            return None

    @cached_property
    def ideal_loss(self) -> float | None:
        """The discriminator's loss at P_r = P_g; 0 for critics, whose loss is minus a distance."""
        if isinstance(self.objective, Relativistic):
            return float(self.objective.ideal_loss)
        if self.objective.critic is not None:
            return 0.0
        return None if self.theory is None else float(self.theory.ideal_loss)

    @cached_property
    def smooth(self) -> bool:
        """Whether a score stands for a density ratio: v* is a smooth function of u."""
        return self.theory is not None and self.theory.solution.steps is None

    @cached_property
    def divergence(self) -> str:
        """Of what the discriminator's loss, less its ideal value, measures."""
        if isinstance(self.objective, Objective) and self.objective.critic is not None:
            return "the distance that these critics measure"
        name = None if self.theory is None else self.theory.name("discriminator")
        return name or "the discriminator divergence"

    def log_ratios(self, scores: Pair) -> Pair | None:
        """Logarithms of the density ratios that the scores stand for; None where they stand for none."""
        if not self.smooth:
            return None
        implied = measures.implied_log_ratios(self.theory.objective, scores)
        return measures.held(implied, self.functions, scores, self._at_one)

    @cached_property
    def _at_one(self) -> float:
        return float(np.asarray(self.theory.score_at_log_ratio(np.zeros(1)))[0])

    def loss(self, scores: Pair) -> tuple[float, float]:
        """The discriminator's loss and its standard error, NaN where scores are coupled."""
        if isinstance(self.objective, Objective):
            return measures.discriminator_loss(self.functions, scores)
        return float(self.objective.mean(*scores, self._pair_loss)), float("nan")

    @cached_property
    def _pair_loss(self) -> Callable[[Array], Array]:
        return lower(self.objective.phi, t, backend="numpy", dtype="float64")  # type: ignore[union-attr]

    @cached_property
    def logistic(self) -> bool:
        """Whether the score is a logit, so that S = -v is the linear generator loss."""
        return isinstance(self.objective, Objective) and is_sigmoid(self.objective.link)

    @cached_property
    def reference_slope(self) -> float:
        """|S'| that counts as full: of the linear loss S = -v for logits, else at P_g = P_r."""
        if self.logistic or self.theory is None:
            return 1.0
        slope = abs(float(self.functions.S.derivative(np.array([self._at_one]))[0]))
        return slope if slope > 0 else 1.0

    def vanishing(self, fake: Array) -> float | None:
        """Share of fake samples at which |S'(v)| is under 1 % of `reference_slope`."""
        if self.functions is None:
            return None
        return measures.vanishing_share(self.functions.S.derivative(fake), self.reference_slope)

    def best_alternative(self, fake: Array) -> tuple[str, float] | None:
        """The generator's alpha-loss for which fewest of these fakes are saturated, and that share.

        The discriminator, whose logits these are, stays as it is. Losses of the same kind, saturating or not,
        come first; the other kind only if it does better.
        """
        if not self.logistic or not isinstance(self.objective, Objective):
            return None
        up, down = -np.logaddexp(0, -fake), -np.logaddexp(0, fake)  # log D, log(1 - D)
        own = self.objective.saturating
        found = []
        for saturating in (own, not own):
            kind = "" if saturating == own else " saturating" if saturating else " non-saturating"
            for alpha in ALTERNATIVES:
                c = 1 - 1 / alpha
                with np.errstate(over="ignore"):
                    slopes = np.exp(up + c * down if saturating else c * up + down)
                name = f"alpha_G = {alpha:g}{kind}"
                found.append((name, measures.vanishing_share(slopes, 1.0)))
        return min(found, key=lambda each: round(20 * each[1]))  # of those within 5 %, the first


def game_of(objective: Any) -> Game:
    """The game of an Objective, a Relativistic, or text such as "vanilla".

    Raises:
        TypeError: something else.
        ValueError: text that is no objective, or an objective with symbols for parameters.
    """
    if isinstance(objective, str):
        objective = game_from_spec(objective)
    if isinstance(objective, Objective):
        objective.need_numbers("monitor")
    return Game(objective)
