"""What theory says of trained discriminators, measured under the exact densities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arrays import Array
from gantheory.validation.experiments.fitted import exponent, power_apart, shape
from gantheory.validation.experiments.optimum import Optimum, Tempered, optimum, slug
from gantheory.validation.experiments.pairs import Nodes, Pair
from gantheory.validation.predictions.outcome import Context, Item, Picture
from gantheory.validation.predictions.prediction import (
    Prediction,
    about,
    beside_wrong_reading,
    beside_wrong_theory,
)

if TYPE_CHECKING:
    from gantheory.training import FittedDiscriminator
    from gantheory.validation.experiments.discriminator_fit import DiscriminatorFit, Wrong


_DECADES = (0.005, 0.5)
"""Range of D* over which gradients are compared: two decades."""

_BINS = 20
"""Bins in log D*, each of the same weight, so that small D counts as much as large."""

EDGE = 2.0
"""Tolerances by which the theory of a control is wrong. A line that agrees has its interval within one of the
theory, and so off the region of any theory that is two away: the edge of what it can tell."""

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
            yield from self._gradient(spec, control)
        yield self._picture()
        yield self._training_picture()

    # --- D*
    # ------------------------------------------------------------------------------------------------------

    def _tempered(self, theory: Optimum, power: float) -> Tempered:
        return Tempered(theory.theory, power)

    def _best(self, theory: Optimum) -> Array:
        """A theory's D* at the nodes, in the own objective's terms."""
        return self.own.comparable(theory.score(self.nodes.log_ratio))

    def _distance(self, outputs: Array, best: Array) -> Array:
        """Root-mean-square distance over (p_r + p_g)/2, in standard deviations of the own D*."""
        own = self._best(self.own)
        variance = self.half @ own**2 - (self.half @ own) ** 2
        return np.asarray(np.sqrt((outputs - best) ** 2 @ self.half / variance))

    def _optimum(self) -> Prediction:
        best, tolerance = self._best(self.own), self._tolerance("optimum", self.settings.objective)

        def error(theory: Array, state: State) -> Array:
            return self._distance(self.own.comparable(state.scores), theory)

        def away(power: float) -> float:
            return float(self._distance(self._best(self._tempered(self.own, power)), best))

        power = power_apart(away, EDGE * tolerance)
        return self._norm(
            "optimum",
            self.settings.objective,
            f"RMS error of {self.own.compared} against D*, in standard deviations of D* over (p_r + p_g)/2",
            partial(error, best),
            partial(error, self._best(self._tempered(self.own, power))),
            power,
        )

    def _alpha_d(self) -> Prediction:
        def implied(power: float, state: State) -> Array:
            def best(at: Array) -> Array:
                return self.own.comparable(self.own.score(power * at))

            return exponent(best, self.own.comparable(state.scores), self.nodes.log_ratio, self.half)

        wrong = 1 + edge_of_factor(self._tolerance("alpha_D", self.settings.objective))
        return self._factor(
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

        reach = self._tolerance(kind, spec) * abs(divergence)
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

    # --- gradients
    # -----------------------------------------------------------------------------------------------

    def _gradient(self, spec: str, control: str) -> Iterator[Item]:
        theory = optimum(spec)
        d = probability(self.own, self.nodes.log_ratio)
        # Below the two decades nothing is resolved.
        seen = (d >= _DECADES[0]) & (self.nodes.generated > 0)
        d, t, towards = d[seen], self.nodes.log_ratio[seen], self.towards[seen]
        weights = self.nodes.generated[seen]
        right = theory.saturation(t)

        def passed_on(state: State) -> Array:
            slope = theory.functions.S.derivative(state.scores[:, seen])
            return np.asarray(slope[..., None] * state.gradients[:, seen])

        if self.settings.over_decades:
            position = np.log(d / _DECADES[0]) / np.log(_DECADES[1] / _DECADES[0])
            bins = np.minimum(_BINS - 1, (position * _BINS).astype(int))
            in_bin = weights * (d <= _DECADES[1]) * (bins == np.arange(_BINS)[:, None])
            in_bin = in_bin[in_bin.sum(1) > 0]
            squares = in_bin @ ((right[:, None] * towards) ** 2).sum(-1)

            def relative(vectors: Array, factor: Array) -> Array:
                # Relative to the bin's mean square and not point by point: grad log u has zeros.
                squared = ((vectors - factor[:, None] * towards) ** 2).sum(-1) @ in_bin.T
                return np.asarray(np.sqrt((squared / squares).mean(-1)))

            def tempered(power: float) -> Array:
                return self._tempered(theory, power).saturation(t)

            def away(power: float) -> float:
                return float(relative(tempered(power)[:, None] * towards, right))

            power = power_apart(away, EDGE * self._tolerance("gradient", spec))
            mistaken = tempered(power)
            yield self._norm(
                "gradient",
                spec,
                f"relative error of the trained discriminator's ∇S(v) against s(D*) ∇log(p_r/p_g), "
                f"RMS over D* from {_DECADES[0]} to {_DECADES[1]}",
                lambda state: relative(passed_on(state), right),
                lambda state: relative(passed_on(state), mistaken),
                power,
            )
            # Means of the factors along grad log u, weighted by its square, as least squares would.
            share = in_bin * (towards**2).sum(-1)
            share /= share.sum(1, keepdims=True)
            factors = (passed_on(self.trained) * towards).sum(-1) / np.maximum((towards**2).sum(-1), 1e-300)
            shown = optimum(control).saturation(t)
            yield Picture(
                id=f"gradient/{slug(spec)}/{self.settings.where}",
                kind="saturation",
                title=spec,
                caption=f"Gradient that the trained discriminator passes to the generator of {spec} over D*.",
                data={
                    "d": np.exp(share @ np.log(d)),
                    "predicted": share @ np.abs(right),
                    "measured": np.sign(np.median(right)) * factors @ share.T,
                    "control": share @ np.abs(shown),
                    "control_label": f"|s| of {control}",
                },
            )

        # Weighted as the generator's samples see it.
        logs = self._logs_per_alpha_g(theory, d)
        wrong = 1 + edge_of_factor(self._tolerance("alpha_G", spec))

        def implied(factor: float, state: State) -> Array:
            exact = right * np.exp((1 - 1 / factor) * logs)
            return shape(passed_on(state), exact[:, None] * towards, logs / factor, weights)

        yield self._factor(
            "alpha_G",
            spec,
            "alpha_G that the gradient of the trained discriminator implies, as a factor of the theory's",
            partial(implied, 1.0),
            partial(implied, wrong),
            wrong,
        )

    def _logs_per_alpha_g(self, theory: Optimum, d: Array) -> Array:
        """l with s(alpha_G kappa) = s(alpha_G) e^((1 - 1/kappa) l): in an (alpha_D, alpha_G) game s holds
        D^(-1/alpha_G), or (1 - D) where it saturates. Other objectives are held against the same change of
        shape at alpha_G = 1."""
        alpha_g = float(dict(theory.objective.parameters).get("alpha_g", 1.0))
        other = d if not theory.objective.saturating else 1 - d
        return np.asarray(np.log(np.maximum(other, 1e-15)) / (alpha_g if np.isfinite(alpha_g) else 1.0))

    # --- lines
    # ---------------------------------------------------------------------------------------------------

    def _factor(
        self, kind: str, spec: str, quantity: str, reading: Reading, mistaken: Reading, wrong: float
    ) -> Prediction:
        """A parameter that a network implies, as a factor of the theory's: 1 is right. The control reads the
        same parameter by a theory that has it wrong by the factor `wrong`."""
        median = self.context.joint.median
        return self._prediction(
            kind,
            spec,
            quantity,
            reading,
            **beside_wrong_reading(
                (1.0, about(1.0, self._tolerance(kind, spec))),
                median(reading(self.trained)),
                median(mistaken(self.trained)),
                f"{kind} wrong by {100 * (wrong - 1):.2g} %",
                wrong - 1,
            ),
            power_unit=1.0,
            power_of=kind,
        )

    def _norm(
        self, kind: str, spec: str, quantity: str, reading: Reading, mistaken: Reading, power: float
    ) -> Prediction:
        """An error that should vanish. The control is the same theory with alpha_D wrong by the factor
        `power`, which is `EDGE` tolerances away."""
        median = self.context.joint.median
        return self._prediction(
            kind,
            spec,
            quantity,
            reading,
            **beside_wrong_reading(
                (0.0, (0.0, self._tolerance(kind, spec))),
                median(reading(self.trained)),
                median(mistaken(self.trained)),
                f"alpha_D wrong by {100 * (power - 1):.2g} %",
                power - 1,
            ),
            power_of="alpha_D",
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

    def _tolerance(self, kind: str, spec: str) -> float:
        return self.settings.tolerance(f"{kind}/{slug(spec)}/{self.settings.where}")

    # --- pictures
    # ------------------------------------------------------------------------------------------------

    def _picture(self) -> Picture:
        wrong = optimum(self.settings.control)
        kind = f"discriminator_{self.pair.dimension}d"
        label = "D(x)" if self.own.compares_outputs else "implied probability"
        if self.pair.dimension == 1:
            x = np.linspace(-4.0, 5.0, 241)
            points = x[:, None]
        else:
            x = np.linspace(-3.5, 4.0, 76)
            points = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
        t = self.pair.log_ratio(points)
        trained = self.own.comparable(self.fit.scores(points))
        data: dict[str, Any] = {"x": x, "optimal": self.own.comparable(self.own.score(t)), "label": label}
        if self.pair.dimension == 1:
            data |= {
                "trained": trained,
                "real": self.pair.real.density(points),
                "generated": self.pair.generated.density(points),
                "control": self.own.comparable(wrong.score(t)),
                "control_label": f"D* of {self.settings.control}",
            }
        else:
            data |= {"y": x, "trained": trained.mean(0).reshape(len(x), -1)}
            data["optimal"] = data["optimal"].reshape(len(x), -1)
        return Picture(
            id=f"discriminator/{slug(self.settings.objective)}/{self.settings.where}",
            kind=kind,
            title=self.settings.objective,
            caption=f"Trained discriminators of {self.settings.objective} beside D*.",
            data=data,
        )

    def _training_picture(self) -> Picture:
        table = self.fit.history.pivot(index="step", columns="seed", values="loss")
        return Picture(
            id=f"training/{slug(self.settings.objective)}/{self.settings.where}",
            kind="value_convergence",
            title=self.settings.objective,
            caption=f"Value of the discriminator of {self.settings.objective} on the lattice of each step, "
            "whose sums scatter about the expectations: a step may lie above their supremum.",
            data={
                "steps": table.index.to_numpy(),
                "values": -table.to_numpy().T,
                "limit": self.own.supremum(self.pair),
                "ylabel": "E_r A + E_g B (nats)",
            },
        )


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


def edge_of_factor(tolerance: float) -> float:
    """The relative error of a parameter at which its reading is off the region wherever the right one's is
    inside: (1 - tolerance)(1 + error) = 1 + tolerance."""
    return EDGE * tolerance / (1 - tolerance) * (1 + 1e-9) + 1e-12


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


def probability(theory: Optimum, t: Array) -> Array:
    """D* where it is a probability, else u/(1 + u): the horizontal axis of saturation landscapes."""
    d = theory.functions.link(theory.score(t))
    ends = theory.functions.link(theory.score(np.array([-50.0, 50.0])))
    if np.all((ends >= 0) & (ends <= 1)):
        return np.asarray(d)
    return np.asarray(1 / (1 + np.exp(-t)))
