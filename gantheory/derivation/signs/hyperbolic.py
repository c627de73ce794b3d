"""The sign of K1 cosh(p t) + K2 cosh(q t) and of c0 + c1 e^(k t), for all real t, in exact arithmetic.

Sign lemma. Let A be the coefficient of the larger of the exponents p, q >= 0 and B the other. cosh(P
t)/cosh(Q t) with P > Q grows strictly in |t| from 1 at t = 0 to infinity, so A cosh(P t) + B cosh(Q t) has
one sign for all t, or one sign for |t| < t* and the other for |t| > t*; which, and whether t = 0 is a zero,
the signs of A and of A + B tell. (Growth: the logarithmic derivative P tanh(P t) - Q tanh(Q t) has the sign
of t.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from gantheory.lowering.balls.enclosure import number
from gantheory.support.multiprecision import flint_bits, to_mp
from gantheory.support.multiprecision import mp as mpmath

Pattern = tuple[int, ...]
"""Signs met as t runs over the real line; (1, 1) means positive but for a zero at one point."""

_BITS = 128
"""Of the balls that show a witness."""


@dataclass(frozen=True)
class Hyperbolic:
    """K1 cosh(p t) + K2 cosh(q t) with rational numbers."""

    K1: Fraction
    p: Fraction
    K2: Fraction
    q: Fraction

    @cached_property
    def ordered(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """A, P, B, Q with P > Q >= 0, or P = Q and B = 0."""
        p, q = abs(self.p), abs(self.q)
        if p == q:
            return self.K1 + self.K2, p, Fraction(0), q
        return (self.K1, p, self.K2, q) if p > q else (self.K2, q, self.K1, p)

    @property
    def pattern(self) -> Pattern:
        """The signs over the real line."""
        A, P, B, _ = self.ordered
        if P == 0 or A == 0:
            return (_sign(A + B),)
        end, middle = _sign(A), _sign(A + B)
        return (end,) if middle == end else (end, end) if middle == 0 else (end, middle, end)

    @property
    def case(self) -> str:
        """Which case of the sign lemma applies, in words."""
        A, _, B, _ = self.ordered
        leading = f"the larger exponent has coefficient {A}"
        if not A or not B:
            signs: dict[Pattern, str] = {
                (0,): "zero for all t",
                (1,): "positive for all t",
                (-1,): "negative for all t",
            }
            return f"one term, or equal exponents, with coefficient {A or B}: {signs[self.pattern]}"
        total = f"K1 + K2 = {self.K1 + self.K2}, the value at t = 0"
        return {
            (1,): f"{leading} and {total}, is positive: positive for all t",
            (-1,): f"{leading} and {total}, is negative: negative for all t",
            (1, 1): f"{leading} > 0 and {total}, is zero: positive for all t but 0",
            (-1, -1): f"{leading} < 0 and {total}, is zero: negative for all t but 0",
            (1, -1, 1): f"{leading} > 0 and {total}, is negative: negative for |t| < t*",
            (-1, 1, -1): f"{leading} < 0 and {total}, is positive: negative for |t| > t*",
        }[self.pattern]

    def witness(self) -> Fraction | None:
        """A rational t >= 0 at which the sum is negative, shown by balls; None if there is none."""
        pattern = self.pattern
        if -1 not in pattern:
            return None
        if pattern != (-1, 1, -1):
            return Fraction(0) if self.K1 + self.K2 < 0 else Fraction(1)
        A, P, B, Q = self.ordered
        with mpmath.workdps(30), flint_bits(_BITS):
            aim = _crossing(P, Q, -B / A)
            for step in ("0.01", "0.1", "0.5", "2", "10"):
                t = short_rational(aim * (1 + mpmath.mpf(step)))
                if _ratio(t, P, Q) > number(-B / A):
                    return t
        raise ArithmeticError(f"no point with a proved negative sign found for {self}")

    def certificate(self, variable: str = "t = log u") -> dict[str, Any]:
        """The exact numbers, the case of the lemma, and what shows the witness."""
        A, P, B, Q = self.ordered
        data: dict[str, Any] = {
            "form": "K1 cosh(p t) + K2 cosh(q t)",
            "variable": variable,
            "K1": str(self.K1),
            "p": str(self.p),
            "K2": str(self.K2),
            "q": str(self.q),
            "case": self.case,
        }
        witness = self.witness()
        if witness is not None:
            data["witness_log_u"] = str(witness)
            if self.pattern == (-1, 1, -1):
                with flint_bits(_BITS):
                    ratio = _shown(_ratio(witness, P, Q).lower())
                level = f"{_shown(number(-B / A))} = {-B / A}"
                data["check"] = f"cosh({P} t)/cosh({Q} t) >= {ratio} > {level} at the witness"
        return data


@dataclass(frozen=True)
class TwoTerms:
    """c0 + c1 e^(k t) with rational numbers, k > 0."""

    c0: Fraction
    c1: Fraction
    k: Fraction

    @property
    def pattern(self) -> Pattern:
        first, last = _sign(self.c0), _sign(self.c1)
        if first == last or last == 0:
            return (first,)
        return (last,) if first == 0 else (first, last)

    @property
    def case(self) -> str:
        return {
            (0,): "both coefficients vanish: zero for all t",
            (1,): "no coefficient is negative: positive",
            (-1,): "no coefficient is positive: negative",
            (-1, 1): f"c0 = {self.c0} < 0 < c1: negative for e^(k t) < {-self.c0 / (self.c1 or 1)}",
            (1, -1): f"c1 = {self.c1} < 0 < c0: negative for e^(k t) > {-self.c0 / (self.c1 or 1)}",
        }[self.pattern]

    def witness(self) -> Fraction | None:
        """A rational t at which the sum is negative, shown by balls; None where there is none."""
        pattern = self.pattern
        if -1 not in pattern:
            return None
        if len(pattern) == 1:
            return Fraction(0)
        level = -self.c0 / self.c1
        side = -1 if pattern == (-1, 1) else 1
        with mpmath.workdps(30), flint_bits(_BITS):
            edge = mpmath.log(to_mp(level)) / to_mp(self.k)
            for step in ("0.02", "0.2", "1", "5"):
                t = short_rational(edge + side * mpmath.mpf(step) * (abs(edge) + 1 / to_mp(self.k)))
                power = number(t * self.k).exp()
                if (power < number(level)) if side < 0 else (power > number(level)):
                    return t
        raise ArithmeticError(f"no point with a proved negative sign found for {self}")

    def certificate(self, variable: str = "t = log u") -> dict[str, Any]:
        """The exact numbers, the case, and what shows the witness."""
        data: dict[str, Any] = {
            "form": "c0 + c1 e^(k t)",
            "variable": variable,
            "c0": str(self.c0),
            "c1": str(self.c1),
            "k": str(self.k),
            "case": self.case,
        }
        witness = self.witness()
        if witness is not None:
            data["witness_log_u"] = str(witness)
            with flint_bits(_BITS):
                power = number(witness * self.k).exp()
                low, high = _shown(power.lower()), _shown(power.upper())
            data["check"] = f"{low} <= e^(k t) <= {high} at the witness"
        return data


def _crossing(P: Fraction, Q: Fraction, excess: Fraction) -> Any:
    """About where cosh(P t)/cosh(Q t) = excess > 1; only the place of a witness depends on it."""
    rate, p, q, level = to_mp(P - Q), to_mp(P), to_mp(Q), mpmath.log(to_mp(excess))

    def value(t: Any) -> Any:
        return rate * t + mpmath.log1p(mpmath.exp(-2 * p * t)) - mpmath.log1p(mpmath.exp(-2 * q * t)) - level

    high = (level + mpmath.log(2)) / rate
    low = mpmath.mpf(0)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if value(middle) < 0 else (low, middle)
        if high - low < high / 2000:
            break
    return high


def _ratio(t: Fraction, P: Fraction, Q: Fraction) -> Any:
    """A ball of cosh(P t)/cosh(Q t) = e^((P-Q) t) (1 + e^(-2 P t))/(1 + e^(-2 Q t))."""
    gap, one, other = (number(k * t).exp() for k in (P - Q, -2 * P, -2 * Q))
    return gap * (1 + one) / (1 + other)


def short_rational(value: Any, digits: int = 4) -> Fraction:
    """A rational number of about `digits` digits near `value`: a witness should be easy to copy."""
    if value == 0:
        return Fraction(0)
    scale = Fraction(10) ** (digits - 1 - int(mpmath.floor(mpmath.log10(abs(value)))))
    return Fraction(int(mpmath.nint(value * to_mp(scale)))) / scale


def _shown(ball: Any) -> str:
    """12 digits, also of what no float holds."""
    value = float(ball)
    return f"{value:.12g}" if 0 < abs(value) < math.inf else str(ball.str(12, radius=False))


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
