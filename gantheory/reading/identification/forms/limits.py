"""Where an answered form is not the code's: beyond clamps, and by the epsilon of a logarithm."""

from __future__ import annotations

import math

from gantheory.objectives import Objective
from gantheory.reading.identification.forms.evidence import FURTHEST, TOLERANCE
from gantheory.reading.identification.forms.matching import Match
from gantheory.reading.identification.forms.roles import Roles


def limits_of(objective: Objective, found: Match | None, roles: Roles) -> dict[str, str]:
    """By role, a sentence for each function of the objective that is not the code's at scores up to 25."""
    limits = {}
    factor_d, factor_g = (1.0, 1.0) if found is None else (found.factor_d or 1.0, found.factor_g or 1.0)
    for role, term in roles.terms.items():
        if role in "RS" and objective.outer is not None:
            continue  # a function of means
        shape = roles.shapes[role]
        if shape is not None and shape.code is not None:
            epsilon = shape.parameters["epsilon"]
            limits[role] = f"{role} leaves out the epsilon {epsilon:.4g} inside the code's logarithm"
            continue
        if role == "R" and shape is not None and shape.expr == 0 and objective.R != 0:
            limits[role] = (
                "R is 0 in the code: it moves no generator, and counts in the value at the optimal D"
            )
            continue
        where = term.holds(getattr(objective, role), factor_d if role in "AB" else factor_g)
        low, high = sorted((0.0, 0.0) if where is None else (term.scale * end for end in where))
        ends = [f"from {_inward(low):g} on"] if low > -FURTHEST else []
        ends += [f"up to {_inward(high):g}"] if high < FURTHEST else []
        if ends:
            limits[role] = f"{role} is the code's, to {TOLERANCE:g}, at scores {' and '.join(ends)}"
    return limits


def _inward(end: float) -> float:
    """To two decimals, and none of the scores that were not verified."""
    return math.trunc(100 * end) / 100
