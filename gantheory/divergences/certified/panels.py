"""Enclosure of the divergence of two densities: panels, masses, segments, tails."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb

from gantheory.divergences.certified.budget import check
from gantheory.divergences.certified.density import Density
from gantheory.divergences.certified.forms import Form
from gantheory.divergences.certified.generator import Generator
from gantheory.divergences.certified.segments import Segment
from gantheory.divergences.certified.tails import End

Ball = Any
_FURTHEST = 200  # steps outwards in search of a tail's start


@dataclass(frozen=True)
class Panel:
    """An interval (None: infinite) on which each density is given by fixed forms."""

    low: Fraction | None
    high: Fraction | None
    p: tuple[Form, ...]
    q: tuple[Form, ...]

    @property
    def level(self) -> Fraction | None:
        """p/q where it is an exact rational on the whole panel."""
        if len(self.p) == len(self.q) == 1:
            return self.p[0].over(self.q[0]).level
        return Fraction(1) if set(self.p) == set(self.q) else None


@dataclass
class Pair:
    """Two densities on common panels.

    Their divergence is the sum over panels of int q f(p/q), where q = 0 counting p f'(inf) and where p = 0
    counting q f(0).
    """

    generator: Generator
    P: Density
    Q: Density
    panels: list[Panel] = field(init=False)

    def __post_init__(self) -> None:
        # Close to 0 the quadratic forms keep their digits, and balls stay tight.
        origin = Fraction(float((self.P.center + self.Q.center) / 2))
        self.P, self.Q = self.P.shifted(origin), self.Q.shifted(origin)
        edges = [None, *sorted(self.P.breaks() | self.Q.breaks()), None]
        self.panels = []
        for low, high in itertools.pairwise(edges):
            inside = _inside(low, high)
            panel = Panel(low, high, self.P.forms(inside), self.Q.forms(inside))
            if panel.p or panel.q:
                self.panels.append(panel)

    def infinite(self) -> int:
        """+-1 where the divergence is provably +-oo, 0 where it is provably finite.

        Raises:
            ArithmeticError: neither is proved, or contributions of both signs are infinite.
        """
        signs = set()
        for panel in self.panels:
            if not panel.q or not panel.p:
                signs.add(self.generator.end(-1 if panel.q else 1)[0])
            elif panel.level is None:
                signs |= {end.divergence(self.generator) for end in self._ends(panel)}
        if {1, -1} <= signs:
            raise ArithmeticError("the divergence is undefined: it holds both +inf and -inf contributions")
        return next(iter(signs - {0}), 0)

    def enclosure(self, tolerance: Ball) -> Ball:
        """Ball around the divergence, of a radius of the order of the tolerance or of rounding."""
        whole = [panel for panel in self.panels if panel.p and panel.q and panel.level is None]
        share = tolerance / max(1, 4 * len(whole))
        total = arb(0)
        for panel in self.panels:
            if not panel.p or not panel.q:
                total += self._unmatched(panel)
            elif panel.level is not None:
                total += self.generator.at(panel.level) * self.Q.mass(panel.low, panel.high)
            else:
                total += self._matched(panel, share)
        return total

    def _unmatched(self, panel: Panel) -> Ball:
        side, density = (-1, self.Q) if panel.q else (1, self.P)
        value = self.generator.end(side)[1]
        return value * density.mass(panel.low, panel.high)

    def _matched(self, panel: Panel, tolerance: Ball) -> Ball:
        total, low, high = arb(0), panel.low, panel.high
        segments: list[Segment] = []
        for end in self._ends(panel):
            start, bound = self._start(end, tolerance, panel)
            total += arb(0, 1) * bound
            edge = end.side * start
            if end.point is not None:
                segments.append(Segment(panel.p, panel.q, Fraction(0), start, end.point, end.side, end.width))
                edge = end.point - end.side * end.width
            low, high = (low, edge) if end.side > 0 else (edge, high)
        assert low is not None and high is not None
        if low < high:
            segments.append(Segment(panel.p, panel.q, low, high))
        for segment in segments:
            total += segment.integral(self.generator, tolerance / len(segments))
        return total

    def _ends(self, panel: Panel) -> list[End]:
        """The ends of a panel with an infinite range or a singular point."""
        found = []
        for point, side in ((panel.low, -1), (panel.high, 1)):
            if point is None:
                found.append(End(panel.p, panel.q, side))
            elif any(form.power_at(point) for form in (*panel.p, *panel.q)):
                room = min(self.P.finest, self.Q.finest) / 2
                if panel.low is not None and panel.high is not None:
                    room = min(room, (panel.high - panel.low) / 2)
                found.append(End(panel.p, panel.q, side, point, room))
        return found

    def _start(self, end: End, tolerance: Ball, panel: Panel) -> tuple[Fraction, Ball]:
        """Where a tail with a bound below the tolerance starts, in the end's coordinate, and the bound."""
        if end.point is None:
            other = panel.low if end.side > 0 else panel.high
            at = max(self.P.reach, self.Q.reach, end.side * other if other is not None else Fraction(0))
            step = max(self.P.finest, self.Q.finest)
        else:
            at, step = Fraction(2), Fraction(1)
        for _ in range(_FURTHEST):
            check()
            at += step
            bound = end.bound(self.generator, at)
            if bound is not None and bound < tolerance:
                return at, bound
            step = Fraction(float(step * 5 / 4))
        raise ArithmeticError(
            f"a bound of the tail below {float(tolerance):.1e} could not be proved within {float(at):.1e} of "
            "the middle"
        )


def _inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2
