"""Level sets of log(p/q) for densities on the line: runs where it is monotone, and masses beyond points."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arrays import Array
from gantheory.divergences.engines.levels.sets import LevelSets
from gantheory.divergences.engines.mass import LOST
from gantheory.divergences.engines.panels import SlowTailError
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.inputs.densities import densities

_FLAT = 1e-12  # of 1 + |T|: what a constant log(p/q) may vary by rounding
_OUT = np.concatenate([np.arange(0.5, 8.0, 0.5), np.arange(8.0, 480.0)])  # log2 of distances towards infinity
_X, _G = np.polynomial.legendre.leggauss(12)
_EDGES = 2.0 ** np.arange(12.0) - 1.0  # of panels from an end at which a density falls, in its decay lengths
_MILD = 3.0  # what a log density may vary by over a cell that one panel integrates
_DEEP = 1e7  # log densities beyond which differences are rounding: the mass is nearly an exponential's
_ROUNDS = 40
_MOST = 4000


@dataclass(frozen=True)
class _Cells:
    """Neighbouring cells in the order of x: cell k lies between the coordinates first[k] and last[k] of a
    frame, where points k and k + 1 have logs (log p, log q); its integrals are over exp(logs) at the end
    (anchor 0 or 1) where the density is larger."""

    frame: Array
    first: Array
    last: Array
    logs: Array
    integrals: Array
    anchors: Array

    def part(self, i: int, j: int) -> _Cells:
        """Those between points i and j."""
        frame, first, last, logs, integrals, anchors = (
            x[..., i : j + (x is self.logs)].copy()
            for x in (self.frame, self.first, self.last, self.logs, self.integrals, self.anchors)
        )
        return _Cells(frame, first, last, logs, integrals, anchors)

    @property
    def t(self) -> Array:
        return np.asarray(self.logs[0] - self.logs[1])


@dataclass(frozen=True)
class _Run:
    """Cells over which T is monotone (slope +-1) or constant (slope 0), and the log masses beyond their ends
    that have no cells."""

    cells: _Cells
    before: Array
    after: Array
    slope: int


@dataclass(frozen=True)
class _Beyond:
    """A run seen towards larger s T: levels s T ascending, and the masses beyond them, the lighter one
    relative to e^(-s T)."""

    frame: Array
    near: Array
    far: Array
    level: Array
    heavy: Array
    light: Array


class DensityLevelSets(LevelSets):
    """Masses of one-dimensional densities beyond levels of T, from log densities alone.

    A mass is carried relative to the density at the level, where p = e^t q: so e^|t| times the lighter one
    is found without underflow, wherever the level lies.
    """

    def __init__(self, P: Any, Q: Any) -> None:
        self._p, self._q = densities(P, Q)
        self._frames: list[tuple[float, float] | None] = [None]
        components = [*self._p.components, *self._q.components]
        edges = tuple({e for c in components for e in c.edges})
        ends = {end for c in components for end in (c.low, c.high, *c.singular)}
        self._runs: list[_Run] = []
        critical: set[float] = set()
        for low, high, inner in segments(self._p, self._q, edges):
            self._read(low, high, inner, ends, critical)
        self.critical = tuple(sorted(critical))
        self._beyond = {sign: [_beyond(run, sign) for run in self._runs] for sign in (1, -1)}

    # Points

    def _logs(self, which: int, frame: Array, at: Array) -> Array:
        """log p or log q at coordinates of frames."""
        law = (self._p, self._q)[which]
        if not frame.any():
            return law.logpdf(at)
        out = np.empty(at.shape)
        for k in np.unique(frame):
            here, given = frame == k, self._frames[int(k)]
            out[here] = law.logpdf(at[here]) if given is None else law.logpdf_near(*given, at[here])
        return out

    def _ratio(self, at: Array, frame: Array, target: Array) -> Array:
        return (self._logs(0, frame, at) - self._logs(1, frame, at)) - target

    def _cells(self, low: float, high: float, inner: Array, ends: set[float]) -> tuple[Array, Array, Array]:
        """(frame, first, last) of the cells of a segment, in the order of x."""
        points = [np.linspace(a, b, 25) for a, b in itertools.pairwise(inner)] or [inner[:1]]
        span = max(float(inner[-1] - inner[0]), 1e-3 * abs(float(inner[0])), 1e-300)
        framed: dict[float, tuple[float, Array]] = {}
        for end, near, sign in ((low, float(inner[0]), 1.0), (high, float(inner[-1]), -1.0)):
            if math.isinf(end):
                points.append(near - sign * span * (2.0**_OUT - 1.0))
            elif end not in ends:
                points.append(np.append(np.linspace(end, near, 13)[1:-1], math.nextafter(end, near)))
            elif all(c.exact_near(end) for law in (self._p, self._q) for c in law.components):
                distance = abs(end - near) * 2.0 ** -np.arange(0.0, 1000.0)
                framed[sign] = (end, distance[distance > 1e-300])
            else:
                towards = end + sign * abs(end - near) * 2.0 ** -np.arange(0.5, 52.0, 0.5)
                points.append(towards[(towards > low) & (towards < high)])
        x = np.unique(np.concatenate(points))
        parts = [(np.zeros(x.size - 1, dtype=np.int64), x[:-1], x[1:])]
        for sign, (end, distance) in framed.items():
            self._frames.append((end, sign))
            number = np.full(distance.size - 1, len(self._frames) - 1)
            if sign > 0:
                parts.insert(0, (number, distance[:0:-1], distance[-2::-1]))
            else:
                parts.append((number, distance[:-1], distance[1:]))
        frame, first, last = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return frame, first, last

    # Masses

    def _integral(
        self, which: int, frame: Array, a: Array, b: Array, at_a: Array, at_b: Array
    ) -> tuple[Array, Array]:
        """log int |dx| exp(log p - its larger value at the ends a, b), and whether that is at b."""
        with np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore"):
            anchor = at_b > at_a
            start, stop = np.where(anchor, b, a), np.where(anchor, a, b)
            top, width = np.maximum(at_a, at_b), np.abs(b - a)
            step = 2.0**-16
            one, two = (self._logs(which, frame, start + k * step * (stop - start)) - top for k in (1, 2))
            decay = np.nan_to_num((one * 2.0 - 0.5 * two) / -step, nan=0.0, posinf=1e300, neginf=0.0)
            decay = np.maximum(decay, 0.0)  # over the cell, to second order at its larger end
            mild = (decay <= _MILD) & (np.abs(at_a - at_b) <= _MILD)
            out = np.full(a.shape, -np.inf)
            deep = ~mild & (np.abs(top) > _DEEP) & (decay > 60.0)
            # int e^-phi = 1/phi' - phi''/phi'^3 + ...
            bend = (2.0 * one - two)[deep] / step**2
            out[deep] = np.log1p(np.clip(-bend / decay[deep] ** 2, -0.5, 0.5)) - np.log(decay[deep])
            for some, edges in ((mild, np.array([0.0, 1.0])), (~mild & ~deep, None)):
                rows = np.nonzero(some & np.isfinite(top))[0]
                for part in np.array_split(rows, 1 + rows.size // 4000):
                    if not part.size:
                        continue
                    if edges is None:
                        length = 1.0 / np.maximum(decay[part], 8.0)
                        cuts = np.append(
                            np.minimum(length[:, None] * _EDGES, 1.0), np.ones((part.size, 1)), axis=1
                        )
                    else:
                        cuts = np.broadcast_to(edges, (part.size, 2))
                    half = 0.5 * np.diff(cuts)
                    share = (cuts[:, :-1] + half)[..., None] + half[..., None] * _X
                    shape = (part.size, -1)
                    s = share.reshape(shape)
                    at = start[part, None] + s * (stop - start)[part, None]
                    weight = (half[..., None] * _G).reshape(shape)
                    logs = self._logs(which, np.broadcast_to(frame[part, None], at.shape), at)
                    grown = np.exp(np.where(weight > 0.0, logs - top[part, None], -np.inf))
                    out[part] = np.log((weight * grown).sum(axis=1))
            return np.asarray(out + np.log(width)), anchor.astype(np.int64)

    def _resolved(self, frame: Array, first: Array, last: Array) -> _Cells:
        """The cells bisected until their masses are those of their halves."""
        parts: list[tuple[Array, ...]] = []
        rank: Array = np.arange(frame.size, dtype=np.float64)
        a, b = first, last
        whole = self._both(frame, a, b)
        for depth in range(_ROUNDS):
            middle = a + 0.5 * (b - a)
            left, right = self._both(frame, a, middle), self._both(frame, middle, b)
            with np.errstate(under="ignore", invalid="ignore", over="ignore", divide="ignore"):
                mass = [
                    np.exp(part[0] + np.where(part[1] > 0, part[3], part[2])) for part in (whole, left, right)
                ]
                apart = np.abs(mass[0] - mass[1] - mass[2])
                # Beside what is there; far out, where masses are small, the far side weighs nothing.
                noise = 3e-13 * (1.0 + 0.1 * np.abs(np.log(mass[0])))
                rough = (apart > noise * mass[0]) & (apart > 1e-290) & np.isfinite(apart)
            rough = rough.any(axis=0) & (middle != a) & (middle != b)
            if 2 * int(rough.sum()) > _MOST or depth == _ROUNDS - 1:
                rough &= False
            parts.append((rank[~rough], frame[~rough], a[~rough], b[~rough], *(x[:, ~rough] for x in whole)))
            if not rough.any():
                break
            half = 2.0 ** -(depth + 1.0)
            rank = np.concatenate([rank[rough], rank[rough] + half])
            frame = np.concatenate([frame[rough]] * 2)
            a, b = np.concatenate([a[rough], middle[rough]]), np.concatenate([middle[rough], b[rough]])
            integrals, anchors, at_a, at_b = (
                np.concatenate([x[:, rough], y[:, rough]], axis=1) for x, y in zip(left, right, strict=True)
            )
            whole = integrals, anchors, at_a, at_b
        order = np.argsort(np.concatenate([part[0] for part in parts]), kind="stable")
        frame, first, last = (np.concatenate([part[k] for part in parts])[order] for k in (1, 2, 3))
        integrals, anchors, at_a, at_b = (
            np.concatenate([part[k] for part in parts], axis=1)[:, order] for k in (4, 5, 6, 7)
        )
        return _Cells(frame, first, last, np.append(at_a, at_b[:, -1:], axis=1), integrals, anchors)

    def _both(self, frame: Array, a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
        """(integrals, anchors, logs at a, logs at b) of p and q."""
        rows = []
        for which in (0, 1):
            at_a, at_b = self._logs(which, frame, a), self._logs(which, frame, b)
            rows.append((*self._integral(which, frame, a, b, at_a, at_b), at_a, at_b))
        integrals, anchors, at_a, at_b = (np.stack([row[k] for row in rows]) for k in range(4))
        return integrals, anchors, at_a, at_b

    # Runs

    def _read(self, low: float, high: float, inner: Array, ends: set[float], critical: set[float]) -> None:
        cells = self._resolved(*self._cells(low, high, inner, ends))
        logs, n = cells.logs, cells.frame.size
        masses = cells.integrals + np.where(cells.anchors > 0, logs[:, 1:], logs[:, :-1])
        outside = np.full((2, 2), -np.inf)  # (end, law)
        opens = [end in ends or math.isinf(end) for end in (low, high)]
        for side, (end, k, beside) in enumerate(((low, 0, 1), (high, n, n - 1))):
            if opens[side]:
                cell = 0 if side == 0 else n - 1
                plain = self._frames[int(cells.frame[cell])] is None and math.isfinite(end)
                one, two = (float(x[cell]) - (end if plain else 0.0) for x in (cells.first, cells.last))
                at = (one, two) if side == 0 else (two, one)
                outside[side] = _remainder(logs[:, k], logs[:, beside], *at, math.isinf(end))
        if float(np.exp(np.logaddexp.reduce(outside, axis=0)).max()) > LOST:
            raise SlowTailError(
                "more than a thousandth of P or Q lies nearer to an end, or farther, than floats go"
            )
        seen = np.isfinite(logs)
        for which, alone in ((0, "p_alone"), (1, "q_alone")):
            if not seen[1 - which].any():
                total = float(np.exp(np.logaddexp.reduce(np.append(masses[which], outside[:, which]))))
                setattr(self, alone, getattr(self, alone) + total)
                return
        both = np.nonzero(seen.all(axis=0))[0]
        blocks = np.split(both, np.nonzero(np.diff(both) > 1)[0] + 1)
        for block in blocks:
            i, j = int(block[0]), int(block[-1])
            if j == i:
                continue
            before, after = np.full(2, -np.inf), np.full(2, -np.inf)
            if block is blocks[0]:
                before = np.logaddexp.reduce(np.append(masses[:, :i], outside[0][:, None], axis=1), axis=1)
            if block is blocks[-1]:
                after = np.logaddexp.reduce(np.append(masses[:, j:], outside[1][:, None], axis=1), axis=1)
            self._split(cells.part(i, j), before, after, opens, critical)

    def _split(
        self, cells: _Cells, before: Array, after: Array, opens: list[bool], critical: set[float]
    ) -> None:
        """Append the runs of cells with finite log densities."""
        t, n = cells.t, cells.frame.size
        flat = np.abs(np.diff(t)) <= _FLAT * (1.0 + np.abs(t[1:]))
        slope = np.where(flat, 0, np.sign(np.diff(t))).astype(int)
        turns = [int(k) for k in np.nonzero(slope[1:] != slope[:-1])[0] + 1]
        for k in turns:
            if slope[k] * slope[k - 1] < 0:
                self._to_extremum(k, cells, int(slope[k - 1]))
        t, none = cells.t, np.full(2, -np.inf)
        for i, j in itertools.pairwise([0, *turns, n]):
            ends = before if i == 0 else none, after if j == n else none
            self._runs.append(_Run(cells.part(i, j), *ends, int(slope[i])))
        # T goes on beyond the last point of an open end, unless it has a limit there.
        for at, beside, is_open in ((0, 1, opens[0]), (n, n - 1, opens[1])):
            if not is_open or abs(t[at] - t[beside]) <= 1e-9 * (1.0 + abs(t[at])):
                critical.add(float(t[at]))
        critical.update(float(t[k]) for k in turns)

    def _to_extremum(self, k: int, cells: _Cells, slope: int) -> None:
        """Move point k, between cells of opposite slopes, to the extremum of T."""
        from scipy.optimize import minimize_scalar

        frame = cells.frame[k - 1 : k + 1]
        same = frame[0] == frame[1]
        places = [None if same else self._frames[int(j)] for j in frame]
        a, b = float(cells.first[k - 1]), float(cells.last[k])
        # Between cells of two frames, in x.
        low, high = (y if at is None else at[0] + at[1] * y for y, at in zip((a, b), places, strict=True))
        number: Array = frame[:1] if same else np.zeros(1, dtype=np.int64)

        def height(x: float) -> float:
            return -slope * float(self._ratio(np.array([x]), number, np.zeros(1))[0])

        low, high = sorted((low, high))
        found = minimize_scalar(
            height, bounds=(low, high), method="bounded", options={"xatol": 1e-10 * (high - low)}
        )
        x = float(found.x)
        cells.last[k - 1], cells.first[k] = (x if at is None else at[1] * (x - at[0]) for at in places)
        part = slice(k - 1, k + 1)
        for which in (0, 1):
            cells.logs[which, k] = self._logs(which, frame[1:], cells.first[k : k + 1])[0]
            cells.integrals[which, part], cells.anchors[which, part] = self._integral(
                which, frame, cells.first[part], cells.last[part], *_ends(cells.logs[which], k)
            )

    # Levels

    def scaled(self, t: Array, sign: int) -> tuple[Array, Array]:
        heavy, light = np.full(t.shape, -np.inf), np.full(t.shape, -np.inf)
        for run in self._beyond[sign]:
            there = np.nonzero(t < run.level[-1])[0]
            if not there.size:
                continue
            target = t[there]
            k = np.searchsorted(run.level, target, side="right")
            whole = k == 0
            rest_heavy, rest_light = run.heavy[k], run.light[k] - (run.level[k] - target)
            part = np.nonzero(~whole)[0]
            if part.size:
                inside = self._partial(run, k[part] - 1, target[part], sign)
                rest_heavy[part] = np.logaddexp(rest_heavy[part], inside[0])
                rest_light[part] = np.logaddexp(rest_light[part], inside[1])
            heavy[there] = np.logaddexp(heavy[there], rest_heavy)
            light[there] = np.logaddexp(light[there], rest_light)
        return heavy, light

    def _root(self, frame: Array, near: Array, far: Array, target: Array) -> Array:
        """Where T is `target` in cells, to rounding; the nearer end of a cell in which it is nowhere."""
        from scipy.optimize import elementwise

        def gap(x: Array, target: Array, frame: Array) -> Array:
            return self._ratio(x, frame, target)

        ends = np.stack([near, far]), np.stack([np.abs(gap(x, target, frame)) for x in (near, far)])
        nearer = np.where(ends[1][0] < ends[1][1], *ends[0])
        found: Any = elementwise.find_root(
            gap, (near, far), args=(target, frame), tolerances={"xrtol": 4e-16, "xatol": 0.0, "frtol": 0.0}
        )
        # Of -1 there is no change of sign, and of -3 a value is not finite.
        return np.where((found.status == -1) | (found.status == -3), nearer, found.x)

    def _partial(self, run: _Beyond, cell: Any, target: Array, sign: int) -> tuple[Array, Array]:
        """log masses between the point of a cell where s T is `target` and the cell's far end."""
        frame, near, far = run.frame[cell], run.near[cell], run.far[cell]
        root = self._root(frame, near, far, sign * target)
        h, w = (0, 1) if sign > 0 else (1, 0)
        at = [self._logs(which, frame, root) for which in (0, 1)]
        ends = [self._logs(which, frame, far) for which in (0, 1)]
        heavy, beyond = self._integral(h, frame, root, far, at[h], ends[h])
        heavy += np.where(beyond, ends[h], at[h])
        light, beyond = self._integral(w, frame, root, far, at[w], ends[w])
        # e^|t| times the light density at the root is the heavy one there, but where T jumps.
        jump = sign * (at[0] - at[1]) - target
        jump = np.where(np.abs(jump) <= 1e-14 * (np.abs(at[0]) + np.abs(at[1])), 0.0, jump)
        light += np.where(beyond, ends[h] - (run.level[cell + 1] - target), at[h] - jump)
        return heavy, light


