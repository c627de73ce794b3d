"""What theory says of trained discriminators, measured on fresh samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.validation.fitted import along, exponent
from gantheory.validation.optimum import Optimum, optimum, slug
from gantheory.validation.outcome import Context, Item, Picture
from gantheory.validation.pairs import Pair
from gantheory.validation.prediction import Control, Prediction, Range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gantheory.training import FittedDiscriminator
    from gantheory.validation.discriminator_fit import DiscriminatorFit, Wrong

    Array = NDArray[np.float64]

_DECADES = (0.005, 0.5)
"""Range of D* over which gradients are compared: two decades."""

_BINS = 20
"""Bins in log D*, each of the same weight, so that small D counts as much as large."""

_POINTS_PER_BIN = 40

EDGE = 2.5
"""Tolerances by which the theory of a control is wrong: half the region, half the interval, and half more."""

HEAVY = 0.2
"""Share of one sample in the sum of squares beyond which a mean is not measured."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A trained discriminator on fresh samples, n of each distribution for each seed alone."""

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
    def samples(self) -> tuple[Array, Array]:
        """Real and generated points, each (seeds, n, d)."""
        rng = np.random.default_rng([self.context.seed, 0x9E3779B9])
        shape = (len(self.fit.seeds), self.settings.held_out, self.pair.dimension)
        count = shape[0] * shape[1]
        return (
            self.pair.real.sample(count, rng).reshape(shape),
            self.pair.generated.sample(count, rng).reshape(shape),
        )

    @cached_property
    def log_ratios(self) -> tuple[Array, Array]:
        """log p_r/p_g at the samples, each (seeds, n)."""
        return self._each(self.pair.log_ratio, self.samples[0]), self._each(
            self.pair.log_ratio, self.samples[1]
        )

    @cached_property
    def scores(self) -> tuple[Array, Array]:
        """Trained scores, each seed's at its own samples, (seeds, n)."""
        return own_rows(self.fit.scores, self.samples[0]), own_rows(self.fit.scores, self.samples[1])

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

    def _optimum(self) -> Prediction:
        right = self._error(self.own)
        wrong = self._error(optimum(self.settings.control))
        region = (0.0, self.settings.error_tolerance)
        measured, interval = self.context.joint.mean(right, floor=0.0)
        control_measured, control_interval = self.context.joint.mean(wrong, floor=0.0)
        return self._prediction(
            "optimum",
            self.settings.objective,
            f"RMS error of {self.own.compared} against D*, in standard deviations of D* over (p_r + p_g)/2",
            predicted=0.0,
            region=region,
            measured=measured,
            interval=interval,
            control=Control(
                description=f"D* of {self.settings.control}",
                predicted=0.0,
                region=region,
                measured=control_measured,
                interval=control_interval,
            ),
        )

    def _error(self, theory: Optimum) -> Array:
        """Error of each seed against this theory's D*, in the own objective's terms."""
        best = [self.own.comparable(theory.score(t)) for t in self.log_ratios]
        trained = [self.own.comparable(v) for v in self.scores]
        squared = np.concatenate([(a - b) ** 2 for a, b in zip(trained, best, strict=True)], axis=1)
        scale = np.concatenate(best, axis=1).std()
        return np.asarray(np.sqrt(squared.mean(1)) / scale)

    def _alpha_d(self) -> Prediction:
        t = np.concatenate(self.log_ratios, axis=1)
        trained = self.own.comparable(np.concatenate(self.scores, axis=1))
        implied = exponent(lambda at: self.own.comparable(self.own.score(at)), trained, t)
        return self._factor(
            "alpha_D",
            self.settings.objective,
            f"k with D*(u^k) nearest to the trained {self.own.compared}: alpha_D as a factor of the theory's",
            implied,
            self.settings.alpha_d_tolerance,
        )

    # --- values
    # --------------------------------------------------------------------------------------------------

    def _value(self) -> Prediction:
        functions = self.own.functions
        value, parts = self._expectation(self.own, functions.A, functions.B)
        supremum = self.own.supremum(self.pair)
        divergence = supremum + self.own.ideal_loss
        wrong = optimum(self.settings.control).divergence(self.pair, "discriminator") - self.own.ideal_loss
        measured, interval = self.context.joint.mean(value)
        reach = self.settings.value_tolerance
        return self._prediction(
            "value",
            self.settings.objective,
            "discriminator's value E_r A + E_g B, below its supremum D_{f_D} + const",
            predicted=supremum,
            region=below(supremum, reach * divergence),
            measured=measured,
            interval=interval,
            undecided=heavy_tails(supremum, parts, reach * divergence) or self.undertrained,
            power_unit=abs(divergence),
            power_of="D_{f_D}",
            control=Control(
                description=f"D_{{f_D}} of {self.settings.control}",
                predicted=wrong,
                region=below(wrong, reach * divergence),
                measured=measured,
                interval=interval,
            ),
        )

    def _generator(self, spec: str, wrong: Wrong) -> Prediction:
        theory = optimum(spec)
        value, parts = self._expectation(theory, theory.functions.R, theory.functions.S)
        divergence = theory.divergence(self.pair, "equilibrium")
        predicted = divergence + theory.generator_constant
        mistaken = optimum(wrong.spec).divergence(self.pair, wrong.kind) + theory.generator_constant
        reach = self.settings.generator_tolerance * abs(divergence)
        region_of = below if theory.objective.zero_sum else about
        measured, interval = self.context.joint.mean(value)
        return self._prediction(
            "generator",
            spec,
            "generator's value E_r R + E_g S at the trained discriminator, near D_f + const",
            predicted=predicted,
            region=region_of(predicted, reach),
            measured=measured,
            interval=interval,
            undecided=heavy_tails(predicted, parts, reach) or self.undertrained,
            power_unit=abs(divergence),
            power_of="D_f",
            control=Control(
                description=wrong.description if wrong.kind == "flow" else f"D_f of {wrong.description}",
                predicted=mistaken,
                region=region_of(mistaken, reach),
                measured=measured,
                interval=interval,
            ),
        )

    def _expectation(
        self, theory: Optimum, real: Callable[[Array], Array], generated: Callable[[Array], Array]
    ) -> tuple[Array, tuple[Array, Array]]:
        """E_r[real(v)] + E_g[generated(v)] of each seed on its fresh samples, and the samples' differences.

        The same functions of v* serve as a control variate: their expectation is known by quadrature, and
        their fluctuation over the samples is nearly that of the trained score's. The estimate is unbiased for
        any v*.
        """
        known = self.pair.expectation(lambda t: real(theory.score(t)), lambda t: generated(theory.score(t)))
        (v_real, v_generated), (t_real, t_generated) = self.scores, self.log_ratios
        parts = (
            real(v_real) - real(theory.score(t_real)),
            generated(v_generated) - generated(theory.score(t_generated)),
        )
        return np.asarray(known + parts[0].mean(1) + parts[1].mean(1)), parts

    # --- gradients
    # -----------------------------------------------------------------------------------------------

    def _gradient(self, spec: str, control: str) -> tuple[Prediction, Prediction, Picture]:
        theory, wrong = optimum(spec), optimum(control)
        points = self.samples[1].reshape(-1, self.pair.dimension)
        t = self.pair.log_ratio(points)
        d = probability(self.own, t)
        kept = (d >= _DECADES[0]) & (d <= _DECADES[1])
        points, t, d = points[kept], t[kept], d[kept]
        bins = np.minimum(
            _BINS - 1, (np.log(d / _DECADES[0]) / np.log(_DECADES[1] / _DECADES[0]) * _BINS).astype(int)
        )
        # A few points per bin are enough: the error lies in the network and not in the sample of points.
        chosen = np.concatenate([np.flatnonzero(bins == b)[:_POINTS_PER_BIN] for b in range(_BINS)])
        points, t, d, bins = points[chosen], t[chosen], d[chosen], bins[chosen]

        towards = self.pair.log_ratio_gradient(points)
        slope = theory.functions.S.derivative(self.fit.scores(points))
        trained = slope[..., None] * self.fit.score_gradients(points)
        in_bin = (bins == np.arange(_BINS)[:, None]).astype(np.float64)
        in_bin = in_bin[in_bin.any(1)]
        region = (0.0, self.settings.gradient_tolerance)

        def relative_error(factor: Array) -> Array:
            # Relative to the bin's mean square and not point by point: grad log u has zeros.
            exact = factor[:, None] * towards
            squared = ((trained - exact) ** 2).sum(-1) @ in_bin.T
            return np.asarray(np.sqrt((squared / ((exact**2).sum(-1) @ in_bin.T)).mean(-1)))

        right, mistaken = theory.saturation(t), wrong.saturation(t)
        measured, interval = self.context.joint.mean(relative_error(right), floor=0.0)
        control_measured, control_interval = self.context.joint.mean(relative_error(mistaken), floor=0.0)
        prediction = self._prediction(
            "gradient",
            spec,
            f"relative error of the trained discriminator's ∇S(v) against s(D*) ∇log(p_r/p_g), "
            f"RMS over D* from {_DECADES[0]} to {_DECADES[1]}",
            predicted=0.0,
            region=region,
            measured=measured,
            interval=interval,
            control=Control(
                description=f"saturation factor of {control}",
                predicted=0.0,
                region=region,
                measured=control_measured,
                interval=control_interval,
            ),
        )
        weights = (in_bin / ((right[:, None] * towards) ** 2).sum(-1).dot(in_bin.T)[:, None]).sum(0)
        wrong_by_one = (right * self._per_alpha_g(theory, d))[:, None] * towards
        implied = 1 + along(trained, right[:, None] * towards, wrong_by_one, weights)
        reading = self._factor(
            "alpha_G",
            spec,
            "alpha_G that the gradient of the trained discriminator implies, as a factor of the theory's",
            implied,
            self.settings.alpha_g_tolerance,
        )
        sign = np.sign(np.median(right))
        counts = in_bin.sum(1)
        squares = (towards**2).sum(-1) @ in_bin.T
        picture = Picture(
            id=prediction.id,
            kind="saturation",
            title=spec,
            caption=f"Gradient that the trained discriminator passes to the generator of {spec}, over D*.",
            data={
                "d": np.exp(in_bin @ np.log(d) / counts),
                "predicted": np.exp(in_bin @ np.log(np.abs(right)) / counts),
                "measured": sign * ((trained * towards).sum(-1) @ in_bin.T) / squares,
                "control": np.exp(in_bin @ np.log(np.abs(mistaken)) / counts),
                "control_label": f"control: {control}",
            },
        )
        return prediction, reading, picture

    def _per_alpha_g(self, theory: Optimum, d: Array) -> Array:
        """d log|s|/d log alpha_G: in an (alpha_D, alpha_G) game s holds D^(-1/alpha_G), or (1 - D) where it
        saturates. Other objectives are held against the same change of shape at alpha_G = 1."""
        parameters = dict(theory.objective.parameters)
        alpha_g = float(parameters.get("alpha_g", 1.0))
        other = d if not theory.objective.saturating else 1 - d
        return np.asarray(np.log(other) / min(alpha_g, 1e6))

    def _factor(self, kind: str, spec: str, quantity: str, implied: Array, tolerance: float) -> Prediction:
        """A parameter that a network implies, as a factor of the theory's: 1 is right, and a theory that is
        wrong by `EDGE` tolerances is the control, at the edge of what the line can tell."""
        measured, interval = self.context.joint.mean(implied)
        wrong = 1 + EDGE * tolerance
        return self._prediction(
            kind,
            spec,
            quantity,
            predicted=1.0,
            region=about(1.0, tolerance),
            measured=measured,
            interval=interval,
            control=Control(
                description=f"{kind} wrong by {100 * EDGE * tolerance:.3g} %",
                predicted=wrong,
                region=about(wrong, tolerance),
                measured=measured,
                interval=interval,
            ),
            power_unit=1.0,
            power_of=kind,
        )

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
                "control_label": f"control: D* of {self.settings.control}",
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
            caption=f"Value of the discriminator of {self.settings.objective} on its training batches.",
            data={
                "steps": table.index.to_numpy(),
                "values": -table.to_numpy().T,
                "limit": self.own.supremum(self.pair),
                "ylabel": "E_r A + E_g B (nats)",
            },
        )

    def _each(self, function: Callable[[Array], Array], points: Array) -> Array:
        return function(points.reshape(-1, points.shape[-1])).reshape(points.shape[:-1])

    def _prediction(self, kind: str, spec: str, quantity: str, **numbers: Any) -> Prediction:
        identifier = f"{kind}/{slug(spec)}/{self.settings.where}"
        return Prediction(
            id=identifier,
            quantity=quantity,
            objective=spec,
            expected=dict(self.settings.expected).get(
                identifier, "agrees" if self.settings.recorded_verdicts else None
            ),
            basis=f"{len(self.fit.seeds)} seeds",
            **({"undecided": self.undertrained} | numbers),
        )

    @cached_property
    def undertrained(self) -> str:
        """Why the networks are not at their own optimum yet, by the objective's slopes alone; "" if they are.

        At a maximum of E_r A(v) + E_g B(v) no rescaling a v + b of the scores would gain anything. Newton's
        step in (a, b), which no theory of v* enters, says how far off each network is; beyond the tolerance
        of alpha_D, which is a scale of the scores, no theory can be blamed.
        """
        if not self.own.smooth:
            return ""
        a, b = self.own.functions.A.derivative, self.own.functions.B.derivative
        steps = []
        for real, fake in zip(*self.scores, strict=True):
            first = [
                np.concatenate([a(real), b(fake)]),
                np.concatenate([a.derivative(real), b.derivative(fake)]),
            ]
            v = np.concatenate([real, fake])
            scale = v.std() or 1.0
            basis = np.stack([(v - v.mean()) / scale, np.ones_like(v)])
            hessian = (basis * first[1]) @ basis.T
            steps.append(np.linalg.lstsq(hessian, -basis @ first[0], rcond=None)[0] / scale)
        lows = [self.context.joint.mean(column)[1] for column in np.array(steps).T]
        off = max(max(low, -high, 0.0) for low, high in lows)
        if not np.isfinite(steps).all() or not off > self.settings.alpha_d_tolerance:
            return ""
        return f"undertrained: a rescaling of the scores by {100 * off:.2g} % would still raise the value"


