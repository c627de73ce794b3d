"""Signs of a function of one real variable on a bounded interval, by subdivision in ball arithmetic."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import arb

from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.support.multiprecision import flint_bits

_MOST_BOXES = 20_000
_BITS = 192


def line_positive(expr: sp.Expr, t: sp.Symbol, low: Fraction, high: Fraction) -> bool | Fraction | None:
    """Whether expr(t) > 0 for all t in [low, high]: True, or a t where it is negative, or None.

    A box counts where its enclosure, or that of the mean value form f(m) + f'(box)(box - m), is positive;
    it is halved otherwise. A zero inside, or at an end, leaves None.

    Raises:
        ValueError: expr has no enclosure.
    """
    value, slope = enclosure(expr, t), enclosure(sp.diff(expr, t), t)
    with flint_bits(_BITS):
        boxes, seen = [(low, high)], 0
        least = (high - low) / 2**40
        while boxes:
            a, b = boxes.pop()
            seen += 1
            if seen > _MOST_BOXES:
                return None
            middle, radius = (a + b) / 2, (b - a) / 2
            center = number(middle)
            box = center + number(radius) * arb(0, 1)
            here = value(box)
            if here > 0:
                continue
            at = value(center)
            if at < 0:
                return middle
            if at + slope(box) * (box - center) > 0:
                continue
            if b - a < least:
                return None
            boxes += [(middle, b), (a, middle)]
        return True
