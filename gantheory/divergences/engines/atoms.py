"""Divergences of laws with atoms: discrete distributions, their mixtures, and atoms beside a density.

By Lebesgue's decomposition the atoms of P and Q and their densities are summed apart:

    D_f(P||Q) = sum over atoms of q f(p/q)  +  int q f(p/q) dx,

where an atom of one that the other lacks counts p f'(inf) or q f(0), and so does a density that stands alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.divergences.engines.panels import _remainder
from gantheory.divergences.engines.pmf import log_ratio
from gantheory.divergences.engines.scaled import Scaled, added, in_units_of
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.functions.piecewise import Array
from gantheory.divergences.inputs.laws import prepared
from gantheory.divergences.inputs.log_sums import log_sum
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)
_EXPLICIT = 100_000
"""Atoms of a bounded law that are listed one by one."""

_MOST = 1 << 22
"""Atoms summed at most."""

_EXTRAPOLATED = 1 << 14
"""Length of a block from which on a rest is extrapolated, where that is as good as the sum."""

_LONGEST = 1 << 20
_LOG_UNDERFLOW = math.log(1e-60)


@dataclass(frozen=True)
class _Part:
    """One discrete law: log probabilities, and all of its points or the lattice that holds them."""

    log: Callable[[Array], Array]
    low: float
    high: float
    center: float
    scale: float
    offset: float
    """Points are offset + an integer."""
    points: Array | None
    name: str

    def logpmf(self, x: Array) -> Array:
        out = np.full(x.shape, -np.inf)
        inside = (x >= self.low) & (x <= self.high)
        if self.points is None:
            inside &= np.floor(x - self.offset) == x - self.offset
        if inside.any():
            with np.errstate(all="ignore"):
                out[inside] = np.asarray(self.log(x[inside]), dtype=np.float64)
        if np.isnan(out).any():
            raise ValueError(f"{self.name} has a probability of nan at {x[np.isnan(out)][0]:g}")
        return out

    def lost(self, x: Array) -> Any:
        """Where a probability of 0 may be underflow."""
        if self.points is not None:
            return np.zeros(x.shape, dtype=bool)
        return (x >= self.low) & (x <= self.high) & (np.floor(x - self.offset) == x - self.offset)


class _Law:
    """sum_i w_i part_i, of total mass at most 1."""

    def __init__(self, parts: list[tuple[_Part, float]]) -> None:
        self.parts = parts
        self.mass = math.fsum(w for _, w in parts)

    def log(self, x: Array) -> Array:
        if len(self.parts) == 1 and self.parts[0][1] == 1.0:
            return self.parts[0][0].logpmf(x)
        return log_sum(x.shape, (part.logpmf(x) + math.log(weight) for part, weight in self.parts))

    def lost(self, x: Array) -> Any:
        return (
            np.any([part.lost(x) for part, _ in self.parts], axis=0)
            if self.parts
            else np.zeros(x.shape, bool)
        )


def divergence_with_atoms(f: GeneratingFunction, P: Any, Q: Any, support: Any = None) -> DivergenceResult:
    """D_f(P||Q) where P or Q has atoms.

    Raises:
        ValueError, TypeError: an argument of the wrong kind.
        ArithmeticError: +inf and -inf contributions, or sums that go on beyond 4 million atoms.
    """
    if support is not None:
        raise ValueError(f"support must not be given where P or Q has atoms, got {support!r}")
    (p, p_rest), (q, q_rest) = _decomposed(P, "P"), _decomposed(Q, "Q")
    results = []
    if p.parts and q.parts:
        results.append(_of_atoms(f, p, q))
    else:
        results.append(_alone(f, p.mass, q.mass))
    if p_rest and q_rest:
        from gantheory.divergences.engines.quadrature import without_overflow
        from gantheory.divergences.inputs.density import densities

        one, other = densities(*(_joined(rest) for rest in (p_rest, q_rest)))
        results.append(without_overflow(f, _weighted(one, 1.0 - p.mass), _weighted(other, 1.0 - q.mass)))
    else:
        results.append(_alone(f, math.fsum(w for _, w in p_rest), math.fsum(w for _, w in q_rest)))
    apart = (bool(p.parts), bool(p_rest)) == (not q.parts, not q_rest)
    method = "sum" if not (p_rest or q_rest) else "mutually singular laws" if apart else "sum and quadrature"
    return added(results, method)


def _of_atoms(f: GeneratingFunction, p: _Law, q: _Law) -> DivergenceResult:
    """The sum over atoms; where it overflows, in units of its largest term and from there outwards."""
    plain = _Sum(f, p, q)
    result = plain.total()
    if not plain.overflows or (top := plain.largest()) is None:
        return result
    shift, place = top
    return in_units_of(shift, _Sum(Scaled(f, shift), p, q, place).total())


def atoms_of(P: Any, Q: Any) -> tuple[Array, Array]:
    """Probabilities of two discrete laws on their common atoms, but for what is below 1e-17 of the mass.

    Raises:
        ValueError: a law with a density, or with more atoms than can be listed.
    """
    (p, p_rest), (q, q_rest) = _decomposed(P, "P"), _decomposed(Q, "Q")
    if p_rest or q_rest:
        raise ValueError("P and Q must both be discrete or both have densities, got one of each")
    return _Sum(None, p, q).listed()


def _alone(f: GeneratingFunction, p_mass: float, q_mass: float) -> DivergenceResult:
    """Contribution of P-mass that Q lacks, and of Q-mass that P lacks."""
    parts = []
    for mass, t in ((p_mass, np.inf), (q_mass, -np.inf)):
        if mass <= 0:
            continue
        at, log_mass = np.array([t]), np.log(np.array([mass]))
        value, size = float(f.weighted(at, log_mass)[0]), float(f.log_weighted(at, log_mass)[0])
        if math.isinf(value) and math.isfinite(size):
            one = DivergenceResult(value=math.copysign(1.0, value), error=4 * _EPS, method="")
            parts.append(in_units_of(size, one))
        else:
            parts.append(DivergenceResult(value=value, error=0.0, method=""))
    return added(parts, "")


def _decomposed(distribution: Any, name: str) -> tuple[_Law, list[tuple[Any, float]]]:
    """(atoms, components with a density)."""
    kind, distribution = prepared(distribution, name)
    if kind in ("pmf", "callable", "plane"):
        what = {"pmf": "an array", "callable": "a callable", "plane": "a law of the plane"}[kind]
        raise TypeError(
            f"P and Q must be of one kind, got a discrete distribution and {what}; a pmf on known points is "
            "scipy.stats.rv_discrete(values=(points, pmf))"
        )
    pairs = distribution.parts() if isinstance(distribution, Mixture) else [(distribution, 1.0)]
    atoms, rest = [], []
    for part, weight in pairs:
        if prepared(part, name)[0] == "discrete":
            atoms.append((_part(part, name), weight))
        else:
            rest.append((part, weight))
    return _Law(atoms), rest


def _joined(rest: list[tuple[Any, float]]) -> Any:
    total = math.fsum(w for _, w in rest)
    return Mixture(tuple(d for d, _ in rest), tuple(w / total for _, w in rest))


def _weighted(one: Any, mass: float) -> Any:
    from dataclasses import replace

    return replace(one, weights=tuple(w * mass for w in one.weights))


def _part(frozen: Any, name: str) -> _Part:
    from scipy import stats

    dist = getattr(frozen, "dist", None)
    low, high = (float(end) for end in frozen.support())
    if isinstance(dist, stats.rv_discrete) and hasattr(dist, "xk"):
        _, loc, _ = dist._parse_args(*frozen.args, **frozen.kwds)
        listed = np.asarray(dist.xk, dtype=np.float64) + float(np.ravel(loc)[0])
        order = np.argsort(listed)
        listed, masses = listed[order], np.asarray(dist.pk, dtype=np.float64)[order]

        def log(x: Array) -> Array:
            k = np.minimum(np.searchsorted(listed, x), listed.size - 1)
            with np.errstate(divide="ignore"):
                return np.where(listed[k] == x, np.log(masses[k]), -np.inf)

        middle = float(np.median(listed))
        return _Part(log, float(listed[0]), float(listed[-1]), middle, 1.0, 0.0, listed, name)
    with np.errstate(all="ignore"):
        q25, median, q75 = (float(frozen.ppf(level)) for level in (0.25, 0.5, 0.75))
    if not (math.isfinite(q25) and math.isfinite(q75)):
        raise ValueError(
            f"{name} has parameters out of range, its quartiles are {q25:g}, {median:g}, {q75:g}"
        )
    offset = median - math.floor(median)
    points = np.arange(low, high + 0.5) if high - low < _EXPLICIT else None
    return _Part(frozen.logpmf, low, high, median, max(1.0, (q75 - q25) / 1.35), offset, points, name)


class _Sum:
    """The sum over atoms, from the centers of all parts outwards until contributions have ended."""

    def __init__(self, f: GeneratingFunction | None, p: _Law, q: _Law, place: float | None = None) -> None:
        self.f, self.p, self.q, self.place = f, p, q, place
        self.value = self.size = self.noise = 0.0
        self.masses = np.zeros(2)
        self.infinite: set[float] = set()
        self.kept: list[tuple[Array, Array]] = []
        self.count = 0
        self.overflows = False
        """Whether no contribution is infinite and one, or their sum, is beyond the largest float."""

    def listed(self) -> tuple[Array, Array]:
        self._run()
        return np.concatenate([a for a, _ in self.kept]), np.concatenate([b for _, b in self.kept])

    def total(self) -> DivergenceResult:
        """The sum with its error."""
        self._run()
        if self.infinite:
            value = self.infinite.pop() if len(self.infinite) == 1 else math.nan
            return DivergenceResult(value=value, error=0.0, method="sum")
        # What the probabilities themselves are off by shows in their sum.
        off = float(np.abs(self.masses - (self.p.mass, self.q.mass)).sum())
        doubt = off * (self.size + abs(self.value)) if off < 1e-3 and self.complete else 0.0
        error = self.noise + doubt + 4 * _EPS * self.size
        return DivergenceResult(value=self.value, error=error, method="sum")

    def largest(self) -> tuple[float, float] | None:
        """(log, place) of the largest contribution; None where they grow without an end.

        Seen at distances that grow eightfold, to 1e90, and then ever finer beside the largest.
        """
        parts = [part for law in (self.p, self.q) for part, _ in law.parts]
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        steps = 8.0 ** np.arange(100)
        ladder = np.concatenate([-steps[::-1], [0.0], steps])
        best = -math.inf, 0.0
        for part in parts:
            x = part.points if part.points is not None else np.unique(part.center + ladder)
            x = x[(x >= low) & (x <= high)]
            logs = self._logs(x)
            seen = np.nonzero(logs > -np.inf)[0]
            if not seen.size:
                continue
            k = int(logs.argmax())
            endless = k == seen[-1] and high == math.inf, k == seen[0] and low == -math.inf
            if part.points is None and any(endless):
                return None
            while part.points is None:
                a, b = x[max(k - 1, 0)], x[min(k + 1, x.size - 1)]
                if b - a <= 2.0 * max(1.0, _EPS * abs(b)):
                    break
                x = np.unique(part.center + np.round(np.linspace(a, b, 65) - part.center))
                logs = self._logs(x)
                k = int(logs.argmax())
            best = max(best, (float(logs[k]), float(x[k])))
        return best

    def _logs(self, x: Array) -> Array:
        """log |contribution|, -inf where it is infinite because a probability has underflowed."""
        assert self.f is not None
        log_p, log_q = self.p.log(x), self.q.log(x)
        with np.errstate(invalid="ignore"):
            logs = self.f.log_weighted(np.where(log_p == log_q, 0.0, log_p - log_q), np.maximum(log_p, log_q))
        return np.where(np.isfinite(logs), logs, -np.inf)

    def _run(self) -> None:
        parts = [part for law in (self.p, self.q) for part, _ in law.parts]
        self.complete = True
        endless = [part for part in parts if part.points is None]
        lattices = sorted({part.offset for part in endless})
        points = [part.points for part in parts if part.points is not None]
        if points:
            x = np.unique(np.concatenate(points))
            for offset in lattices:
                x = x[np.floor(x - offset) != x - offset]
            if x.size:
                self._block(x)
        for offset in lattices:
            # Listed points on the lattice are summed with it.
            on = [part for part in parts if part.points is None and part.offset == offset]
            listed = [y[np.floor(y - offset) == y - offset] for y in points]
            self._lattice(on, np.concatenate(listed) if listed else np.empty(0))

    def _lattice(self, parts: list[_Part], listed: Array) -> None:
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        if listed.size:
            low, high = min(low, float(listed.min())), max(high, float(listed.max()))
        windows = [(part.center, 40.0 * part.scale + 20.0) for part in parts]
        if self.place is not None and low <= self.place <= high:
            windows.append((self.place, 64.0))
        if listed.size:
            windows.append((0.5 * (listed.min() + listed.max()), 0.5 * (listed.max() - listed.min()) + 1.0))
        merged: list[list[float]] = []
        for a, b in sorted((max(low, c - math.ceil(w)), min(high, c + math.ceil(w))) for c, w in windows):
            if merged and a <= merged[-1][1] + 1.0:
                merged[-1][1] = max(b, merged[-1][1])
            else:
                merged.append([a, b])
        for a, b in merged:
            self._stretch(a, b)
        edges = [low - 1.0, *(e for window in merged for e in window), high + 1.0]
        for k in range(0, len(edges), 2):
            left, right = edges[k], edges[k + 1]  # the gap between them holds no summed point
            if k > 0 and k + 2 < len(edges):
                middle = math.floor(0.5 * (left + right))
                self._tail(left, middle, +1)
                self._tail(right, middle + 1.0, -1)
            elif k == 0 and right > low:
                self._tail(right, low, -1)
            elif k > 0 and left < high:
                self._tail(left, high, +1)

    def _stretch(self, a: float, b: float) -> None:
        while a <= b:
            stop = min(b, a + _LONGEST - 1)
            self._block(a + np.arange(stop - a + 1.0))
            a = stop + 1.0

    def _tail(self, start: float, end: float, sign: int) -> None:
        """Blocks of doubling length from beyond `start` to `end`."""
        values: list[float] = []
        length, at, quiet = 64.0, start, 0
        while sign * (end - at) > 0:
            length = min(length, sign * (end - at))
            before = self.value, self.size
            if self.count > _MOST or length > _LONGEST:
                self._rest(values)
                return
            near, far = at + sign, at + sign * length
            block = self._block(np.arange(min(near, far), max(near, far) + 0.5))
            if self.infinite:
                return
            values.append(self.value - before[0])
            gone = self.size - before[1] <= 1e-18 * self.size if self.f else block <= 1e-18
            quiet = quiet + 1 if gone else 0
            if quiet >= 2:
                # The masses may go on, so that their sums say nothing.
                self.complete &= block <= 1e-16
                return
            if length >= _EXTRAPOLATED and self.f and len(values) > 8:
                rest, doubt = _remainder(values)
                if doubt <= 1e-12 * self.size:
                    self.complete = False
                    self.value, self.noise = self.value + rest, self.noise + doubt
                    return
            at, length = far, 2 * length

    def _rest(self, values: list[float]) -> None:
        self.complete = False
        if self.f is None:
            raise ValueError(
                "a discrete law has more atoms of weight than can be listed; alpha_grid needs fewer"
            )
        limits = math.isfinite(self.f.at_zero) and math.isfinite(self.f.slope_at_infinity)
        last = [abs(v) for v in values[-8:]]
        if not limits and len(last) == 8 and all(b >= a > 0 for a, b in itertools.pairwise(last)):
            self.infinite.add(math.copysign(math.inf, values[-1]))
            return
        rest, doubt = _remainder(values) if len(values) > 1 else (math.inf, math.inf)
        if not (math.isfinite(rest) and doubt < 0.1 * (self.size + abs(rest))):
            raise ArithmeticError("no divergence by summation: contributions go on beyond 4 million atoms")
        self.value += rest
        self.noise += doubt

    def _block(self, x: Array) -> float:
        """Add the atoms x; return their mass under P and Q together."""
        self.count += x.size
        log_p, log_q = self.p.log(x), self.q.log(x)
        with np.errstate(under="ignore"):
            p, q = np.exp(log_p), np.exp(log_q)
        masses = np.array([math.fsum(p), math.fsum(q)])
        self.masses += masses
        if self.f is None:
            self.kept.append((p, q))
            return float(masses.sum())
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            t = np.where(log_p == log_q, 0.0, log_p - log_q)
            # Where the laws are close, probabilities hold more digits than logarithms.
            t = np.where((np.abs(t) < 0.5) & (p > 1e-290) & (np.abs(log_p) < 1.0), log_ratio(p, q), t)
            value = self._at(t, log_p, log_q)
        bad = ~np.isfinite(value)
        for one, beside in ((self.p, log_q), (self.q, log_p)):
            log = log_p if one is self.p else log_q
            lost = bad & np.isneginf(log) & one.lost(x)
            if (lost & (beside > _LOG_UNDERFLOW)).any():
                raise ArithmeticError(
                    f"the probability of {'P' if one is self.p else 'Q'} underflows to 0 at {x[lost][0]:g}, "
                    "where the other still has mass and the divergence weighs the ratio"
                )
            value = np.where(lost, 0.0, value)
        bad = ~np.isfinite(value)
        if bad.any():
            finite = np.isfinite(self.f.log_weighted(t, np.maximum(log_p, log_q)))
            self.overflows = bool(finite[bad].all())
            self.infinite |= {float(v) for v in value[bad & ~finite] if not self.overflows} or {
                float(v) for v in value[bad]
            }
            return float(masses.sum())
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            size = np.where(np.isfinite(t), np.abs(log_p) + np.abs(log_q), 0.0) + 3.0
            change = np.abs(self._at(t + _EPS * size, log_p, log_q) - value)
            larger = np.maximum(log_p, log_q)
            common = 3 * _EPS * (1.0 + np.where(np.isfinite(larger), np.abs(larger), 0.0))
            noise = np.where(np.isfinite(change), change, 0.0) + common * np.abs(value)
        self.value += math.fsum(value)
        self.size += math.fsum(np.abs(value))
        self.noise += math.fsum(noise)
        return float(masses.sum())

    def _at(self, t: Array, log_p: Array, log_q: Array) -> Array:
        assert self.f is not None
        return self.f.weighted(t, np.maximum(log_p, log_q))
