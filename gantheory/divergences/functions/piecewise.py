"""Piecewise Chebyshev interpolants on [0, inf), built only where they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array

DEGREE = 24
"""Coefficients of a panel."""

_j = np.arange(DEGREE)
NODES: Array = -np.cos(np.pi * (_j + 0.5) / DEGREE)
"""Chebyshev nodes of the first kind on [-1, 1], ascending."""


def _cosines(multiple: NDArray[np.int64]) -> Array:
    """cos(pi multiple/(2 DEGREE)) with the angle reduced to a quadrant as an integer.

    cos(k arccos(x)) would lose k times the last digit, alike for all nodes, and ten times that at a panel's
    ends.
    """
    m = multiple % (4 * DEGREE)
    m = np.minimum(m, 4 * DEGREE - m)
    return np.where(m > DEGREE, -1.0, 1.0) * np.cos(np.pi / (2 * DEGREE) * np.minimum(m, 2 * DEGREE - m))


# Values at the nodes -> Chebyshev coefficients.
_k = _j[:, None]
_TRANSFORM: Array = (-1.0) ** _k * _cosines(_k * (2 * _j + 1)) / (DEGREE / 2.0)
_TRANSFORM[0] /= 2.0


def coefficients(values: Array) -> Array:
    """Chebyshev coefficients of the interpolant through `values` at `NODES`."""
    return _TRANSFORM @ values


def tail(coef: Array) -> float:
    """Size of the last coefficients: what the next ones would add."""
    return float(np.max(np.abs(coef[-3:])))


@dataclass(frozen=True)
class Panel:
    """value(s) = exp(log_base + rate (s - anchor)) sum_k coef_k T_k(x) on [start, stop], x linear in
    s^(1/root)."""

    start: float
    stop: float
    coef: Array
    log_base: float = 0.0
    rate: float = 0.0
    anchor: float = 0.0
    root: int = 1


class Piecewise:
    """Evaluates a growing set of panels; points must lie in panels that are present."""

    def __init__(self) -> None:
        self._panels: list[Panel] = []
        self._table: tuple[Array, ...] | None = None

    def add(self, panels: list[Panel]) -> None:
        """Take more panels."""
        if panels:
            self._panels.extend(panels)
            self._table = None

    def first_stop(self) -> float:
        """End of the panel that begins at 0."""
        return min(panel.stop for panel in self._panels)

    def parts(self, s: Array) -> tuple[Array, Array]:
        """(series, exponent) with value = series exp(exponent): the product may overflow, they do not."""
        if self._table is None:
            panels = sorted(self._panels, key=lambda panel: panel.start)
            self._table = (
                np.array([p.start for p in panels]),
                np.array([p.stop for p in panels]),
                np.ascontiguousarray(np.array([p.coef for p in panels]).T),
                np.array([p.log_base for p in panels]),
                np.array([p.rate for p in panels]),
                np.array([p.anchor for p in panels]),
                np.array([1.0 / p.root for p in panels]),
            )
        start, stop, coef, log_base, rate, anchor, power = self._table
        index = np.maximum(np.searchsorted(start, s, side="right") - 1, 0)
        left, right = start[index], stop[index]
        at = s
        if (power != 1.0).any():
            left, at, right = (z ** power[index] for z in (left, s, right))
        x = ((at - left) - (right - at)) / (right - left)
        # Clenshaw's recurrence with the coefficients of each point's own panel.
        twice = 2.0 * x
        b1 = np.zeros_like(s)
        b2 = np.zeros_like(s)
        for k in range(DEGREE - 1, 0, -1):
            b1, b2 = coef[k][index] + twice * b1 - b2, b1
        return coef[0][index] + x * b1 - b2, log_base[index] + rate[index] * (s - anchor[index])
