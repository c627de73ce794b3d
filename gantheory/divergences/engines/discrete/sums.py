"""Sums over the atoms of two discrete laws, from where their masses lie outwards."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.discrete import runs
from gantheory.divergences.engines.discrete.laws import Law, Part
from gantheory.divergences.engines.extrapolation import beyond, settled
from gantheory.divergences.engines.mass import RESOLVED, Seen
from gantheory.divergences.functions.generating_function import GeneratingFunction, log_quotient
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)
_MOST = 1 << 22
"""Atoms summed one by one at most."""

_RUN = 256
"""What a run from a few of its points counts among atoms summed one by one, as it takes as long."""

_AT_ONCE = 1 << 20
_ROUGH = 1e-6
"""Of probabilities: what their rounding may be, log Gamma of 10^9 in it."""

_FARTHEST = 1e300
_LOG_UNDERFLOW = math.log(1e-60)


@dataclass(frozen=True)
class _Terms:
    """Of atoms: contributions, what rounding does to them, and probabilities (2, n) of P and Q."""

    value: Array
    noise: Array
    masses: Array


class Sum:
    """The sum over atoms, from the centers of all parts outwards until contributions have ended."""

    def __init__(self, f: GeneratingFunction | None, p: Law, q: Law, place: float | None = None) -> None:
        self.f, self.p, self.q, self.place = f, p, q, place
        self.value = self.size = self.noise = 0.0
        self.seen = Seen()
        self.infinite: set[float] = set()
        self.kept: list[tuple[Array, Array]] = []
        self.count = 0
        self.overflows = False
        """Whether no contribution is infinite and one, or their sum, is beyond the largest float."""
        self.underflows = False
        """Whether a probability of 0 may be one too small for a number."""

    def listed(self) -> tuple[Array, Array]:
        """Probabilities of P and Q on all atoms."""
        self._run()
        return np.concatenate([a for a, _ in self.kept]), np.concatenate([b for _, b in self.kept])

    def total(self) -> DivergenceResult:
        """The sum with its error.

        Raises:
            ArithmeticError: atoms of P or Q that were not seen.
        """
        assert self.f is not None
        self._run()
        if self.infinite:
            return DivergenceResult(value=sum(self.infinite), error=0.0, method="sum")
        lost = self.seen.error(
            self.f, (self.p.mass, self.q.mass), "; probabilities far from the quartiles need an rv_discrete"
        )
        error = self.noise + lost + 4 * _EPS * self.size
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
        return self.f.log_sizes(self.p.log(x), self.q.log(x))

    def _run(self) -> None:
        parts = [part for law in (self.p, self.q) for part, _ in law.parts]
        endless = [part for part in parts if part.points is None]
        lattices = sorted({part.offset for part in endless})
        points = [part.points for part in parts if part.points is not None]
        if points:
            x = np.unique(np.concatenate(points))
            for offset in lattices:
                x = x[np.floor(x - offset) != x - offset]
            self._block(x)
        for offset in lattices:
            # Listed points on the lattice are summed with it.
            on = [part for part in parts if part.points is None and part.offset == offset]
            listed = [y[np.floor(y - offset) == y - offset] for y in points]
            self._lattice(on, np.concatenate(listed) if listed else np.empty(0))

    def _lattice(self, parts: list[Part], listed: Array) -> None:
        low = float(listed.min(initial=min(part.low for part in parts)))
        high = float(listed.max(initial=max(part.high for part in parts)))
        clusters = _clusters(listed)
        for a, b in clusters:
            self._explicit(a, b)
        edges = [low - 1.0, *(e for cluster in clusters for e in cluster), high + 1.0]
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            if right - left > 1.0 and not self.infinite:
                self._gap(parts, left + 1.0, right - 1.0)

    def _gap(self, parts: list[Part], low: float, high: float) -> None:
        """The atoms low..high, none of which is listed: windows about the centers, and from them outwards."""
        windows = [(part.center, 40.0 * part.scale + 20.0) for part in parts]
        if self.place is not None:
            windows.append((self.place, 64.0))
        merged: list[list[float]] = []
        for center, width in sorted(windows):
            a, b = max(low, center - math.ceil(width)), min(high, center + math.ceil(width))
            if a > b:
                continue
            if merged and a <= merged[-1][1] + 1.0:
                merged[-1][1] = max(b, merged[-1][1])
            else:
                merged.append([a, b])
        merged = merged or [[low, min(high, low + 64.0)] if math.isfinite(low) else [high - 64.0, high]]
        for a, b in merged:
            self._between(a, b)
        edges = [low - 1.0, *(e for window in merged for e in window), high + 1.0]
        for k, (left, right) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
            if right - left <= 1.0:
                continue
            middle = low if k == 0 else high if k == len(merged) else math.floor(0.5 * (right - left)) + left
            if k > 0:
                self._tail(left, middle, +1, _first(merged[k - 1]))
            if k < len(merged):
                self._tail(right, middle + (k > 0), -1, _first(merged[k]))

    def _tail(self, start: float, end: float, sign: int, length: float) -> None:
        """Runs of doubling length from beyond `start` to `end`."""
        values: list[float] = []
        masses: list[Array] = []
        at, quiet = start, 0
        while sign * (end - at) > 0:
            length = min(length, sign * (end - at))
            if self.count > _MOST or abs(at) + length > _FARTHEST:
                self._rest(values, masses)
                return
            near, far = at + sign, at + sign * length
            before = self.value, self.size, len(self.seen.parts)
            self._between(min(near, far), max(near, far))
            if self.infinite:
                return
            values.append(self.value - before[0])
            masses.append(sum((part[1:].sum(axis=1) for part in self.seen.parts[before[2] :]), np.zeros(2)))
            gone = self.size - before[1] <= 1e-18 * self.size if self.f else masses[-1].sum() <= 1e-18
            quiet = quiet + 1 if gone else 0
            if quiet >= 2:
                self.seen.outwards(beyond(masses))
                self.noise += self._cut(values)
                return
            at, length = far, 2 * length

    def _cut(self, values: list[float]) -> float:
        """What a tail may count beyond the place where a probability underflows, by its fall up to there.

        Raises:
            ArithmeticError: it does not fall.
        """
        seen = [v for v in values if v != 0.0][:-1]  # the last run may be seen in part
        if not self.underflows or len(seen) < 2:
            return 0.0
        rest, doubt = settled(seen)
        if not math.isfinite(rest):
            raise ArithmeticError(
                "no divergence by summation: contributions go on where a probability underflows to 0"
            )
        return abs(rest) + doubt

    def _rest(self, values: list[float], masses: list[Array]) -> None:
        if self.f is None:
            raise ValueError(
                "a discrete law has more atoms of weight than can be listed; alpha_grid needs fewer"
            )
        self.seen.outwards(beyond(masses) if masses else [(math.inf, math.inf)] * 2)
        last = [abs(v) for v in values[-8:]]
        steady = all(b >= (1.0 - 1e-6) * a > 0.0 for a, b in itertools.pairwise(last))
        if not self.f.bounded and len(last) == 8 and steady:
            self.infinite.add(math.copysign(math.inf, values[-1]))
            return
        rest, doubt = settled(values) if len(values) > 1 else (math.inf, math.inf)
        if not (math.isfinite(rest) and doubt < 0.1 * (self.size + abs(rest))):
            raise ArithmeticError("no divergence by summation: contributions go on beyond all numbers")
        self._add(rest, abs(rest), doubt)

    def _between(self, a: float, b: float) -> None:
        """The atoms a..b: runs that are smooth from a few points, the others atom by atom."""
        stack = [(a, b, (np.full(3, np.inf),) * 2)]
        while stack and not self.infinite:
            a, b, doubts = stack.pop()
            if self.f is None or b - a < runs.SHORTEST:
                self._explicit(a, b)
            elif (doubt := self._smooth(a, b, doubts[0])) is not None:
                if self.count > _MOST or b - a < runs.SHORTEST * np.spacing(max(-a, b)):
                    raise ArithmeticError(
                        "no divergence by summation: the probabilities of more than 4 million atoms are "
                        "no smooth function"
                    )
                middle = a + math.floor(0.5 * (b - a))
                doubts = doubts[1], doubt
                stack += [(middle + 1.0, b, doubts), (a, middle, doubts)]

    def _explicit(self, a: float, b: float) -> None:
        while a <= b and not self.infinite:
            stop = min(b, a + _AT_ONCE - 1)
            self._block(a + np.arange(stop - a + 1.0))
            a = stop + 1.0

    def _block(self, x: Array) -> None:
        """Add the atoms x."""
        self.count += x.size
        terms = self._terms(x)
        if terms is None:
            return
        if self.f is None:
            self.kept.append((terms.masses[0], terms.masses[1]))
        absolute = np.abs(terms.value)
        self._add(math.fsum(terms.value), math.fsum(absolute), math.fsum(terms.noise))
        self.seen.add(math.fsum(absolute), [math.fsum(mass) for mass in terms.masses])

    def _smooth(self, a: float, b: float, before: Array) -> Array | None:
        """Add the run a..b if contributions and masses are smooth on its scale, else return the doubts.

        What does not shrink though the run is a quarter of the one that left the doubts `before` is rounding
        of the law's own probabilities.
        """
        length = b - a + 1.0
        self.count += _RUN
        terms = self._terms(runs.points(a, b), math.log(length))
        if terms is None:
            return None
        weights, last = runs.rule(a, b)
        weights = weights / length
        rows = np.stack([terms.value, *terms.masses])
        size, noise = float(weights @ np.abs(terms.value)), float(weights @ terms.noise)
        doubt = np.abs(rows @ last.T).max(axis=1)
        allowed = np.array([1e-15 * (self.size + size) + noise, RESOLVED / 64.0, RESOLVED / 64.0])
        rounded = (doubt <= _ROUGH * np.abs(rows).max(axis=1)) & (doubt >= 0.1 * before)
        if not ((doubt <= allowed) | rounded).all():
            return np.asarray(doubt)
        self._add(float(weights @ terms.value), size, noise + float(doubt[0]))
        self.seen.add(size, terms.masses @ weights)
        return None

    def _add(self, value: float, size: float, noise: float) -> None:
        self.value, self.size, self.noise = self.value + value, self.size + size, self.noise + noise

    def _terms(self, x: Array, log_length: float = 0.0) -> _Terms | None:
        """Of the atoms x, times the length of the run they stand for; None where a contribution is infinite.

        Probabilities too small for a number make masses that count, over runs so much longer.
        """
        log_p, log_q = self.p.log(x), self.q.log(x)
        with np.errstate(under="ignore"):
            masses = np.exp(np.stack([log_p, log_q]) + log_length)
        if self.f is None:
            return _Terms(np.zeros(x.shape), np.zeros(x.shape), masses)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            t = log_quotient(log_p, log_q)
            value = self._at(t, log_p + log_length, log_q + log_length)
        for one, log in ((self.p, log_p), (self.q, log_q)):
            if not self.underflows and (empty := np.isneginf(log)).any():
                self.underflows = bool((empty & one.lost(x)).any())
        bad = ~np.isfinite(value)
        for one, beside in ((self.p, log_q), (self.q, log_p)):
            log = log_p if one is self.p else log_q
            lost = bad & np.isneginf(log) & one.lost(x)
            if (lost & (beside + log_length > _LOG_UNDERFLOW)).any():
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
            return None
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            size = np.where(np.isfinite(t), np.abs(log_p) + np.abs(log_q), 0.0) + 3.0
            change = np.abs(self._at(t + _EPS * size, log_p + log_length, log_q + log_length) - value)
            larger = np.maximum(log_p, log_q)
            common = 3 * _EPS * (1.0 + np.where(np.isfinite(larger), np.abs(larger), 0.0))
            noise = np.where(np.isfinite(change), change, 0.0) + common * np.abs(value)
        return _Terms(value, noise, masses)

    def _at(self, t: Array, log_p: Array, log_q: Array) -> Array:
        assert self.f is not None
        return self.f.weighted(t, np.maximum(log_p, log_q))


def _first(window: list[float]) -> float:
    """The length of the run beside a window."""
    return max(64.0, math.floor(0.5 * (window[1] - window[0])))


def _clusters(listed: Array) -> list[tuple[float, float]]:
    """Hulls of listed atoms that lie together, which are summed atom by atom."""
    if not listed.size:
        return []
    x = np.unique(listed)
    cuts = np.nonzero(np.diff(x) > runs.SHORTEST)[0]
    first, last = x[np.concatenate([[0], cuts + 1])], x[np.append(cuts, x.size - 1)]
    return list(zip(first.tolist(), last.tolist(), strict=True))
