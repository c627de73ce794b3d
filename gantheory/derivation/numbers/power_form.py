"""f of a large power: what the generator of a Renyi GAN of large alpha has for expectations."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra import limits
from gantheory.derivation.algebra.points import exact_value
from gantheory.derivation.algebra.symbols import u
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.functions.high_precision import settled
from gantheory.lowering import lower
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as ctx

_t = sp.Symbol("t", real=True)
_NEAR = 1e-3  # |log| of the power below which floats have lost f ~ (u - 1)^2
_FAR = 40.0


class PowerForm(GeneratingFunction):
    """f(u) = w(u) r(u)^k - 1 - slope (u - 1), w = u or 1, r(1) = 1, for |k| of 50 to 10^6 and more.

    As an expression it holds integers of 300,000 digits, and as an interpolant thousands of panels; its
    logarithm L = k log r (+ log u) is a short formula.

    Args:
        base: r, a rational expression in u.
        power: k.
        weighted: whether w = u.
    """

    def __init__(self, base: sp.Expr, power: sp.Expr, weighted: bool) -> None:
        self._power, self._weighted = power, weighted
        rate = exact_value(sp.diff(base, u), sp.S.One) * power
        self._rate = rate + 1 if weighted else rate
        factor = sp.cancel((base - 1) / (u - 1))
        self._near = lower(factor.subs(u, sp.exp(_t)), _t)
        self._log = lower(sp.expand_log(sp.log(base), force=True).subs(u, sp.exp(_t)), _t)
        self._mp = lambdify(u, base)
        whole = (u if weighted else 1) * base**power
        start, end = limits.at_zero(whole), limits.at_infinity(whole / u)
        if start is None or end is None:
            raise ValueError(f"({base})^k has no limit found at u = 0 or infinity")
        super().__init__(start - 1 + self._rate, end - self._rate)

    def _inside(self, t: Any) -> Any:
        def value() -> Any:
            z = ctx.exp(t)
            power = self._mp(z) ** to_mp(self._power) * (z if self._weighted else 1)
            return power - 1 - to_mp(self._rate) * (z - 1)

        return settled(value, ctx.dps, lambda: 1 + ctx.exp(t))

    def finest(self) -> float:
        return min(1.0, 4.0 / abs(float(self._power)))

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = np.asarray(t, dtype=np.float64)
        slope, k = float(self._rate), float(self._power)
        with np.errstate(all="ignore"):
            small = np.clip(t, -1.0, 1.0)
            log_r = np.where(np.abs(t) < 1.0, np.log1p(np.expm1(small) * self._near(small)), self._log(t))
            log = k * log_r + (t if self._weighted else 0.0)
            up = np.maximum(t, 0.0)
            # max(1, u) taken out of each term, and of a large one the term itself.
            plain = np.where(
                t > 0,
                np.exp(log - up) - np.exp(-up) + slope * np.expm1(-up),
                np.expm1(log) - slope * np.expm1(t),
            )
            large = log > _FAR
            rest = 1.0 - slope * (np.exp(t - log) - np.exp(-log))
            series = np.where(large, rest, plain)
            exponent = np.where(large, log - up, 0.0)
        close = (np.abs(log) < _NEAR) & (t != 0.0)
        for index in zip(*np.nonzero(close), strict=True):
            with ctx.workdps(20):
                series[index] = float(self.scaled_mp(ctx.mpf(float(t[index]))))
        series = np.where(t == 0.0, 0.0, series)
        series = np.where(t == -np.inf, self.at_zero, np.where(t == np.inf, self.slope_at_infinity, series))
        return series, np.where(np.isfinite(t), exponent, 0.0)
