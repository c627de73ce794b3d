"""f as a sum of c e^(k t) t^j in t = log u: exactly, or far from u = 1 with proved remainders.

Then q f(p/q) = sum c p^k q^(1-k) t^j, each term one exponential of exactly combined coefficients. That
matters because f(p/q) alone may overflow any box where q underflows: exp(-x^2/(2 s^2)) exp(+x^2/(2 s^2)) of
a box of x far wider than s is an enormous ball, while their product in closed form is a narrow one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import sympy as sp
from flint import arb

from gantheory.divergences.certified.budget import check
from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.lowering.balls.expansion import NoExpansionError, expand, supremum

Ball = Any

_MOST_EXACT = 8  # terms of an exact sum: powers such as (u - 1)^30 would only cancel
_GROWTH = Fraction(5, 4)


@dataclass(frozen=True)
class ExponentialSum:
    """sum over terms (k, j, c) of c e^(k s) s^j with s = side * t.

    The coefficient c of an expansion is a ball in which the true one varies with t. An integral of the term
    against a weight >= 0 still lies in c times the integral of e^(k s) s^j where s >= 0, by the mean value
    theorem.
    """

    side: int
    terms: tuple[tuple[Fraction, int, Ball], ...]

    def by_power(self) -> dict[Fraction, list[tuple[int, Ball]]]:
        """(j, c) pairs by the exponent of u."""
        found: dict[Fraction, list[tuple[int, Ball]]] = {}
        for k, j, c in self.terms:
            found.setdefault(self.side * k, []).append((j, c))
        return found


def exact_sum(piece: sp.Expr, t: sp.Symbol) -> Callable[[], ExponentialSum] | None:
    """The sum that f is for all t, at the working precision of the call; None where it is no such sum."""
    found: dict[tuple[Fraction, int], Callable[..., Ball]] = {}
    expanded = sp.expand(piece)
    args = sp.Add.make_args(expanded)
    if len(args) > _MOST_EXACT:
        return None
    for arg in args:
        c, rest = arg.as_independent(t, as_Add=False)
        k, j = Fraction(0), 0
        for factor in sp.Mul.make_args(rest):
            slope = factor.args[0].coeff(t) if isinstance(factor, sp.exp) else None
            if slope is not None and slope.is_Rational and factor.args[0] == slope * t:
                k += Fraction(int(slope.p), int(slope.q))
            elif factor == t or (factor.is_Pow and factor.base == t and factor.exp.is_Integer):
                j += 1 if factor == t else int(factor.exp)
            elif factor != 1:
                return None
        if j < 0 or (k, j) in found:
            return None
        found[k, j] = enclosure(c)
    return lambda: ExponentialSum(1, tuple((k, j, c()) for (k, j), c in found.items()))


def outer_sum(
    piece: sp.Expr, t: sp.Symbol, side: int, first: Fraction, tolerance: Ball
) -> tuple[Fraction, ExponentialSum] | None:
    """(T, sum) with f = sum for side * t >= T, its remainders below the tolerance; None where none is found.

    With Taylor polynomials of n terms the remainder is about e^(-n T), so that n and T share the digits.

    Args:
        first: T is at least this, beyond all kinks of f.
    """
    digits = max(8.0, -float(tolerance.log()))
    order = math.ceil(math.sqrt(digits))
    start = max(first, Fraction(order))
    while start <= 8 * digits:
        check()
        try:
            terms = expand(piece, t, side, start, order=order, most=2 * order)
        except NoExpansionError:
            terms = None
        if terms is not None and all(_negligible(*key, c, start, tolerance) for key, c in terms.items()):
            return start, ExponentialSum(side, tuple((k, j, number(c)) for (k, j), c in terms.items()))
        start = Fraction(float(start * _GROWTH))
    return None


def _negligible(k: Fraction, j: int, c: Any, start: Fraction, tolerance: Ball) -> bool:
    """Whether the radius of a coefficient leaves no more than the tolerance, or is rounding."""
    if isinstance(c, Fraction):
        return True
    radius = c.rad()
    if radius <= abs(c.mid()) * arb(2) ** (12 - flint.ctx.prec):
        return True
    size = supremum(-k, j, start) if k < 0 or (k == 0 and j <= 0) else arb(1)
    return bool(radius * size <= tolerance)
