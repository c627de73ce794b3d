"""Functions in which log densities of families are written, on float64 arrays and on mpmath numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.support.multiprecision import mp as ctx

LARGE = 10.0
"""Shapes from which on Stirling's series has all digits."""

_HANKEL = 1e6
"""z / (1 + order^2) from which on twelve terms give K_order(z)."""

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""Of log Gamma(a) - (a - 1/2) log a + a - log(2 pi)/2 in powers a^-(2k + 1)."""


class OnArrays:
    """The functions that the table needs, on float64 arrays."""

    pi = math.pi
    log, log1p, exp, abs, where = np.log, np.log1p, np.exp, np.abs, np.where
    number, lgamma, log_ndtr = float, staticmethod(math.lgamma), special.log_ndtr

    @staticmethod
    def stirling(a: float) -> float:
        if a < LARGE:
            return a * math.log(a) - a - math.lgamma(a)
        return math.log(a / (2 * math.pi)) / 2 - sum(c / a ** (2 * k + 1) for k, c in enumerate(_STIRLING))

    @staticmethod
    def log1p_less(d: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.log1p(np.minimum(d, 1e300)) - d

    @staticmethod
    def within(z: Any, high: float) -> Any:
        return np.clip(z, 5e-324, np.nextafter(high, 0.0))

    @staticmethod
    def log1p_square(z: Any) -> Any:
        big = np.abs(z) > 1e100
        return np.where(
            big, 2.0 * np.log(np.where(big, np.abs(z), 1.0)), np.log1p(np.where(big, 0.0, z) ** 2)
        )

    @staticmethod
    def hypot1(z: Any) -> Any:
        return np.hypot(1.0, z)

    @staticmethod
    def log_kve(order: float, z: Any) -> Any:
        # Beyond the reach of scipy's Bessel functions: Hankel's expansion (DLMF 10.40.2).
        least = _HANKEL * (1.0 + order**2)
        large = np.maximum(z, least)
        term = series = 1.0
        for k in range(1, 13):
            term = term * (4.0 * order**2 - (2 * k - 1) ** 2) / (8.0 * k * large)
            series = series + term
        far = 0.5 * np.log(0.5 * math.pi / large) + np.log(series)
        return np.where(z > least, far, np.log(special.kve(order, np.minimum(z, least))))


class OnMpf:
    """The same on mpmath numbers."""

    log, log1p, exp = staticmethod(ctx.log), staticmethod(ctx.log1p), staticmethod(ctx.exp)
    lgamma, abs = staticmethod(ctx.loggamma), staticmethod(abs)
    number = ctx.mpf

    @property
    def pi(self) -> Any:
        return +ctx.pi

    @staticmethod
    def stirling(a: Any) -> Any:
        return a * ctx.log(a) - a - ctx.loggamma(a)

    @staticmethod
    def log1p_less(d: Any) -> Any:
        return ctx.log1p(d) - d

    @staticmethod
    def within(z: Any, high: float) -> Any:
        return z

    @staticmethod
    def log1p_square(z: Any) -> Any:
        return ctx.log1p(z * z)

    @staticmethod
    def log_ndtr(z: Any) -> Any:
        return ctx.log(ctx.erfc(-z / ctx.sqrt(2)) / 2)

    @staticmethod
    def hypot1(z: Any) -> Any:
        return ctx.hypot(1, z)

    @staticmethod
    def log_kve(order: Any, z: Any) -> Any:
        return ctx.log(ctx.besselk(order, z)) + z

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        return a if condition else b
