"""Tolerances of the presets' lines, by a rule that was written before any of their data.

`experiments/calibrate_validation.py` trains the experiments of the demo on report seeds that nothing else
uses, and stores of each line, in ``calibration.json`` beside this file, the mean m and the standard deviation
s of what its N networks gave. A report trains n networks anew and gives Student's interval for their mean.
If networks are alike and what they give is normal, that interval lies within

    delta = |m - predicted| + s (t_{N-1}(1 - q/4) sqrt(1/n + 1/N)
                                 + t_{n-1}((1 + c)/2) sqrt(F_{n-1,N-1}(1 - q/2)/n))

of the prediction with probability at least 1 - q, over calibration and report together: the first term of
the bracket is the prediction interval of a mean of n future values (Hahn and Meeker 1991, 4.8), the second
bounds the half width of their interval by the prediction limit of their standard deviation (4.9); c is the
report's level for one interval, 1 - q/2 the probability of each of the two. delta is the tolerance, rounded
up to two digits, with q = `MISS`/(number of calibrated lines): in at most `MISS` of all reports is any right
line not seen to agree, if they are. Nothing is added by hand, and no line has a floor.

What was found since: networks are not normal in their tails. In the demo with seed 12 one of 16 was twenty s
off, and three lines were inconclusive; with seeds 0 and 11 none was. That asks for another rule, with seeds
of its own, and not for other numbers in this one.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from gantheory.validation.experiments.discriminator_fit import DiscriminatorFit
    from gantheory.validation.experiments.ideal_loss import IdealLoss

    Calibrated = TypeVar("Calibrated", DiscriminatorFit, IdealLoss)

MISS = 0.05
"""Probability that some right line of a report is not seen to agree."""

COMPARISONS = 125
"""Most intervals of a report that hold jointly; with fewer, each is narrower than the rule allows for."""

LEVEL = 1 - 0.05 / COMPARISONS
"""c of the rule."""


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """The calibration: "seeds" of the reports, and "lines" by id."""
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def allowance(line: dict[str, Any], networks: int, miss: float, level: float = LEVEL) -> float:
    """delta of the rule above, in the line's unit.

    Args:
        line: "predicted", "mean", "deviation", "networks" (N, at least 2) and "unit", by which the tolerance
            counts.
        networks: n, of a report, at least 2.
        miss: q.
        level: c.
    """
    from scipy.special import fdtri, stdtrit

    many = line["networks"]
    mean = stdtrit(many - 1, 1 - miss / 4) * math.sqrt(1 / networks + 1 / many)
    ratio = math.sqrt(fdtri(networks - 1, many - 1, 1 - miss / 2) / networks)
    width = stdtrit(networks - 1, (1 + level) / 2) * ratio
    away = abs(line["mean"] - line["predicted"])
    return float((away + line["deviation"] * (mean + width)) / line["unit"])


def calibrated(experiment: Calibrated) -> Calibrated:
    """The experiment with the tolerances of its calibrated lines; the declared ones are kept for others."""
    lines = stored()["lines"]
    found: tuple[tuple[str, float], ...] = tuple(
        (name, rounded_up(allowance(lines[name], experiment.seeds, MISS / len(lines))))
        for name in experiment.predictions()
        if name in lines
    )
    return replace(experiment, tolerances=(*experiment.tolerances, *found))


def rounded_up(value: float) -> float:
    """To two digits: a tolerance is a choice and not a measurement."""
    if not (value > 0 and math.isfinite(value)):
        return value
    digits = 1 - math.floor(math.log10(value))
    return float(f"{math.ceil(value * 10**digits - 1e-9) / 10**digits:.{max(digits, 0)}f}")
