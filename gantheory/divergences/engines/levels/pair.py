"""Level sets of a pair of laws: of pmfs and of two normal laws in closed form, else of densities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.discrete.atoms import atoms_of
from gantheory.divergences.engines.discrete.pmf import log_ratio, pmf_pair
from gantheory.divergences.engines.levels.densities import DensityLevelSets
from gantheory.divergences.engines.levels.sets import LevelSets
from gantheory.divergences.inputs.families import parameters
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.divergences.inputs.prepared import prepared


def level_sets(P: Any, Q: Any) -> LevelSets:
    """Level sets of two pmfs, or of two scipy.stats distributions or mixtures on the line.

    Raises:
        ValueError, TypeError: an argument of the wrong kind.
    """
    (kind_p, P), (kind_q, Q) = prepared(P, "P"), prepared(Q, "Q")
    kinds = {kind_p, kind_q}
    if "pmf" in kinds and len(kinds) == 2:
        raise TypeError(
            "P and Q must both be pmf arrays or both be distributions, got "
            f"{type(P).__name__} and {type(Q).__name__}"
        )
    if kinds == {"pmf"}:
        p, q = pmf_pair(P, Q)
        return _PmfLevelSets(np.array([float(x) for x in p]), np.array([float(x) for x in q]))
    if kinds & {"discrete", "mixed"}:
        return _PmfLevelSets(*atoms_of(P, Q))
    for given, kind, name in ((P, kind_p, "P"), (Q, kind_q, "Q")):
        if kind != "line":
            raise TypeError(
                f"{name} must be a pmf array, a frozen scipy.stats distribution or a mixture on the line, "
                f"got {type(given).__name__}"
            )
    normal = [parameters(d) if not isinstance(d, Mixture) else None for d in (P, Q)]
    if all(found is not None and found[0] == "norm" for found in normal):
        (_, _, m1, s1), (_, _, m2, s2) = (found for found in normal if found is not None)
        return _GaussianLevelSets(m1, s1, m2, s2)
    return DensityLevelSets(P, Q)


class _PmfLevelSets(LevelSets):
    def __init__(self, p: Array, q: Array) -> None:
        present = (p > 0) | (q > 0)
        p, q = p[present], q[present]
        t = log_ratio(p, q)
        order = np.argsort(t)
        self._t, p, q = t[order], p[order], q[order]
        self.p_alone, self.q_alone = float(p[q == 0.0].sum()), float(q[p == 0.0].sum())
        finite = np.isfinite(self._t)
        self._t, p, q = self._t[finite], p[finite], q[finite]
        self._below = [np.concatenate([[0.0], np.cumsum(x)]) for x in (p, q)]
        self._above = [np.concatenate([np.cumsum(x[::-1])[::-1], [0.0]]) for x in (p, q)]
        self.critical = tuple(sorted({float(x) for x in self._t}))

    def scaled(self, t: Array, sign: int) -> tuple[Array, Array]:
        index = np.searchsorted(self._t, sign * t, side="right" if sign > 0 else "left")
        table = self._above if sign > 0 else self._below[::-1]
        return np.log(table[0][index]), np.log(table[1][index]) + t


class _GaussianLevelSets(LevelSets):
    """T is a quadratic of y = x - m1, so its level sets are intervals, half-lines or their complements."""

    def __init__(self, m1: float, s1: float, m2: float, s2: float) -> None:
        d = m1 - m2
        self._s1, self._s2, self._d = s1, s2, d
        self._a = (s1 - s2) * (s1 + s2) / (2 * s1 * s1 * s2 * s2)
        self._b = d / (s2 * s2)
        self._c = d * d / (2 * s2 * s2) + math.log(s2 / s1)
        if s1 != s2:
            self.critical = (math.log(s2 / s1) + d * d / (2 * (s2 - s1) * (s2 + s1)),)

    def scaled(self, t: Array, sign: int) -> tuple[Array, Array]:
        a, b = self._a, self._b
        c = self._c - sign * t
        if a == 0.0 and b == 0.0:
            return np.full(t.shape, -np.inf), np.full(t.shape, -np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
            real = b * b - 4 * a * c >= 0.0
            # The form of the quadratic's roots without cancellation; a = 0 sends one of them to infinity.
            half = -0.5 * (b + math.copysign(1.0, b) * root)
            far = half / a if a else np.full(t.shape, math.copysign(math.inf, -b))
            near = np.where(half == 0.0, 0.0, c / half)
        if a == 0.0:
            # sign (b y + c) > 0 is one half-line.
            low, high = (
                (near, np.full(t.shape, np.inf)) if sign * b > 0 else (np.full(t.shape, -np.inf), near)
            )
            inside = True
            empty = full = np.zeros(t.shape, dtype=bool)
        else:
            low, high = np.minimum(near, far), np.maximum(near, far)
            inside = sign * a < 0
            empty, full = (~real, np.zeros_like(real)) if inside else (np.zeros_like(real), ~real)
        out = []
        for y0, y1 in (
            (low / self._s1, high / self._s1),
            ((low + self._d) / self._s2, (high + self._d) / self._s2),
        ):
            mass = _log_interval(y0, y1) if inside else np.logaddexp(log_ndtr(y0), log_ndtr(-y1))
            out.append(np.where(empty, -np.inf, np.where(full, 0.0, mass)))
        heavy, light = out[::sign]
        return heavy, light + t


def _log_interval(a: Array, b: Array) -> Array:
    """log(Phi(b) - Phi(a)) for a <= b, in both tails."""
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        top = log_ndtr(b)
        one_sided = top + np.log(-np.expm1(np.minimum(log_ndtr(a) - top, 0.0)))
        straddling = np.log1p(-ndtr(a) - ndtr(-b))
    return np.where(a == b, -np.inf, np.where(b <= 0, one_sided, straddling))
