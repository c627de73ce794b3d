"""|s| along one axis: the discriminator's output D, its score v, or the log density ratio."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, whole
from gantheory.derivation.numbers.evaluation import range_of
from gantheory.derivation.numbers.numeric import inverse_link
from gantheory.derivation.theory import Theory
from gantheory.landscape.factors import log_ratio_of_score
from gantheory.landscape.inputs import grid, inside, theories
from gantheory.objectives.objective import sigmoid

Axis = Literal["D", "score", "log_u"]
AXES: tuple[Axis, ...] = get_args(Axis)
"""What `saturation` runs over."""

REACH = math.log(1e4 - 1)
"""Logits of D from 1e-4 to 1 - 1e-4, the default range."""

_FINE = 2001
"""Log ratios at which the end of a finite v* is sought."""


def saturation(objectives: Any, over: Axis | None = None, at: Any = None, points: int = 401) -> pd.DataFrame:
    """|s| over D, the score or log u, for one objective or several.

        grad_x S(v*(x)) = s(D(x)) grad_x log u(x),   u = p_r/p_g

    Args:
        objectives: one or several Objectives, their texts such as "vanilla", or Theories.
        over: "D", "score" or "log_u"; by default D where it is the same function of the score for all
            objectives, else log u, which all have in common.
        at: increasing values on that axis, the same for all objectives. By default D runs through its range
            in even logits, from 1e-4 to 1 - 1e-4 for a probability; the score and log u through what
            corresponds to it, as far as v* is finite.
        points: of the default axis.

    Returns:
        Columns objective, D, score, log_u (NaN where D* is a step function, which takes no other values
        than its levels), s (the magnitude |s|), at_fake and at_real: whether |s| "vanishes", is "constant"
        or "explodes" as u -> 0 and as u -> inf. NaN stands for s at scores that v* does not take. The axis
        is in `attrs["over"]`.

    Raises:
        ValueError: D outside the range of D*, scores outside the domain, an unknown axis, values that do not
            increase.
        NoPointwiseTheoryError: an objective without pointwise optimum, such as an IPM.

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section II (the gradients for (alpha_D, alpha_G));
    the factor for any objective is `gantheory.derivation.induced.saturation`.
    """
    if over is not None:
        choice(over, "over", AXES)
    found = theories(objectives)
    axis = over or ("D" if len({theory.objective.link for theory in found}) == 1 else "log_u")
    given = None if at is None else grid(at, axis)
    whole(points, "points", 2)
    table = pd.concat([_rows(theory, axis, given, points) for theory in found], ignore_index=True)
    table.attrs["over"] = axis
    return table


def ends(objectives: Any) -> pd.DataFrame:
    """The limits of |s| as u -> 0 (data that D is sure are fake) and as u -> inf, in words and exactly.

    Returns:
        Columns objective, formula (|s| in D, or in the score v where D is no probability), at_fake, at_real
        ("vanishes", "constant", "explodes" or "unknown"), limit_fake, limit_real (exact, as text), reason
        (empty, or why |s| is 0 everywhere).
    """
    rows = []
    for theory in theories(objectives):
        found = theory.landscape
        fake, real = words(theory)
        rows.append(
            {
                "objective": theory.objective.name,
                "formula": str(found.expr),
                "at_fake": fake,
                "at_real": real,
                "limit_fake": _text(found.at_fake),
                "limit_real": _text(found.at_real),
                "reason": STEP if theory.solution.steps is not None else "",
            }
        )
    return pd.DataFrame(rows)


STEP = "v* is a step function: no gradient but at its jumps"


def words(theory: Theory) -> tuple[str, str]:
    """The two limits in one word each."""
    fake, real = (word.split(" ")[0] for word in theory.landscape.in_words())
    return fake, real


def _text(limit: Any) -> str:
    return "unknown" if limit is None else str(limit).replace("oo", "inf")


def _rows(theory: Theory, over: str, given: Array | None, points: int) -> pd.DataFrame:
    name, steps = theory.objective.name, theory.solution.steps
    if over == "log_u":
        log_u = np.linspace(-REACH, REACH, points) if given is None else given
        score = theory.score_at_log_ratio(log_u)
        reported, s = theory.discriminator_at_log_ratio(log_u), theory.saturation_of_score(score)
    else:
        if over == "D":
            reported = _default_outputs(theory, points) if given is None else given
            low, high = range_of(theory.discriminator_at_log_ratio)
            inside(reported, low, high, "D", f"the range of D* of {name}")
            s, score = theory.saturation_at(reported), inverse_link(theory.objective, reported)
        else:
            score = _default_scores(theory, points) if given is None else given
            low, high = (float(end) for end in theory.objective.domain)
            inside(score, low, high, "score", f"the domain of {name}")
            taken = range_of(theory.score_at_log_ratio)
            s, reported = theory.saturation_of_score(score), theory.objective.functions().link(score)
            s = np.where((score < taken[0]) | (score > taken[1]), np.nan, s)
        log_u = np.full_like(score, np.nan) if steps is not None else log_ratio_of_score(theory)(score)
    at_fake, at_real = words(theory)
    return pd.DataFrame(
        {
            "objective": name,
            "D": reported,
            "score": score,
            "log_u": log_u,
            "s": s,
            "at_fake": at_fake,
            "at_real": at_real,
        }
    )


def _default_outputs(theory: Theory, points: int) -> Array:
    logits = np.linspace(-REACH, REACH, points)
    low, high = range_of(theory.discriminator_at_log_ratio)
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low) / (1 + np.exp(-logits))
    return np.linspace(*_finite_range(theory.discriminator_at_log_ratio), points)


def _default_scores(theory: Theory, points: int) -> Array:
    if theory.objective.link == sigmoid:
        low, high = range_of(theory.score_at_log_ratio)
        return np.linspace(max(low, -REACH), min(high, REACH), points)
    if theory.solution.steps is not None:  # a level may be infinite
        between = np.clip(theory.score_at_log_ratio(np.array([-REACH, REACH])), -REACH, REACH)
        return np.linspace(between.min(), between.max(), points)
    return np.linspace(*_finite_range(theory.score_at_log_ratio), points)


def _finite_range(at: Callable[[Array], Array]) -> tuple[float, float]:
    """Ends of what `at` takes over the default log ratios, where it is finite; v* may be infinite beyond."""
    values = at(np.array([-REACH, REACH]))
    if not np.isfinite(values).all():
        with np.errstate(all="ignore"):
            values = at(np.linspace(-REACH, REACH, _FINE))
        finite = values[np.isfinite(values)]
        values = finite if finite.size else np.clip(values, -REACH, REACH)  # all levels are infinite
    return float(values.min()), float(values.max())
