"""The line in segments on which the integrand is analytic, and its integral over each.

A segment's coordinate is x itself, or z with x = e -+ w e^-z beside a singular point e.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
from flint import acb, arb

from gantheory.divergences.certified.crossings import pieces
from gantheory.divergences.certified.expansion import ball
from gantheory.divergences.certified.forms import Form
from gantheory.divergences.certified.generator import Generator

Ball = Any


@dataclass(frozen=True)
class Segment:
    """Part of the line where both densities are positive and analytic.

    Attributes:
        p, q: forms of the densities.
        low, high: ends in the segment's coordinate.
        point: the singular point e of x = e - side w e^-z; None where the coordinate is x.
        side, width: side and w of it.
    """

    p: tuple[Form, ...]
    q: tuple[Form, ...]
    low: Fraction
    high: Fraction
    point: Fraction | None = None
    side: int = 1
    width: Fraction = Fraction(1)

    def integral(self, generator: Generator, tolerance: Ball) -> Ball:
        """Ball around int q f(p/q) over the segment."""
        total = arb(0)
        bits = flint.ctx.prec
        split = pieces(lambda z: self.log_ratio(z, False), generator.log_kinks, self.low, self.high, bits)
        wide = [part for part in split if part[2] is not None]
        for a, b, index in split:
            if index is None:
                total += self._bound(generator, ball(a).union(ball(b))) * ball(b - a)
            else:
                total += self._over(generator.piece(index), a, b, tolerance / len(wide))
        return total

    def _over(self, f: Callable[..., Ball], a: Fraction, b: Fraction, tolerance: Ball) -> Ball:
        def integrand(z: acb, analytic: bool) -> acb:
            weight, t = self._weight_and_log_ratio(z, analytic)
            return weight * f(t, analytic=analytic)

        rounding = arb(2) ** -flint.ctx.prec
        # The tolerance of acb.integral is for each subinterval, of which there are dozens.
        value = acb.integral(
            integrand,
            acb(ball(a)),
            acb(ball(b)),
            abs_tol=arb((tolerance / 256).lower()),
            rel_tol=rounding,
            eval_limit=20_000 + 500 * flint.ctx.prec,
        )
        if value.is_finite() and not value.imag.contains(0):
            raise ArithmeticError("f must be real for all u > 0 to be certified, got complex values")
        return value.real

    def _bound(self, generator: Generator, z: Ball) -> Ball:
        """Union of q f over an interval on which more than one piece of f may hold."""
        weight, t = self._weight_and_log_ratio(z, False)
        total: Any = None
        edges = [kink() for kink in generator.log_kinks]
        for index in range(len(edges) + 1):
            if (index == 0 or not t < edges[index - 1]) and (index == len(edges) or not t > edges[index]):
                value = generator.piece(index)(t)
                total = value if total is None else total.union(value)
        # f(1) = 0 also where f jumps there.
        return weight * arb(0).union(total)

    def log_ratio(self, z: Ball, analytic: bool) -> Ball:
        """log(p/q) at a ball of the coordinate."""
        return (
            self._weight_and_log_ratio(z, analytic)[1]
            if self._ratio is None
            else self._log(self._ratio, z, analytic)
        )

    @cached_property
    def _ratio(self) -> Form | None:
        return self.p[0].over(self.q[0]) if len(self.p) == len(self.q) == 1 else None

    def _weight_and_log_ratio(self, z: Ball, analytic: bool) -> tuple[Ball, Ball]:
        """q times dx/dz, and log(p/q)."""
        if self._ratio is not None:
            log_q = self._log(self.q[0], z, analytic)
            t = self._log(self._ratio, z, analytic)
        else:
            log_q = self._log_sum(self.q, z, analytic)
            t = self._log_sum(self.p, z, analytic) - log_q
        if self.point is not None:
            log_q += self._log_distance(z)
        return log_q.exp(), t

    def _log_distance(self, z: Ball) -> Ball:
        return ball(self.width).log() - z

    def _log(self, form: Form, z: Ball, analytic: bool) -> Ball:
        if self.point is None:
            return form.log_at(z, analytic=analytic)
        log_distance = self._log_distance(z)
        x = ball(self.point) - self.side * log_distance.exp()
        return form.log_at(x, self.point, analytic) + ball(form.power_at(self.point)) * log_distance

    def _log_sum(self, forms: tuple[Form, ...], z: Ball, analytic: bool) -> Ball:
        """log of a sum of exponentials, from the largest: 1 + the others' share stays off the cut of log."""
        logs = [self._log(form, z, analytic) for form in forms]
        if len(logs) == 1:
            return logs[0]
        top = max(logs, key=_middle)
        total = sum(((log - top).exp() for log in logs if log is not top), arb(1))
        return top + (total.log(analytic=analytic) if isinstance(total, acb) else total.log())


def _middle(x: Ball) -> float:
    real = (x.real if isinstance(x, acb) else x).mid()
    return float(real) if real.is_finite() else float("-inf")
