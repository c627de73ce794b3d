"""Tolerances of the presets' lines, by one rule and nothing else.

`experiments/calibrate_validation.py` trains the experiments of the demo on report seeds that nothing else
uses, and stores what each network gave in each line in ``calibration.json`` beside this file. A report trains
n networks anew and gives, of each line, order statistics between which the median lies. They are the second
from either end (n = 17 at the level of a demo), so that one network in n may fail without a word said of the
theory. The tolerance of a line is

    delta = |m - predicted| + k s,    s = (upper - lower quartile)/1.349,    m the median.

k is one number for all lines in one dimension, and one for all in the plane: the reach within which all but
one of a report's networks leave m +- k s in some of the L lines of a report in at most `MISS` of all reports,

    L n(n-1)/2 E p^2 <= MISS,    p = P(|x - m| > k s).

No law is supposed. k is the j-th largest of M deviations that were seen, those of each calibrating report's
networks from m and s of the other reports, and j the largest that the bound admits: the share of a law beyond
the j-th largest of M draws has law Beta(j, M+1-j), and so E p^2 = j(j+1)/((M+1)(M+2)). The errors of m and s
and the tails as they are count in. Supposed is that tails in units of s are alike over the lines of one
dimension, and that networks are independent. delta is rounded up to two digits, and no line has a floor.

The rule before this one took networks as normal and gave Student's interval of their mean: in one demo of
three a single network, twenty s off, left three right lines inconclusive.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any, TypeVar

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.validation.experiments.fits.discriminator_fit import DiscriminatorFit
from gantheory.validation.experiments.fits.ideal_loss import IdealLoss

Calibrated = TypeVar("Calibrated", DiscriminatorFit, IdealLoss)

MISS = 0.05
"""Probability that some right line of a report is not seen to agree."""

COMPARISONS = 125
"""Most intervals of a report that hold jointly; with fewer, each is narrower than the rule allows for."""

_NORMAL = 1.349
"""Quartiles of the normal law lie so many deviations apart."""


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """The calibration: "seeds" of the reports, "networks" of a line in each, and "lines" by id.

    A line has "errors", those of all networks in its unit, one report after the other: (x - predicted)/unit.
    """
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def reach(errors: Array, lines: int, miss: float = MISS) -> float:
    """k of the rule above, from errors of shape (those lines that share it, reports, networks).

    Args:
        lines: L, of all that a report may miss.

    Raises:
        ValueError: too few values for any j.
    """
    own, reports, networks = errors.shape
    away = np.empty(errors.shape)
    for k in range(reports):
        middle, scale = _middle_and_scale(np.delete(errors, k, axis=1).reshape(own, -1))
        away[:, k] = np.abs(errors[:, k] - middle[:, None]) / scale[:, None]
    seen = away.size
    j = np.arange(1, seen)
    admitted = lines * math.comb(networks, 2) * j * (j + 1) / ((seen + 1) * (seen + 2)) <= miss
    if not admitted.any():
        raise ValueError(f"errors: {seen} values are too few to say what {miss:g} of all reports leave out")
    return float(np.sort(away, axis=None)[-int(admitted.sum())])


def tolerance(errors: Array, k: float) -> float:
    """delta of the rule above, in the line's unit."""
    middle, scale = _middle_and_scale(np.ravel(errors)[None])
    return float(abs(middle[0]) + k * scale[0])


def _middle_and_scale(errors: Array) -> tuple[Array, Array]:
    lower, middle, upper = np.quantile(errors, (0.25, 0.5, 0.75), axis=1)
    return middle, (upper - lower) / _NORMAL


@lru_cache(maxsize=1)
def tolerances() -> dict[str, float]:
    """Of all calibrated lines, by id."""
    known = stored()
    shape = (len(known["seeds"]), known["networks"])
    errors = {name: np.reshape(line, shape) for name, line in known["lines"].items()}
    found: dict[str, float] = {}
    for plane in (False, True):
        own = {name: line for name, line in errors.items() if name.endswith("/2d") == plane}
        k = reach(np.stack(list(own.values())), len(errors))
        found |= {name: rounded_up(tolerance(line, k)) for name, line in own.items()}
    return found


def calibrated(experiment: Calibrated) -> Calibrated:
    """The experiment with the tolerances of its calibrated lines; the declared ones are kept for others."""
    known = tolerances()
    own: tuple[tuple[str, float], ...] = tuple(
        (name, known[name]) for name in experiment.predictions() if name in known
    )
    return replace(experiment, tolerances=(*experiment.tolerances, *own))


def rounded_up(value: float) -> float:
    """To two digits: a tolerance is a choice and not a measurement."""
    if not (value > 0 and math.isfinite(value)):
        return value
    digits = 1 - math.floor(math.log10(value))
    return float(f"{math.ceil(value * 10**digits - 1e-9) / 10**digits:.{max(digits, 0)}f}")
