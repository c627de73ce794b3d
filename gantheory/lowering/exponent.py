"""Exponents that never cancel: log of a product of powers, in the form

    E(v) = low min(v, 0) + high max(v, 0) + sum_i b_i lp_i(v) + constant + further terms,

where a positive sum of powers P(w) = c_0 + ... + c_d w^d, w = exp(v), has log P = d max(v, 0) + lp(v) with lp bounded.
The slopes low and high are sums of exact rationals, so w^99 (1 + w)^-99 has high = 0 exactly and keeps its tail
-99 log1p(exp(-v)).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp


@dataclass
class Exponent:
    low: sp.Expr = sp.S.Zero
    high: sp.Expr = sp.S.Zero
    logs: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    constant: sp.Expr = sp.S.Zero
    further: sp.Expr = sp.S.Zero
    """A normal form that is added as it is."""

    def add_power(self, base_terms: dict, base: sp.Expr, power: sp.Expr, bounded: bool = False) -> None:
        """Add ``power * log(base)``; with ``bounded`` the part lp is left to the caller."""
        lowest, highest = min(base_terms, key=float), max(base_terms, key=float)
        self.low += lowest * power
        self.high += highest * power
        if not bounded:
            self.logs[base] = self.logs.get(base, sp.S.Zero) + power

    @property
    def key(self) -> tuple:
        logs = frozenset((b, p) for b, p in self.logs.items() if p != 0)
        return (self.low, self.high, logs, self.constant, self.further)

    @property
    def is_zero(self) -> bool:
        return self.key == (0, 0, frozenset(), 0, 0)

    def minus(self, other: Exponent) -> Exponent:
        logs = dict(self.logs)
        for b, p in other.logs.items():
            logs[b] = logs.get(b, sp.S.Zero) - p
        return Exponent(
            self.low - other.low,
            self.high - other.high,
            logs,
            self.constant - other.constant,
            self.further - other.further,
        )

    def grows(self, side: int) -> bool:
        """Whether exp(E) may overflow as v -> side * infinity."""
        return self.further != 0 or bool(self.high > 0 if side > 0 else self.low < 0)
