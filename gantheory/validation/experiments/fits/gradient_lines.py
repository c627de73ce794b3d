"""What theory says of the gradient that a trained discriminator passes to a generator, measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.validation.experiments.fits.alphas import EDGE, power_apart, shape
from gantheory.validation.experiments.fits.comparison import Comparison, State
from gantheory.validation.experiments.optimum import Optimum, Tempered, optimum, slug
from gantheory.validation.predictions.outcome import Item, Picture

_DECADES = (0.005, 0.5)
"""Range of D* over which gradients are compared: two decades."""

_BINS = 20
"""Bins in log D*, each of the same weight, so that small D counts as much as large."""


def gradient_lines(fit: Comparison, spec: str, control: str, *, over_decades: bool) -> Iterator[Item]:
    """The gradient that trained discriminators pass to a generator, in alpha_G, and over D if asked for."""
    theory = optimum(spec)
    d = probability(fit.own, fit.nodes.log_ratio)
    # Below the two decades nothing is resolved.
    seen = (d >= _DECADES[0]) & (fit.nodes.generated > 0)
    d, t, towards = d[seen], fit.nodes.log_ratio[seen], fit.towards[seen]
    weights = fit.nodes.generated[seen]
    right = theory.saturation(t)

    def passed_on(state: State) -> Array:
        slope = theory.functions.S.derivative(state.scores[:, seen])
        return np.asarray(slope[..., None] * state.gradients[:, seen])

    if over_decades:
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
            return Tempered(theory.theory, power).saturation(t)

        def away(power: float) -> float:
            return float(relative(tempered(power)[:, None] * towards, right))

        power = power_apart(away, EDGE * fit.tolerance("gradient", spec))
        mistaken = tempered(power)
        yield fit.norm(
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
        factors = (passed_on(fit.trained) * towards).sum(-1) / np.maximum((towards**2).sum(-1), 1e-300)
        shown = optimum(control).saturation(t)
        yield Picture(
            id=f"gradient/{slug(spec)}/{fit.settings.where}",
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
    logs = _logs_per_alpha_g(theory, d)

    def implied(factor: float, state: State) -> Array:
        exact = right * np.exp((1 - 1 / factor) * logs)
        return shape(passed_on(state), exact[:, None] * towards, logs / factor, weights)

    yield fit.factor(
        "alpha_G",
        spec,
        "alpha_G that the gradient of the trained discriminator implies, as a factor of the theory's",
        implied,
    )


def _logs_per_alpha_g(theory: Optimum, d: Array) -> Array:
    """l with s(alpha_G kappa) = s(alpha_G) e^((1 - 1/kappa) l): in an (alpha_D, alpha_G) game s holds
    D^(-1/alpha_G), or (1 - D) where it saturates. Other objectives are held against the same change of
    shape at alpha_G = 1."""
    alpha_g = float(dict(theory.objective.parameters).get("alpha_g", 1.0))
    other = d if not theory.objective.saturating else 1 - d
    return np.asarray(np.log(np.maximum(other, 1e-15)) / (alpha_g if np.isfinite(alpha_g) else 1.0))


def probability(theory: Optimum, t: Array) -> Array:
    """D* where it is a probability, else u/(1 + u): the horizontal axis of saturation landscapes."""
    d = theory.functions.link(theory.score(t))
    ends = theory.functions.link(theory.score(np.array([-50.0, 50.0])))
    if np.all((ends >= 0) & (ends <= 1)):
        return np.asarray(d)
    return np.asarray(1 / (1 + np.exp(-t)))
