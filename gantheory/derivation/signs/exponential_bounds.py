"""Rational numbers that enclose e^x for rational x, from integer arithmetic alone.

A sign that rests on one exponential can so be proved where python-flint is not installed.
"""

from __future__ import annotations

from fractions import Fraction

_LARGEST = 1 << 20
"""|x| from which e^x would be a number of a million digits."""


def exp_bounds(x: Fraction, bits: int = 128) -> tuple[Fraction, Fraction]:
    """Rational (low, high) with low <= e^x <= high, about `bits` bits apart from each other.

    e^x = (e^(x/2^m))^(2^m); the inner exponential is its Taylor sum of terms rounded down, or up and with the
    last term counted twice, which bounds the rest because each term is less than half of the one before.

    Raises:
        ValueError: |x| > 2^20.
    """
    if abs(x) > _LARGEST:
        raise ValueError(f"x must be within +-2^20, got about {float(x):.3g}")
    if x < 0:
        low, high = exp_bounds(-x, bits)
        return 1 / high, 1 / low
    squarings = max(0, x.numerator.bit_length() - x.denominator.bit_length() + 5)
    places = bits + 2 * squarings + 8
    one = 1 << places
    r_low = (x.numerator << places) // (x.denominator << squarings)
    below_, above = _sum_below(r_low, one, places), _sum_above(r_low + 1, one)
    for _ in range(squarings):
        below_, above = below_ * below_ >> places, _up(above * above, one)
    return Fraction(below_, one), Fraction(above, one)


def below(value: Fraction, bits: int = 64) -> Fraction:
    """The nearest multiple of 2^-bits that is not above `value`: a short number for a certificate."""
    return Fraction(value.numerator * (1 << bits) // value.denominator, 1 << bits)


def _sum_below(r: int, one: int, places: int) -> int:
    total, term, k = 0, one, 0
    while term:
        total += term
        k += 1
        term = (term * r >> places) // k
    return total


def _sum_above(r: int, one: int) -> int:
    total, term, k = 0, one, 0
    while term > 1:
        total += term
        k += 1
        term = _up(_up(term * r, one), k)
    return total + 2 * term


def _up(number: int, divisor: int) -> int:
    return -(-number // divisor)
