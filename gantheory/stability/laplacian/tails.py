"""How a density on the line falls far out, which decides where the spectrum of its Laplacian is continuous.

With the hazard r(x) = -d log p/d|x| the Laplacian is -d^2/dx^2 + r^2/4 - r'/2 in sqrt(p) phi: its spectrum is
continuous from lim r^2/4 on, from 0 where tails are heavier than exponential, nowhere where r grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gantheory.arguments.arrays import Array

_DOUBLINGS = 60


@dataclass(frozen=True)
class Tail:
    """One side: `hazard` is the last r that was seen, `deepest` how far down the log density is known."""

    kind: Literal["heavy", "exponential", "light"]
    hazard: float
    deepest: float


def tail_of(log_density: Callable[[Array], Array], inner: Array, side: int) -> Tail:
    """The tail beyond the points `inner` on the side -1 or 1.

    The mean hazard between distances 2^k and 2^(k+1) widths goes as (2^k)^e: e = -1 for powers, a - 1 for
    exp(-|x|^a). Some sixty doublings tell a from 1 within 0.02, where the density does not underflow first.
    """
    start = float(inner.max() if side > 0 else inner.min())
    width = float(np.quantile(inner, 0.75) - np.quantile(inner, 0.25))
    distances = width * 2.0 ** np.arange(_DOUBLINGS)
    with np.errstate(all="ignore"):
        logs = np.asarray(log_density(np.asarray(start + side * distances)), dtype=np.float64)
        known = int(np.argmin(np.isfinite(logs))) if not np.isfinite(logs).all() else logs.size
        distances, logs = distances[:known], logs[:known]
        hazards = -np.diff(logs) / np.diff(distances)
    deepest = math.inf if known == _DOUBLINGS else 650.0
    back = min(10, hazards.size // 2)
    if back == 0:  # beyond a double within two widths
        return Tail("light", math.inf, deepest)
    last, earlier = float(hazards[-1]), float(hazards[-1 - back])
    if not last > 0 or not earlier > 0:
        return Tail("heavy", 0.0, deepest)
    power = math.log2(last / earlier) / back
    room = 0.02 if known == _DOUBLINGS else 0.1
    if power < -room:
        return Tail("heavy", 0.0, deepest)
    return Tail("light" if power > room else "exponential", last, deepest)
