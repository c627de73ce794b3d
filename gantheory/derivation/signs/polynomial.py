"""Signs of sums of rational powers that are polynomials in a root of u, from isolated real roots."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.derivation.signs.data import Signs, fraction, listed, sign_at
from gantheory.derivation.signs.hyperbolic import Pattern, short_rational
from gantheory.support.multiprecision import mp as mpmath
from gantheory.support.multiprecision import to_mp

_LARGEST_DEGREE = 80


def polynomial_signs(terms: dict[Fraction, Fraction]) -> Signs | None:
    roots = _roots(terms)
    if roots is None:
        return None
    root, intervals = roots
    pattern = _pattern(terms, intervals)
    certificate = listed(terms) | {
        "variable": f"z = u^({root})",
        "positive_roots": [{"between": [str(a), str(b)], "multiplicity": n} for (a, b), n in intervals],
    }
    if -1 not in pattern:
        found = (
            f"{len(intervals)} positive roots, all of even multiplicity" if intervals else "no positive root"
        )
        return Signs(pattern, "symbolic", f"a polynomial in u^({root}) with {found}", None, certificate)
    where = _between(terms, root, intervals)
    if where is None:
        return None
    certificate["witness_log_u"] = str(where)
    return Signs(pattern, "symbolic", f"a polynomial in u^({root}) that changes sign", where, certificate)


def polynomial_pattern(terms: dict[Fraction, Fraction]) -> Pattern | None:
    roots = _roots(terms)
    return None if roots is None else _pattern(terms, roots[1])


def _pattern(terms: dict[Fraction, Fraction], intervals: list[Any]) -> Pattern:
    sign = 1 if terms[min(terms)] > 0 else -1
    pattern = [sign]
    for _, multiplicity in intervals:
        sign *= (-1) ** multiplicity
        pattern.append(sign)
    return tuple(pattern)


def _roots(terms: dict[Fraction, Fraction]) -> tuple[Fraction, list[Any]] | None:
    """The root r of u in which the sum is a polynomial, and isolating intervals of its positive roots."""
    lowest = min(terms)
    shifted = {k - lowest: c for k, c in terms.items()}
    inner = [k for k in shifted if k]
    root = Fraction(math.gcd(*(k.numerator for k in inner)), math.lcm(*(k.denominator for k in inner)))
    if max(shifted) / root > _LARGEST_DEGREE:
        return None
    # gcd of numerators over lcm of denominators divides every exponent in lowest terms.
    z = sp.Symbol("z")
    powers = {(int(k / root),): sp.Rational(c) for k, c in shifted.items()}
    polynomial = sp.Poly(powers, z, domain="QQ")
    intervals = [((fraction(a), fraction(b)), n) for (a, b), n in polynomial.intervals(inf=0)]
    return root, intervals


def _between(terms: dict[Fraction, Fraction], root: Fraction, intervals: list[Any]) -> Fraction | None:
    """A rational t with a proved negative value."""
    ends = [Fraction(0)] + [b for (_, b), _ in intervals]
    starts = [a for (a, _), _ in intervals] + [2 * (intervals[-1][0][1] + 1) if intervals else Fraction(2)]
    for low, high in zip(ends, starts, strict=True):
        middle = (low + high) / 2
        if middle <= 0:
            continue
        with mpmath.workdps(40):
            at = mpmath.log(to_mp(middle)) / to_mp(root)
            for digits in (4, 8, 16, 30):
                t = short_rational(at, digits)
                if sign_at(terms, t) < 0:
                    return t
    return None
