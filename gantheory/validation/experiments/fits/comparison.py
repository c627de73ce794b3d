"""What theory says of trained discriminators, measured under the exact densities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.validation.experiments.fits.alphas import EDGE, edge_of_factor, exponent, power_apart
from gantheory.validation.experiments.fits.gradient_lines import gradient_lines
from gantheory.validation.experiments.fits.pictures import discriminator_picture, training_picture
from gantheory.validation.experiments.optimum import Optimum, Tempered, optimum, slug
from gantheory.validation.experiments.pairs import Nodes, Pair
from gantheory.validation.predictions.outcome import Context, Item
from gantheory.validation.predictions.prediction import (
    Prediction,
    about,
    beside_wrong_reading,
    beside_wrong_theory,
)

if TYPE_CHECKING:
    from gantheory.training import FittedDiscriminator
    from gantheory.validation.experiments.fits.discriminator_fit import DiscriminatorFit, Wrong


_TAIL = 0.5
"""Share of the tolerance beyond which points that training does not see decide about a value."""

_ASCENT = 60
"""Steps uphill from trained scores to where the value is maximal."""


@dataclass(frozen=True, eq=False)
class State:
    """Scores at the nodes, (seeds, n), and their gradients in x, (seeds, n, d)."""

    scores: Array
    gradients: Array


Reading = Callable[[State], "Array"]
"""What a line reads off the networks, one number each."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Trained discriminators on the pair's grid: expectations are sums, with no noise of samples.

    What varies from network to network is the training alone, and intervals cover the median over trainings:
    one of many networks may fail, and what theory says of the others stands.
    """

    settings: DiscriminatorFit
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

    def items(self) -> Iterator[Item]:
        if self.settings.compares_optimum:
            yield self._optimum()
            yield self._alpha_d()
        yield self._value()
        for spec, wrong in self.settings.generators:
            yield self._generator(spec, wrong)
        for spec, control in self.settings.gradients:
            yield from gradient_lines(self, spec, control)
        yield discriminator_picture(self)
        yield training_picture(self)

    # --- D*
    # ------------------------------------------------------------------------------------------------------

    def _best(self, theory: Optimum) -> Array:
        """A theory's D* at the nodes, in the own objective's terms."""
        return self.own.comparable(theory.score(self.nodes.log_ratio))

    def _distance(self, outputs: Array, best: Array) -> Array:
        """Root-mean-square distance over (p_r + p_g)/2, in standard deviations of the own D*."""
        own = self._best(self.own)
        variance = self.half @ own**2 - (self.half @ own) ** 2
        return np.asarray(np.sqrt((outputs - best) ** 2 @ self.half / variance))

    def _optimum(self) -> Prediction:
        best, tolerance = self._best(self.own), self.tolerance("optimum", self.settings.objective)

        def error(theory: Array, state: State) -> Array:
            return self._distance(self.own.comparable(state.scores), theory)

        def away(power: float) -> float:
            return float(self._distance(self._best(Tempered(self.own.theory, power)), best))

        power = power_apart(away, EDGE * tolerance)
        return self.norm(
            "optimum",
            self.settings.objective,
            f"RMS error of {self.own.compared} against D*, in standard deviations of D* over (p_r + p_g)/2",
            partial(error, best),
            partial(error, self._best(Tempered(self.own.theory, power))),
            power,
        )

    def _alpha_d(self) -> Prediction:
        def implied(power: float, state: State) -> Array:
            def best(at: Array) -> Array:
                return self.own.comparable(self.own.score(power * at))

            return exponent(best, self.own.comparable(state.scores), self.nodes.log_ratio, self.half)

        wrong = 1 + edge_of_factor(self.tolerance("alpha_D", self.settings.objective))
        return self.factor(
            "alpha_D",
            self.settings.objective,
            f"k with D*(u^k) nearest to the trained {self.own.compared}: alpha_D as a factor of the theory's",
            partial(implied, 1.0),
            partial(implied, wrong),
            wrong,
        )

    # --- values
    # --------------------------------------------------------------------------------------------------

    def _value(self) -> Prediction:
        functions, spec = self.own.functions, self.settings.objective
        supremum = self.own.supremum(self.pair)
        return self._expectation(
            "value",
            spec,
            "discriminator's value E_r A + E_g B, near its supremum D_{f_D} + const",
            self.own,
            (functions.A, functions.B),
            predicted=supremum,
            divergence=supremum + self.own.ideal_loss,
            power_of="D_{f_D}",
            wrong=optimum(self.settings.control).divergence(self.pair, "discriminator") - self.own.ideal_loss,
            description=f"D_{{f_D}} of {self.settings.control}",
        )

    def _generator(self, spec: str, wrong: Wrong) -> Prediction:
        theory = optimum(spec)
        divergence = theory.divergence(self.pair, "equilibrium")
        return self._expectation(
            "generator",
            spec,
            "generator's value E_r R + E_g S at the trained discriminator, near D_f + const",
            theory,
            (theory.functions.R, theory.functions.S),
            predicted=divergence + theory.generator_constant,
            divergence=divergence,
            power_of="D_f",
            wrong=optimum(wrong.spec).divergence(self.pair, wrong.kind) + theory.generator_constant,
            description=wrong.description if wrong.kind == "flow" else f"D_f of {wrong.description}",
        )

    def _expectation(
        self,
        kind: str,
        spec: str,
        quantity: str,
        theory: Optimum,
        functions: tuple[Callable[[Array], Array], Callable[[Array], Array]],
        *,
        predicted: float,
        divergence: float,
        power_of: str,
        wrong: float,
        description: str,
    ) -> Prediction:
        """E_r[real(v)] + E_g[generated(v)] of each network, `functions` being the two."""
        at, (real, generated) = self.nodes, functions
        best = theory.score(at.log_ratio)
        known = self.pair.expectation(lambda t: real(theory.score(t)), lambda t: generated(theory.score(t)))

        def beyond(state: State) -> Array:
            """What each node adds to the value at v*, (seeds, n)."""
            with np.errstate(over="ignore", invalid="ignore"):
                gap = at.real * (real(state.scores) - real(best))
                return np.asarray(gap + at.generated * (generated(state.scores) - generated(best)))

        def value(state: State) -> Array:
            return np.asarray(known + beyond(state).sum(1))

        reach = self.tolerance(kind, spec) * abs(divergence)
        return self._prediction(
            kind,
            spec,
            quantity,
            value,
            **beside_wrong_theory(
                self.context.joint.median(value(self.trained)),
                (predicted, about(predicted, reach)),
                (wrong, about(wrong, reach)),
                description,
            ),
            undecided=heavy_tails(predicted, beyond(self.trained)[:, ~at.trained].sum(1), reach),
            power_unit=abs(divergence),
            power_of=power_of,
        )

    # --- lines
    # ---------------------------------------------------------------------------------------------------

    def factor(
        self, kind: str, spec: str, quantity: str, reading: Reading, mistaken: Reading, wrong: float
    ) -> Prediction:
        """A parameter that a network implies, as a factor of the theory's: 1 is right. The control reads the
        same parameter by a theory that has it wrong by the factor `wrong`."""
        right = 1.0, about(1.0, self.tolerance(kind, spec))
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
        return self._prediction(
            kind, spec, quantity, reading, **control, power_unit=power_unit, power_of=parameter
        )

    def _prediction(
        self, kind: str, spec: str, quantity: str, reading: Reading, undecided: str = "", **numbers: Any
    ) -> Prediction:
        identifier = f"{kind}/{slug(spec)}/{self.settings.where}"
        values = reading(self.trained)
        reach = self.settings.tolerance(identifier) * (numbers.get("power_unit") or 1.0)
        return Prediction(
            id=identifier,
            quantity=quantity,
            objective=spec,
            expected=dict(self.settings.expected).get(
                identifier, "agrees" if self.settings.recorded_verdicts else None
            ),
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


def heavy_tails(predicted: float, outside: Array, reach: float) -> str:
    """Why an expectation cannot be measured; "" if it can.

    Args:
        predicted: by theory.
        outside: what of each network's distance comes from points that training does not cover.
        reach: the tolerance.
    """
    if not np.isfinite(predicted):
        return "heavy tails: the predicted value is infinite"
    if not np.isfinite(outside).all():
        return "heavy tails: the value overflows where training sees no mass"
    worst = float(np.abs(outside).max())
    if worst <= _TAIL * reach:
        return ""
    return f"heavy tails: {100 * worst / reach:.0f} % of the tolerance come from where training sees no mass"
