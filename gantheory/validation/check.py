"""A user's own trained model against the theory of its objective."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float64, same_columns
from gantheory.derivation.theory import derive
from gantheory.errors import shown
from gantheory.objectives import Objective
from gantheory.reading.monitoring import measures
from gantheory.validation.experiments.optimum import Optimum
from gantheory.validation.models import answer_of, scores_of
from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.prediction import Prediction, Predictions, Range, beside_wrong_reading

_FEWEST = 100
"""Samples of each distribution below which normal intervals are not to be trusted."""

_BINS = 10

_BIAS = 4.0
"""Density ratio that the constant score stands for which is the negative control of the loss."""


def check(
    obj: Objective,
    discriminator: Callable[[Any], Any],
    real: ArrayLike,
    fake: ArrayLike,
    log_ratio: Callable[[Array], Array] | tuple[ArrayLike, ArrayLike] | None = None,
    *,
    confidence: float = 0.95,
    error_tolerance: float = 0.15,
    value_tolerance: float = 0.05,
    calibration_tolerance: float = 0.05,
) -> Predictions:
    """Compare a trained discriminator with the optimal one of its objective, on samples that it was not
    trained on.

    Always, from the scores alone:

    * ``calibration``: at the optimum a score v stands for the density ratio u = -B'(v)/A'(v), so that among
      samples with scores near v, half of them real, the share of real ones is u/(1 + u). Root-mean-square gap
      over ten bins of the score. Necessary for v = v*, and sufficient within what the score distinguishes;
      control: u squared. Left out where v* jumps (hinge): such a score stands for no ratio.
    * ``loss``: the discriminator's loss is at most the ideal loss, which a constant score attains; by how
      much it lies below is a lower bound of D_{f_D}. Control: a constant
      score that is biased to one side.

    With `log_ratio`, also:

    * ``optimum``: root-mean-square error against D*, over (p_r + p_g)/2; control: D* of the squared density
      ratio.
    * ``value``: E_r A + E_g B falls short of its value at v* by at most a share of D_{f_D}, and does not
      exceed it; control: a constant score in place of the trained one.

    Intervals are normal, over samples, and hold jointly.

    Args:
        obj: the objective that the model was trained on.
        discriminator: samples -> scores v (for a sigmoid discriminator the logits, not D); one score a
            sample. A torch module gets tensors of the floating type and on the device of its parameters
            (integers stay integers), is evaluated in evaluation mode, without gradients, and left in the mode
            in which it was; any other callable gets `real` and `fake` as they were given.
        real, fake: held-out samples, arrays or tensors of shape (n, ...) and (m, ...), at least 100 each.
        log_ratio: log p_r/p_g, as a function of samples or as arrays (at real, at fake); None where it is not
        known.
        confidence: of all intervals at once.
        error_tolerance: of D, in standard deviations of D*.
        value_tolerance: of the value, as a share of D_{f_D}.
        calibration_tolerance: of the share of real samples.

    Raises:
        TypeError: `discriminator` is not callable, or returns something else than an array of real numbers.
        ValueError: too few samples, scores of the wrong number, not finite or outside the objective's domain,
            NaN in `log_ratio`, an exception out of `discriminator` or `log_ratio`, or an objective without
            pointwise theory.
    """
    same_columns(real=real, fake=fake)
    theory = Optimum(derive(obj))
    scores = (_scores(discriminator, real, "real"), _scores(discriminator, fake, "fake"))
    for which, given in zip(("real", "fake"), scores, strict=True):
        obj.need_inside(given, f"scores of {which} samples")
    joint = Joint(8, confidence)
    found = [_calibration(theory, scores, joint, calibration_tolerance)] if theory.smooth else []
    found.append(_loss(theory, scores, joint))
    if log_ratio is not None:
        ratios = _log_ratios(log_ratio, real, fake, (len(scores[0]), len(scores[1])))
        found += [
            _optimum(theory, scores, ratios, joint, error_tolerance),
            _value(theory, scores, ratios, joint, value_tolerance),
        ]
    return Predictions(found)


def _calibration(theory: Optimum, scores: tuple[Array, Array], joint: Joint, tolerance: float) -> Prediction:
    try:
        found = measures.calibration(measures.implied_log_ratios(theory.objective, scores), _BINS)
    except ValueError:
        raise ValueError(
            f"scores leave the range in which {theory.objective} has an optimum; are they the raw scores v?"
        ) from None

    def gap(power: float) -> tuple[float, Range]:
        mean, error = found.squared_gap(power)
        low, high = joint.large_sample(mean, error)
        return math.sqrt(max(0.0, mean)), (math.sqrt(max(0.0, low)), math.sqrt(max(0.0, high)))

    return Prediction(
        id="calibration",
        quantity="RMS gap between the share of real samples at a score and the share that the score implies",
        objective=theory.objective.name,
        **beside_wrong_reading((0.0, (0.0, tolerance)), gap(1.0), gap(2.0), "the density ratio squared"),
        basis=_basis(scores),
    )


def _loss(theory: Optimum, scores: tuple[Array, Array], joint: Joint) -> Prediction:
    measured, error = measures.discriminator_loss(theory.functions, scores)
    interval = joint.large_sample(measured, error)
    ideal = theory.ideal_loss
    region = (-math.inf, ideal + 1e-9 * max(1.0, abs(ideal)))  # a constant score attains it, to rounding
    biased = theory.score(np.array([math.log(_BIAS)]))
    if not theory.smooth:
        biased = _BIAS * biased  # any score between the levels of v* attains the ideal loss
    wrong = -float((theory.functions.A(biased) + theory.functions.B(biased))[0])
    return Prediction(
        id="loss",
        quantity="discriminator's loss, at most the ideal loss of a constant score",
        objective=theory.objective.name,
        relation="<",
        **beside_wrong_reading(
            (ideal, region),
            (measured, interval),
            (wrong, (wrong, wrong)),
            "a constant score that is biased to one side",
        ),
        basis=_basis(scores),
        note=f"so D_{{f_D}} is at least {max(0.0, ideal - interval[1]):.4g}",
    )


def _optimum(
    theory: Optimum, scores: tuple[Array, Array], ratios: tuple[Array, Array], joint: Joint, tolerance: float
) -> Prediction:
    best = [theory.comparable(theory.score(t)) for t in ratios]
    trained = [theory.comparable(v) for v in scores]
    if not _pooled_deviation(best) > 0:
        raise ValueError("log_ratio is constant, so that D* has no spread to measure the error of D against")

    def error_against(reference: list[Array]) -> tuple[float, Range]:
        scale = _pooled_deviation(reference)
        squares = [(x - y) ** 2 / scale**2 for x, y in zip(trained, reference, strict=True)]
        mean = float(squares[0].mean() + squares[1].mean()) / 2
        low, high = joint.large_sample(mean, measures.standard_error(*squares) / 2)
        return math.sqrt(mean), (math.sqrt(max(0.0, low)), math.sqrt(max(0.0, high)))

    # Where v* jumps, only the side of u = 1 matters, which squaring u does not change.
    power, name = (2, "squared") if theory.smooth else (-1, "inverse")
    wrong = [theory.comparable(theory.score(power * t)) for t in ratios]
    return Prediction(
        id="optimum",
        quantity=f"RMS error of {theory.compared} against D*, in standard deviations of D*",
        objective=theory.objective.name,
        **beside_wrong_reading(
            (0.0, (0.0, tolerance)),
            error_against(best),
            error_against(wrong),
            f"D* of the {name} density ratio",
        ),
        basis=_basis(scores),
    )


def _value(
    theory: Optimum, scores: tuple[Array, Array], ratios: tuple[Array, Array], joint: Joint, tolerance: float
) -> Prediction:
    a, b = theory.functions.A, theory.functions.B
    best = [theory.score(t) for t in ratios]
    divergence = float(a(best[0]).mean() + b(best[1]).mean()) + theory.ideal_loss
    share = tolerance * max(0.0, divergence)  # of few samples of laws that are close, less than 0
    region = (-0.2 * share, share)

    def shortfall(of: tuple[Array, Array]) -> tuple[float, Range]:
        on_real, on_fake = a(best[0]) - a(of[0]), b(best[1]) - b(of[1])
        mean = float(on_real.mean() + on_fake.mean())
        return mean, joint.large_sample(mean, measures.standard_error(on_real, on_fake))

    constant = (theory.score(0 * ratios[0]), theory.score(0 * ratios[1]))
    return Prediction(
        id="value",
        quantity="shortfall of E_r A + E_g B from its supremum D_{f_D} + const",
        objective=theory.objective.name,
        **beside_wrong_reading((0.0, region), shortfall(scores), shortfall(constant), "a constant score"),
        basis=_basis(scores),
        note=f"D_{{f_D}} is {divergence:.4g} on these samples; the tolerance is {100 * tolerance:g} % of it",
    )


def _scores(discriminator: Callable[[Any], Any], samples: Any, name: str) -> Array:
    if not hasattr(samples, "__len__"):
        raise TypeError(f"{name} must be an array of samples, got {shown(samples)}")
    count = len(samples)
    if count < _FEWEST:
        raise ValueError(f"{name} must hold at least {_FEWEST} samples, got {count}")
    return scores_of(discriminator, samples, name)


def _log_ratios(log_ratio: Any, real: Any, fake: Any, counts: tuple[int, int]) -> tuple[Array, Array]:
    if callable(log_ratio):
        pairs = ((real, "real"), (fake, "fake"))
        given: tuple[Any, ...] = tuple(answer_of(log_ratio, x, "log_ratio", name) for x, name in pairs)
    else:
        given = tuple(log_ratio) if isinstance(log_ratio, (tuple, list)) else ()
    if len(given) != 2:
        raise ValueError(
            f"log_ratio must be a function or a pair of arrays (at real, at fake), got {shown(log_ratio)}"
        )
    ratios = []
    for values, count, name in zip(given, counts, ("real", "fake"), strict=True):
        array = as_float64(values, f"log_ratio at the {name} samples").reshape(-1)
        if len(array) != count:
            raise ValueError(
                f"log_ratio must have one value a sample: {count} {name} samples, {len(array)} values"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"log_ratio must be finite at the {name} samples")
        ratios.append(array)
    return ratios[0], ratios[1]


def _pooled_deviation(parts: list[Array]) -> float:
    """Standard deviation under (p_r + p_g)/2, whatever the numbers of samples."""
    mean = sum(float(x.mean()) for x in parts) / 2
    return math.sqrt(sum(float(((x - mean) ** 2).mean()) for x in parts) / 2)


def _basis(scores: tuple[Array, Array]) -> str:
    return f"{len(scores[0])} real and {len(scores[1])} generated samples"
