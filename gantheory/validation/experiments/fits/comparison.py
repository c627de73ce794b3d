"""Trained discriminators under the exact densities, and how a line that theory says of them is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.validation.experiments.fits.alphas import edge_of_factor
from gantheory.validation.experiments.optimum import Optimum, optimum, slug
from gantheory.validation.experiments.pairs import Nodes, Pair
from gantheory.validation.predictions.outcome import Context
from gantheory.validation.predictions.prediction import Prediction, Verdict, about, beside_wrong_reading

if TYPE_CHECKING:
    from gantheory.training import FittedDiscriminator

_ASCENT = 60
"""Steps uphill from trained scores to where the value is maximal."""


@dataclass(frozen=True, eq=False)
class State:
    """Scores at the nodes, (seeds, n), and their gradients in x, (seeds, n, d)."""

    scores: Array
    gradients: Array


class Settings(Protocol):
    """What was trained, and what is on record of its lines."""

    @property
    def objective(self) -> str:
        """Its spec."""

    @property
    def between(self) -> Pair:
        """The two distributions."""

    @property
    def where(self) -> str:
        """The last part of ids."""

    def tolerance(self, identifier: str) -> float:
        """Of a line."""

    def expects(self, identifier: str) -> Verdict | None:
        """The verdict on record."""


Reading = Callable[[State], "Array"]
"""What a line reads off the networks, one number each."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Trained discriminators on the pair's grid: expectations are sums, with no noise of samples.

    What varies from network to network is the training alone, and intervals cover the median over trainings:
    one of many networks may fail, and what theory says of the others stands.
    """

    settings: Settings
    fit: FittedDiscriminator
    context: Context

    @cached_property
    def pair(self) -> Pair:
        return self.settings.between

    @cached_property
    def own(self) -> Optimum:
        return optimum(self.settings.objective)

    @cached_property
    def nodes(self) -> Nodes:
        return self.pair.nodes

    @cached_property
    def half(self) -> Array:
        """Weights of (p_r + p_g)/2 at the nodes, (n,)."""
        return (self.nodes.real + self.nodes.generated) / 2

    @cached_property
    def trained(self) -> State:
        """The networks as they are."""
        return State(self.fit.scores(self.nodes.x), self.fit.score_gradients(self.nodes.x))

    @cached_property
    def maximal(self) -> State:
        """The trained scores taken uphill to a maximum of p_r A + p_g B, at each node alone.

        No theory of v* enters: only the slopes of the objective that was trained. The gradient is that of the
        maximum as a function of log u, which moves by -u A'/(u A'' + B'').
        """
        return maximal(self.own, self.trained.scores, self.nodes, self.towards)

    @cached_property
    def towards(self) -> Array:
        """Gradient of log u at the nodes, (n, d)."""
        return self.pair.log_ratio_gradient(self.nodes.x)

    def factor(
        self, kind: str, spec: str, quantity: str, implied: Callable[[float, State], Array]
    ) -> Prediction:
        """A parameter that a network implies, as a factor of that of a theory which has it wrong by a factor:
        1 is right. The control is a theory that is wrong, at the edge of what the line can tell."""
        tolerance = self.tolerance(kind, spec)
        right, wrong = (1.0, about(1.0, tolerance)), 1 + edge_of_factor(tolerance)
        reading, mistaken = partial(implied, 1.0), partial(implied, wrong)
        return self._beside(kind, spec, quantity, reading, mistaken, right, kind, wrong, power_unit=1.0)

    def norm(
        self, kind: str, spec: str, quantity: str, reading: Reading, mistaken: Reading, power: float
    ) -> Prediction:
        """An error that should vanish. The control is the same theory with alpha_D wrong by the factor
        `power`, which is `EDGE` tolerances away."""
        right = 0.0, (0.0, self.tolerance(kind, spec))
        return self._beside(kind, spec, quantity, reading, mistaken, right, "alpha_D", power)

    def _beside(
        self,
        kind: str,
        spec: str,
        quantity: str,
        reading: Reading,
        mistaken: Reading,
        right: tuple[float, tuple[float, float]],
        parameter: str,
        wrong: float,
        power_unit: float | None = None,
    ) -> Prediction:
        """A line whose control has a parameter wrong by a factor; `right` is its value and what agrees."""
        median = self.context.joint.median
        control = beside_wrong_reading(
            right,
            median(reading(self.trained)),
            median(mistaken(self.trained)),
            f"{parameter} wrong by {100 * (wrong - 1):.2g} %",
            wrong - 1,
        )
        return self.prediction(
            kind, spec, quantity, reading, **control, power_unit=power_unit, power_of=parameter
        )

    def prediction(
        self, kind: str, spec: str, quantity: str, reading: Reading, undecided: str = "", **numbers: Any
    ) -> Prediction:
        identifier = f"{kind}/{slug(spec)}/{self.settings.where}"
        values = reading(self.trained)
        reach = self.settings.tolerance(identifier) * (numbers.get("power_unit") or 1.0)
        return Prediction(
            id=identifier,
            quantity=quantity,
            objective=spec,
            expected=self.settings.expects(identifier),
            basis=f"{len(self.fit.seeds)} seeds",
            values=tuple(values.tolist()),
            undecided=self.context.joint.too_few(len(values))
            or undecided
            or self._undertrained(reading, values, reach),
            **numbers,
        )

    def _undertrained(self, reading: Reading, values: Array, reach: float) -> str:
        """Why the networks are too far from their own maximum to say anything in this line; "" if not."""
        there = reading(self.maximal)
        if not np.isfinite(there).all() or np.median(np.abs(there - values)) <= reach:
            return ""
        return (
            "undertrained: uphill of these scores, where the value is maximal, this line reads "
            f"{np.median(there):.4g} in place of {np.median(values):.4g}"
        )

    def tolerance(self, kind: str, spec: str) -> float:
        return self.settings.tolerance(f"{kind}/{slug(spec)}/{self.settings.where}")


def maximal(own: Optimum, scores: Array, at: Nodes, towards: Array) -> State:
    """The nearest maximum of u A(v) + B(v) uphill of the given scores, at each node; `Comparison.maximal`.

    Newton's steps, no longer than a radius, one and the scores' spread at first, which halves whenever
    the slope changes its sign, since a maximum has then been passed: so kinks are found, too, and what is
    flat stays where it is.

    Args:
        own: the objective.
        scores: (seeds, n).
        at: the nodes, (n,).
        towards: gradient of log u, (n, d).
    """
    a, b = own.functions.A.derivative, own.functions.B.derivative
    low, high = (float(end) for end in own.objective.domain)
    u = np.exp(at.log_ratio)
    v, radius, before = scores, np.full_like(scores, 1 + scores.std()), np.zeros_like(scores)
    with np.errstate(all="ignore"):
        for _ in range(_ASCENT):
            slope, curvature = u * a(v) + b(v), u * a.derivative(v) + b.derivative(v)
            side = np.nan_to_num(np.sign(slope))
            radius = np.where(side * before < 0, radius / 2, radius)
            newton = np.where(curvature < 0, np.abs(slope / curvature), np.inf)
            v, before = np.clip(v + side * np.fmin(newton, radius), low, high), side
        rate = -u * a(v) / (u * a.derivative(v) + b.derivative(v))
    return State(v, np.where(np.isfinite(rate), rate, 0.0)[..., None] * towards)
