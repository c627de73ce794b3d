"""f of the equilibrium divergence where v*(u) has no formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import sympy as sp

from gantheory.divergences.functions.high_precision import (
    CancellationError,
    ScoreFunction,
    mp_function,
    settled,
)
from gantheory.divergences.functions.interpolated import Interpolated
from gantheory.divergences.functions.score_inverse import Part, root_at_one
from gantheory.support.multiprecision import mp as ctx
from gantheory.support.multiprecision import to_mp

_DIGITS_OF_TIES = 40


class Parametric(Interpolated):
    """f(u) = u R(v*(u)) + S(v*(u)) - const - slope (u - 1) with f(1) = f'(1) = 0 and v* found numerically.

    Give A and B in place of R and S for the discriminator's divergence f_D.

    Args:
        R: the generator's loss on real samples, an expression in `v` (0 for a non-saturating generator).
        S: its loss on generated samples.
        log_ratio: lambda(v) = log(-B'(v)/A'(v)), the log-likelihood ratio at which v is optimal.
        v: the score symbol.
        score_of_log, domain, breakpoints: as for `FlowForm`.
        at_zero: f(0+) of the representative with f'(1) = 0; by default the limit is found numerically.
        slope_at_infinity: f'(inf) of that representative; by default the limit is found numerically.

    Raises:
        ArithmeticError: on evaluation, where lambda cannot be inverted.
    """

    def __init__(
        self,
        R: sp.Expr,
        S: sp.Expr,
        log_ratio: sp.Expr,
        v: sp.Symbol,
        *,
        score_of_log: sp.Expr | None = None,
        domain: tuple[Any, Any] = (-math.inf, math.inf),
        at_zero: Any = None,
        slope_at_infinity: Any = None,
        breakpoints: tuple[float, ...] = (),
    ) -> None:
        part = Part(
            math.inf,
            sp.sympify(R, strict=True),
            sp.sympify(S, strict=True),
            log_ratio,
            v,
            score_of_log,
            domain,
        )
        self._set_up([part], at_zero, slope_at_infinity, breakpoints)

    @classmethod
    def in_pieces(
        cls,
        parts: Sequence[Part],
        *,
        at_zero: Any = None,
        slope_at_infinity: Any = None,
        at_one: Any = None,
        ties: tuple[tuple[Any, Any], ...] = (),
    ) -> Self:
        """f whose optimal score is given part by part, in increasing u; its breakpoints are where they meet.

        Where two parts meet at u = 1 the constant and the slope taken off are the means of both sides; the
        constant is `at_one` where that is given. `ties` are (u, u R + S) where v* jumps elsewhere.
        """
        self = cls.__new__(cls)
        options = {"at_zero": at_zero, "slope_at_infinity": slope_at_infinity, "at_one": at_one, "ties": ties}
        self.recipe = cls.in_pieces, (tuple(parts),), options
        self._given_at_one = at_one
        breaks = [part.end for part in parts[:-1]]
        breaks += [ctx.log(to_mp(u)) for u, height in ties if not ctx.isfinite(to_mp(height))]
        self._set_up(parts, at_zero, slope_at_infinity, tuple(breaks))
        if ties:
            with ctx.workdps(_DIGITS_OF_TIES):
                constant, slope = self._constants()
                self.ties = tuple(
                    (u, to_mp(height) - constant - slope * (to_mp(u) - 1)) for u, height in ties
                )
        return self

    def _set_up(
        self, parts: Sequence[Part], at_zero: Any, slope_at_infinity: Any, breakpoints: tuple[float, ...]
    ) -> None:
        Interpolated.__init__(self, at_zero, slope_at_infinity, breakpoints)
        self._ends_of_parts = [part.end for part in parts]
        self.costly = any(part.score_of_log is None for part in parts)
        self._parts = [
            (
                part.score(),
                ScoreFunction(part.R, part.v, part.domain),
                ScoreFunction(part.S, part.v, part.domain),
                # f'(1) = R + (R' + S') dv*/dt at t = 0.
                mp_function(
                    part.R
                    + (sp.diff(part.R, part.v) + sp.diff(part.S, part.v)) / sp.diff(part.log_ratio, part.v),
                    part.v,
                ),
            )
            for part in parts
        ]
        self._at_one: dict[int, tuple[Any, Any]] = {}
        self._root_at_one = root_at_one(self._ends_of_parts, [score for score, *_ in self._parts])
        self._find_missing_ends(at_zero, slope_at_infinity, self._limit)

    _given_at_one: Any = None

    def _inside(self, t: Any) -> Any:
        return settled(lambda: self._value(t), ctx.dps, lambda: 1 + ctx.exp(t))

    def _value(self, t: Any) -> Any:
        if ctx.prec not in self._at_one:
            self._at_one[ctx.prec] = self._constants()
        constant, slope = self._at_one[ctx.prec]
        score, real, fake, _ = self._parts[next(k for k, end in enumerate(self._ends_of_parts) if t <= end)]
        v = score(t)
        return ctx.exp(t) * real(v) + fake(v) - constant - slope * ctx.expm1(t)

    def _constants(self) -> tuple[Any, Any]:
        """f's offset and slope at u = 1, the means of both sides."""
        ends = self._ends_of_parts
        below = next(k for k, end in enumerate(ends) if end >= 0)
        sides = (below, below + 1 if ends[below] == 0 else below)
        found = []
        for k in sides:
            score, real, fake, slope = self._parts[k]
            v = score(ctx.zero)
            try:
                rate = slope(v)
            except ZeroDivisionError:
                rate = real(v) if score.steep_at(v) else ctx.inf
            found.append((real(v) + fake(v), rate))
        if self._given_at_one is not None:
            return to_mp(self._given_at_one), (found[0][1] + found[1][1]) / 2
        if any(abs(rate) > ctx.mpf(10) ** max(10, 0.4 * ctx.dps) for _, rate in found):
            # lambda' = 0, or what rounding leaves of it: f has no finite slope at u = 1, and none is taken
            # off.
            return (found[0][0] + found[1][0]) / 2, ctx.zero
        return (found[0][0] + found[1][0]) / 2, (found[0][1] + found[1][1]) / 2

    def _limit(self, sign: int) -> float:
        """Limit of the tail; infinite where it has not settled at |log u| = 2^40."""
        before = value = move = math.nan
        for k in range(2, 41):
            try:
                with ctx.workdps(20):
                    value = float(self.scaled_mp(sign * ctx.mpf(2) ** k))
            except CancellationError:
                # Still moving by less each time: settled for float64, beyond what the expressions resolve.
                return before if abs(move) < 1e-12 * abs(before) else math.copysign(math.inf, move)
            if math.isinf(value) or abs(value - before) <= 4e-15 * abs(value):
                return value
            before, move = value, value - before
        return math.copysign(math.inf, move)
