"""D_f, D_h and the generator's value against one parameter of the generated distribution.

    shift    P_g = law of X + theta
    scale    P_g = law of m + theta (X - m), m the median of X
    weight   P_g = (1 - theta) law of X + theta law of Y

with X from `generated` and Y from `other`. Derivatives are expectations, not differences:

    d D/d theta = E_X[s (log u)'(x) dx/d theta]       shift and scale
    d D/d theta = E_Y[g(x)] - E_X[g(x)]               weight

with (s, g) = (s, S(v*)) for D_h: the gradient that a step of the generator follows, D held fixed. For D_f it
is s_f = -u^2 f'' and g = f - u f'. They differ where the objective is not zero-sum. Where v* jumps in x, a
central difference stands in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from gantheory.arguments.checks import choice
from gantheory.derivation.theory import Theory
from gantheory.divergences import mixture
from gantheory.divergences.kinds import Kind
from gantheory.landscape.expectations import slope
from gantheory.landscape.family import Family
from gantheory.landscape.inputs import announced, grid, theories
from gantheory.objectives.objective import x, y

Name = Literal["shift", "scale", "weight"]
PARAMETERS: tuple[Name, ...] = get_args(Name)
"""What may change of the generated distribution."""

DEFAULTS = {
    "shift": np.linspace(-6, 6, 49),
    "scale": np.geomspace(0.1, 10, 41),
    "weight": np.linspace(0, 1, 41),
}
"""Values of each parameter by default."""

KINDS: dict[str, Kind] = {"D_f": "equilibrium", "D_h": "flow"}

_STEP = 1e-4
"""Step of the differences that stand in where v* jumps."""


def parameter(
    objectives: Any,
    name: Name = "shift",
    values: Any = None,
    real: Any = None,
    generated: Any = None,
    other: Any = None,
    listener: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """D_f, D_h and V_G of objectives against a shift, scale or mixing weight of the generator.

    Where a curve is flat the generator's gradient vanishes, where it is steep it explodes.

    Args:
        objectives: one or several.
        name: "shift", "scale" or "weight".
        values: increasing; by default -6 to 6, 0.1 to 10, 0 to 1.
        real, generated: P_r and the law of X, scipy.stats distributions (frozen, new, gaussian_kde) or
            mixtures; both standard normal by default. For "weight" the default real is half norm(-2, 1) and
            half norm(2, 1), generated its first mode.
        other: the law of Y, for "weight" only; by default norm(2, 1), the second mode.
        listener: called with (points done, points in all).

    Returns:
        Columns objective, parameter, value, D_f, D_h (nats; NaN where the objective has none), V_G (the
        generator's value Phi(E_r R, E_g S) at the optimal discriminator; D_f but for a constant), D_f_error,
        D_h_error, dD_f, dD_h (derivatives by the parameter; dV_G is dD_f).

    Raises:
        TypeError: no such distribution.
        ValueError: an unknown parameter, scale <= 0, a weight outside [0, 1], values that do not increase,
            `other` without "weight".
        NoPointwiseTheoryError: an objective without pointwise optimum.
    """
    choice(name, "name", PARAMETERS)
    at = DEFAULTS[name] if values is None else grid(values, name)
    if name == "scale" and at[0] <= 0:
        raise ValueError(f"scale must be positive, got {at[0]:g}")
    if name == "weight" and (at[0] < 0 or at[-1] > 1):
        raise ValueError(f"weight must lie in [0, 1], got {at[0] if at[0] < 0 else at[-1]:g}")
    if other is not None and name != "weight":
        raise ValueError(f"other is the second component of a weight, and goes with no {name}")
    family = Family(name, *_defaults(name, real, generated, other))
    found = theories(objectives)
    rows = [
        {"objective": theory.objective.name, **_row(theory, family, value)}
        for theory, value in announced(product(found, at.tolist()), listener)
    ]
    return pd.DataFrame(rows)


def _defaults(name: str, real: Any, generated: Any, other: Any) -> tuple[Any, Any, Any]:
    if name != "weight":
        return (
            stats.norm(0, 1) if real is None else real,
            stats.norm(0, 1) if generated is None else generated,
            None,
        )
    first, second = stats.norm(-2, 1), stats.norm(2, 1)
    return (
        mixture([first, second], [0.5, 0.5]) if real is None else real,
        first if generated is None else generated,
        second if other is None else other,
    )


def _row(theory: Theory, family: Family, value: float) -> dict[str, Any]:
    outer = theory.objective.outer is not None
    row: dict[str, Any] = {"parameter": family.name, "value": value}
    results: dict[str, tuple[float, float, float]] = {}
    for column, kind in KINDS.items():
        if outer and kind == "flow":
            results[column] = (math.nan, math.nan, math.nan)
        elif kind == "flow" and theory.objective.zero_sum and theory.solution.one is not None:
            results[column] = results["D_f"]
        else:
            amount, error = _value(theory, family, value, kind)
            steep = _slope(theory, family, value, kind) if math.isfinite(amount) else math.nan
            results[column] = (amount, error, steep)
    row["D_f"], row["D_h"] = results["D_f"][0], results["D_h"][0]
    row["V_G"] = row["D_f"] + _value_at_equality(theory)
    row["D_f_error"], row["D_h_error"] = results["D_f"][1], results["D_h"][1]
    row["dD_f"], row["dD_h"] = results["D_f"][2], results["D_h"][2]
    return row


def _value(theory: Theory, family: Family, value: float, kind: Kind) -> tuple[float, float]:
    found = theory.divergence(family.real, family.at(value), kind=kind)
    return float(found.value), float(found.error)


def _value_at_equality(theory: Theory) -> float:
    """The generator's value at P_g = P_r, which D_f leaves out."""
    offset = theory.equilibrium.offset
    if offset is not None:
        return float(offset)
    score = theory.score_at_log_ratio(np.zeros(1))
    functions = theory.objective.functions()
    real, fake = float(functions.R(score)[0]), float(functions.S(score)[0])
    if theory.objective.outer is None:
        return real + fake
    return float(theory.objective.outer.subs({x: real, y: fake}))


def _slope(theory: Theory, family: Family, value: float, kind: Kind) -> float:
    """d D/d theta: an expectation where v* is smooth in x, else a difference."""
    smooth = theory.solution.one is not None and theory.objective.outer is None
    if smooth and (family.name == "weight" or family.endless):
        found = slope(theory, family, value, kind)
        if math.isfinite(found):
            return found
    return _difference(theory, family, value, kind)


def _difference(theory: Theory, family: Family, value: float, kind: Kind) -> float:
    """A central difference, one-sided at an end of the parameter's interval; NaN at a kink and beside inf."""
    low, high = {"shift": (-math.inf, math.inf), "scale": (0.0, math.inf), "weight": (0.0, 1.0)}[family.name]
    middle = _value(theory, family, value, kind)[0]

    def one_sided(step: float) -> tuple[float, float]:
        left, right = max(value - step, low), min(value + step, high)
        back = (middle - _value(theory, family, left, kind)[0]) / (value - left) if left < value else math.nan
        ahead = (
            (_value(theory, family, right, kind)[0] - middle) / (right - value) if right > value else math.nan
        )
        return (ahead if math.isnan(back) else back), (back if math.isnan(ahead) else ahead)

    step = _STEP * (value if family.name == "scale" else 1.0)
    back, ahead = one_sided(step)
    if not (math.isfinite(back) and math.isfinite(ahead)):
        return math.nan
    gap = abs(ahead - back)
    if gap > 1e-3 * max(abs(back), abs(ahead), 1e-6):
        # Of a smooth function the gap shrinks with the step, at a kink it stays.
        nearer = one_sided(step / 8)
        if abs(nearer[1] - nearer[0]) > 0.5 * gap:
            return math.nan
    return 0.5 * (back + ahead)