def _ends(logs: Array, k: int) -> tuple[Array, Array]:
    return logs[k - 1 : k + 1], logs[k : k + 2]


def _beyond(run: _Run, sign: int) -> _Beyond:
    cells, forward = run.cells, run.slope * sign >= 0
    order = slice(None) if forward else slice(None, None, -1)
    h, w = (0, 1) if sign > 0 else (1, 0)
    level, logs = (sign * cells.t)[order], cells.logs[:, order]
    integrals, anchors = cells.integrals[:, order], cells.anchors[:, order]
    anchors = anchors if forward else 1 - anchors
    n = level.size - 1
    near, far = (cells.first, cells.last) if forward else (cells.last[::-1], cells.first[::-1])
    ends = (run.before, run.after)[:: 1 if forward else -1]
    heavy, light = np.empty(n + 1), np.empty(n + 1)
    heavy[n] = ends[1][h]
    light[n] = ends[1][w] + level[n]
    at = np.arange(n)
    cell_heavy = integrals[h] + logs[h][at + anchors[h]]
    cell_light = integrals[w] + logs[h][at + anchors[w]] - (level[at + anchors[w]] - level[at])
    for k in range(n - 1, -1, -1):
        heavy[k] = np.logaddexp(cell_heavy[k], heavy[k + 1])
        light[k] = np.logaddexp(cell_light[k], light[k + 1] - (level[k + 1] - level[k]))
    # What lies before the first point has its level, and is there where all of the run is.
    heavy[0] = np.logaddexp(heavy[0], ends[0][h])
    light[0] = np.logaddexp(light[0], ends[0][w] + level[0])
    if run.slope == 0:
        level = np.full(level.shape, level[n // 2])
    return _Beyond(cells.frame[order], near, far, level, heavy, light)


def _remainder(at: Array, beside: Array, distance: float, before: float, outwards: bool) -> Array:
    """log masses beyond a distance, of densities that are powers of it there; -inf where they are not."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        power = (at - beside) / math.log(abs(distance / before)) + 1.0
        power = -power if outwards else power
        rest = at + math.log(abs(distance)) - np.log(power)
    return np.where(np.isfinite(at) & (power > 1e-9), rest, -np.inf)
