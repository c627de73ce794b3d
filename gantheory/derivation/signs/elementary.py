"""Signs of elementary functions of u: balls in the middle, expansions with proved remainders at both ends."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.hyperbolic import short_rational
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.subdivision import line_positive
from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.lowering.balls.expansion import NoExpansionError, dominant, expand
from gantheory.support.multiprecision import flint_bits

_t = sp.Symbol("t", real=True)
_STARTS = (Fraction(3), Fraction(8), Fraction(24), Fraction(80), Fraction(320))
"""log u from which expansions are tried."""
_HIGHEST_ORDER = 4
"""Order of a zero at an end that is still resolved."""


def elementary_signs(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> Signs | str:
    """Whether a function of u is positive on (low, high), or the reason why that is not known.

    The ends 0 and oo go by an expansion with a remainder; a finite end with a zero there by the first
    derivative that is not 0; the rest of the line t = log u by subdivision. A zero of even order at u = 1
    splits the interval; the function must not vanish elsewhere.
    """
    try:
        if low < 1 < high and all(constant_sign(e.subs(u, 1)) == 0 for e in (expr, sp.diff(expr, u))):
            return _of_sides(expr, low, high)
        return _attempt(expr, low, high)
    except ValueError as error:
        return f"no enclosure: {error}"


def _of_sides(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> Signs | str:
    below, above = (_attempt(expr, *ends) for ends in ((low, sp.S.One), (sp.S.One, high)))
    for side in (below, above):
        if isinstance(side, Signs) and side.witness is not None:
            return side
    if isinstance(below, str) or isinstance(above, str):
        return below if isinstance(below, str) else above
    reason = f"zero at u = 1, {below.reason.replace('positive', 'positive on both sides', 1)}"
    proofs = {"below u = 1": below.certificate, "above": above.certificate}
    return Signs((1, 1), "ball arithmetic", reason, None, proofs)


def _attempt(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> Signs | str:
    certificate: dict[str, Any] = {"form": str(expr), "method": "balls and expansions"}
    bounds: list[Fraction] = []
    for end, side in ((low, -1), (high, 1)):
        found = _tail(expr, side) if end in (0, sp.oo) else _near(expr, end, side)
        if isinstance(found, str):
            # A violation in the middle needs no tail.
            witness = next(_negative(expr, low, high), None)
            return found if witness is None else _violated(witness, certificate)
        sign, bound, how = found
        if sign < 0:
            inside = low < sp.exp(sp.Rational(bound)) < high
            witness = bound if inside else next(_negative(expr, low, high, bound), None)
            if witness is None:
                return f"it is negative next to {end}, but no witness was found"
            return _violated(witness, certificate)
        bounds.append(bound)
        certificate["above" if side > 0 else "below"] = how
    certificate["subdivided_log_u"] = [str(b) for b in bounds]
    outcome: bool | Fraction | None = True
    if bounds[0] < bounds[1]:
        outcome = line_positive(expr.subs(u, sp.exp(_t)), _t, bounds[0], bounds[1])
    if isinstance(outcome, Fraction):
        return _violated(outcome, certificate)
    if outcome is None:
        return "it comes too close to zero between its ends for the subdivision to end"
    reason = "positive by ball arithmetic on a subdivision and by expansions at the ends"
    return Signs((1,), "ball arithmetic", reason, None, certificate)


def _violated(witness: Fraction, certificate: dict[str, Any]) -> Signs:
    data = certificate | {"witness_log_u": str(witness)}
    return Signs(None, "ball arithmetic", "negative in ball arithmetic", witness, data)


def _tail(expr: sp.Expr, side: int) -> tuple[int, Fraction, str] | str:
    """The sign of expr(e^t) for all side * t >= bound, with the signed bound and how it was found."""
    why = ""
    for start in _STARTS:
        try:
            terms = expand(expr.subs(u, sp.exp(_t)), _t, side, start, order=8, most=10)
            (k, m), c = dominant(terms, start)
        except NoExpansionError as error:
            why = str(error)
            continue
        shown = f"{float(c):.6g} u^({k * side})" + (f" |log u|^{m}" if m else "")
        how = f"{shown} dominates for {'' if side > 0 else '-'}log u >= {start}"
        return 1 if c > 0 else -1, side * start, how
    return why


def _near(expr: sp.Expr, end: sp.Expr, side: int) -> tuple[int, Fraction, str] | str:
    """The sign next to a finite end: by the value there, or by the first derivative that is not 0."""
    value = constant_sign(expr.subs(u, end))
    if value is None:
        return "its value at an end is not known"
    at = short_rational(float(sp.log(end)), 12)
    if value:
        # A little beyond the end, so that the subdivision covers it whatever the rounding.
        return value, at + side * (1 + abs(at)) / 10**9, "the value at the end"
    slope, order = sp.diff(expr, u), 1
    while (bend := constant_sign(slope.subs(u, end))) == 0:
        slope, order = sp.diff(slope, u), order + 1
        if order > _HIGHEST_ORDER:
            return f"it has a zero of order over {_HIGHEST_ORDER} at u = {end}"
    if bend is None:
        return f"the order of its zero at u = {end} is not known"
    derivative = enclosure(slope, u)
    edge = enclosure(end)()
    for k in range(1, 12):
        step = Fraction(1, 2**k)
        # A ball around all u from the end to end e^(-side step): there the Taylor remainder has one sign.
        box = edge * (number(-side * step / 2) + number(step / 2) * arb(0, 1)).exp()
        value = derivative(box)
        if value > 0 or value < 0:
            # With u on the left of the end, (u - end)^order has the sign (-1)^order.
            sign = bend * (-1 if side > 0 and order % 2 else 1)
            shown = f"of one sign for |log(u/{end})| <= {step}"
            how = f"zero of order {order} at u = {end}, where that derivative is {shown}"
            return sign, at - side * step * Fraction(7, 8), how
    return f"its derivative of order {order} changes sign near u = {end}"


def _negative(expr: sp.Expr, low: sp.Expr, high: sp.Expr, near: Fraction = Fraction(0)) -> Iterator[Fraction]:
    """Points of a coarse grid, finer around `near`, where the function is negative in ball arithmetic."""
    value = enclosure(expr, u)
    grid = [Fraction(step, 8) for step in sorted(range(-160, 161), key=abs)]
    grid += [near + Fraction(side, 2**k) for k in range(4, 24) for side in (1, -1)]
    for t in grid:
        with flint_bits(128 + 32 * int(abs(t))):
            found = low < sp.exp(sp.Rational(t)) < high and value(number(t).exp()) < 0
        if found:  # outside the block: a caller that stops here must not keep the lock
            yield t
