"""Bounds of the divergence's tails, and the decision whether they are finite.

Towards an end of a panel, a density is a sum of exp(E(z)), with E(z) = c + a z + b z^2 in a coordinate z that
goes to +oo: z = +-x at an infinite end, and z = -log(|x - e|/w) at a singular point e, where b = 0 and c is a
ball that holds the analytic rest on all of the tail. With |f(e^t)| <= sum C |t|^j e^(k t) of
`Generator.bounds`,

    int q |f(p/q)| dz <= sum C' int p^k q^(1-k) dz,

    0 <= k <= 1:  p^k q^(1-k) <= p + q
    k > 1:        p^k q^(1-k) <= n^(k-1) sum_i p_i^k q_j^(1-k), for n components of p and any one j of q
    k < 0:        the same with p and q exchanged

and int_T^oo exp(E) <= exp(E(T))/|E'(T)| for a concave E that falls at T. The component j is the one that
falls slowest, so that what this criterion finds divergent is: there q <= const q_j and p >= p_i.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from gantheory.divergences.certified.forms import Form
from gantheory.divergences.certified.generator import Generator, Growth
from gantheory.lowering.balls.enclosure import number

Ball = Any

_SLACKS = [Fraction(1, 2**n) for n in (1, 3, 5, 8, 12, 20)]
"""epsilon in |t|^j <= (j/(e epsilon))^j e^(epsilon |t|)."""


@dataclass(frozen=True)
class Exponent:
    """E(z) = c + a z + b z^2."""

    c: Ball
    a: Fraction
    b: Fraction

    @property
    def order(self) -> tuple[Fraction, Fraction]:
        """Larger for what falls slower."""
        return self.b, self.a

    @property
    def falls(self) -> bool:
        """Whether exp(E) is integrable at +oo."""
        return self.b < 0 or (self.b == 0 and self.a < 0)

    def combined(self, k: Fraction, other: Exponent) -> Exponent:
        """k E + (1 - k) E_other."""
        return Exponent(
            number(k) * self.c + number(1 - k) * other.c,
            k * self.a + (1 - k) * other.a,
            k * self.b + (1 - k) * other.b,
        )

    def tail(self, start: Fraction, extra: Fraction = Fraction(0)) -> Ball | None:
        """Bound of int_start^oo exp(E + extra (z - start)); None where that does not yet fall, or is not
        concave."""
        slope = self.a + 2 * self.b * start + extra
        if self.b > 0 or slope >= 0:
            return None
        return (self.c + number((self.a + self.b * start) * start)).exp() / number(-slope)


@dataclass(frozen=True)
class End:
    """One end of a panel at which the integrand needs a bound.

    Attributes:
        p, q: forms of the two densities on the panel.
        side: +1 for the right end, -1 for the left.
        point: the singular point e, or None of an infinite end.
        width: w of x = e -+ w e^-z.
    """

    p: tuple[Form, ...]
    q: tuple[Form, ...]
    side: int
    point: Fraction | None = None
    width: Fraction = Fraction(1)

    def exponents(self, forms: tuple[Form, ...], start: Fraction) -> list[Exponent]:
        """E of each component for z >= start, without the Jacobian e^-z of a singular point."""
        if self.point is None:
            return [Exponent(form.constant, self.side * form.a, form.b) for form in forms]
        edge, log_width = number(self.point), number(self.width).log()
        near = edge.union(edge - self.side * number(self.width) * (-number(start)).exp())
        found = []
        for form in forms:
            g = form.power_at(self.point)
            rest = form.log_at(near, skip=self.point) + number(g) * log_width
            found.append(Exponent(rest, -g, Fraction(0)))
        return found

    def bound(self, generator: Generator, start: Fraction) -> Ball | None:
        """Bound of |int q f(p/q)| beyond z = start; None where it is not yet found."""
        p, q = self.exponents(self.p, start), self.exponents(self.q, start)
        total = arb(0)
        for growth in generator.bounds:
            term = self._term(growth, p, q, start)
            if term is None or not term.is_finite():
                return None
            total += term
        return arb(total.upper())

    def _term(self, growth: Growth, p: list[Exponent], q: list[Exponent], start: Fraction) -> Ball | None:
        if growth.j == 0:
            part = self._power_integral(growth.k, p, q, start)
            return None if part is None else growth.bound * part
        # |t|^j p towards u = oo and |t|^j q towards 0 are integrable whatever t is, a polynomial.
        plain = {(1, 1): p, (0, -1): q}.get((int(growth.k), growth.side)) if growth.k in (0, 1) else None
        best = None if plain is None else self._polynomial_integral(growth, plain, [*p, *q], start)
        for slack in _SLACKS:
            k = growth.k + growth.side * slack
            part = self._power_integral(k, p, q, start)
            if part is not None:
                factor = (growth.j / (arb(1).exp() * number(slack))) ** growth.j
                part *= growth.bound * factor
                best = part if best is None or bool(part < best) else best
        return best

    def _polynomial_integral(
        self, growth: Growth, parts: list[Exponent], every: list[Exponent], start: Fraction
    ) -> Ball | None:
        """Bound of C int |t|^j sum exp(E) beyond the start.

        |t| <= B(z), the sum of all |E| and log of their number: a quadratic with coefficients >= 0, so that
        B(z) <= B(T) (z/T)^2 <= B(T) e^(2 (z - T)/T).
        """
        size = arb(len(every)).log() * 2
        for e in every:
            size += abs(e.c) + number(abs(e.a) * start + abs(e.b) * start**2)
        total = arb(0)
        for e in parts:
            tail = self._with_jacobian(e).tail(start, 2 * growth.j / start)
            if tail is None:
                return None
            total += tail
        return growth.bound * size**growth.j * total

    def _power_integral(
        self, k: Fraction, p: list[Exponent], q: list[Exponent], start: Fraction
    ) -> Ball | None:
        """Bound of int p^k q^(1-k) beyond the start."""
        if k < 0:
            p, q, k = q, p, 1 - k
        if k <= 1:
            parts, factor = [*p, *q], arb(1)
        else:
            slowest = max(q, key=lambda e: e.order)
            parts = [e.combined(k, slowest) for e in p]
            factor = arb(len(p)) ** number(k - 1)
        total = arb(0)
        for exponent in parts:
            tail = self._with_jacobian(exponent).tail(start)
            if tail is None:
                return None
            total += tail
        return factor * total

    def _with_jacobian(self, e: Exponent) -> Exponent:
        return e if self.point is None else Exponent(e.c + number(self.width).log(), e.a - 1, e.b)

    def divergence(self, generator: Generator) -> int:
        """0 where the integral converges at this end, +-1 where it is provably +-oo.

        Raises:
            ArithmeticError: neither is proved.
        """
        # Only the exact coefficients a and b decide; the constants do not matter.
        p, q = ([_order_only(form, self) for form in forms] for forms in (self.p, self.q))
        top, bottom = max(p, key=lambda e: e.order), max(q, key=lambda e: e.order)
        if top.order == bottom.order:
            return 0  # u tends to a number
        side = 1 if top.order > bottom.order else -1
        k, _, sign = generator.leading(side)
        if side < 0:
            top, bottom, k = bottom, top, k + 1
            # q f(p/q) with f ~ u^-m, m = k - 1: q^k p^(1-k).
        if k <= 1 or self._with_jacobian(top.combined(k, bottom)).falls:
            return 0
        if sign:
            return sign
        raise ArithmeticError(
            "neither that the divergence is finite nor that it is infinite could be proved: the sign of f "
            f"towards u = {'oo' if side > 0 else '0'} is not certain"
        )


def _order_only(form: Form, end: End) -> Exponent:
    if end.point is None:
        return Exponent(arb(0), end.side * form.a, form.b)
    return Exponent(arb(0), -form.power_at(end.point), Fraction(0))
