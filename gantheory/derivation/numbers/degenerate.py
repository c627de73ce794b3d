"""An f that is +-infinity everywhere but at u = 1, or below and above some u."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array, as_float64
from gantheory.derivation.algebra.points import holds_infinity
from gantheory.derivation.induced.equilibrium import roles
from gantheory.derivation.optimum.ties import score_at
from gantheory.divergences import GeneratingFunction
from gantheory.divergences.functions.generating_function import TIED
from gantheory.divergences.kinds import Kind
from gantheory.support.multiprecision import mp as mpmath
from gantheory.support.multiprecision import to_mp

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_DIGITS = 60
"""Of a threshold and of f there."""


class Degenerate(GeneratingFunction):
    """f(1) = 0 and f(u) = `value` for u != 1, with `value` = +-inf: (alpha_D, alpha_G) = (inf, 1/2), for
    instance."""

    infinite_inside = True

    def __init__(self, value: float) -> None:
        super().__init__(value, value, (0.0,))
        self.value = value

    def _inside(self, t: Any) -> Any:
        return mpmath.mpf(self.value)

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = as_float64(t, "t")
        return np.where(np.isnan(t), np.nan, np.where(t == 0.0, 0.0, self.value)), np.zeros(t.shape)


class InfiniteBeyond(GeneratingFunction):
    """f that is `below` for u < low and `above` for u > high, infinite both, and `core` between.

    A discriminator with log(max(D, 1e-7)) prefers D = 0 from some u on, where a generator with -log(D) loses
    all: D_f is infinite where P and Q have such u, and that of `core`, which is finite, where they have none.

    Args:
        core: f for low <= u <= high; whatever it is beyond is not used.
        thresholds: (low, high) with low < 1 < high; 0 and oo where f is finite towards that end.
        infinite: +-inf below and above them, or None where f is finite towards that end.
        closed: whether f is finite at `low` and at `high`, where it is then `core`.
    """

    infinite_inside = True

    def __init__(
        self,
        core: GeneratingFunction,
        thresholds: tuple[sp.Expr, sp.Expr],
        infinite: tuple[float | None, ...],
        closed: tuple[bool, ...],
    ) -> None:
        below, above = infinite
        at_zero = core.at_zero if below is None else below
        slope = core.slope_at_infinity if above is None else above
        given = zip((-1, 1), thresholds, infinite, closed, strict=True)
        with mpmath.workdps(_DIGITS):
            self._beyond = [(s, at, mpmath.log(to_mp(at)), f, held) for s, at, f, held in given if f]
            edges = [edge for _, _, edge, _, _ in self._beyond]
            super().__init__(at_zero, slope, (*core.levels_mp(), *edges))
        self.core, self.costly = core, core.costly

    @cached_property
    def ties(self) -> tuple[tuple[Any, Any], ...]:  # type: ignore[override]
        """The thresholds, and those of `core` between them."""
        with mpmath.workdps(_DIGITS):
            at_edges = {at: self.core.mp(t) if held else value for _, at, t, value, held in self._beyond}
        return tuple((dict(self.core.ties) | at_edges).items())

    def _inside(self, t: Any) -> Any:
        for sign, _, edge, value, closed in self._beyond:
            if sign * t > sign * edge or (t == edge and not closed):
                return mpmath.mpf(value)
        return self.core.mp(t)

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = as_float64(t, "t")
        beyond = []
        for sign, _, edge, value, closed in self._beyond:
            past = sign * t - sign * float(edge)  # up to a pole `core` is read, but for its rounding
            beyond.append((value, past > 0 if closed else past >= -TIED * (1 + abs(float(edge)))))
        core = ~np.logical_or.reduce([there for _, there in beyond])
        series, exponent = self.core.scaled_parts(np.where(core, t, 0.0))
        for value, there in beyond:
            series = np.where(there, value, series)
        return series, np.where(core, exponent, 0.0)

    def finest(self) -> float:
        return self.core.finest()


def infinite_beyond(theory: Theory, kind: Kind, totals: list[sp.Expr]) -> GeneratingFunction | None:
    """f where R or S is infinite at the score of the first piece, of the last or of both; else None.

    The rest is that of a score held constant from there on, at which nothing is infinite.
    """
    pieces = list(theory.solution.pieces)
    below, above = (totals[k] if holds_infinity(totals[k]) else None for k in (0, -1))
    within = totals[below is not None : len(totals) - (above is not None)]
    low = sp.S.Zero if below is None else pieces[0].end
    high = sp.oo if above is None else pieces[-1].start
    if (
        any(holds_infinity(total) for total in within)
        or not all(end is None or end.is_extended_real for end in (below, above))
        or not sp.N(low - 1, 30) < 0 < sp.N(high - 1, 30)
    ):
        return None
    one = theory.solution.at_one()
    closed = [True, True]
    for k, neighbour, edge, interval in (
        (0, 1, low, {"start": sp.S.Zero, "end": low}),
        (-1, -2, high, {"start": high, "end": sp.oo}),
    ):
        if (below, above)[k] is None:
            continue
        held, game = score_at(pieces[neighbour], edge), pieces[neighbour].plain
        played = ("S",) if kind == "flow" else roles(kind)
        closed[k] = bool(
            held.is_finite and all(game.at(getattr(game, role), held).is_finite for role in played)
        )
        piece, score = (pieces[neighbour], held) if closed[k] else (one, score_at(one, sp.S.One))
        pieces[k] = replace(piece, game=piece.plain, closed=score, level=True, **interval)
    if kind == "flow" and above is not None:  # h' rises by what S falls by
        above = -above
    core = type(theory)(theory.objective, replace(theory.solution, pieces=tuple(pieces)))
    infinite = tuple(None if end is None else float(end) for end in (below, above))
    return InfiniteBeyond(core.generating_function(kind), (low, high), infinite, tuple(closed))
