"""Densities on a panel: log p = c + a x + b x^2 + sum_s g_s log |x - e_s| with exact coefficients."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import flint
from flint import acb, arb

from gantheory.lowering.balls.enclosure import number

Ball = Any

_ZERO = Fraction(0)


@dataclass(frozen=True)
class Form:
    """exp of c + a x + b x^2 + sum of g log(distance to e), with c = log(ratio) + shift + constants.

    Attributes:
        ratio, shift: the rational parts of the constant.
        constants: its irrational parts: ("2pi",) for -log(2 pi)/2, ("beta", a, b) for -log B(a, b),
            ("power", x, y) for y log x, each with "minus" before it if negative; ("power mean", k, p, q) for
            that of p^k q^(1-k).
        a, b: coefficients of x and x^2.
        logs: (e, g) pairs: the density has a factor |x - e|^g.
    """

    ratio: Fraction = Fraction(1)
    shift: Fraction = _ZERO
    constants: tuple[tuple[Any, ...], ...] = ()
    a: Fraction = _ZERO
    b: Fraction = _ZERO
    logs: tuple[tuple[Fraction, Fraction], ...] = ()
    _cache: dict[int, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def constant(self) -> Ball:
        """c at the working precision."""
        return self._irrational + number(self.shift)

    @property
    def _irrational(self) -> Ball:
        total = number(self.ratio).log()
        for constant in self.constants:
            total += -_irrational(*constant[1:]) if constant[0] == "minus" else _irrational(*constant)
        return total

    @property
    def _balls(self) -> tuple[Ball, Ball, Ball, list[tuple[Fraction, Ball, Ball]]]:
        """(c, a, b, logs) at the working precision; with b, c and a are the vertex, height and place."""
        prec = flint.ctx.prec
        if prec not in self._cache:
            c, a = self.constant, number(self.a)
            if self.b:
                vertex = -self.a / (2 * self.b)
                c, a = self._irrational + number(self.shift + self.a * vertex / 2), number(vertex)
            self._cache[prec] = c, a, number(self.b), [(e, number(e), number(g)) for e, g in self.logs]
        return self._cache[prec]  # type: ignore[return-value]

    def log_at(self, x: Ball, skip: Fraction | None = None, analytic: bool = False) -> Ball:
        """log of the density at x, without the factor of the singular point `skip`."""
        c, a, b, logs = self._balls
        # Around the vertex: x stands once, so that a wide ball of x gives a narrow one.
        value = c + b * (x - a) ** 2 if self.b else c + a * x
        for e, place, g in logs:
            if e != skip:
                distance = x - place
                if not (distance.real if isinstance(x, acb) else distance) > 0:
                    distance = -distance
                log = distance.log(analytic=analytic) if isinstance(x, acb) else distance.log()
                value += g * log
        return value

    def power_at(self, e: Fraction) -> Fraction:
        """g of the factor |x - e|^g."""
        return next((g for place, g in self.logs if place == e), _ZERO)

    def over(self, other: Form) -> Form:
        """The quotient of two densities, whose log keeps its digits where they are alike."""
        constants, others = list(self.constants), []
        for constant in other.constants:
            if constant in constants:
                constants.remove(constant)
            else:
                others.append(constant)
        return Form(
            self.ratio / other.ratio,
            self.shift - other.shift,
            (*constants, *(("minus", *constant) for constant in others)),
            self.a - other.a,
            self.b - other.b,
            self._powers(Fraction(1), other, Fraction(-1)),
        )

    def power_mean(self, k: Fraction, other: Form) -> Form:
        """self^k other^(1-k), with exactly combined coefficients; k is neither 0 nor 1."""
        return Form(
            Fraction(1),
            k * self.shift + (1 - k) * other.shift,
            (("power mean", k, self, other),),
            k * self.a + (1 - k) * other.a,
            k * self.b + (1 - k) * other.b,
            self._powers(k, other, 1 - k),
        )

    def _powers(self, k: Fraction, other: Form, m: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
        """The `logs` of self^k other^m."""
        left, right = dict(self.logs), dict(other.logs)
        powers = {e: k * left.get(e, _ZERO) + m * right.get(e, _ZERO) for e in {*left, *right}}
        return tuple(sorted((e, g) for e, g in powers.items() if g))

    @property
    def level(self) -> Fraction | None:
        """The number that the form is everywhere, if it is an exact rational."""
        plain = not (self.shift or self.constants or self.a or self.b or self.logs)
        return self.ratio if plain else None

    def times(self, weight: Fraction) -> Form:
        """The density times a positive rational."""
        return replace(self, ratio=self.ratio * weight, _cache={})


def _irrational(name: str, *args: Any) -> Ball:
    if name == "2pi":
        return -(2 * arb.pi()).log() / 2
    if name == "power mean":
        k, p, q = args
        return number(k) * p._irrational + number(1 - k) * q._irrational
    x, y = (number(arg) for arg in args)
    if name == "power":
        return y * x.log()
    return (x + y).lgamma() - x.lgamma() - y.lgamma()
