"""f as what a proof needs: smooth pieces in t = log u, values at the ends, bounds of its growth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import sympy as sp
from flint import arb

from gantheory.divergences.certified.budget import check
from gantheory.divergences.certified.exponential_sums import ExponentialSum, exact_sum, outer_sum
from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.lowering.balls.expansion import NoExpansionError, Terms, expand, supremum
from gantheory.lowering.forms.branches import between, kinks, resolve
from gantheory.support.multiprecision import flint_bits, mp, nstr, to_mp

Ball = Any

t = sp.Symbol("t", real=True)
_STARTS = [Fraction(4) * 2**n for n in range(14)]
_BOUND_BITS = 120  # of bounds, whose digits do not matter


@dataclass(frozen=True)
class Growth:
    """|f(e^t)| <= C |t|^j e^(k t) on one side, a term of a bound that holds for all t."""

    bound: Ball
    k: Fraction
    j: int
    side: int


class Generator:
    """f, from a formula in u.

    f is split at its kinks: each piece is a formula without Abs, Max or Piecewise, in which u^a is e^(a t)
    and log u is t, so that only 1 + u^m and the like keep a branch cut.

    Args:
        expr: f as a sympy expression of u, f(1) = 0.
        u: its symbol.

    Attributes:
        functions: enclosures of f(e^t) between two kinks, continued across them.
        exact_sums: makers of the pieces as sums of c e^(k t) t^j for all t, None of those that are none.

    Raises:
        ValueError: a node without an enclosure, or a kink whose place cannot be found exactly.
    """

    def __init__(self, expr: sp.Expr, u: sp.Symbol) -> None:
        self.expr, self.symbol = expr, u
        self.kinks: list[sp.Expr] = kinks(expr, u)
        self.pieces = [_in_log(resolve(expr, u, point), u) for point in between(self.kinks)]
        self.functions = [enclosure(piece, t) for piece in self.pieces]
        self.exact_sums = [exact_sum(piece, t) for piece in self.pieces]
        self._outer_sums: dict[tuple[int, int, str], tuple[Fraction, ExponentialSum] | None] = {}

    def outer_sum(self, side: int, tolerance: Ball) -> tuple[Fraction, ExponentialSum] | None:
        """(T, sum): f(e^t) for side * t >= T up to the tolerance, by proved expansions; None if not found."""
        key = (side, flint.ctx.prec, tolerance.str(3))
        if key not in self._outer_sums:
            first = self._after(Fraction(2))
            self._outer_sums[key] = outer_sum(self._outer(side), t, side, first, tolerance)
        return self._outer_sums[key]

    @cached_property
    def log_kinks(self) -> list[Any]:
        """Enclosures of log of the kinks."""
        return [enclosure(sp.log(kink)) for kink in self.kinks]

    def holding(self, t: Ball, log_kinks: list[Ball]) -> list[Any]:
        """Those of `functions` that may hold somewhere on a ball of t."""
        edges = [arb("-inf"), *log_kinks, arb("inf")]
        pairs = zip(self.functions, itertools.pairwise(edges), strict=True)
        return [function for function, (a, b) in pairs if not (t < a or t > b)]

    def at(self, ratio: Fraction) -> Ball:
        """f at an exact positive rational."""
        if ratio == 1:
            return arb(0)
        exact = sp.Rational(ratio)
        if exact in self.kinks:
            return enclosure(self.expr.subs(self.symbol, exact))()
        index = sum(1 for kink in self.kinks if kink < exact)
        return self.functions[index](_log(ratio))

    def end(self, side: int) -> tuple[int, Ball]:
        """(0, ball) of f'(inf) (side 1) or f(0) (side -1); (+-1, inf) where it is infinite.

        Raises:
            ArithmeticError: not proved.
        """
        wanted = (Fraction(1 if side > 0 else 0), 0)
        best: Ball | None = None
        for terms in self._expansions(side, [*_STARTS, *(Fraction(2) ** n for n in range(17, 22))]):
            above = {key: c for key, c in terms.items() if key > wanted}
            if above:
                sign = _sign(above[max(above)])
                if sign:
                    return sign, arb("inf") * sign
                continue
            value = number(terms.get(wanted, Fraction(0)))
            if best is None or value.rad() < best.rad():
                best = value
            if best.rad() <= arb(2) ** (8 - flint.ctx.prec) * (1 + abs(best)):
                break
        if best is None:
            name = "f'(inf) = lim f(u)/u" if side > 0 else "f(0)"
            raise ArithmeticError(f"neither a value of {name} nor that it is infinite could be proved")
        return 0, best

    def leading(self, side: int) -> tuple[Fraction, int, int]:
        """(k, j, sign) of the leading term c e^(k |t|) |t|^j towards side * oo; sign 0 where uncertain."""
        found = Fraction(10**9), 0, 0
        with flint_bits(_BOUND_BITS):
            for terms in self._expansions(side, _STARTS):
                if not terms:
                    return Fraction(0), 0, 0
                key = max(terms)
                found = (*key, _sign(terms[key]))
                if found[2]:
                    break
        return found

    def _expansions(self, side: int, starts: list[Fraction]) -> Iterator[Terms]:
        """The terms of f towards side * oo from each of the starts from which they are proved."""
        for start in starts:
            with suppress(NoExpansionError):
                yield expand(self._outer(side), t, side, self._after(start))

    @cached_property
    def bounds(self) -> list[Growth]:
        """|f(e^t)| <= sum of these terms for all real t.

        Raises:
            ArithmeticError: not proved.
        """
        with flint_bits(_BOUND_BITS):
            return self._find_bounds()

    def _find_bounds(self) -> list[Growth]:
        sizes: dict[tuple[Fraction, int, int], Ball] = {}
        starts = []
        for side in (1, -1):
            terms, start = self._first_expansion(side)
            starts.append(side * start)
            for (k, j), c in terms.items():
                size = abs(number(c))
                if k < 0 or (k == 0 and j < 0):  # what falls is at most its supremum
                    size, k, j = size * supremum(-k, j, start), Fraction(0), 0
                key = (side * k, max(j, 0), side)  # s^j <= 1 for j < 0, as s >= 1
                sizes[key] = sizes.get(key, arb(0)) + size
        found = [Growth(arb(size.upper()), *key) for key, size in sizes.items()]
        middle = self._middle(starts[1], starts[0])
        return [*found, Growth(middle, Fraction(0), 0, 1), Growth(middle, Fraction(1), 0, 1)]

    def _first_expansion(self, side: int) -> tuple[Terms, Fraction]:
        reason = ""
        for start in _STARTS:
            check()
            begin = self._after(start)
            try:
                return expand(self._outer(side), t, side, begin), begin
            except NoExpansionError as error:
                reason = str(error)
        raise ArithmeticError(f"no bound of the growth of f could be proved: {reason}")

    def _middle(self, low: Fraction, high: Fraction) -> Ball:
        """C with |f(e^t)| <= C (1 + e^t) between low and high."""
        most = arb(0)
        count = min(4000, 4 * math.ceil(high - low))
        step = (high - low) / count
        kinks = [kink() for kink in self.log_kinks]
        stack = [(low + n * step, low + (n + 1) * step, 0) for n in range(count)]
        while stack:
            check()
            a, b, depth = stack.pop()
            where = number(a).union(number(b))
            for function in self.holding(where, kinks):
                value = abs(function(where)) / (1 + where.exp())
                if not value.is_finite():
                    if depth > 30:
                        place = nstr(mp.exp(to_mp(a)), 6)
                        raise ArithmeticError(
                            f"no bound of f could be proved near u = {place}: if it is infinite there, "
                            "densities have no certified divergence; leave certified out"
                        )
                    stack += [(a, (a + b) / 2, depth + 1), ((a + b) / 2, b, depth + 1)]
                    break
                most = most.max(value)
        return arb(most.upper())

    def _outer(self, side: int) -> sp.Expr:
        return self.pieces[-1] if side > 0 else self.pieces[0]

    def _after(self, start: Fraction) -> Fraction:
        """A start of a ray beyond all kinks."""
        edge = max((abs(float(sp.log(kink))) for kink in self.kinks), default=0.0)
        return max(start, Fraction(math.ceil(edge) + 1))


def _log(ratio: Fraction) -> Ball:
    # log1p keeps the digits of a ratio close to 1, and would lose those of one close to 0.
    return number(ratio - 1).log1p() if Fraction(1, 2) < ratio < 2 else number(ratio).log()


def _sign(c: Any) -> int:
    value = number(c)
    return 1 if value > 0 else -1 if value < 0 else 0


def _in_log(expr: sp.Expr, u: sp.Symbol) -> sp.Expr:
    positive = expr.replace(
        lambda e: isinstance(e, sp.log) and e.args[0] != u and e.args[0].is_Mul,
        lambda e: sp.expand_log(e, force=True),
    )
    return sp.powsimp(positive.subs(u, sp.exp(t)))
