"""What an evaluation of a divergence returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gantheory.support.multiprecision import mp as mpmath
from gantheory.support.multiprecision import public
from gantheory.support.notebook import number, table


def as_float(value: Any, instead: str = "; dps=15 gives it as an mpmath number") -> float:
    """The float nearest to an mpmath number; `instead` ends the message with what would give it.

    Raises:
        OverflowError: a finite number beyond the largest float.
    """
    nearest = float(value)
    if math.isinf(nearest) and not mpmath.isinf(value):
        raise OverflowError(f"the divergence is {mpmath.nstr(value, 6)}, beyond the largest float{instead}")
    return nearest


def error_of(error: Any) -> Any:
    """An error estimate as a float, or as it is beyond the largest."""
    return error if math.isinf(float(error)) else float(error)


@dataclass(frozen=True)
class DivergenceResult:
    """A divergence in nats, with what is known about it.

    Attributes:
        value: a float, or an mpmath number where digits were asked for; +-inf where infinite.
        error: absolute error estimate, a float unless none is so large; 0 where the value is infinite. For
            Monte Carlo, half the interval's width.
        method: "pmf", "quadrature", "cubature", "Monte Carlo" or one of these with the digits.
        interval: confidence interval (low, high) of a Monte Carlo value, else None.
    """

    value: float
    error: Any
    method: str
    interval: tuple[float, float] | None = None

    def _repr_latex_(self) -> str:
        return rf"${number(float(self.value))} \pm {number(float(self.error), 2)}$"

    def _repr_html_(self) -> str:
        interval = [] if self.interval is None else [("interval", "{:.9g} to {:.9g}".format(*self.interval))]
        rows = [("value", str(self.value)), ("error", f"{float(self.error):.1e}"), ("method", self.method)]
        return table("", rows + interval)

    def __float__(self) -> float:
        return float(self.value)

    def __post_init__(self) -> None:
        if hasattr(self.value, "_mpf_"):  # follows the user's mpmath.mp from here on
            object.__setattr__(self, "value", public(self.value))
        if math.isnan(float(self.value)):
            raise ArithmeticError(
                f"the divergence is undefined by {self.method}: it holds both +inf and -inf contributions"
            )
