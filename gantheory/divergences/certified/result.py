"""A divergence with a proof of its digits."""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from typing import Any

from gantheory.divergences.result import DivergenceResult, error_of
from gantheory.support.multiprecision import flint_bits, public
from gantheory.support.multiprecision import mp as mpmath

Ball = Any


@dataclass(frozen=True)
class CertifiedResult(DivergenceResult):
    """A divergence in nats, provably between `low` and `high`.

    Attributes:
        value: the middle, a float up to 15 digits and an mpmath number above, or where no float is so large;
            +-inf where that is proved.
        error: the truth is within this of `value`; 0 where it is infinite or exact.
        method: "certified, 15 digits" with a `certificate`, else "ball arithmetic, 15 digits", which
            is python-flint's proof.
        ball: the flint.arb that holds the divergence.
        low, high: its ends as mpmath numbers, exact.
        certificate: data from which `tools/verify_certificates.py` computes the digits again, or None.
    """

    ball: Any = None
    low: Any = None
    high: Any = None
    certificate: dict[str, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"ball": _parts(self.ball) if self.ball.is_finite() else []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from flint import arb

        self.__dict__.update(
            state | {"ball": arb(*state["ball"]) if state["ball"] else arb(str(state["value"]))}
        )

    def decimals(self, digits: int) -> tuple[str, str]:
        """`low` rounded down and `high` rounded up to that many significant digits, as text."""
        return _decimal(self.low, digits, decimal.ROUND_FLOOR), _decimal(
            self.high, digits, decimal.ROUND_CEILING
        )


def certified_result(ball: Ball, dps: int) -> CertifiedResult:
    """The result that a finite ball is.

    Its radius is what flint makes of it when it is given one, which may be the next larger number: so a
    pickled result holds the same ball.
    """
    from flint import arb

    ball = arb(*_parts(ball))
    with flint_bits(60 + max(2 * ball.bits(), 4 * dps)):  # at which the ends are not rounded away
        low, high = _exact(ball.lower()), _exact(ball.upper())
    with mpmath.workdps(max(dps, 15) + 3):
        middle = _exact(ball.mid())
        value = float(middle) if dps <= 15 and not math.isinf(float(middle)) else +middle
        off = max(abs(high - value), abs(value - low))
    error = error_of(off)
    error = math.nextafter(error, math.inf) if error and isinstance(error, float) else error
    ends = public(low), public(high)
    return CertifiedResult(value, error, f"ball arithmetic, {dps} digits", None, ball, *ends)


def infinite_result(sign: int, dps: int) -> CertifiedResult:
    """A divergence that is provably infinite."""
    from flint import arb

    end = public(mpmath.mpf("inf") * sign)
    value = math.inf * sign if dps <= 15 else end
    return CertifiedResult(value, 0.0, "ball arithmetic, infinite", None, arb("inf") * sign, end, end)


def _parts(ball: Ball) -> list[tuple[int, int]]:
    """Mantissas and exponents of a ball's middle and radius."""
    pairs = (part.man_exp() for part in (ball.mid(), ball.rad()))
    return [(int(mantissa), int(exponent)) for mantissa, exponent in pairs]


def _exact(x: Ball) -> Any:
    """An exact ball as an mpf of as many bits as it has."""
    mantissa, exponent = (int(k) for k in x.man_exp())
    with mpmath.workprec(max(53, mantissa.bit_length())):
        return mpmath.ldexp(mpmath.mpf(mantissa), exponent)


def _decimal(x: Any, digits: int, rounding: str) -> str:
    if mpmath.isinf(x):
        return "inf" if x > 0 else "-inf"
    sign, mantissa, exponent, _ = x._mpf_
    with decimal.localcontext() as context:
        context.prec, context.rounding = digits, rounding
        context.Emax, context.Emin = decimal.MAX_EMAX, decimal.MIN_EMIN
        top = decimal.Decimal(int(mantissa) * (-1 if sign else 1) * 2 ** max(exponent, 0))
        return str(top / decimal.Decimal(2 ** max(-exponent, 0)))
