"""Cells of the line over which a pair's log densities are known, in x or in distances from an end, and their
masses."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.density import Density

_OUT = np.concatenate([np.arange(0.5, 8.0, 0.5), np.arange(8.0, 480.0)])  # log2 of distances towards infinity
_X, _G = np.polynomial.legendre.leggauss(12)
_EDGES = 2.0 ** np.arange(12.0) - 1.0  # of panels from an end at which a density falls, in its decay lengths
_MILD = 3.0  # what a log density may vary by over a cell that one panel integrates
_DEEP = 1e7  # log densities beyond which differences are rounding: the mass is nearly an exponential's
_ROUNDS = 40
_MOST = 4000


@dataclass(frozen=True)
class Cells:
    """Neighbouring cells in the order of x: cell k lies between the coordinates first[k] and last[k] of a
    frame, where points k and k + 1 have logs (log p, log q); its integrals are over exp(logs) at the end
    (anchor 0 or 1) where the density is larger."""

    frame: Array
    first: Array
    last: Array
    logs: Array
    integrals: Array
    anchors: Array

    def part(self, i: int, j: int) -> Cells:
        """Those between points i and j."""
        frame, first, last, logs, integrals, anchors = (
            x[..., i : j + (x is self.logs)].copy()
            for x in (self.frame, self.first, self.last, self.logs, self.integrals, self.anchors)
        )
        return Cells(frame, first, last, logs, integrals, anchors)

    @property
    def t(self) -> Array:
        return np.asarray(self.logs[0] - self.logs[1])


class Frames:
    """Log densities of a pair at coordinates, and masses of cells between them.

    Attributes:
        p, q: the densities.
        given: of each frame an end and the direction away from it, from which its coordinates are distances;
            None of the first, whose coordinates are x.
    """

    def __init__(self, p: Density, q: Density) -> None:
        self.p, self.q = p, q
        self.given: list[tuple[float, float] | None] = [None]

    def logs(self, which: int, frame: Array, at: Array) -> Array:
        """log p or log q at coordinates of frames."""
        law = (self.p, self.q)[which]
        if not frame.any():
            return law.logpdf(at)
        out = np.empty(at.shape)
        for k in np.unique(frame):
            here, given = frame == k, self.given[int(k)]
            out[here] = law.logpdf(at[here]) if given is None else law.logpdf_near(*given, at[here])
        return out

    def ratio(self, at: Array, frame: Array, target: Array) -> Array:
        return (self.logs(0, frame, at) - self.logs(1, frame, at)) - target

    def cells(self, low: float, high: float, inner: Array, ends: set[float]) -> tuple[Array, Array, Array]:
        """(frame, first, last) of the cells of a segment, in the order of x."""
        points = [np.linspace(a, b, 25) for a, b in itertools.pairwise(inner)] or [inner[:1]]
        span = max(float(inner[-1] - inner[0]), 1e-3 * abs(float(inner[0])), 1e-300)
        framed: dict[float, tuple[float, Array]] = {}
        for end, near, sign in ((low, float(inner[0]), 1.0), (high, float(inner[-1]), -1.0)):
            if math.isinf(end):
                points.append(near - sign * span * (2.0**_OUT - 1.0))
            elif end not in ends:
                points.append(np.append(np.linspace(end, near, 13)[1:-1], math.nextafter(end, near)))
            elif all(c.exact_near(end) for law in (self.p, self.q) for c in law.components):
                distance = abs(end - near) * 2.0 ** -np.arange(0.0, 1000.0)
                framed[sign] = (end, distance[distance > 1e-300])
            else:
                towards = end + sign * abs(end - near) * 2.0 ** -np.arange(0.5, 52.0, 0.5)
                points.append(towards[(towards > low) & (towards < high)])
        x = np.unique(np.concatenate(points))
        parts = [(np.zeros(x.size - 1, dtype=np.int64), x[:-1], x[1:])]
        for sign, (end, distance) in framed.items():
            self.given.append((end, sign))
            number = np.full(distance.size - 1, len(self.given) - 1)
            if sign > 0:
                parts.insert(0, (number, distance[:0:-1], distance[-2::-1]))
            else:
                parts.append((number, distance[:-1], distance[1:]))
        frame, first, last = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return frame, first, last

    def integral(
        self, which: int, frame: Array, a: Array, b: Array, at_a: Array, at_b: Array
    ) -> tuple[Array, Array]:
        """log int |dx| exp(log p - its larger value at the ends a, b), and whether that is at b."""
        with np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore"):
            anchor = at_b > at_a
            start, stop = np.where(anchor, b, a), np.where(anchor, a, b)
            top, width = np.maximum(at_a, at_b), np.abs(b - a)
            step = 2.0**-16
            one, two = (self.logs(which, frame, start + k * step * (stop - start)) - top for k in (1, 2))
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
                    logs = self.logs(which, np.broadcast_to(frame[part, None], at.shape), at)
                    grown = np.exp(np.where(weight > 0.0, logs - top[part, None], -np.inf))
                    out[part] = np.log((weight * grown).sum(axis=1))
            return np.asarray(out + np.log(width)), anchor.astype(np.int64)

    def resolved(self, frame: Array, first: Array, last: Array) -> Cells:
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
        return Cells(frame, first, last, np.append(at_a, at_b[:, -1:], axis=1), integrals, anchors)

    def _both(self, frame: Array, a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
        """(integrals, anchors, logs at a, logs at b) of p and q."""
        rows = []
        for which in (0, 1):
            at_a, at_b = self.logs(which, frame, a), self.logs(which, frame, b)
            rows.append((*self.integral(which, frame, a, b, at_a, at_b), at_a, at_b))
        integrals, anchors, at_a, at_b = (np.stack([row[k] for row in rows]) for k in range(4))
        return integrals, anchors, at_a, at_b
