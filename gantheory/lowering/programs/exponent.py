"""Exponents that never cancel: log of a product of powers, in the form

    E(v) = low min(v, 0) + high max(v, 0) + sum_i b_i lp_i(v) + sum_j p_j log erfc(z_j) + constant + further.

A positive sum of powers P(w) = c_0 + ... + c_d w^d, w = exp(v), has log P = d max(v, 0) + lp(v), lp
bounded. The slopes low and high are sums of exact rationals, so w^99 (1 + w)^-99 has high = 0 exactly and
keeps its tail -99 log1p(exp(-v)).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp


@dataclass
class Exponent:
    low: sp.Expr = sp.S.Zero
    high: sp.Expr = sp.S.Zero
    logs: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    """P -> b."""
    tails: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    """z -> p."""
    constant: sp.Expr = sp.S.Zero
    further: sp.Expr = sp.S.Zero
    """A normal form that is added as it is."""

    def add_power(self, terms: dict, base: sp.Expr, power: sp.Expr, bounded: bool = False) -> None:
        """Add ``power * log(base)``, ``base`` having ``terms``; with ``bounded`` lp is left to the caller."""
        self.low += min(terms, key=float) * power
        self.high += max(terms, key=float) * power
        if not bounded:
            self.logs[base] = self.logs.get(base, sp.S.Zero) + power

    @property
    def key(self) -> tuple:
        logs = frozenset((b, p) for b, p in self.logs.items() if p != 0)
        tails = frozenset((z, p) for z, p in self.tails.items() if p != 0)
        return (self.low, self.high, logs, tails, self.constant, self.further)

    @property
    def is_zero(self) -> bool:
        return self.key == (0, 0, frozenset(), frozenset(), 0, 0)

    @property
    def unit(self) -> sp.Expr | None:
        """The largest coefficient, or None where there is a part without one."""
        if self.further != 0 or self.tails or self.is_zero:
            return None
        coefficients = [self.low, self.high, self.constant, *self.logs.values()]
        return max((abs(c) for c in coefficients if c != 0), key=lambda c: float(sp.N(c, 30)))

    def minus(self, other: Exponent) -> Exponent:
        logs, tails = dict(self.logs), dict(self.tails)
        for mine, theirs in ((logs, other.logs), (tails, other.tails)):
            for b, p in theirs.items():
                mine[b] = mine.get(b, sp.S.Zero) - p
        return Exponent(
            self.low - other.low,
            self.high - other.high,
            logs,
            tails,
            self.constant - other.constant,
            self.further - other.further,
        )

    def grows(self, side: int) -> bool:
        """Whether exp(E) may overflow as v -> side * infinity."""
        if self.further != 0 or self.tails:
            return True
        return bool(self.high > 0 if side > 0 else self.low < 0)
