"""Random exact points and pmfs at which a statement's assumptions hold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction

import sympy as sp

_TRIES = 1_000
"""Points drawn before assumptions are said to be satisfied by none."""


class Sampler:
    """Draws rational points of symbols, by their sympy assumptions and by the claim's.

    A positive symbol is drawn log-uniformly from [1/8, 8], a real one uniformly from [-5, 5], a positive
    integer from 1 to 8; denominators are short, so that exact algebra stays small.
    """

    def __init__(self, seed: int, assumptions: Iterable[sp.Basic] = ()) -> None:
        self.random = random.Random(seed)
        self.assumptions = tuple(assumptions)

    def points(self, symbols: Iterable[sp.Symbol], count: int) -> list[dict[sp.Symbol, sp.Rational]]:
        """Up to `count` points that satisfy every assumption on these symbols; fewer where they are rare."""
        listed = sorted(symbols, key=str)
        relevant = [a for a in self.assumptions if a.free_symbols <= set(listed)]
        found: list[dict[sp.Symbol, sp.Rational]] = []
        for _ in range(_TRIES):
            point = {symbol: self._draw(symbol) for symbol in listed}
            if all(satisfied(assumption, point) for assumption in relevant):
                found.append(point)
                if len(found) >= count or not listed:
                    break
        return found

    def _draw(self, symbol: sp.Symbol) -> sp.Rational:
        if symbol.is_integer:
            return sp.Integer(self.random.randint(1, 8) if symbol.is_positive else self.random.randint(-5, 5))
        if symbol.is_positive:
            denominator = self.random.randint(1, 12)
            value = 8 ** self.random.uniform(-1, 1)
            return sp.Rational(max(1, round(value * denominator)), denominator)
        return sp.Rational(self.random.randint(-60, 60), 12)

    def pmf(self, cells: int) -> tuple[Fraction, ...]:
        """An exact pmf with every entry positive, of very unequal entries at times."""
        weights = [Fraction(self.random.randint(1, 9)) ** self.random.randint(1, 3) for _ in range(cells)]
        return tuple(weight / sum(weights) for weight in weights)

    def pair(self, cells: int | None = None) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Two pmfs on the same 2 to 6 cells."""
        size = self.random.randint(2, 6) if cells is None else cells
        return self.pmf(size), self.pmf(size)


def satisfied(assumption: sp.Basic, point: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether a relation between symbols holds at an exact point."""
    return bool(assumption.xreplace(dict(point)) == sp.true)


def violated(assumptions: Iterable[sp.Basic], point: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic | None:
    """The first assumption on the point's symbols that fails there."""
    for assumption in assumptions:
        if assumption.free_symbols <= set(point) and not satisfied(assumption, point):
            return assumption
    return None
