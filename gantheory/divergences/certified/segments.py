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

from gantheory.divergences.certified.budget import check
from gantheory.divergences.certified.crossings import pieces
from gantheory.divergences.certified.exponential_sums import ExponentialSum
from gantheory.divergences.certified.forms import Form
from gantheory.divergences.certified.generator import Generator
from gantheory.lowering.balls.enclosure import number

Ball = Any

_COARSE = 60  # halvings in search of where |log(p/q)| gets large: scales may differ much
_MOST_COARSE = 2_000


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
                total += self._bound(generator, number(a).union(number(b))) * number(b - a)
            else:
                total += self._piece(generator, index, a, b, tolerance / len(wide))
        return total

    def _piece(self, generator: Generator, index: int, a: Fraction, b: Fraction, tolerance: Ball) -> Ball:
        """Integral where one formula of f holds: by sums of exponentials where it is one or |t| is large."""
        exact, f = generator.exact_sums[index], generator.functions[index]
        if exact is not None:
            return self._over(self._of_sum(exact()), a, b, tolerance)

        def middle(z: acb, analytic: bool) -> acb:
            weight, t = self._weight_and_log_ratio(z, analytic)
            return weight * f(t, analytic=analytic)

        parts = self._by_size(generator, index, a, b, tolerance)
        total = arb(0)
        for low, high, outer in parts:
            integrand = middle if outer is None else self._of_sum(outer)
            total += self._over(integrand, low, high, tolerance / len(parts))
        return total

    def _by_size(
        self, generator: Generator, index: int, a: Fraction, b: Fraction, tolerance: Ball
    ) -> list[tuple[Fraction, Fraction, ExponentialSum | None]]:
        """Parts of [a, b] with the sum that holds on all of each, None where |log(p/q)| is moderate."""
        sums: list[ExponentialSum | None] = [None]
        levels: list[Callable[[], Ball]] = []
        for side, outermost in ((-1, 0), (1, len(generator.pieces) - 1)):
            found = generator.outer_sum(side, tolerance) if index == outermost else None
            if found is not None:
                level = number(side * found[0])
                levels.append(lambda level=level: level)  # type: ignore[misc]
                sums.insert(0 if side < 0 else len(sums), found[1])
        try:
            split = pieces(lambda z: self.log_ratio(z, False), levels, a, b, _COARSE, _MOST_COARSE)
        except ArithmeticError:  # log(p/q) stays at a level: the integrator can do without the split
            return [(a, b, None)]
        parts: list[tuple[Fraction, Fraction, ExponentialSum | None]] = []
        for low, high, where in split:
            outer = None if where is None else sums[where]
            if parts and parts[-1][2] is outer:
                parts[-1] = (parts[-1][0], high, outer)
            else:
                parts.append((low, high, outer))
        return parts

    def _of_sum(self, f: ExponentialSum) -> Callable[[acb, bool], acb]:
        """sum c p^k q^(1-k) |t|^j dx/dz."""
        terms = [(self._log_power_mean(k), pairs) for k, pairs in f.by_power().items()]
        with_t = any(j for _, pairs in terms for j, _ in pairs)

        def integrand(z: acb, analytic: bool) -> acb:
            s = f.side * self.log_ratio(z, analytic) if with_t else acb(1)
            total = acb(0)
            for logs, pairs in terms:
                weight = acb(0)
                for log in logs(z, analytic):
                    weight += log.exp()
                factor = acb(0)
                for j, c in pairs:
                    factor += c * s**j if j else c
                total += factor * weight
            return total

        return integrand

    def _log_power_mean(self, k: Fraction) -> Callable[[acb, bool], list[acb]]:
        """Logs of the terms whose sum is p^k q^(1-k) dx/dz."""
        if k in (0, 1):
            plain = self.p if k else self.q
            return lambda z, analytic: [self._log(form, z, analytic, 1) for form in plain]
        if self._ratio is not None:
            mean = self.p[0].power_mean(k, self.q[0])
            return lambda z, analytic: [self._log(mean, z, analytic, 1)]
        return lambda z, analytic: [
            number(k) * self._log_sum(self.p, z, analytic)
            + number(1 - k) * self._log_sum(self.q, z, analytic)
        ]

    def _over(self, integrand: Callable[[acb, bool], acb], a: Fraction, b: Fraction, tolerance: Ball) -> Ball:
        failure: list[BaseException] = []

        def guarded(z: acb, analytic: bool) -> acb:
            # An exception does not get through flint's C code; nan makes it stop.
            if not failure:
                try:
                    check()
                    return integrand(z, analytic)
                except BaseException as error:
                    failure.append(error)
            return acb("nan")

        rounding = arb(2) ** -flint.ctx.prec
        # The tolerance of acb.integral is for each subinterval, of which there are dozens.
        value = acb.integral(
            guarded,
            acb(number(a)),
            acb(number(b)),
            abs_tol=arb((tolerance / 256).lower()),
            rel_tol=rounding,
            eval_limit=20_000 + 500 * flint.ctx.prec,
        )
        if failure:
            raise failure[0]
        if value.is_finite() and not value.imag.contains(0):
            raise ArithmeticError("f must be real for all u > 0 to be certified, got complex values")
        return value.real

    def _bound(self, generator: Generator, z: Ball) -> Ball:
        """Union of q f over an interval on which more than one piece of f may hold."""
        weight, t = self._weight_and_log_ratio(z, False)
        total = arb(0)  # f(1) = 0 also where f jumps there
        for function in generator.holding(t, [kink() for kink in generator.log_kinks]):
            total = total.union(function(t))
        return weight * total

    def log_ratio(self, z: Ball, analytic: bool) -> Ball:
        """log(p/q) at a ball of the coordinate."""
        if self._ratio is None:
            return self._log_sum(self.p, z, analytic) - self._log_sum(self.q, z, analytic)
        return self._log(self._ratio, z, analytic)

    @cached_property
    def _ratio(self) -> Form | None:
        return self.p[0].over(self.q[0]) if len(self.p) == len(self.q) == 1 else None

    def _weight_and_log_ratio(self, z: Ball, analytic: bool) -> tuple[Ball, Ball]:
        """q times dx/dz, and log(p/q)."""
        log_q = self._log_sum(self.q, z, analytic)
        if self._ratio is not None:
            return log_q.exp(), self._log(self._ratio, z, analytic)
        return log_q.exp(), self._log_sum(self.p, z, analytic) - log_q

    def _log(self, form: Form, z: Ball, analytic: bool, jacobian: int = 0) -> Ball:
        """log of the density, times dx/dz if `jacobian` is 1.

        |x - e|^g dx/dz is e^-(g+1)z, from one product: log p alone would leave a far wider ball.
        """
        if self.point is None:
            return form.log_at(z, analytic=analytic)
        log_distance = number(self.width).log() - z
        x = number(self.point) - self.side * log_distance.exp()
        power = form.power_at(self.point) + jacobian
        return form.log_at(x, self.point, analytic) + number(power) * log_distance

    def _log_sum(self, forms: tuple[Form, ...], z: Ball, analytic: bool) -> Ball:
        """log of a sum of exponentials, times dx/dz, from the largest: 1 + the others' share stays off log's
        cut."""
        logs = [self._log(form, z, analytic, 1) for form in forms]
        if len(logs) == 1:
            return logs[0]
        top = max(logs, key=_middle)
        total = sum(((log - top).exp() for log in logs if log is not top), arb(1))
        return top + (total.log(analytic=analytic) if isinstance(total, acb) else total.log())


def _middle(x: Ball) -> float:
    real = (x.real if isinstance(x, acb) else x).mid()
    return float(real) if real.is_finite() else float("-inf")
