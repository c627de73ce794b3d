"""Repeat an enclosure at higher precision until it is as narrow as was asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import arb

from gantheory.divergences.certified.budget import OutOfTimeError, allowed
from gantheory.multiprecision import flint_bits

Ball = Any

_ATTEMPTS = 8


def refine(enclose: Callable[[Ball], Ball], dps: int) -> Ball:
    """The first ball of a relative radius of at most 10^-dps.

    Args:
        enclose: takes an absolute tolerance and returns a ball at the current `flint.ctx.prec`.
        dps: decimal digits.

    Raises:
        ArithmeticError: not reached.
    """
    digits, bits = min(dps + 2, 10), 0
    best: Ball | None = None
    for _ in range(_ATTEMPTS):
        bits = max(bits, math.ceil(3.33 * digits) + 40)
        with flint_bits(bits):
            goal = arb(10) ** -dps
            try:
                ball = enclose(arb(10) ** -digits)
            except OutOfTimeError:
                if best is None:
                    raise
                raise ArithmeticError(_too_slow(best, dps)) from None
            if not ball.is_finite():
                bits *= 2
                continue
            best = ball
            size = abs(ball).lower()
            if ball.rad() <= goal * size:
                return ball
            if size > 0:
                wanted = dps + 1 + max(0, math.ceil(-float(size.log()) / math.log(10)))
                # If the tolerance was small enough already, more parts than expected share the error, or
                # rounding is what is left.
                missing = math.ceil(float((ball.rad() / (goal * size)).log()) / math.log(10)) + 1
                bits, digits = (bits, wanted) if wanted > digits else (bits + bits // 2, digits + missing)
            else:
                digits *= 2
    found = "no finite ball" if best is None else best.str(8)
    raise ArithmeticError(f"{dps} digits were not reached: what could be proved is {found}")


def _too_slow(ball: Ball, dps: int) -> str:
    reached = max(0, math.floor(ball.rel_accuracy_bits() * math.log10(2)))
    return (
        f"{dps} digits were not reached in {allowed():g} s, {reached} were: the value is "
        f"{ball.str(max(reached, 3))}; give more `seconds` or a smaller `dps`"
    )
