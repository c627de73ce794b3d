"""f given by a formula."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import sympy as sp

from gantheory.divergences.functions.high_precision import mp_function, settled
from gantheory.divergences.functions.interpolated import Interpolated
from gantheory.lowering.forms.branches import kinks
from gantheory.support.multiprecision import mp as ctx
from gantheory.support.multiprecision import to_mp


class ClosedForm(Interpolated):
    """f given by a formula.

    Args:
        expr: f as a sympy expression in `u`, with f(1) = 0 and f'(1) = 0 where f is smooth there.
        u: the symbol of the likelihood ratio.
        at_zero: f(0+) as a number (sympy numbers keep all digits), may be infinite.
        slope_at_infinity: lim f(u)/u, may be infinite.
        breakpoints: values of log u where f is not smooth (numbers of mpmath keep all digits).
        poles: (u, +-oo) where f is infinite, NaN where its sides differ; beside one, rounding of u gives any
            number.

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
        poles: tuple[tuple[sp.Expr, sp.Expr], ...] = (),
    ) -> None:
        super().__init__(at_zero, slope_at_infinity, breakpoints)
        unknown = expr.free_symbols - {u}
        if unknown:
            raise ValueError(f"f may hold only {u}, got also {', '.join(sorted(map(str, unknown)))}")
        self.expr = expr
        self.symbol = u
        self._function = mp_function(expr, u)
        self.ties = (*self._jumps(), *poles)
        # Terms of 2^100, as small alphas have, cancel only at more digits.
        if not any(abs(self._at_one(digits)) <= ctx.mpf(10) ** -20 for digits in (30, 120, 1000)):
            raise ValueError(f"f(1) must be 0, got {ctx.nstr(self._at_one(30), 6)} from {expr}")

    def _jumps(self) -> Iterator[tuple[sp.Expr, sp.Expr]]:
        """(u, f(u)) where a sign or a case makes f jump, with what the formula says at that u."""
        cases = self.expr.args if isinstance(self.expr, sp.Piecewise) else ()
        if any(isinstance(at, sp.Eq) for _, at in cases):  # derived ones are at numbers of 50 digits
            yield from ((at.rhs, f.subs(self.symbol, at.rhs)) for f, at in cases if isinstance(at, sp.Eq))
        elif self.expr.has(sp.sign, sp.Heaviside, sp.Piecewise):
            with suppress(ValueError):  # a kink without an exact place
                for point in kinks(self.expr, self.symbol):
                    value = self.expr.subs(self.symbol, point)
                    if self._differs_beside(point, value):
                        yield point, value

    def _differs_beside(self, point: sp.Expr, value: sp.Expr) -> bool:
        with ctx.workdps(60):
            at, there, away = to_mp(point), to_mp(value), ctx.mpf(10) ** -40
            sides = (self._function(at * (1 + sign * away)) for sign in (-1, 1))
            return any(abs(side - there) > 1e-20 * (1 + abs(there)) for side in sides)

    def _at_one(self, digits: int) -> Any:
        with ctx.workdps(digits):
            try:
                return self._function(ctx.one)
            except ZeroDivisionError:  # 0/0 in the formula, not in f
                return self._function(1 + ctx.mpf(10) ** (-digits // 2))

    def _inside(self, t: Any) -> Any:
        return settled(lambda: self._function(ctx.exp(t)), ctx.dps, lambda: 1 + ctx.exp(t))
