"""f of the equilibrium divergence where v*(u) has no formula."""

from __future__ import annotations

import math
from typing import Any

import sympy as sp

from gantheory.divergences.high_precision import CancellationError, mp_function, settled
from gantheory.divergences.interpolated import Interpolated
from gantheory.divergences.score_inverse import ScoreOfLog
from gantheory.multiprecision import mp as ctx


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
        super().__init__(at_zero, slope_at_infinity, breakpoints)
        self._score = ScoreOfLog(log_ratio, v, score_of_log, domain)
        R, S = sp.sympify(R, strict=True), sp.sympify(S, strict=True)
        self._real = mp_function(R, v)
        self._fake = mp_function(S, v)
        # f'(1) = R + (R' + S') dv*/dt at t = 0.
        self._slope = mp_function(R + (sp.diff(R, v) + sp.diff(S, v)) / sp.diff(log_ratio, v), v)
        self._at_one: dict[int, tuple[Any, Any]] = {}
        self._find_missing_ends(at_zero, slope_at_infinity, self._limit)

    def _inside(self, t: Any) -> Any:
        return settled(lambda: self._value(t), ctx.dps, lambda: 1 + ctx.exp(t))

    def _value(self, t: Any) -> Any:
        if ctx.prec not in self._at_one:
            v_one = self._score(ctx.zero)
            self._at_one[ctx.prec] = (self._real(v_one) + self._fake(v_one), self._slope(v_one))
        constant, slope = self._at_one[ctx.prec]
        v = self._score(t)
        u = ctx.exp(t)
        return u * self._real(v) + self._fake(v) - constant - slope * ctx.expm1(t)

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
