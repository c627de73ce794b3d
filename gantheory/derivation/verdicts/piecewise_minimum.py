"""Unique minimum for piecewise linear f, which games with a step function as optimal score have."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import simplified
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import Induced
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.verdict import Verdict


def piecewise_minimum(part: Induced) -> Verdict:
    """Whether f(u1)/(1 - u1) + f(u2)/(u2 - 1) > 0 for all u1 < 1 < u2 <= inf; f is linear on each segment,
    and u = 1 is an end of one.

    On a segment f = c + m (u - 1) the quotient f/(u - 1) = m + c/(u - 1) is monotone, so its infimum is
    at an end of it.
    """
    left: list[sp.Expr] = []
    right: list[sp.Expr] = []
    lines = [(s.start, s.end, simplified(s.expr.subs(u, 1)), sp.diff(s.expr, u)) for s in part.segments]
    for start, end, offset, slope in lines:
        side = -1 if end <= 1 else 1
        for point in (start, end):
            distance = side * (point - 1)
            if distance == 0:
                value = side * slope + (sp.oo * sp.sign(offset) if offset != 0 else 0)
            else:
                value = side * slope + (offset / distance if distance.is_finite else 0)
            (left if side < 0 else right).append(simplified(value))
    low, high = _least(left), _least(right)
    if low is None or high is None:
        return Verdict(None, "none", "the least of f(u)/(u - 1) at the breaks is not told from another")
    data = {"inf of f(u)/(1 - u), u < 1": str(low), "inf of f(u)/(u - 1), u > 1": str(high)}
    if sp.oo in (-low, -high):
        return Verdict(False, "symbolic", "f jumps down at u = 1", 0.0, certificate=data)
    total = constant_sign(low + high) if (low + high).is_finite else 1
    if total == 1:
        reason = f"f(u1)/(1 - u1) + f(u2)/(u2 - 1) >= {simplified(low + high)} > 0 for all u1 < 1 < u2"
        return Verdict(True, "symbolic", reason, certificate=data)
    if total == -1:
        return Verdict(False, "symbolic", "f(u1)/(1 - u1) + f(u2)/(u2 - 1) is not positive", certificate=data)
    return Verdict(None, "none", "f(u1)/(1 - u1) + f(u2)/(u2 - 1) comes down to 0", certificate=data)


def _least(values: list[sp.Expr]) -> sp.Expr | None:
    """The least of exact numbers and infinities; None where two are not told apart. (sympy's Min raises where
    two long sums of logarithms are equal.)"""
    best = values[0]
    for value in values[1:]:
        if -sp.oo in (best, value):
            return -sp.oo
        if sp.oo in (best, value):
            best = value if best is sp.oo else best
            continue
        sign = constant_sign(best - value)
        if sign is None:
            return None
        best = value if sign > 0 else best
    return best
