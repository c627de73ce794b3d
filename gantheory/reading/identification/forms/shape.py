"""The type of a closed form of one score, and the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array

TOLERANCE = 1e-9
"""Of a derivative, as a share of its largest value, up to which a form is the code's."""

SNAP = 1e-8
"""Distance at which two numbers of a form are one."""

_SHORT = ((64, SNAP), (1000, 1e-11))
"""Denominators and how near a rational with one must be: long ones are near any number."""

Slope = Callable[[Array], Array]
"""Derivative of the function at scores."""

Interval = tuple[float, float]

EVERYWHERE: Interval = (-math.inf, math.inf)


@dataclass(frozen=True)
class Shape:
    """A function of the score, up to a constant.

    Attributes:
        kind: "zero", "sum", "power", "logarithm", "twice", "piecewise" or "distance", as in the list above.
        expr: sympy expression in v, without the epsilon of a logarithm.
        parameters: of the shape, by name.
        code: as the code has it where that is more than `expr`, with the epsilon of a logarithm.
    """

    kind: str
    expr: sp.Expr
    parameters: dict[str, float] = field(default_factory=dict)
    code: sp.Expr | None = None


def number(value: float) -> sp.Rational:
    """The rational that `value` is meant as: shorter ones from further off, else its first 12 digits."""
    for longest, tolerance in _SHORT:
        short = Fraction(float(value)).limit_denominator(longest)
        if abs(float(short) - value) <= tolerance * max(1.0, abs(value)):
            return sp.Rational(short)
    exact = Fraction(f"{value:.12g}")
    return sp.Rational(exact)


def fits(d: Array, model: Array) -> bool:
    return bool(np.abs(d - model).max() <= TOLERANCE * np.abs(d).max())
