"""An explicit pair of pmfs with D_f(P||Q) < 0, verified in ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, fmpz

from gantheory.lowering.balls.enclosure import enclosure
from gantheory.support.multiprecision import flint_bits, to_mp
from gantheory.support.multiprecision import mp as mpmath

_FINEST = 4000
"""-log2 of the smallest probability tried where precision has to grow with it."""


@dataclass(frozen=True)
class NegativePair:
    """P and Q on two points with D_f(P||Q) <= `divergence` < 0; probabilities as text such as 1/2 - 2^-7."""

    P: tuple[str, str]
    Q: tuple[str, str]
    divergence: float

    def certificate(self) -> dict[str, Any]:
        return {"P": list(self.P), "Q": list(self.Q), "divergence_at_most": self.divergence}


def negative_pair(
    f: sp.Expr,
    symbol: sp.Symbol,
    at_zero: sp.Expr | None,
    slope: sp.Expr | None,
    where: Fraction | None = None,
) -> NegativePair | None:
    """Search P and Q with D_f < 0.

    Args:
        f: generating function with f(1) = f'(1) = 0.
        symbol: its variable.
        at_zero, slope: f(0+) and f'(inf), where known.
        where: a t = log u at which f(u) < 0, where known.

    Three kinds of pairs are tried, each with eps = 2^-k: both pmfs near (1/2, 1/2), which finds f''(1) < 0; a
    cell of mass eps that one of the two does not charge, which finds f(0) < 0 and f'(inf) < 0; and a cell of
    mass 1/2 or little against eps, which finds f < 0 far out.

    Raises:
        ValueError: f holds a function without an enclosure.
    """
    value = enclosure(f, symbol)
    for precision, P, Q, terms in _candidates(at_zero, slope, where):
        with flint_bits(precision):
            total = arb(0)
            for weight, at in terms():
                total += weight * (value(at) if not isinstance(at, sp.Expr) else enclosure(at)())
            if total < 0:
                return NegativePair(P, Q, _above(total))
    return None


def _above(total: Any) -> float:
    """The upper end, rounded up to a float below zero."""
    upper = float((total.mid() + total.rad()).mid())
    return math.nextafter(upper, 0.0)


def _candidates(at_zero: sp.Expr | None, slope: sp.Expr | None, where: Fraction | None) -> Iterator[Any]:
    """(bits, P, Q, and a function that gives the terms (mass, u) of D_f at these bits)."""
    half = arb(0.5)

    def near(k: int) -> Iterator[Any]:
        bits, e = 128 + 8 * k, _two_to(-k)
        yield (
            bits,
            (f"1/2 + 2^-{k + 1}", f"1/2 - 2^-{k + 1}"),
            ("1/2", "1/2"),
            lambda: [(half, 1 + e), (half, 1 - e)],
        )
        if at_zero is not None and at_zero.is_finite and at_zero != 0:
            little = f"2^-{k}", f"1 - 2^-{k}"
            yield bits, ("0", "1"), little, lambda: [(e, at_zero), (1 - e, 1 / (1 - e))]

    for k in range(3, 40):
        yield from near(k)
        if slope is not None and slope.is_finite and slope != 0:
            e, little = _two_to(-k), (f"2^-{k}", f"1 - 2^-{k}")
            yield 128 + 8 * k, little, ("0", "1"), lambda e=e: [(e, slope), (arb(1), 1 - e)]
    k = 3
    while k < 2**80:
        e, large, little = _two_to(-k), _two_to(k - 1), (f"2^-{k}", f"1 - 2^-{k}")
        yield 256, ("1/2", "1/2"), little, lambda e=e, u=large: [(e, u), (1 - e, half / (1 - e))]
        yield 256, little, ("1/2", "1/2"), lambda e=e: [(half, 2 * e), (half, 2 * (1 - e))]
        k += max(1, k // 3)
    k = 40
    while k < _FINEST:
        yield from near(k)
        if where is not None and abs(where) < _FINEST // 2:
            e, (m, j) = _two_to(-k), _dyadic(where)
            # u is the dyadic number nearest e^t, exact, so that P and Q are pmfs exactly.
            u = m * _two_to(j)
            if u * e < 1:
                shown, little = f"2^-{k} {m} 2^{j}", (f"2^-{k}", f"1 - 2^-{k}")
                rest = lambda e=e, u=u: [(e, u), (1 - e, (1 - e * u) / (1 - e))]  # noqa: E731
                yield 128 + 8 * k, (shown, f"1 - {shown}"), little, rest
        k += k // 3


def _two_to(k: int) -> Any:
    return arb((fmpz(1), fmpz(k)))


def _dyadic(t: Fraction) -> tuple[int, int]:
    """(m, j) with m 2^j near e^t, m of 12 bits."""
    with mpmath.workprec(80):
        mantissa, exponent = mpmath.frexp(mpmath.exp(to_mp(t)))
        return int(mpmath.nint(mantissa * 4096)), int(exponent) - 12
