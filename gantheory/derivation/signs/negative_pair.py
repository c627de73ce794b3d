"""An explicit pair of pmfs with D_f(P||Q) < 0, verified in ball arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

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
        ImportError: python-flint is not installed.
        ValueError: f holds a function without an enclosure.
    """
    import flint

    from gantheory.lowering.balls.enclosure import enclosure
    from gantheory.support.multiprecision import flint_bits

    value = enclosure(f, symbol)
    for precision, P, Q, terms in _candidates(at_zero, slope, where):
        with flint_bits(precision):
            total = flint.arb(0)
            for weight, at in terms():
                total += weight * (value(at) if not isinstance(at, sp.Expr) else enclosure(at)())
            if total < 0:
                return NegativePair(P, Q, _above(total))
    return None


def _above(total: Any) -> float:
    """The upper end, rounded up to a float below zero."""
    import math

    upper = float((total.mid() + total.rad()).mid())
    return math.nextafter(upper, 0.0)


def _candidates(at_zero: sp.Expr | None, slope: sp.Expr | None, where: Fraction | None) -> Iterator[Any]:
    import flint

    arb = flint.arb

    def two_to(k: int) -> Any:
        return arb((flint.fmpz(1), flint.fmpz(k)))

    def near(k: int) -> Any:
        d = two_to(-k)
        return lambda: [(two_to(-1), 1 + d), (two_to(-1), 1 - d)]

    def uncharged_by_real(k: int) -> Any:
        e = two_to(-k)
        return lambda: [(e, at_zero), (1 - e, 1 / (1 - e))]

    def uncharged_by_fake(k: int) -> Any:
        e = two_to(-k)
        return lambda: [(e, slope), (arb(1), 1 - e)]

    def half(k: int, flip: bool) -> Any:
        def terms() -> Any:
            e = two_to(-k)
            if flip:  # Q = (1/2, 1/2), P = (e, 1 - e)
                return [(two_to(-1), 2 * e), (two_to(-1), 2 * (1 - e))]
            return [(e, two_to(k - 1)), (1 - e, two_to(-1) / (1 - e))]

        return terms

    def little(k: int, t: Fraction) -> Any:
        def terms() -> Any:
            e = two_to(-k)
            # u1 is the dyadic number nearest e^t, exact, so that P and Q are pmfs exactly.
            return [(e, point), (1 - e, (1 - e * point) / (1 - e))]

        point = _dyadic(t)
        return terms

    for k in range(3, 40):
        yield 128 + 8 * k, (f"1/2 + 2^-{k + 1}", f"1/2 - 2^-{k + 1}"), ("1/2", "1/2"), near(k)
        if at_zero is not None and at_zero.is_finite and at_zero != 0:
            yield 128 + 8 * k, ("0", "1"), (f"2^-{k}", f"1 - 2^-{k}"), uncharged_by_real(k)
        if slope is not None and slope.is_finite and slope != 0:
            yield 128 + 8 * k, (f"2^-{k}", f"1 - 2^-{k}"), ("0", "1"), uncharged_by_fake(k)
    k = 3
    while k < 2**80:
        yield 256, ("1/2", "1/2"), (f"2^-{k}", f"1 - 2^-{k}"), half(k, False)
        yield 256, (f"2^-{k}", f"1 - 2^-{k}"), ("1/2", "1/2"), half(k, True)
        k += max(1, k // 3)
    k = 40
    while k < _FINEST:
        yield 128 + 8 * k, (f"1/2 + 2^-{k + 1}", f"1/2 - 2^-{k + 1}"), ("1/2", "1/2"), near(k)
        if at_zero is not None and at_zero.is_finite and at_zero != 0:
            yield 128 + 8 * k, ("0", "1"), (f"2^-{k}", f"1 - 2^-{k}"), uncharged_by_real(k)
        if where is not None and abs(where) < _FINEST // 2:
            point = _dyadic(where)
            if point * two_to(-k) < 1:
                shown = f"2^-{k} {_dyadic_text(where)}"
                yield 128 + 8 * k, (shown, f"1 - {shown}"), (f"2^-{k}", f"1 - 2^-{k}"), little(k, where)
        k += k // 3


def _parts(t: Fraction) -> tuple[int, int]:
    """(m, j) with m 2^j near e^t, m of 12 bits."""
    from gantheory.support.multiprecision import mp as mpmath
    from gantheory.support.multiprecision import to_mp

    with mpmath.workprec(80):
        mantissa, exponent = mpmath.frexp(mpmath.exp(to_mp(t)))
        return int(mpmath.nint(mantissa * 4096)), int(exponent) - 12


def _dyadic(t: Fraction) -> Any:
    import flint

    m, j = _parts(t)
    return flint.arb((flint.fmpz(m), flint.fmpz(j)))


def _dyadic_text(t: Fraction) -> str:
    m, j = _parts(t)
    return f"{m} 2^{j}"
