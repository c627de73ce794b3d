"""Optimal scores, discriminators and saturation on arrays, float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from gantheory.derivation import numeric
from gantheory.derivation.game import original
from gantheory.derivation.numeric import Array
from gantheory.derivation.solution import OptimalScore
from gantheory.lowering import lower
from gantheory.objectives.objective import v

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


def score(theory: Theory, t: ArrayLike) -> Array:
    """v* at t = log(p_r/p_g), float64."""

    t = np.asarray(t, dtype=np.float64)
    if theory.solution.steps is not None:
        return numeric.of_steps(
            theory.solution.steps, [float(step.level) for step in theory.solution.steps], t
        )
    if theory.score is not None and not theory.score.has(sp.erfinv, sp.erfcinv):
        return numeric.in_log_ratio(theory.score, t)
    # No backend but mpmath knows the inverse error function.
    return _inverted(theory, t)


def discriminator(theory: Theory, t: ArrayLike) -> Array:
    """D* at t = log(p_r/p_g), float64."""

    t = np.asarray(t, dtype=np.float64)
    game, steps = theory.solution.game, theory.solution.steps
    if steps is not None and game.link is not None:
        return numeric.of_steps(steps, [float(game.at(game.link, step.level)) for step in steps], t)
    if theory.discriminator is not None:
        return numeric.in_log_ratio(theory.discriminator, t)

    return np.asarray(lower(theory.objective.link, v)(score(theory, t)))


def _inverted(theory: Theory, t: Array) -> Array:
    """v* from the original score's own ratio, whatever coordinate the closed forms are in."""

    plain = OptimalScore(original(theory.objective), None, None, "numeric")
    return numeric.inverted_ratio(plain, t)


def saturation(theory: Theory, D: ArrayLike) -> Array:
    """|s| at values of the reported discriminator output D, float64.

    Raises:
        ValueError: D outside the range that the optimal discriminator takes, or NaN.
    """

    values = np.asarray(D, dtype=np.float64)
    if theory.solution.steps is not None:
        return np.zeros_like(values)
    low, high = _range(theory)
    if not ((values >= low) & (values <= high)).all():
        raise ValueError(
            f"D must lie in [{low:g}, {high:g}], the range of D*, got {values.min():g} to {values.max():g}"
        )
    if theory.landscape.symbol.name == "D":
        z = sp.Symbol("z", real=True)
        with np.errstate(divide="ignore"):
            logit = np.log(values) - np.log1p(-values)
        return np.asarray(
            lower(theory.saturation.subs(theory.landscape.symbol, 1 / (1 + sp.exp(-z))), z)(logit)
        )
    return saturation_of_score(theory, numeric.inverse_link(theory.objective, values))


def saturation_of_score(theory: Theory, scores: ArrayLike) -> Array:
    """|s| at values of the score, float64."""

    values = np.asarray(scores, dtype=np.float64)
    if theory.solution.steps is not None:
        return np.zeros_like(values)
    return np.asarray(
        lower(theory.landscape.in_score.subs(theory.solution.game.y, theory.solution.game.coordinate), v)(
            values
        )
    )


def _range(theory: Theory) -> tuple[float, float]:
    """The reported D at u -> 0 and u -> oo, in increasing order."""
    ends = discriminator(theory, np.array([-np.inf, np.inf]))
    if np.isnan(ends).any():
        return -np.inf, np.inf
    return float(ends.min()), float(ends.max())
