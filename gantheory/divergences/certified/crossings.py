"""Where the log ratio of two densities crosses given values: isolated by bisection with balls.

No root is taken for found because a function changed its sign: an interval is left over unless the ball of
t - c on it excludes 0. What is left over is a handful of intervals of negligible length, which an integral
counts by length times a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gantheory.divergences.certified.budget import check
from gantheory.lowering.balls.enclosure import number
from gantheory.support.multiprecision import flint_bits

Ball = Any

_MOST = 20_000  # intervals looked at


def pieces(
    t: Callable[[Ball], Ball],
    levels: list[Callable[[], Ball]],
    low: Fraction,
    high: Fraction,
    bits: int,
    most: int = _MOST,
) -> list[tuple[Fraction, Fraction, int | None]]:
    """Split [low, high] into (a, b, index): t is between levels index - 1 and index on all of [a, b].

    The index is None on intervals of at most (high - low) 2^-bits, on which that is not decided.
    At most `most` intervals are looked at.

    Raises:
        ArithmeticError: too many intervals stay undecided, as for a t that stays at a level.
    """
    shortest = (high - low) / 2**bits
    found: list[tuple[Fraction, Fraction, int | None]] = []
    stack, looked_at = [(low, high)], 0
    # Close to a double root t - c is of the order of the length squared.
    with flint_bits(2 * bits + 60):
        values = [level() for level in levels]
        while stack:
            check()
            a, b = stack.pop()
            looked_at += 1
            if looked_at > most:
                raise ArithmeticError("where the densities' ratio crosses a kink of f could not be isolated")
            index = _index(t(number(a).union(number(b))), values)
            if index is None and b - a > shortest:
                middle = (a + b) / 2
                stack += [(middle, b), (a, middle)]  # the left half is looked at first
            elif found and found[-1][2] == index:
                found[-1] = (found[-1][0], b, index)
            else:
                found.append((a, b, index))
    return found


def _index(value: Ball, levels: list[Ball]) -> int | None:
    index = sum(1 for level in levels if value > level)
    return index if index == len(levels) or value < levels[index] else None
