"""The entry: a formula of f and two distributions to a proved number."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from gantheory.divergences.certified.budget import (
    SECONDS,
    OutOfTimeError,
    allowed,
    check,
    check_seconds,
    time_limit,
)
from gantheory.divergences.certified.density import Density, density
from gantheory.divergences.certified.generator import Generator
from gantheory.divergences.certified.panels import Pair
from gantheory.divergences.certified.result import CertifiedResult, certified_result, infinite_result
from gantheory.divergences.engines.discrete.pmf import check_digits, pmf_pair
from gantheory.lowering.balls.enclosure import number
from gantheory.support.multiprecision import flint_bits

Ball = Any

_ATTEMPTS = 8


def certified_divergence(
    f: sp.Expr, u: sp.Symbol, P: Any, Q: Any, dps: int = 15, seconds: float = SECONDS
) -> CertifiedResult:
    """A ball that provably contains D_f(P||Q), of a relative radius of at most 10^-dps.

    For pmfs the sum of q_i f(p_i/q_i) over the numbers as they are given: floats as binary numbers, Fractions
    and mpf exactly. A sum off 1 by rounding (at most 1e-9) is left as it is. For densities the integral of
    q f(p/q) at the binary parameters that scipy.stats holds, by rigorous quadrature (Petras; Johansson,
    "Numerical integration in arbitrary-precision ball arithmetic", ICMS 2018), with proved bounds of tails
    and singular ends. Where q = 0, p counts p f'(inf), and where p = 0, q counts q f(0).

    Args:
        f: of u, with f(1) = 0; the value belongs to this representative of f modulo k (u - 1).
        u: its symbol.
        P, Q: pmfs of equal length; or frozen scipy.stats norm, laplace, expon, beta, uniform, and mixtures.
        dps: digits, 1 to 1000.
        seconds: of wall-clock time after which it is given up; inf for no limit.

    Raises:
        ValueError, TypeError: bad input, before any work.
        ArithmeticError: the digits are not reached (in time: the message says which were), or neither
            finiteness nor infinity could be proved.
    """
    check_digits(dps)
    with flint_bits(), time_limit(check_seconds(seconds)):
        if _are_pmfs(P, Q):
            return _of_pmfs(Generator(f, u), _atoms(P, Q), dps)
        real, generated = density(P, "P"), density(Q, "Q")
        return _of_densities(Generator(f, u), real, generated, dps)


def infinite_unless_equal(sign: int, P: Any, Q: Any, dps: int = 15) -> CertifiedResult:
    """The divergence of an f that is sign * oo at every u but 1: 0 for P = Q, else infinite.

    Raises:
        ValueError, TypeError: as `certified_divergence`.
        ArithmeticError: mixtures of different components, of which it is not proved that they differ.
    """
    check_digits(dps)
    if _are_pmfs(P, Q):
        equal = all(p == q for p, q in _atoms(P, Q))
    else:
        real, generated = density(P, "P"), density(Q, "Q")
        equal = real.canonical == generated.canonical
        if not equal and max(len(real.parts), len(generated.parts)) > 1:
            raise ArithmeticError("neither that the mixtures are equal nor that they differ could be proved")
    return certified_result(arb(0), dps) if equal else infinite_result(sign, dps)


def _of_densities(generator: Generator, P: Density, Q: Density, dps: int) -> CertifiedResult:
    pair = Pair(generator, P, Q)
    sign = pair.infinite()
    return infinite_result(sign, dps) if sign else certified_result(refine(pair.enclosure, dps), dps)


def _of_pmfs(generator: Generator, atoms: list[tuple[Fraction, Fraction]], dps: int) -> CertifiedResult:
    only_p = sum((p for p, q in atoms if q == 0), Fraction(0))
    only_q = sum((q for p, q in atoms if p == 0), Fraction(0))
    both = [(p, q) for p, q in atoms if p and q]
    ends = [(mass, side) for mass, side in ((only_p, 1), (only_q, -1)) if mass]
    signs = {generator.end(side)[0] for _, side in ends} - {0}
    if len(signs) > 1:
        raise ArithmeticError("the divergence is undefined: it holds both +inf and -inf contributions")
    if signs:
        return infinite_result(signs.pop(), dps)

    def enclose(_: Ball) -> Ball:
        total = arb(0)
        for p, q in both:
            check()
            total += number(q) * generator.at(p / q)
        return sum((number(mass) * generator.end(side)[1] for mass, side in ends), total)

    return certified_result(refine(enclose, dps), dps)


def refine(enclose: Callable[[Ball], Ball], dps: int) -> Ball:
    """The first ball of a relative radius of at most 10^-dps.

    Args:
        enclose: takes an absolute tolerance and returns a ball at the current `flint.ctx.prec`.
        dps: decimal digits.

    Raises:
        ArithmeticError: not reached.
    """
    digits, bits = min(dps + 2, 10), 0
    best: Ball | None = None
    for _ in range(_ATTEMPTS):
        bits = max(bits, math.ceil(3.33 * digits) + 40)
        with flint_bits(bits):
            goal = arb(10) ** -dps
            try:
                ball = enclose(arb(10) ** -digits)
            except OutOfTimeError:
                if best is None:
                    raise
                raise ArithmeticError(_too_slow(best, dps)) from None
            if not ball.is_finite():
                bits *= 2
                continue
            best = ball
            size = abs(ball).lower()
            if ball.rad() <= goal * size:
                return ball
            if size > 0:
                wanted = dps + 1 + max(0, math.ceil(-float(size.log()) / math.log(10)))
                # If the tolerance was small enough already, more parts than expected share the error, or
                # rounding is what is left.
                missing = math.ceil(float((ball.rad() / (goal * size)).log()) / math.log(10)) + 1
                bits, digits = (bits, wanted) if wanted > digits else (bits + bits // 2, digits + missing)
            else:
                digits *= 2
    found = "no finite ball" if best is None else best.str(8)
    raise ArithmeticError(f"{dps} digits were not reached: what could be proved is {found}")


def _too_slow(ball: Ball, dps: int) -> str:
    reached = max(0, math.floor(ball.rel_accuracy_bits() * math.log10(2)))
    return (
        f"{dps} digits were not reached in {allowed():g} s, {reached} were: the value is "
        f"{ball.str(max(reached, 3))}; give more `seconds` or a smaller `dps`"
    )


def exact_pmfs(P: Any, Q: Any) -> tuple[list[Fraction], list[Fraction]] | None:
    """Two pmfs as exact numbers; None if P and Q are densities."""
    if not _are_pmfs(P, Q):
        return None
    atoms = _atoms(P, Q)
    return [p for p, _ in atoms], [q for _, q in atoms]


def _are_pmfs(P: Any, Q: Any) -> bool:
    if _is_pmf(P) != _is_pmf(Q):
        raise TypeError(
            "P and Q must both be pmf arrays or both be densities, got "
            f"{type(P).__name__} and {type(Q).__name__}"
        )
    return _is_pmf(P)


def _atoms(P: Any, Q: Any) -> list[tuple[Fraction, Fraction]]:
    p, q = pmf_pair(P, Q)
    return [(_exact(a), _exact(b)) for a, b in zip(p, q, strict=True)]


def _is_pmf(distribution: Any) -> bool:
    return not (callable(distribution) or hasattr(distribution, "pdf") or hasattr(distribution, "pmf"))


def _exact(x: Any) -> Fraction:
    if hasattr(x, "_mpf_"):  # of any mpmath context
        sign, mantissa, exponent, _ = x._mpf_
        return Fraction(int(-mantissa if sign else mantissa)) * Fraction(2) ** int(exponent)
    if isinstance(x, sp.Expr):
        raise TypeError(f"a certified pmf must hold rationals, floats or mpf, got {x}")
    return Fraction(x)
