"""The signs of sum c u^k over u > 0 by rules so short that any program can check them.

Descartes' rule holds for real exponents: the zeros in (0, inf), counted with multiplicity, are at most as
many as the sign changes of the coefficients in the order of the exponents. It settles sums with at most one
change, and those with two whose sign at u = 1 is the other one, or which vanish there twice, or which are
symmetric (zeros would come as z and 1/z). A polynomial q in a root z of u, divided by (z - 1)^m, is positive
if (z + 1)^N q has no negative coefficient, which some N does if q > 0 (Polya). `tools/verify_certificates.py`
has these rules, and no others.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate, pairwise

from gantheory.derivation.signs.hyperbolic import Pattern

HIGHEST_DEGREE = 200
"""Degree below which a polynomial is looked at; N is at most 200 too."""


def pattern(terms: dict[Fraction, Fraction], polynomials: bool = True) -> Pattern | None:
    """The signs as u runs from 0 to infinity, (1, 1) for a zero without a change; None if no rule applies.

    Without `polynomials` the last rule, which can take a second, is left out.
    """
    powers = sorted(terms)
    c = [terms[k] for k in powers]
    first = 1 if c[0] > 0 else -1
    changes, total = sum(a * b < 0 for a, b in pairwise(c)), sum(c)
    if changes == 0:
        return (first,)
    if changes == 1:
        return (first, -first)
    if changes == 2:
        if total * first < 0:
            return (first, -first, first)
        if total == 0 == sum(k * terms[k] for k in powers):
            return (first, first)
        if c == c[::-1] and len({a + b for a, b in zip(powers, powers[::-1], strict=True)}) == 1:
            return (first,)
    return _polynomial(powers, c, first) if polynomials else None


def _polynomial(powers: list[Fraction], c: list[Fraction], first: int) -> Pattern | None:
    gaps = [k - powers[0] for k in powers]
    step = Fraction(math.gcd(*(g.numerator for g in gaps)), math.lcm(*(g.denominator for g in gaps)))
    if gaps[-1] / step >= HIGHEST_DEGREE:
        return None
    q = [Fraction(0)] * (int(gaps[-1] / step) + 1)
    for gap, coefficient in zip(gaps, c, strict=True):
        q[int(gap / step)] = coefficient
    order = 0
    while sum(q) == 0:
        q, order = [-x for x in accumulate(q)][:-1], order + 1
    for _ in range(200):
        if all(x * q[0] >= 0 for x in q):
            return (first, first * (-1) ** order) if order else (first,)
        q = [a + b for a, b in zip([Fraction(0), *q], [*q, Fraction(0)], strict=True)]
    return None
