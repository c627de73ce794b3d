"""What scores of a discriminator alone say, measured: loss, calibration, errors, saturation of the generator.

`gantheory.validation.check` judges a trained model by these, and `gantheory.monitor` a training loop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.special import expit

from gantheory.arguments.arrays import Array
from gantheory.lowering import lower
from gantheory.objectives import Objective, ObjectiveFunctions
from gantheory.objectives.objective import v

Pair = tuple[Array, Array]
"""Something at real and something at fake samples."""


def standard_error(first: Array, second: Array) -> float:
    """Of the sum of two means over independent samples; NaN where one says nothing of its spread."""
    if min(len(first), len(second)) < 2:
        return math.nan
    with np.errstate(invalid="ignore"):  # infinite losses have no error
        return math.sqrt(float(first.var(ddof=1)) / len(first) + float(second.var(ddof=1)) / len(second))


def discriminator_loss(functions: ObjectiveFunctions, scores: Pair) -> tuple[float, float]:
    """-E_r A(v) - E_g B(v) and its standard error."""
    a, b = functions.A(scores[0]), functions.B(scores[1])
    return -float(a.mean() + b.mean()), standard_error(a, b)


def implied_log_ratios(objective: Objective, scores: Pair) -> Pair:
    """The log density ratio t = log(-B'(v)/A'(v)) that an optimal discriminator says with a score v.

    The logarithm is lowered as a whole: of logits it is v itself, where exp(v) has long left float64. NaN
    where no ratio stands for the score, infinite at the ends of the range in which one does.
    """
    log_ratio = lower(sp.log(-sp.diff(objective.B, v) / sp.diff(objective.A, v)), v)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return log_ratio(scores[0]), log_ratio(scores[1])


def held(log_ratios: Pair, functions: ObjectiveFunctions, scores: Pair, at_one: float) -> Pair:
    """Ratios with those of scores beyond v*(0) and v*(inf), which no ratio stands for, at 1/1000 and 1000; in
    logarithms.

    Least squares has such scores always. Which end it is says the sign of A', which at `at_one` = v*(1)
    draws real scores up.
    """
    upward = float(functions.A.derivative(np.array([at_one]))[0])

    def one(t: Array, scores: Array) -> Array:
        beyond_real = functions.A.derivative(scores) * upward <= 0
        return np.where(t < math.inf, t, np.where(beyond_real, 1.0, -1.0) * math.log(1e3))

    return one(log_ratios[0], scores[0]), one(log_ratios[1], scores[1])


def three_errors(log_ratios: Pair) -> tuple[float, float, float]:
    """Cross entropies of the probability p = u/(1 + u) of "real" that scores stand for, u = e^t; log 2 each
    is chance.

    E_r -log p (real samples taken for fake), E_g -log(1 - p) (the reverse), E_g -log p (what is left to the
    generator).
    """
    real, fake = log_ratios
    return tuple(  # type: ignore[return-value]
        float(np.logaddexp(0, t).mean()) for t in (-real, fake, -fake)
    )


@dataclass(frozen=True, eq=False)
class Calibration:
    """Shares of real samples beside those that scores imply, in bins of the score with equal counts.

    Attributes:
        shares: of real samples in each bin that holds any, when half of all samples are real.
        weights: of the bins.
        noise: variance of each share by sampling alone.
        members: of each side, the bin of every sample.
        log_ratios: of each side, log u of the implied density ratio u of every sample.
    """

    shares: Array
    weights: Array
    noise: Array
    rates: Array
    members: tuple[NDArray[np.intp], NDArray[np.intp]]
    log_ratios: Pair

    def squared_gap(self, power: float = 1.0) -> tuple[float, float]:
        """Mean squared gap between the shares and those of the implied u^power, and its standard error.

        Sampling alone moves each share: its variance is taken off, so that perfect calibration gives 0 on
        average.
        """
        means = self.implied(power)
        squared = (means - self.shares) ** 2 - self.noise
        variance = (self.weights**2 * (4 * (means - self.shares) ** 2 * self.noise + 2 * self.noise**2)).sum()
        return float((self.weights * squared).sum()), math.sqrt(float(variance))

    def implied(self, power: float = 1.0) -> Array:
        """The shares u^power/(1 + u^power) that the scores imply, averaged over each bin."""
        bins = self.rates.shape[1]
        used = self.rates.sum(0) > 0
        sums = [
            np.bincount(k, weights=expit(power * t), minlength=bins) / len(t)
            for k, t in zip(self.members, self.log_ratios, strict=True)
        ]
        return np.asarray((sums[0] + sums[1])[used] / self.rates[:, used].sum(0))


def calibration(log_ratios: Pair, bins: int) -> Calibration:
    """Put samples into bins of their implied density ratio.

    Raises:
        ValueError: a ratio that is infinite, or none.
    """
    pooled = np.concatenate(log_ratios)
    if not (pooled < math.inf).all():
        raise ValueError("scores leave the range in which the objective has an optimum")
    pooled = np.maximum(pooled, -np.finfo(np.float64).max)  # a ratio of 0, beside which quantiles are NaN
    edges = np.quantile(pooled, np.linspace(0, 1, bins + 1)[1:-1])
    real, fake = (np.searchsorted(edges, t, side="right") for t in log_ratios)
    counts = np.stack([np.bincount(k, minlength=bins) for k in (real, fake)]).astype(np.float64)
    rates = counts / counts.sum(1, keepdims=True)
    used = rates.sum(0) > 0
    total = rates[:, used].sum(0)
    shares = rates[0, used] / total
    noise = (
        shares**2 * rates[1, used] / counts.sum(1)[1] + (1 - shares) ** 2 * rates[0, used] / counts.sum(1)[0]
    ) / total**2
    return Calibration(shares, total / 2, noise, rates, (real, fake), log_ratios)


def vanishing_share(slopes: Array, reference: float, below: float = 0.01) -> float:
    """Share of samples at which |slope| is under `below` of a reference slope."""
    return float((np.abs(slopes) < below * reference).mean())
