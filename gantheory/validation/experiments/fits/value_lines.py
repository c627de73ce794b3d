"""What theory says of trained discriminators and of their values: D*, alpha_D, D_{f_D} and D_f."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.kinds import Kind
from gantheory.validation.experiments.fits.alphas import EDGE, exponent, power_apart
from gantheory.validation.experiments.fits.comparison import Comparison, State
from gantheory.validation.experiments.optimum import Optimum, Tempered, optimum
from gantheory.validation.predictions.prediction import Prediction, about, beside_wrong_theory

_TAIL = 0.5
"""Share of the tolerance beyond which points that training does not see decide about a value."""


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A wrong theory on purpose: another objective, or the flow divergence D_h where D_f belongs."""

    spec: str
    kind: Kind = "equilibrium"

    @property
    def description(self) -> str:
        """In words."""
        return f"D_h in place of D_f, {self.spec}" if self.kind == "flow" else self.spec


def optimum_line(fit: Comparison) -> Prediction:
    """D itself beside D*: the root-mean-square distance over (p_r + p_g)/2, in standard deviations of D*."""

    def best(theory: Optimum) -> Array:
        return fit.own.comparable(theory.score(fit.nodes.log_ratio))

    right = best(fit.own)
    variance = fit.half @ right**2 - (fit.half @ right) ** 2

    def distance(outputs: Array, theory: Array) -> Array:
        return np.asarray(np.sqrt((outputs - theory) ** 2 @ fit.half / variance))

    def error(theory: Array, state: State) -> Array:
        return distance(fit.own.comparable(state.scores), theory)

    def away(power: float) -> float:
        return float(distance(best(Tempered(fit.own.theory, power)), right))

    spec = fit.settings.objective
    power = power_apart(away, EDGE * fit.tolerance("optimum", spec))
    return fit.norm(
        "optimum",
        spec,
        f"RMS error of {fit.own.compared} against D*, in standard deviations of D* over (p_r + p_g)/2",
        partial(error, right),
        partial(error, best(Tempered(fit.own.theory, power))),
        power,
    )


def alpha_d_line(fit: Comparison) -> Prediction:
    """The power of u whose D* is nearest to the trained D."""

    def implied(power: float, state: State) -> Array:
        def best(at: Array) -> Array:
            return fit.own.comparable(fit.own.score(power * at))

        return exponent(best, fit.own.comparable(state.scores), fit.nodes.log_ratio, fit.half)

    quantity = (
        f"k with D*(u^k) nearest to the trained {fit.own.compared}: alpha_D as a factor of the theory's"
    )
    return fit.factor("alpha_D", fit.settings.objective, quantity, implied)


def value_line(fit: Comparison, control: str) -> Prediction:
    """The discriminator's value beside its supremum; the control is the supremum of another objective."""
    functions, supremum = fit.own.functions, fit.own.supremum(fit.pair)
    return _expectation(
        fit,
        "value",
        fit.settings.objective,
        "discriminator's value E_r A + E_g B, near its supremum D_{f_D} + const",
        fit.own,
        (functions.A, functions.B),
        predicted=supremum,
        divergence=supremum + fit.own.ideal_loss,
        power_of="D_{f_D}",
        wrong=optimum(control).divergence(fit.pair, "discriminator") - fit.own.ideal_loss,
        description=f"D_{{f_D}} of {control}",
    )


def generator_line(fit: Comparison, spec: str, wrong: Wrong) -> Prediction:
    """The value of a generator with this discriminator beside D_f."""
    theory = optimum(spec)
    divergence = theory.divergence(fit.pair, "equilibrium")
    return _expectation(
        fit,
        "generator",
        spec,
        "generator's value E_r R + E_g S at the trained discriminator, near D_f + const",
        theory,
        (theory.functions.R, theory.functions.S),
        predicted=divergence + theory.generator_constant,
        divergence=divergence,
        power_of="D_f",
        wrong=optimum(wrong.spec).divergence(fit.pair, wrong.kind) + theory.generator_constant,
        description=wrong.description if wrong.kind == "flow" else f"D_f of {wrong.description}",
    )


def _expectation(
    fit: Comparison,
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
    at, (real, generated) = fit.nodes, functions
    best = theory.score(at.log_ratio)
    known = fit.pair.expectation(lambda t: real(theory.score(t)), lambda t: generated(theory.score(t)))

    def beyond(state: State) -> Array:
        """What each node adds to the value at v*, (seeds, n)."""
        with np.errstate(over="ignore", invalid="ignore"):
            gap = at.real * (real(state.scores) - real(best))
            return np.asarray(gap + at.generated * (generated(state.scores) - generated(best)))

    def value(state: State) -> Array:
        return np.asarray(known + beyond(state).sum(1))

    reach = fit.tolerance(kind, spec) * abs(divergence)
    return fit.prediction(
        kind,
        spec,
        quantity,
        value,
        **beside_wrong_theory(
            fit.context.joint.median(value(fit.trained)),
            (predicted, about(predicted, reach)),
            (wrong, about(wrong, reach)),
            description,
        ),
        undecided=heavy_tails(predicted, beyond(fit.trained)[:, ~at.trained].sum(1), reach),
        power_unit=abs(divergence),
        power_of=power_of,
    )


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
