"""f given by a formula."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.divergences.functions.high_precision import mp_function, settled
from gantheory.divergences.functions.interpolated import Interpolated
from gantheory.support.multiprecision import mp as ctx


class ClosedForm(Interpolated):
    """f given by a formula.

    Args:
        expr: f as a sympy expression in `u`, with f(1) = 0 and f'(1) = 0 where f is smooth there.
        u: the symbol of the likelihood ratio.
        at_zero: f(0+) as a number (sympy numbers keep all digits), may be infinite.
        slope_at_infinity: lim f(u)/u, may be infinite.
        breakpoints: values of log u where f is not smooth.

    Raises:
        ValueError: `expr` holds another symbol, or f(1) is not 0.
    """

    def __init__(
        self,
        expr: sp.Expr,
        u: sp.Symbol,
        *,
        at_zero: Any,
        slope_at_infinity: Any,
        breakpoints: tuple[float, ...] = (),
    ) -> None:
        super().__init__(at_zero, slope_at_infinity, breakpoints)
        unknown = expr.free_symbols - {u}
        if unknown:
            raise ValueError(f"f may hold only {u}, got also {', '.join(sorted(map(str, unknown)))}")
        self.expr = expr
        self.symbol = u
        cases = expr.args if isinstance(expr, sp.Piecewise) else ()
        self.ties = tuple((at.rhs, f.subs(u, at.rhs)) for f, at in cases if isinstance(at, sp.Eq))
        self._function = mp_function(expr, u)
        # Terms of 2^100, as small alphas have, cancel only at more digits.
        if not any(abs(self._at_one(digits)) <= ctx.mpf(10) ** -20 for digits in (30, 120, 1000)):
            raise ValueError(f"f(1) must be 0, got {ctx.nstr(self._at_one(30), 6)} from {expr}")

    def _at_one(self, digits: int) -> Any:
        with ctx.workdps(digits):
            try:
                return self._function(ctx.one)
            except ZeroDivisionError:  # 0/0 in the formula, not in f
                return self._function(1 + ctx.mpf(10) ** (-digits // 2))

    def _inside(self, t: Any) -> Any:
        return settled(lambda: self._function(ctx.exp(t)), ctx.dps, lambda: 1 + ctx.exp(t))
