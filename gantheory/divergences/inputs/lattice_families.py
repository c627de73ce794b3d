"""Log probabilities of power laws on a lattice in closed form.

scipy.stats answers log(pmf) for these, which is -inf where the pmf underflows: beyond k = 1e108 for zipf(3),
where a third of KL(zipf(1.01) || zipf(3)) lies. The normalization of zipfian it sums anew at each k.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arrays import Array

_SUMMED = 100_000.0
"""Terms of a harmonic number that are summed one by one."""


def log_pmf_of(frozen: Any) -> Callable[[Array], Array] | None:
    """The log probability at points of the support; None for a family that is not in the table."""
    from scipy import stats

    dist = getattr(frozen, "dist", None)
    for name, formula in _FORMULAS.items():
        if type(dist) is type(getattr(stats, name)):
            shapes, loc, _ = dist._parse_args(*frozen.args, **frozen.kwds)  # type: ignore[union-attr]
            log, start = formula(*(float(np.ravel(s)[0]) for s in shapes)), float(np.ravel(loc)[0])
            return lambda x: log(x - start)
    return None


def _zipf(a: float) -> Callable[[Array], Array]:
    from scipy import special

    constant = math.log(special.zeta(a, 1))
    return lambda k: -a * np.log(k) - constant


def _zipfian(a: float, n: float) -> Callable[[Array], Array]:
    constant = math.log(harmonic(n, a))
    return lambda k: -a * np.log(k) - constant


def _logser(p: float) -> Callable[[Array], Array]:
    slope, constant = math.log(p), math.log(-math.log1p(-p))
    return lambda k: slope * k - np.log(k) - constant


_FORMULAS: dict[str, Callable[..., Callable[[Array], Array]]] = {
    "zipf": _zipf,
    "zipfian": _zipfian,
    "logser": _logser,
}


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
