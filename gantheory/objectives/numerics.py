"""Numerics of torch losses by name, checked without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import sympy as sp

from gantheory.arguments.checks import choice
from gantheory.objectives.objective import Objective, sigmoid, v

if TYPE_CHECKING:
    from gantheory.objectives.relativistic import Relativistic

Numerics = Literal["stable", "clamped"]
NUMERICS: tuple[Numerics, ...] = get_args(Numerics)


def check_numerics(numerics: str, objective: Objective | Relativistic) -> None:
    """Raise ValueError unless `numerics` is known and makes sense for the objective."""
    choice(numerics, "numerics", NUMERICS)
    if numerics == "stable":
        return
    if not isinstance(objective, Objective):
        raise ValueError(f'numerics="clamped" is no choice for {objective.name}; use numerics="stable"')
    if not is_sigmoid(objective.link):
        raise ValueError(
            f'numerics="clamped" clamps D = sigmoid(v), but the link of {objective} is {objective.link}; '
            'use numerics="stable"'
        )


def is_sigmoid(link: sp.Expr) -> bool:
    """Whether `link` is 1/(1 + exp(-v)), however it is written."""
    return same_function(link, sigmoid)


def same_function(first: sp.Expr, second: sp.Expr) -> bool:
    """Whether two functions of v are one, however they are written."""
    if first == second:
        return True
    points = (sp.Rational(-7, 2), sp.Rational(-1, 3), sp.Integer(0), sp.Rational(5, 7), sp.Rational(9, 4))
    gaps = (sp.N((first - second).subs(v, point), 30) for point in points)
    return all(gap.is_number and gap.is_real and abs(gap) < 1e-20 for gap in gaps)
