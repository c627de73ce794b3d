"""Log densities of common families in closed form, for float64 and for mpmath.

scipy.stats answers log(pdf) for several families, which is -inf where the pdf underflows: KL(t || Laplace)
would come out infinite. The same formulas give the digits of `dps`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.divergences.inputs.formula_functions import LARGE, OnArrays, OnMpf
from gantheory.support.multiprecision import mp as ctx


def _norm(m: Any, z: Any) -> Any:
    return -z * z / 2 - m.log(2 * m.pi) / 2


def _t(m: Any, z: Any, df: Any) -> Any:
    half, more = df / 2, (df + 1) / 2
    apart = half * m.log1p(1 / df) - m.number(1) / 2 + m.stirling(half) - m.stirling(more)
    constant = apart + m.log(more / (df * m.pi)) / 2
    return constant - (df + 1) / 2 * m.log1p_square(z / df ** (m.number(1) / 2))


def _gamma(m: Any, z: Any, a: Any) -> Any:
    if a < LARGE:
        return (a - 1) * m.log(z) - z - m.lgamma(a)
    z = m.within(z, math.inf)
    return a * _deviance(m, z / a, (z - a) / a) - m.log(z) + m.stirling(a)


def _beta(m: Any, z: Any, a: Any, b: Any) -> Any:
    if a + b < LARGE:
        return (a - 1) * m.log(z) + (b - 1) * m.log1p(-z) + m.lgamma(a + b) - m.lgamma(a) - m.lgamma(b)
    z = m.within(z, 1.0)
    d = z * (a + b) - a
    peak = a * _deviance(m, z * (a + b) / a, d / a) + b * _deviance(m, (1 - z) * (a + b) / b, -d / b)
    return peak - m.log(z) - m.log1p(-z) + m.stirling(a) + m.stirling(b) - m.stirling(a + b)


def _deviance(m: Any, r: Any, d: Any) -> Any:
    """log r - (r - 1), given d = r - 1 as well: the exponents of a law of large shape without the terms, many
    orders larger, that cancel about its peak (Loader 2000, Fast and accurate computation of binomial
    probabilities)."""
    small = r < 0.5
    return m.where(small, m.log(m.where(small, r, 1)) - d, m.log1p_less(d))


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


def _genhyperbolic(m: Any, z: Any, order: Any, a: Any, b: Any) -> Any:
    # Prause 1999 (1.4), without the cancellation of a sqrt(1 + z^2) and b z in the heavier tail.
    width, x = ((a - b) * (a + b)) ** (m.number(1) / 2), m.hypot1(z)
    power, size = order - m.number(1) / 2, m.abs(z)
    constant = order * m.log(width) - power * m.log(a) - m.log(2 * m.pi) / 2 - m.log_kve(order, width) + width
    tilt = a / (x + size) + m.where(z < 0, a + b, a - b) * size
    return constant + power * m.log(x) + m.log_kve(power, a * x) - tilt


def _burr(m: Any, z: Any, c: Any, d: Any) -> Any:
    return m.log(c * d) - (c + 1) * m.log(z) - (d + 1) * _softplus(m, -c * m.log(z))


def _softplus(m: Any, y: Any) -> Any:
    """log(1 + e^y)."""
    return m.where(y > 0, y, 0) + m.log1p(m.exp(-m.abs(y)))


_Formula = Callable[..., Any]


def _double(one_sided: _Formula) -> _Formula:
    """A law on z > 0 reflected at 0, half of its mass on either side."""
    return lambda m, z, *shapes: one_sided(m, m.abs(z), *shapes) - m.log(m.number(2))


def _weibull(m: Any, z: Any, c: Any) -> Any:
    return m.log(c) + (c - 1) * m.log(z) - z**c


FAMILIES: dict[str, _Formula] = {
    "arcsine": lambda m, z: _beta(m, z, m.number(1) / 2, m.number(1) / 2),
    "beta": _beta,
    "burr": _burr,
    "burr12": lambda m, z, c, d: m.log(c * d) + (c - 1) * m.log(z) - (d + 1) * _softplus(m, c * m.log(z)),
    "cauchy": lambda m, z: -m.log(m.number(m.pi)) - m.log1p_square(z),
    "chi2": lambda m, z, df: _gamma(m, z / 2, df / 2) - m.log(m.number(2)),
    "dgamma": _double(_gamma),
    "dweibull": _double(_weibull),
    "expon": lambda m, z: -z,
    "fisk": lambda m, z, c: _burr(m, z, c, m.number(1)),
    "foldnorm": lambda m, z, c: _norm(m, z - c) + m.log1p(m.exp(-2 * c * z)),
    "gamma": _gamma,
    "genhyperbolic": _genhyperbolic,
    "gompertz": lambda m, z, c: m.log(c) + z - c * (m.exp(z) - 1),
    "gumbel_l": lambda m, z: z - m.exp(z),
    "gumbel_r": lambda m, z: -z - m.exp(-z),
    "halfcauchy": lambda m, z: m.log(2 / m.number(m.pi)) - m.log1p_square(z),
    "halfnorm": lambda m, z: _norm(m, z) + m.log(m.number(2)),
    "hypsecant": lambda m, z: -m.abs(z) - m.log1p(m.exp(-2 * m.abs(z))) + m.log(2 / m.number(m.pi)),
    "invgamma": lambda m, z, a: _gamma(m, 1 / z, a) - 2 * m.log(z),
    "invgauss": lambda m, z, mu: -m.log(2 * m.pi) / 2 - 3 * m.log(z) / 2 - ((z - mu) / mu) ** 2 / (2 * z),
    "invweibull": lambda m, z, c: m.log(c) - (c + 1) * m.log(z) - z**-c,
    "laplace": lambda m, z: -m.abs(z) - m.log(m.number(2)),
    "laplace_asymmetric": lambda m, z, k: -m.abs(z) * m.where(z < 0, 1 / k, k) - m.log(k + 1 / k),
    "levy": lambda m, z: -m.log(2 * m.pi) / 2 - 3 * m.log(z) / 2 - 1 / (2 * z),
    "levy_l": lambda m, z: -m.log(2 * m.pi) / 2 - 3 * m.log(-z) / 2 + 1 / (2 * z),
    "logistic": lambda m, z: -m.abs(z) - 2 * m.log1p(m.exp(-m.abs(z))),
    "loggamma": lambda m, z, c: c * z - m.exp(z) - m.lgamma(c),
    "loglaplace": lambda m, z, c: m.log(c / 2) - m.log(z) - c * m.abs(m.log(z)),
    "lognorm": lambda m, z, s: _norm(m, m.log(z) / s) - m.log(s * z),
    "moyal": lambda m, z: -(z + m.exp(-z)) / 2 - m.log(2 * m.pi) / 2,
    "norm": _norm,
    "norminvgauss": lambda m, z, a, b: _genhyperbolic(m, z, -m.number(1) / 2, a, b),
    "pareto": lambda m, z, b: m.log(b) - (b + 1) * m.log(z),
    "powerlaw": lambda m, z, a: m.log(a) + (a - 1) * m.log(z),
    "rayleigh": lambda m, z: m.log(z) - z * z / 2,
    "skewnorm": lambda m, z, a: m.log(m.number(2)) + _norm(m, z) + m.log_ndtr(a * z),
    "t": _t,
    "triang": _triang,
    "truncnorm": _truncnorm,
    "uniform": lambda m, z: 0 * z,
    "weibull_max": lambda m, z, c: _weibull(m, -z, c),
    "weibull_min": _weibull,
}


def parameters(frozen: Any) -> tuple[str, tuple[float, ...], float, float] | None:
    """(family, shapes, loc, scale) of a scipy.stats distribution of the table, else None.

    A family is known by its class: a user's rv_continuous may bear the name of one of scipy's, and a subclass
    may have another density.
    """
    from scipy import stats

    dist: Any = getattr(frozen, "dist", None)
    family = str(getattr(dist, "name", None))
    if family not in FAMILIES:
        return None
    own = getattr(stats, family)
    if type(dist) is not type(own) or (family not in _ENDS_BY_SHAPE and (dist.a, dist.b) != (own.a, own.b)):
        return None
    shapes, *place = parsed(frozen)
    if any(np.size(value) != 1 for value in (*shapes, *place)):
        return None
    return family, *numbers(frozen)


def parsed(frozen: Any) -> tuple[tuple[Any, ...], Any, Any]:
    """(shapes, loc, scale) of a frozen distribution, as scipy holds them.

    By scipy's own parser of positional and keyword parameters; private, but the one that pdf uses.
    """
    found: tuple[tuple[Any, ...], Any, Any] = frozen.dist._parse_args(*frozen.args, **frozen.kwds)
    return found


def numbers(frozen: Any) -> tuple[tuple[float, ...], float, float]:
    """The same as floats, of one distribution."""
    shapes, loc, scale = parsed(frozen)
    return tuple(float(np.ravel(s)[0]) for s in shapes), float(np.ravel(loc)[0]), float(np.ravel(scale)[0])


_ENDS_BY_SHAPE = {"truncnorm"}
_WITH_BESSEL, _BESSEL_ROUNDING = {"genhyperbolic", "norminvgauss"}, 30.0
_WITH_GAMMA = {"arcsine", "beta", "chi2", "dgamma", "gamma", "invgamma", "loggamma", "t"}


@dataclass(frozen=True)
class LogDensity:
    """log p(x) of one family member on arrays, and log p at a distance from a point.

    A distance keeps its digits where x = point +- distance does not: the singularity of Beta(1/2, 1/2) at 1.
    """

    at: Callable[[Any], Any]
    offset: Callable[[Any, Any], Any] | None = None
    """(point, offset) -> log p(point + offset), from point - loc and not from their sum."""
    below_high: Callable[[Any], Any] | None = None
    """Distance -> log p(high - distance), where the formula has one."""
    constant: float = 0.0
    """Units of rounding in the normalizing constant: the size of its gamma functions' logarithms."""
    group: tuple[Any, ...] = ()
    """Members of one group differ in loc and scale only."""
    standard: Callable[[Any], Any] | None = None
    """log p at loc 0 and scale 1."""
    loc: float = 0.0
    scale: float = 1.0


