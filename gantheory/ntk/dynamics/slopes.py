"""What the dynamics need of an objective: the derivatives of A and B, of S, and their kind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy as sp

from gantheory.derivation.optimum.stretches import smooth_parts
from gantheory.objectives.objective import Objective, v


@dataclass(frozen=True)
class Affine:
    """A'(v) = constant - rate v, with rate >= 0."""

    constant: float
    rate: float


@dataclass(frozen=True)
class Stairs:
    """A decreasing step function, the derivative of a concave piecewise linear one.

    levels[k] between breaks[k - 1] and breaks[k]; one level more than breaks.
    """

    breaks: tuple[float, ...]
    levels: tuple[float, ...]


@dataclass(frozen=True)
class Slopes:
    """A', B' and S' as JAX functions, and as `Affine` where they are.

    Attributes:
        real, fake: A'(v) and B'(v), by which scores at real and fake points are driven.
        affine: (A', B') as straight lines, or None if one of them is not.
        stairs: (A', B') as step functions, or None if one of them is not.
    """

    objective: Objective
    real: Any
    fake: Any
    affine: tuple[Affine, Affine] | None
    stairs: tuple[Stairs, Stairs] | None


def slopes(objective: Objective) -> Slopes:
    """The slopes of an objective.

    Raises:
        TypeError: not an Objective; a relativistic one couples scores in pairs and has no A and B.
        ValueError: A or B has derivative zero almost everywhere, so that gradient flow does not move.
    """
    if not isinstance(objective, Objective):
        reason = (
            "relativistic objectives couple real and fake scores and have no A(v), B(v)"
            if type(objective).__name__ == "Relativistic"
            else f"got {objective!r}"
        )
        raise TypeError(f"objective must be a gantheory Objective; {reason}")
    for role in ("A", "B"):
        if flat(getattr(objective, role)):
            raise ValueError(
                f"objective {objective.name} has no gradient: {role}(v) = {getattr(objective, role)} is "
                "constant almost everywhere, so that scores of its points never move"
            )
    functions = objective.functions(backend="jax", dtype=None)
    lines = _affine(objective.A), _affine(objective.B)
    steps = _stairs(objective.A), _stairs(objective.B)
    return Slopes(
        objective,
        functions.A.derivative,
        functions.B.derivative,
        None if lines[0] is None or lines[1] is None else (lines[0], lines[1]),
        None if steps[0] is None or steps[1] is None else (steps[0], steps[1]),
    )


def generator_slope(objective: Objective) -> Any:
    """S' as a JAX function.

    Raises:
        ValueError: S has derivative zero almost everywhere, or the objective's outer function is not a sum.
    """
    if objective.outer is not None:
        raise ValueError(
            f"objective {objective.name} minimizes a function of two means, so that the velocity of a "
            "sample depends on all others; take one whose generator minimizes E_g S(v)"
        )
    if flat(objective.S):
        raise ValueError(
            f"objective {objective.name} has no gradient: S(v) = {objective.S} is constant almost "
            "everywhere, so that no sample moves"
        )
    return objective.functions(backend="jax", dtype=None).S.derivative


def flat(expression: sp.Expr) -> bool:
    """Whether the derivative vanishes almost everywhere: constants and step functions."""
    slope = sp.diff(expression, v).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    return not slope.has(v) and sp.simplify(slope) == 0


def _affine(expression: sp.Expr) -> Affine | None:
    """The derivative as a straight line if the expression is a concave polynomial of degree 1 or 2."""
    polynomial = expression.as_poly(v)
    if polynomial is None or polynomial.degree() > 2:
        return None
    curvature, slope = polynomial.coeff_monomial(v**2), polynomial.coeff_monomial(v)
    rate = float(-2 * curvature)
    return Affine(float(slope), rate) if rate >= 0 else None


def _stairs(expression: sp.Expr) -> Stairs | None:
    """The derivative as a step function if the expression is concave and piecewise linear."""
    parts = smooth_parts(expression, v, -sp.oo, sp.oo)
    breaks = [end for _, end, _ in parts[:-1]]
    levels = []
    for _, _, formula in parts:
        line = formula.as_poly(v)
        if line is None or line.degree() > 1:
            return None
        levels.append(float(line.coeff_monomial(v)))
    if any(low > high for high, low in pairwise(levels)):
        return None
    return Stairs(tuple(float(point) for point in breaks), tuple(levels))
