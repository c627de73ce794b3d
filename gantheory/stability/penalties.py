"""Gradient penalties as functions of g = |grad v|, and what they are at a flat discriminator."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.derivation.optimum.stretches import smooth_parts
from gantheory.errors import NoLocalSpectrumError
from gantheory.objectives.parsing import parse_expression

g = sp.Symbol("g", nonnegative=True)
"""|grad v|, the argument of a gradient penalty."""


def penalty_of(given: Any) -> sp.Expr:
    """A penalty P(g) as an expression in `g`, from one or from text such as ``"10*(g - 1)**2"``.

    Raises:
        ExpressionError: text outside the whitelist; nothing of it is executed.
        TypeError, ValueError: neither text nor an expression in g alone.
    """
    expr = parse_expression(given, {"g": g}, "penalty") if isinstance(given, str) else given
    if not isinstance(expr, sp.Expr):
        raise TypeError(
            f'penalty must be text such as "10*(g - 1)**2" or a sympy expression in g, got {expr!r}'
        )
    if not expr.free_symbols <= {g}:
        raise ValueError(f"penalty must hold only g = |grad v| (gantheory.stability.g), got {expr}")
    return expr


def slope_near_zero(penalty: sp.Expr) -> sp.Expr:
    """P'(g) up to P's first kink."""
    _, _, near = smooth_parts(penalty, g, sp.S.Zero, sp.oo)[0]
    return sp.diff(near, g)


def slope_at_zero(penalty: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """P'(0+) and P''(0+)."""
    slope = slope_near_zero(penalty)
    return sp.limit(slope, g, 0, "+"), sp.limit(sp.diff(slope, g), g, 0, "+")


def curvature(given: Any) -> sp.Expr:
    """P''(0): near a flat discriminator E P(|grad v|) is P(0) + P''(0)/2 E |grad v|^2, as R1 of that weight.

    Raises:
        NoLocalSpectrumError: P'(0) != 0, as for a penalty centered at 1: at a flat discriminator it has a
            cone, so that P_g = P_r with a constant score is no equilibrium; or P''(0) infinite.
    """
    penalty = penalty_of(given)
    slope, second = slope_at_zero(penalty)
    if slope != 0:
        way = "pushes |grad v| away from 0" if slope < 0 else "holds |grad v| at 0 by a kink"
        raise NoLocalSpectrumError(
            f"penalty {penalty} has slope {slope} at |grad v| = 0, not smooth there: it {way}, so the flat "
            "discriminator has no linear form; centered at 0 (R1) or one-sided it has one"
        )
    if not second.is_finite:
        raise NoLocalSpectrumError(f"penalty {penalty} has an infinite second derivative at |grad v| = 0")
    return second
