"""Masses of likelihood-ratio level sets, from which every f-divergence of a pair is one integral.

With t = log u, T = log(p/q), V(t) = e^-t P(T beyond t), U(t) = Q(T beyond t), where beyond means T > t for
t > 0 and T < t for t < 0, and the hockey-stick divergence of order e^t, W = |V - U|:

    D_f(P||Q) = int kappa(t) W(t) dt,   kappa(t) = u^2 f''(u).

Source: the integral representation of f-divergences (Liese & Vajda, IEEE Trans. IT 2006, Theorem 1; Sason &
Verdu, IEEE Trans. IT 2016, Section VII), written in log u.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arrays import Array
from gantheory.divergences.engines.discrete.atoms import atoms_of
from gantheory.divergences.engines.pmf import log_ratio, pmf_pair
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.inputs.density import densities
from gantheory.divergences.inputs.families import parameters
from gantheory.divergences.inputs.laws import prepared
from gantheory.divergences.inputs.mixture import Mixture

_FLAT = 1e-12


class LevelSets(ABC):
    """log V(t) and log U(t) of a pair; `critical` holds the t where they are not smooth."""

    critical: tuple[float, ...] = ()
    underflow: float = -math.inf
    """Logarithm below which masses are lost."""
    p_alone: float = 0.0
    """P-mass where q = 0."""
    q_alone: float = 0.0
    """Q-mass where p = 0."""

    @abstractmethod
    def masses(self, t: Array, sign: int) -> tuple[Array, Array]:
        """(log P(T beyond t), log Q(T beyond t)) for t > 0 (sign = 1) or t < 0 (sign = -1), T finite."""

    def logs(self, t: Array, sign: int) -> tuple[Array, Array, Array]:
        """(log W, log V, log U)."""
        log_p, log_u = self.masses(t, sign)
        log_v = log_p - t
        more, less = (log_v, log_u) if sign > 0 else (log_u, log_v)
        with np.errstate(divide="ignore", invalid="ignore"):
            # W >= 0; rounding may put the difference of two nearly equal masses below.
            gap = np.minimum(less - more, 0.0)
            log_w = np.where(np.isneginf(more), -np.inf, more + np.log(-np.expm1(gap)))
        return log_w, log_v, log_u


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
    return _DensityLevelSets(P, Q)


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

    def masses(self, t: Array, sign: int) -> tuple[Array, Array]:
        index = np.searchsorted(self._t, t, side="right" if sign > 0 else "left")
        table = self._above if sign > 0 else self._below
        with np.errstate(divide="ignore"):
            return np.log(table[0][index]), np.log(table[1][index])


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

    def masses(self, t: Array, sign: int) -> tuple[Array, Array]:
        a, b = self._a, self._b
        c = self._c - t
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
            mass = _log_interval(y0, y1) if inside else _log_outside(y0, y1)
            out.append(np.where(empty, -np.inf, np.where(full, 0.0, mass)))
        return out[0], out[1]


def _log_interval(a: Array, b: Array) -> Array:
    """log(Phi(b) - Phi(a)) for a <= b, in both tails."""
    from scipy.special import log_ndtr, ndtr

    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        top = log_ndtr(b)
        one_sided = top + np.log(-np.expm1(np.minimum(log_ndtr(a) - top, 0.0)))
        straddling = np.log1p(-ndtr(a) - ndtr(-b))
    return np.where(a == b, -np.inf, np.where(b <= 0, one_sided, straddling))


def _log_outside(a: Array, b: Array) -> Array:
    from scipy.special import log_ndtr

    return np.asarray(np.logaddexp(log_ndtr(a), log_ndtr(-b)))


@dataclass(frozen=True)
class _Run:
    """An interval of x on which T is monotone (slope +-1) or constant (slope 0), with a grid."""

    x: Array
    t: Array
    slope: int


class _DensityLevelSets(LevelSets):
    """Level sets of one-dimensional densities: monotone runs of T found on a grid, then roots by bisection.

    Mass within one unit of rounding of an end of a support other than 0 is not seen: 1e-8 for Beta(1/2, 1/2)
    at 1.
    """

    underflow = -700.0

    def __init__(self, P: Any, Q: Any) -> None:
        self._given = (P, Q)
        self._p, self._q = densities(P, Q)
        self._runs: list[_Run] = []
        for low, high, inner in segments(self._p, self._q):
            x = _grid(low, high, inner)
            log_p, log_q = self._p.logpdf(x), self._q.logpdf(x)
            x, log_p, log_q = (v[(log_p > -np.inf) | (log_q > -np.inf)] for v in (x, log_p, log_q))
            if x.size < 2:
                continue
            # The ends of the segment belong to its first and last cell.
            with np.errstate(invalid="ignore"):
                self._split(np.concatenate([[low], x, [high]]), log_p - log_q)
        self.critical = tuple(
            sorted({float(e) for r in self._runs for e in (r.t[0], r.t[-1]) if math.isfinite(e)})
        )
        for run in self._runs:
            ends = run.x[:1], run.x[-1:]
            if np.isposinf(run.t).all():
                self.p_alone += float(self._mass(P, *ends)[0])
            elif np.isneginf(run.t).all():
                self.q_alone += float(self._mass(Q, *ends)[0])
        self._runs = [run for run in self._runs if not np.isinf(run.t).all()]

    def _T(self, x: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return self._p.logpdf(x) - self._q.logpdf(x)

    def _split(self, x: Array, t: Array) -> None:
        """Append runs; x has one more point than t at either end."""
        inner = x[1:-1].copy()
        with np.errstate(invalid="ignore"):
            step = np.diff(t)
        flat = (t[1:] == t[:-1]) | (np.abs(step) <= _FLAT * (1.0 + np.abs(t[1:])))
        slope = np.where(flat, 0.0, np.sign(step))
        turns = np.nonzero(slope[1:] != slope[:-1])[0] + 1
        for k in turns:
            if slope[k] * slope[k - 1] < 0:
                inner[k] = self._extremum(float(inner[k - 1]), float(inner[k + 1]), int(slope[k - 1]))
                t[k] = float(self._T(inner[k : k + 1])[0])
        cuts = [0, *(int(k) for k in turns), len(t) - 1]
        for first, last in itertools.pairwise(cuts):
            xs, ts = inner[first : last + 1].copy(), t[first : last + 1]
            if first == 0:
                xs[0] = x[0]
            if last == len(t) - 1:
                xs[-1] = x[-1]
            self._runs.append(_Run(xs, ts, int(slope[first])))

    def _extremum(self, a: float, b: float, slope: int) -> float:
        from scipy.optimize import minimize_scalar

        def height(x: float) -> float:
            return -slope * float(self._T(np.array([x]))[0])

        return float(
            minimize_scalar(height, bounds=(a, b), method="bounded", options={"xatol": 1e-10 * (b - a)}).x
        )

    def masses(self, t: Array, sign: int) -> tuple[Array, Array]:
        total = [np.zeros(t.shape), np.zeros(t.shape)]
        for run in self._runs:
            low, high = np.full(t.shape, run.x[0]), np.full(t.shape, run.x[-1])
            if run.slope == 0:
                inside = sign * (run.t[len(run.t) // 2] - t) > 0
                low = np.where(inside, low, high)
            else:
                root = self._roots(run, t)
                if run.slope * sign > 0:
                    low = root
                else:
                    high = root
            for k in (0, 1):
                total[k] += self._mass(self._given[k], low, high)
        with np.errstate(divide="ignore"):
            return np.log(total[0]), np.log(total[1])

    def _roots(self, run: _Run, t: Array) -> Array:
        """x in the run with T(x) = t; one of its ends where T stays on one side."""
        x, level, target = run.x, run.slope * run.t, run.slope * t
        index = np.clip(np.searchsorted(level, target), 1, len(level) - 1)
        low, high = x[index - 1], x[index]
        # The outermost cells may reach to infinity; T is sampled at their finite grid ends.
        below, above = target <= level[0], target >= level[-1]
        a = np.where(np.isfinite(low), low, high)
        b = np.where(np.isfinite(high), high, low)
        for _ in range(60):
            middle = 0.5 * (a + b)
            up = run.slope * self._T(middle) < target
            a, b = np.where(up, middle, a), np.where(up, b, middle)
        return np.where(below, x[0], np.where(above, x[-1], 0.5 * (a + b)))

    @staticmethod
    def _mass(distribution: Any, low: Array, high: Array) -> Array:
        """P(low < X < high) from the nearer tail."""
        below = distribution.cdf(low)
        by_cdf = distribution.cdf(high) - below
        by_sf = distribution.sf(low) - distribution.sf(high)
        return np.maximum(np.where(below > 0.5, by_sf, by_cdf), 0.0)


def _grid(low: float, high: float, inner: Array) -> Array:
    """Points dense enough that T is monotone between neighbors, and out to both ends."""
    pieces = [np.linspace(a, b, 25) for a, b in itertools.pairwise(inner)]
    span = max(float(inner[-1] - inner[0]), 1e-3 * abs(float(inner[0])), 1e-300)
    for end, near, sign in ((low, float(inner[0]), -1.0), (high, float(inner[-1]), 1.0)):
        if math.isfinite(end):
            halvings = np.arange(0.0, 1000.0) if end == 0.0 else np.arange(0.0, 52.0, 0.5)
            distance = abs(end - near) * 2.0**-halvings
            points = end - sign * distance
            pieces.append(points[(points > low) & (points < high)])
        else:
            pieces.append(near + sign * span * (2.0 ** np.arange(0.0, 200.0, 0.5) - 1.0))
    return np.unique(np.concatenate([np.atleast_1d(inner), *pieces]))
