"""What follows the contributions of geometric panels: sums extrapolated from those that are known."""

from __future__ import annotations

import itertools
import math

import numpy as np

from gantheory.arguments.arrays import Array

_SLOW = 0.8  # ratio of contributions that fall too slowly for extrapolation one by one
_BLOCKS = 10  # sums that extrapolation takes


def beyond(masses: list[Array]) -> list[tuple[float, float]]:
    """(mass, doubt) of P and of Q beyond geometric panels."""
    return [
        remainder(side.tolist()) if side.size > 1 else (0.0, float(side[-1])) for side in np.transpose(masses)
    ]


def remainder(values: list[float]) -> tuple[float, float]:
    """Sum of the contributions that would follow, and its uncertainty.

    Contributions r_1^k + r_2^k + ..., as powers of the distance give in geometric panels, are summed by
    Wynn's epsilon algorithm (Wynn, MTAC 1956).
    """
    values = _in_blocks(values)
    last, before = values[-1], values[-2]
    if last == 0.0:
        return 0.0, 0.0
    ratio = last / before if before else math.inf
    if not -1.0 < ratio < 1.0 - 1e-4:
        return math.copysign(math.inf, last), math.inf
    if ratio < 0.0:
        return 0.0, 2 * abs(last)
    guesses = [last * ratio / (1.0 - ratio)]
    for terms in (4, 6, 8):
        if len(values) > terms:
            guesses.append(
                _epsilon([0.0, *itertools.accumulate(values[-terms:])]) - math.fsum(values[-terms:])
            )
    best = guesses[-1]
    doubt = abs(best - guesses[-2]) if len(guesses) > 1 else abs(best)
    if not doubt < abs(last) * max(1.0, ratio / (1.0 - ratio)):
        best, doubt = guesses[0], abs(guesses[0])
    return best, 4 * doubt + 1e-8 * abs(best)


def settled(values: list[float]) -> tuple[float, float]:
    """`remainder`, whose uncertainty holds what would have been said two panels earlier."""
    rest, doubt = remainder(values)
    if math.isfinite(rest) and len(values) > 12:
        before, _ = remainder(values[:-2])
        doubt = max(doubt, 2 * abs(before - values[-2] - values[-1] - rest))
    return rest, doubt


def _in_blocks(values: list[float]) -> list[float]:
    """Sums of neighbours, so many that they fall by half where single contributions fall slowly.

    Between contributions that are nearly alike Wynn's algorithm sees rounding.
    """
    ratio = abs(values[-1] / values[-2]) if values[-2] else 0.0
    if not ratio > _SLOW:
        return values
    falls = math.log(0.5) / math.log(ratio) if ratio < 1.0 else math.inf
    width = int(min(falls, len(values) // _BLOCKS))
    if width < 2:
        return values
    first = len(values) % width
    return [math.fsum(values[k : k + width]) for k in range(first, len(values), width)]


def _epsilon(sums: list[float]) -> float:
    """Limit of an odd number of partial sums; the sums so far where the table breaks down."""
    older, column = [0.0] * (len(sums) + 1), sums
    while len(column) > 1:
        steps = [y - x for x, y in itertools.pairwise(column)]
        if not all(steps):
            return column[-1] if len(column) % 2 else sums[-1]
        older, column = column, [o + 1.0 / d for o, d in zip(older[1:], steps, strict=False)]
    return column[0]
