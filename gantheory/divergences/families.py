"""Log densities of common families in closed form, for float64 and for mpmath.

scipy.stats answers log(pdf) for several families, which is -inf where the pdf underflows: KL(t || Laplace)
would come out infinite. The same formulas give the digits of `dps`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.multiprecision import mp as ctx


class _Numpy:
    """The functions that the table needs, on float64 arrays."""

    pi = math.pi
    log, log1p, exp, abs = np.log, np.log1p, np.exp, np.abs
    number = float

    @staticmethod
    def lgamma(x: float) -> float:
        return math.lgamma(x)

    @staticmethod
    def log1p_square(z: Any) -> Any:
        big = np.abs(z) > 1e100
        return np.where(
            big, 2.0 * np.log(np.where(big, np.abs(z), 1.0)), np.log1p(np.where(big, 0.0, z) ** 2)
        )

    @staticmethod
    def log_ndtr(z: Any) -> Any:
        from scipy import special

        return special.log_ndtr(z)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        return np.where(condition, a, b)


class _Mpmath:
    """The same on mpmath numbers."""

    log, log1p, exp = staticmethod(ctx.log), staticmethod(ctx.log1p), staticmethod(ctx.exp)
    lgamma = staticmethod(ctx.loggamma)
    number = ctx.mpf

    @property
    def pi(self) -> Any:
        return +ctx.pi

    @staticmethod
    def abs(z: Any) -> Any:
        return abs(z)

    @staticmethod
    def log1p_square(z: Any) -> Any:
        return ctx.log1p(z * z)

    @staticmethod
    def log_ndtr(z: Any) -> Any:
        return ctx.log(ctx.erfc(-z / ctx.sqrt(2)) / 2)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        return a if condition else b


def _norm(m: Any, z: Any) -> Any:
    return -z * z / 2 - m.log(2 * m.pi) / 2


def _t(m: Any, z: Any, df: Any) -> Any:
    constant = m.lgamma((df + 1) / 2) - m.lgamma(df / 2) - m.log(df * m.pi) / 2
    return constant - (df + 1) / 2 * m.log1p_square(z / df ** (m.number(1) / 2))


def _gamma(m: Any, z: Any, a: Any) -> Any:
    return (a - 1) * m.log(z) - z - m.lgamma(a)


def _beta(m: Any, z: Any, a: Any, b: Any) -> Any:
    return (a - 1) * m.log(z) + (b - 1) * m.log1p(-z) + m.lgamma(a + b) - m.lgamma(a) - m.lgamma(b)


def _chi2(m: Any, z: Any, df: Any) -> Any:
    return _gamma(m, z / 2, df / 2) - m.log(m.number(2))


def _lognorm(m: Any, z: Any, s: Any) -> Any:
    return _norm(m, m.log(z) / s) - m.log(s * z)


def _triang(m: Any, z: Any, c: Any) -> Any:
    # 0/0 at a mode that lies on an end is not reached: quadrature nodes are interior.
    rising = 2 * z / c if c > 0 else 0 * z
    falling = 2 * (1 - z) / (1 - c) if c < 1 else 0 * z
    return m.log(m.where(z < c, rising, falling))


def _truncnorm(m: Any, z: Any, a: Any, b: Any) -> Any:
    # The mass between a and b, on the side where the two tails do not cancel.
    low, high = (-b, -a) if a > 0 else (a, b)
    log_high = m.log_ndtr(high)
    share = m.exp(m.log_ndtr(low) - log_high) if low != -math.inf else 0 * log_high
    return _norm(m, z) - log_high - m.log1p(-share)


_Formula = Callable[..., Any]

FAMILIES: dict[str, _Formula] = {
    "beta": _beta,
    "cauchy": lambda m, z: -m.log(m.number(m.pi)) - m.log1p_square(z),
    "chi2": _chi2,
    "expon": lambda m, z: -z,
    "gamma": _gamma,
    "gumbel_l": lambda m, z: z - m.exp(z),
    "gumbel_r": lambda m, z: -z - m.exp(-z),
    "halfnorm": lambda m, z: _norm(m, z) + m.log(m.number(2)),
    "invgamma": lambda m, z, a: -(a + 1) * m.log(z) - m.lgamma(a) - 1 / z,
    "laplace": lambda m, z: -m.abs(z) - m.log(m.number(2)),
    "logistic": lambda m, z: -m.abs(z) - 2 * m.log1p(m.exp(-m.abs(z))),
    "lognorm": _lognorm,
    "norm": _norm,
    "pareto": lambda m, z, b: m.log(b) - (b + 1) * m.log(z),
    "rayleigh": lambda m, z: m.log(z) - z * z / 2,
    "skewnorm": lambda m, z, a: m.log(m.number(2)) + _norm(m, z) + m.log_ndtr(a * z),
    "t": _t,
    "triang": _triang,
    "truncnorm": _truncnorm,
    "uniform": lambda m, z: 0 * z,
    "weibull_min": lambda m, z, c: m.log(c) + (c - 1) * m.log(z) - z**c,
}


def parameters(frozen: Any) -> tuple[str, tuple[float, ...], float, float] | None:
    """(family, shapes, loc, scale) of a frozen scipy.stats distribution of the table, else None."""
    family = getattr(getattr(frozen, "dist", None), "name", None)
    if family not in FAMILIES:
        return None
    # scipy's own parser of positional and keyword parameters; private, but the one that pdf uses.
    shapes, loc, scale = frozen.dist._parse_args(*frozen.args, **frozen.kwds)
    return family, tuple(float(s) for s in shapes), float(loc), float(scale)


_WITH_GAMMA = {"beta", "chi2", "gamma", "invgamma", "t"}
_AT_ORIGIN = {
    *("beta", "chi2", "expon", "gamma", "halfnorm", "invgamma", "lognorm", "rayleigh", "triang", "uniform"),
    "weibull_min",
}
"""Families whose support begins at z = 0: their density is a function of the distance to that end."""


@dataclass(frozen=True)
class LogDensity:
    """log p(x) of one family member on arrays, and log p at a distance from an end of the support.

    The distance keeps its digits where x = end +- distance does not: the singularity of Beta(1/2, 1/2) at 1.
    """

    at: Callable[[Any], Any]
    above_low: Callable[[Any], Any] | None = None
    below_high: Callable[[Any], Any] | None = None
    constant: float = 0.0
    """Size of the gamma functions' logarithms in the normalizing constant, which sets its rounding."""


