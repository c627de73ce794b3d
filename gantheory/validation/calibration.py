"""Tolerances of presets, from trainings on other seeds than a report uses.

``calibration.json`` beside this file holds, for lines of the demo, the interval that
``experiments/calibrate_validation.py`` measured on seeds of its own. A tolerance is `MARGIN` times what was
seen there, so that a right theory agrees on fresh seeds and little room is left for a wrong one.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.validation.discriminator_fit import DiscriminatorFit

MARGIN = 1.6
"""How far a tolerance reaches beyond the farthest end of the calibration's interval."""

LEAST = {"value": 0.01, "generator": 0.1}
"""Least tolerances as shares of the divergence. Above a supremum a fifth is left, for sampling; E_g[-log D]
and its like move at first order with the error of D, and vary more over seeds than one calibration shows."""

_FIELDS = {
    "optimum": "error_tolerance",
    "alpha_D": "alpha_d_tolerance",
    "alpha_G": "alpha_g_tolerance",
    "gradient": "gradient_tolerance",
    "value": "value_tolerance",
    "generator": "generator_tolerance",
}


@lru_cache(maxsize=1)
def lines() -> dict[str, dict[str, Any]]:
    """What was measured, by the id of the line."""
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["lines"]
    return found


def deviation(line: dict[str, Any]) -> float:
    """The farthest that the interval reaches from the prediction, in the line's unit (|D_f| for values).

    A limit that is approached from below leaves a fifth of its tolerance above it (`comparison.below`).
    """
    down, up = line["predicted"] - line["interval"][0], line["interval"][1] - line["predicted"]
    return float(max(down, 5 * up if line["from_below"] else up) / line["unit"])


def calibrated(fit: DiscriminatorFit) -> DiscriminatorFit:
    """The experiment with the tolerances that its lines had elsewhere; those of unknown lines are kept."""
    reach: dict[str, float] = {}
    for identifier in fit.predictions():
        line = lines().get(identifier)
        if line is not None and all(map(math.isfinite, (*line["interval"], line["predicted"]))):
            field = _FIELDS[identifier.split("/")[0]]
            least = LEAST["value"] if line["from_below"] else LEAST.get(identifier.split("/")[0], 0.0)
            reach[field] = max(reach.get(field, 0.0), deviation(line), least / MARGIN)
    # Rounded up to two digits: a tolerance is a choice and not a measurement.
    return replace(fit, **{field: _up(MARGIN * value) for field, value in reach.items()})  # type: ignore[arg-type]


def _up(value: float) -> float:
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 1
    return math.ceil(value * 10**digits - 1e-9) / 10**digits
