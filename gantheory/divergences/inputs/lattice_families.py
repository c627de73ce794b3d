"""Log probabilities of laws on a lattice in closed form.

scipy.stats answers log(pmf) for these, which is -inf where the pmf underflows: beyond k = 1e108 for zipf(3),
where a third of KL(zipf(1.01) || zipf(3)) lies, and beyond k = 150 for skellam. The normalization of zipfian
it sums anew at each k.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.families import numbers

_LARGE = 50.0  # orders from which the expansion for large ones has all digits
_LOST = math.log(1e-250)
_SUMMED = 100_000.0
"""Terms of a harmonic number that are summed one by one."""


def log_pmf_of(frozen: Any) -> Callable[[Array], Array] | None:
    """The log probability at points of the support; None for a family that is not in the table."""
    from scipy import stats

    dist = getattr(frozen, "dist", None)
    for name, formula in _FORMULAS.items():
        if type(dist) is type(getattr(stats, name)):
            shapes, start, _ = numbers(frozen)
            log = formula(*shapes)
            return lambda x: log(x - start)
    return None


def _plain(rate: float, power: float, constant: float) -> Callable[[Array], Array]:
    """k -> log(e^(-rate |k|) k^-power) - constant."""
    return lambda k: -rate * np.abs(k) - (power * np.log(k) if power else 0.0) - constant


def _skellam(mu1: float, mu2: float) -> Callable[[Array], Array]:
    """e^-(mu1 + mu2) (mu1/mu2)^(k/2) I_|k|(2 sqrt(mu1 mu2))."""
    slope, middle = 0.5 * (math.log(mu1) - math.log(mu2)), math.sqrt(mu1) * math.sqrt(mu2)
    apart = (math.sqrt(mu1) - math.sqrt(mu2)) ** 2
    return lambda k: slope * k - apart + log_ive(np.abs(k), 2.0 * middle)


_FORMULAS: dict[str, Callable[..., Callable[[Array], Array]]] = {
    "zipf": lambda a: _plain(0.0, a, math.log(special.zeta(a, 1))),
    "zipfian": lambda a, n: _plain(0.0, a, math.log(harmonic(n, a))),
    "logser": lambda p: _plain(-math.log(p), 1.0, math.log(-math.log1p(-p))),
    "dlaplace": lambda a: _plain(a, 0.0, -math.log(math.tanh(0.5 * a))),
    "planck": lambda rate: _plain(rate, 0.0, -math.log(-math.expm1(-rate))),
    "boltzmann": lambda rate, n: _plain(rate, 0.0, -math.log(math.expm1(-rate) / math.expm1(-rate * n))),
    "skellam": _skellam,
}


def log_ive(order: Array, z: float) -> Array:
    """log(e^-z I_order(z)), order >= 0, z > 0: also where it underflows, by the expansion for large orders,
    uniform in z (DLMF 10.41.3), or by the power series (DLMF 10.25.2) where the order is below 50."""
    with np.errstate(divide="ignore"):
        out = np.asarray(np.log(special.ive(order, z)))
    far = ~(out > _LOST)
    n = order[far]
    if not n.size:
        return out
    large = np.maximum(n, _LARGE)
    ratio = z / large
    root = np.hypot(1.0, ratio)
    series: Array = sum(u(1.0 / root) / large**k for k, u in enumerate(_debye()))
    # sqrt(1 + x^2) - x + log(x/(1 + sqrt(1 + x^2))), times the order
    exponent = large * (1.0 / (root + ratio) - np.log1p(root) + np.log(ratio))
    uniform = exponent - 0.5 * np.log(2.0 * math.pi * large * root) + np.log(series)
    term = total = np.ones(n.shape)
    for m in range(1, 40):
        term = term * (0.25 * z * z) / (m * (n + m))
        total = total + term
    with np.errstate(under="ignore"):
        power = n * math.log(0.5 * z) - special.gammaln(n + 1.0) + np.log(total) - z
    out[far] = np.where(n >= _LARGE, uniform, power)
    return out


@cache
def _debye() -> tuple[np.polynomial.Polynomial, ...]:
    """The polynomials u_0..u_9 of the expansion for large orders (DLMF 10.41.9)."""
    p = np.polynomial.Polynomial([0.0, 1.0])
    out = [np.polynomial.Polynomial([1.0])]
    for _ in range(9):
        last = out[-1]
        out.append(0.5 * p**2 * (1.0 - p**2) * last.deriv() + ((1.0 - 5.0 * p**2) * last).integ() / 8.0)
    return tuple(out)


def harmonic(n: float, a: float) -> float:
    """sum_{k=1}^n k^-a, a >= 0: beyond 100,000 terms by the Euler-Maclaurin formula at midpoints."""
    first = math.fsum(np.arange(1.0, min(n, _SUMMED) + 0.5) ** -a)
    if n <= _SUMMED:
        return first
    low, high = _SUMMED + 0.5, n + 0.5
    # (high^(1-a) - low^(1-a))/(1 - a) without cancellation at a = 1.
    ratio = math.log(high / low)
    growth = (1.0 - a) * ratio
    integral = low ** (1.0 - a) * ratio * (math.expm1(growth) / growth if growth else 1.0)
    return first + integral + a * (high ** (-a - 1.0) - low ** (-a - 1.0)) / 24.0
