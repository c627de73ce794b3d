"""The optimal score on an interval of u = p_r/p_g, where it is smooth in u."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory.derivation.algebra.expressions import expanded_logs, tidy, without_hyperbolic
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.game import Game


@dataclass(frozen=True)
class Piece:
    """v*(u) for u in (start, end).

    Attributes:
        start, end: ends of the interval of u, exact, or to 50 digits where they are roots.
        plain: the game in the score v itself, smooth, on the open interval of scores that are stationary
            here.
        rising: whether these scores rise with u.
        game: the same game in the coordinate y in which `closed` is found.
        closed: y*(u); a constant, which may be infinite, where `level` says so; None if u = rho(v) is
            inverted numerically.
        level: whether v* is one score for all these u.
        branch: the interval of u of all scores of `plain`, wider than (start, end) where another maximum
            wins.
    """

    start: sp.Expr
    end: sp.Expr
    plain: Game
    rising: bool
    game: Game
    closed: sp.Expr | None
    level: bool = False
    branch: tuple[sp.Expr, sp.Expr] = (sp.S.Zero, sp.oo)

    @property
    def ends(self) -> tuple[sp.Expr, sp.Expr]:
        """The scores of `plain` at the lower and at the upper end of `branch`."""
        ends = (self.plain.low, self.plain.high)
        return ends if self.rising else ends[::-1]

    def of(self, expr: sp.Expr) -> sp.Expr:
        """A function of the game's coordinate at y*(u), as an expression in u; |z| of a real z is kept."""
        assert self.closed is not None
        if self.level:
            return self.game.at(expr, self.closed)
        if self.closed.has(sp.log):  # cosh(log z) is (z + 1/z)/2
            expr = without_hyperbolic(expr)
        return expr.subs(self.game.y, self.closed)

    @cached_property  # every evaluation asks for it
    def score(self) -> sp.Expr | None:
        """v*(u) as a sympy expression, where there is one."""
        if self.closed is None or self.game.score is None:
            return None
        if self.level:
            return self.closed
        return tidy(expanded_logs(self.game.score.subs(self.game.y, self.closed)), u)
