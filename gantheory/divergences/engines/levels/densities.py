"""Level sets of log(p/q) for densities on the line: runs where it is monotone, and masses beyond points."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.levels.cells import Cells, Frames
from gantheory.divergences.engines.levels.sets import LevelSets
from gantheory.divergences.engines.mass import LOST, SlowTailError
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.inputs.densities import densities

_FLAT = 1e-12  # of 1 + |T|: what a constant log(p/q) may vary by rounding


@dataclass(frozen=True)
class _Run:
    """Cells over which T is monotone (slope +-1) or constant (slope 0), and the log masses beyond their ends
    that have no cells."""

    cells: Cells
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
        p, q = densities(P, Q)
        self._frames = Frames(p, q)
        components = [*p.components, *q.components]
        edges = tuple({e for c in components for e in c.edges})
        ends = {end for c in components for end in (c.low, c.high, *c.singular)}
        self._runs: list[_Run] = []
        critical: set[float] = set()
        for low, high, inner in segments(p, q, edges):
            self._read(low, high, inner, ends, critical)
        self.critical = tuple(sorted(critical))
        self._beyond = {sign: [_beyond(run, sign) for run in self._runs] for sign in (1, -1)}

    # Runs

    def _read(self, low: float, high: float, inner: Array, ends: set[float], critical: set[float]) -> None:
        cells = self._frames.resolved(*self._frames.cells(low, high, inner, ends))
        logs, n = cells.logs, cells.frame.size
        masses = cells.integrals + np.where(cells.anchors > 0, logs[:, 1:], logs[:, :-1])
        outside = np.full((2, 2), -np.inf)  # (end, law)
        opens = [end in ends or math.isinf(end) for end in (low, high)]
        for side, (end, k, beside) in enumerate(((low, 0, 1), (high, n, n - 1))):
            if opens[side]:
                cell = 0 if side == 0 else n - 1
                plain = self._frames.given[int(cells.frame[cell])] is None and math.isfinite(end)
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
        for left, right in itertools.pairwise(blocks):  # p or q is 0 between places where neither is
            p, q = np.exp(np.logaddexp.reduce(masses[:, left[-1] : right[0]], axis=1))
            self.p_alone, self.q_alone = self.p_alone + float(p), self.q_alone + float(q)
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
        self, cells: Cells, before: Array, after: Array, opens: list[bool], critical: set[float]
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

    def _to_extremum(self, k: int, cells: Cells, slope: int) -> None:
        """Move point k, between cells of opposite slopes, to the extremum of T."""
        from scipy.optimize import minimize_scalar

        frame = cells.frame[k - 1 : k + 1]
        same = frame[0] == frame[1]
        places = [None if same else self._frames.given[int(j)] for j in frame]
        a, b = float(cells.first[k - 1]), float(cells.last[k])
        # Between cells of two frames, in x.
        low, high = (y if at is None else at[0] + at[1] * y for y, at in zip((a, b), places, strict=True))
        number: Array = frame[:1] if same else np.zeros(1, dtype=np.int64)

        def height(x: float) -> float:
            return -slope * float(self._frames.ratio(np.array([x]), number, np.zeros(1))[0])

        low, high = sorted((low, high))
        found = minimize_scalar(
            height, bounds=(low, high), method="bounded", options={"xatol": 1e-10 * (high - low)}
        )
        x = float(found.x)
        cells.last[k - 1], cells.first[k] = (x if at is None else at[1] * (x - at[0]) for at in places)
        part = slice(k - 1, k + 1)
        for which in (0, 1):
            cells.logs[which, k] = self._frames.logs(which, frame[1:], cells.first[k : k + 1])[0]
            cells.integrals[which, part], cells.anchors[which, part] = self._frames.integral(
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
            return self._frames.ratio(x, frame, target)

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
        at = [self._frames.logs(which, frame, root) for which in (0, 1)]
        ends = [self._frames.logs(which, frame, far) for which in (0, 1)]
        heavy, beyond = self._frames.integral(h, frame, root, far, at[h], ends[h])
        heavy += np.where(beyond, ends[h], at[h])
        light, beyond = self._frames.integral(w, frame, root, far, at[w], ends[w])
        # e^|t| times the light density at the root is the heavy one there.
        light += np.where(beyond, ends[h] - (run.level[cell + 1] - target), at[h])
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
