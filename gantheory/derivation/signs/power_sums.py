"""The sign of sum c_i u^(k_i) with real exponents over all u > 0, proved.

In order: all coefficients of one sign; two terms; K1 cosh + K2 cosh; a negative end; three terms, by the
weighted arithmetic-geometric mean; a polynomial in a root of u, by isolating its real roots; and else a
subdivision of the line t = log u in ball arithmetic, with the dominant term beyond it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.derivation.algebra.expressions import vanishes
from gantheory.derivation.signs import descartes
from gantheory.derivation.signs.data import Signs, fraction, listed, sign_at
from gantheory.derivation.signs.hyperbolic import Hyperbolic, TwoTerms, short_rational
from gantheory.derivation.signs.polynomial import polynomial_pattern, polynomial_signs
from gantheory.derivation.signs.subdivision import line_positive
from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.support.multiprecision import flint_bits, to_mp
from gantheory.support.multiprecision import mp as mpmath

Terms = dict[sp.Expr, sp.Expr]
"""Coefficient of each exponent."""

_LARGEST_POWER = 1 << 18
"""Bits of the integers that decide whether three terms touch zero."""


def sum_signs(terms: Terms) -> Signs | None:
    """The signs of sum c_k u^k over u > 0, or None where they could not be proved."""
    terms = {k: c for k, c in terms.items() if c != 0}
    if not terms:
        return Signs((0,), "symbolic", "zero for all u")
    exponents = sorted(terms, key=sp.re)
    known = [constant_sign(terms[k]) for k in exponents]
    signs = [sign for sign in known if sign is not None]
    if len(signs) < len(known) or any(not k.is_real for k in exponents):
        return None
    if 0 in signs:
        return sum_signs({k: terms[k] for k, sign in zip(exponents, signs, strict=True) if sign})
    if len(set(signs)) == 1:
        sign = signs[0]
        where = Fraction(0) if sign < 0 else None
        return Signs((sign,), "symbolic", "all coefficients have one sign", where, listed(terms))
    if not all(k.is_Rational and c.is_Rational for k, c in terms.items()):
        try:
            return _in_balls(terms)
        except ValueError:  # a constant without an enclosure
            return None
    rational = {fraction(k): fraction(terms[k]) for k in exponents}
    for attempt in (_special, _negative_end, _three_terms, polynomial_signs):
        found = attempt(rational)
        if found is not None:
            checked = descartes.pattern(rational, found.pattern in ((1,), (1, 1)))
            exact = checked is not None and found.pattern in (checked, None)
            return found if exact else replace(found, method="computer algebra")
    return _in_balls(terms)


def constant_sign(constant: sp.Expr) -> int | None:
    """The sign of an exact real constant: products by factors, sums by balls; None if not told from 0."""
    if constant.is_Rational:
        return int(constant.p > 0) - int(constant.p < 0)
    if constant.has(sp.Add) and not constant.has(sp.oo, sp.nan, sp.zoo):
        found = _sign_by_balls(constant)
        if found is not None:
            return found
    if constant.is_positive:
        return 1
    if constant.is_negative:
        return -1
    return 0 if vanishes(constant) else None


def _sign_by_balls(constant: sp.Expr) -> int | None:
    """1 or -1 where a ball of up to 8192 bits excludes zero; None otherwise."""
    try:
        ball = enclosure(constant)
    except ValueError:
        return None
    for bits in (128, 1024, 8192):
        with flint_bits(bits):
            value = ball()
        if value > 0 or value < 0:
            return 1 if value > 0 else -1
    return None


def _special(terms: dict[Fraction, Fraction]) -> Signs | None:
    """Two terms, or two pairs that are symmetric about a common center."""
    k, c = list(terms), list(terms.values())
    form: Hyperbolic | TwoTerms
    if len(k) == 2:
        form = TwoTerms(c[0], c[1], k[1] - k[0])
    elif len(k) == 3 and k[0] + k[2] == 2 * k[1] and c[0] == c[2]:
        form = Hyperbolic(c[0], (k[2] - k[0]) / 2, c[1] / 2, Fraction(0))
    elif len(k) == 4 and k[0] + k[3] == k[1] + k[2] and c[0] == c[3] and c[1] == c[2]:
        form = Hyperbolic(c[0], (k[3] - k[0]) / 2, c[1], (k[2] - k[1]) / 2)
    else:
        return None
    return Signs(form.pattern, "symbolic", form.case, form.witness(), form.certificate())


def _negative_end(terms: dict[Fraction, Fraction]) -> Signs | None:
    """The term of largest or least exponent has a negative coefficient, so the sum is negative far out."""
    exponents = list(terms)
    for end, side in ((exponents[-1], 1), (exponents[0], -1)):
        if terms[end] < 0:
            where = _far(terms, side)
            if where is not None:
                reason = f"the term u^({end}), which decides as u -> {'oo' if side > 0 else '0'}, is negative"
                pattern = polynomial_pattern(terms)
                return Signs(pattern, "symbolic", reason, where, listed(terms, where))
    return None


def _far(terms: dict[Fraction, Fraction], side: int) -> Fraction | None:
    t = mpmath.mpf(1) / 8
    while _guess(terms, side * t) >= 0:
        t *= 2
        if t > mpmath.mpf(2) ** 80:
            return None
    low, high = mpmath.mpf(0), t
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _guess(terms, side * middle) < 0 else (middle, high)
    for step in ("0.02", "0.2", "1", "4"):
        where = short_rational(side * high * (1 + mpmath.mpf(step)) + side * mpmath.mpf("0.02"))
        if sign_at(terms, where) < 0:
            return where
    return None


def _guess(terms: dict[Fraction, Fraction], t: Any) -> Any:
    """About the sum over its largest power; decides nothing by itself."""
    with mpmath.workdps(40):
        top = max(terms) if t > 0 else min(terms)
        return mpmath.fsum(to_mp(c) * mpmath.exp(to_mp(k - top) * t) for k, c in terms.items())


def _three_terms(terms: dict[Fraction, Fraction]) -> Signs | None:
    """A u^a - C u^m + B u^b, a < m < b: weighted means give A e^(-x r) + B e^(x s) >= (A/l)^l (B/n)^n at its
    minimum, where l = s/(r + s), n = r/(r + s), r = m - a, s = b - m."""
    if len(terms) != 3:
        return None
    (a, A), (m, C), (b, B) = terms.items()
    if A < 0 or B < 0:
        return None
    left, right = (b - m) / (b - a), (m - a) / (b - a)
    order = _compare_powers([(A / left, left), (B / right, right), (-C, Fraction(-1))])
    if order is None:
        return None
    certificate = listed(terms) | {
        "minimum": f"({A / left})^({left}) ({B / right})^({right}) against {-C}",
        "order": {1: "above", 0: "equal", -1: "below"}[order],
    }
    if order < 0:
        with mpmath.workdps(40):
            at = mpmath.log(to_mp(A) * to_mp(m - a) / (to_mp(B) * to_mp(b - m))) / to_mp(b - a)
            where = next((t for d in (4, 8, 16, 30) if sign_at(terms, t := short_rational(at, d)) < 0), None)
        if where is None:
            return None
        certificate["witness_log_u"] = str(where)
        return Signs(
            (1, -1, 1), "symbolic", "the least value, by weighted means, is negative", where, certificate
        )
    shown = "positive" if order else "zero, at one point"
    return Signs(
        (1,) if order else (1, 1),
        "symbolic",
        f"the least value, by weighted means, is {shown}",
        None,
        certificate,
    )


def _compare_powers(factors: list[tuple[Fraction, Fraction]]) -> int | None:
    """The sign of log prod base^exponent, bases positive, exponents rational."""
    with mpmath.workdps(60):
        about = mpmath.fsum(to_mp(k) * mpmath.log(to_mp(base)) for base, k in factors)
    n = math.lcm(*(k.denominator for _, k in factors))
    size = sum(
        abs(k) * n * (base.numerator.bit_length() + base.denominator.bit_length()) for base, k in factors
    )
    if size <= _LARGEST_POWER:
        value = Fraction(1)
        for base, k in factors:
            value *= base ** int(k * n)
        return (value > 1) - (value < 1)
    if abs(about) < mpmath.mpf(10) ** -40:
        return None
    total = sum(number(k) * number(base).log() for base, k in factors)
    return 1 if total > 0 else -1 if total < 0 else None


def _in_balls(terms: Terms) -> Signs | None:
    """Subdivision of t = log u, with the dominant terms outside."""
    top, bottom = max(terms, key=sp.re), min(terms, key=sp.re)
    above, below = _reach(terms, top, 1), _reach(terms, bottom, -1)
    if above is None or below is None:
        return None
    t = sp.Symbol("t", real=True)
    for end, low, high in ((bottom, -below, Fraction(0)), (top, Fraction(0), above)):
        scaled = sp.Add(*(c * sp.exp((k - end) * t) for k, c in terms.items()))
        outcome = line_positive(scaled, t, low, high)
        if outcome is None:
            return None
        if isinstance(outcome, Fraction):
            return Signs(
                None, "ball arithmetic", "negative by ball arithmetic", outcome, listed(terms, outcome)
            )
    certificate = listed(terms) | {
        "tails": f"u^({top}) dominates above, u^({bottom}) below",
        "subdivided_log_u": [str(-below), str(above)],
    }
    reason = "positive by ball arithmetic on a subdivision and by its dominant terms beyond"
    return Signs((1,), "ball arithmetic", reason, None, certificate)


def _reach(terms: Terms, end: sp.Expr, side: int) -> Fraction | None:
    """A t >= 0 from which c_end exceeds the sum of the negative terms over u^end; None if c_end < 0."""
    if constant_sign(terms[end]) != 1:
        return None
    t = Fraction(1, 8)
    for _ in range(100):
        total = number(terms[end])
        for k, c in terms.items():
            if k != end and constant_sign(c) == -1:
                total += number(c) * (number((k - end) * side) * number(t)).exp()
        if total > 0:
            return t
        t *= 2
    return None