def log_density_of(family: str, shapes: tuple[float, ...], loc: float, scale: float) -> LogDensity:
    """Log density of a family by name, on float64 arrays inside the support."""
    return _log_density((family, shapes, loc, scale), OnArrays, float)


def mp_log_density_of(family: str, shapes: tuple[float, ...], loc: float, scale: float) -> LogDensity:
    """The same on an mpmath number."""
    log = _log_density((family, shapes, loc, scale), OnMpf(), ctx.mpf)
    bits = int(2.0 * math.log2(1.0 + max(map(abs, shapes), default=0.0)))
    at, offset, below = (each and _finer(each, bits) for each in (log.at, log.offset, log.below_high))
    assert at is not None
    return replace(log, at=at, offset=offset, below_high=below)


def _finer(function: Callable[..., Any], bits: int) -> Callable[..., Any]:
    """At so many more bits: in the exponents of a law of large shape as many cancel about its peak."""

    def call(*args: Any) -> Any:
        with ctx.workprec(ctx.prec + bits):
            value = function(*args)
        return +value

    return call


def _log_density(
    found: tuple[str, tuple[float, ...], float, float], library: Any, number: Callable[[float], Any]
) -> LogDensity:
    family, shapes, loc, scale = found
    formula = FAMILIES[family]

    def standard(z: Any, *args: float) -> Any:
        return formula(library, z, *(number(a) for a in args))

    def log_scale() -> Any:
        return library.log(number(scale))

    def at(x: Any) -> Any:
        return standard((x - number(loc)) / number(scale), *shapes) - log_scale()

    def offset(point: Any, distance: Any) -> Any:
        return standard(((number(point) - number(loc)) + distance) / number(scale), *shapes) - log_scale()

    def from_high(d: Any) -> Any:
        if family == "powerlaw":
            a = number(shapes[0])
            return library.log(a) + (a - 1) * library.log1p(-d / number(scale)) - log_scale()
        return standard(d / number(scale), *reversed(shapes)) - log_scale()

    high = from_high if family in ("arcsine", "beta", "powerlaw", "uniform") else None
    arguments = [0.5, *shapes, sum(shapes) or 1.0] if family in _WITH_GAMMA else []
    constant = sum(abs(math.lgamma(a) if a < LARGE else OnArrays.stirling(a)) for a in arguments)
    return LogDensity(
        at,
        offset,
        high,
        float(_BESSEL_ROUNDING if family in _WITH_BESSEL else constant),
        (family, shapes),
        lambda z: standard(z, *shapes),
        loc,
        scale,
    )