def heavy_tails(predicted: float, parts: tuple[Array, ...], reach: float) -> str:
    """Why an expectation cannot be measured on these samples; "" if it can.

    Where one sample of thousands carries a good part of all squares and moves its mean by more than the
    tolerance, the mean has no useful variance, and an interval from it covers nothing.
    """
    if not np.isfinite(predicted):
        return "heavy tails: the predicted value is infinite"
    squares = max((part**2 for part in parts), key=lambda part: float(part.sum()))
    if not np.isfinite(squares).all():
        return "heavy tails: a sample's share of the value overflows"
    total = float(squares.sum())
    share = float(squares.max()) / total if total > 0 else 0.0
    if share <= HEAVY or np.sqrt(squares.max()) / squares.shape[-1] <= reach:
        return ""
    return f"heavy tails: one sample of {squares.size} carries {100 * share:.0f} % of the squares"


def own_rows(function: Callable[[Array], Array], points: Array) -> Array:
    """Evaluate network k on its own points: points (seeds, n, d) -> (seeds, n).

    Networks that shared their test points would share the error of the sample, and the interval over seeds
    would miss it.
    """
    return np.stack([function(own)[k] for k, own in enumerate(points)])


def probability(theory: Optimum, t: Array) -> Array:
    """D* where it is a probability, else u/(1 + u): the horizontal axis of saturation landscapes."""
    d = theory.functions.link(theory.score(t))
    ends = theory.functions.link(theory.score(np.array([-50.0, 50.0])))
    if np.all((ends >= 0) & (ends <= 1)):
        return np.asarray(d)
    return np.asarray(1 / (1 + np.exp(-t)))


def below(limit: float, reach: float) -> Range:
    """Region of a limit that is approached from below; a fifth of the tolerance is left above it, for the
    error of sampling. All numbers where the limit is infinite or unknown."""
    if not np.isfinite(limit + reach):
        return (-np.inf, np.inf)
    return (limit - reach, limit + 0.2 * reach)


def about(limit: float, reach: float) -> Range:
    """Region of a limit that is approached from either side; all numbers where it is infinite or unknown."""
    if not np.isfinite(limit + reach):
        return (-np.inf, np.inf)
    return (limit - reach, limit + reach)