def numpy_logpdf(frozen: Any) -> LogDensity | None:
    """Log density on float64 arrays inside the support; None for a family that is not in the table."""
    return _log_density(frozen, _Numpy, float)


def mp_logpdf(frozen: Any) -> LogDensity | None:
    """Log density of an mpmath number inside the support; None for a family that is not in the table."""
    return _log_density(frozen, _Mpmath(), ctx.mpf)


def _log_density(frozen: Any, library: Any, number: Callable[[float], Any]) -> LogDensity | None:
    found = parameters(frozen)
    if found is None:
        return None
    family, shapes, loc, scale = found
    formula = FAMILIES[family]

    def standard(z: Any, *args: float) -> Any:
        return formula(library, z, *(number(a) for a in args)) - library.log(number(scale))

    def at(x: Any) -> Any:
        return standard((x - number(loc)) / number(scale), *shapes)

    low = high = None
    if family in _AT_ORIGIN:
        low = lambda d: standard(d / number(scale), *shapes)  # noqa: E731
    if family == "beta":
        high = lambda d: standard(d / number(scale), *reversed(shapes))  # noqa: E731
    elif family == "uniform":
        high = low
    arguments = [*shapes, sum(shapes)] if family in _WITH_GAMMA else []
    return LogDensity(at, low, high, float(sum(abs(math.lgamma(a)) for a in arguments)))
