"""The optimal score v*(u) as one object: pieces in u = p_r/p_g, each a formula, a constant, or a ratio to
invert.

u A'(v) + B'(v) = 0 says u = rho(v) with rho = -B'/A'. The density ratio is thus always explicit in the score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import sympy as sp

from gantheory.derivation.algebra.expressions import (
    PowerProduct,
    in_exponential,
    is_positive,
    power_product,
    tidy,
    vanishes,
)
from gantheory.derivation.algebra.symbols import u, w
from gantheory.derivation.optimum.game import Game, between

if TYPE_CHECKING:
    from gantheory.derivation.optimum.ties import Tie

_HYPERBOLIC = (sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch)


@dataclass(frozen=True)
class Step:
    """The optimal score is the constant `level` for u in (start, end)."""

    start: sp.Expr
    end: sp.Expr
    level: sp.Expr


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

    def of(self, expr: sp.Expr) -> sp.Expr:
        """A function of the game's coordinate at y*(u), as an expression in u; |z| of a real z is kept."""
        assert self.closed is not None
        if self.level:
            return self.game.at(expr, self.closed)
        if self.closed.has(sp.log):  # cosh(log z) is (z + 1/z)/2
            expr = expr.rewrite(_HYPERBOLIC, sp.exp)
        return expr.subs(self.game.y, self.closed)

    @cached_property  # every evaluation asks for it
    def score(self) -> sp.Expr | None:
        """v*(u) as a sympy expression, where there is one."""
        if self.closed is None or self.game.score is None:
            return None
        if self.level:
            return self.closed
        return tidy(sp.expand_log(self.game.score.subs(self.game.y, self.closed), force=True), u)


@dataclass(frozen=True)
class OptimalScore:
    """v*(u) on (0, oo), in pieces with increasing u, and how it was found; `ties` names intervals of u on
    which several scores are equally good, and `whole` is the game in the score with its kinks."""

    pieces: tuple[Piece, ...]
    method: str
    ties: tuple[str, ...] = ()
    whole: Game | None = None
    limits: tuple[str, ...] = ()

    @property
    def one(self) -> Piece | None:
        """The piece where there is one, smooth in u."""
        return self.pieces[0] if len(self.pieces) == 1 and not self.pieces[0].level else None

    @cached_property
    def steps(self) -> tuple[Step, ...] | None:
        """The levels in increasing u where v* is a step function."""
        if not all(piece.level for piece in self.pieces):
            return None
        return tuple(Step(p.start, p.end, p.closed) for p in self.pieces)  # type: ignore[arg-type]

    @property
    def game(self) -> Game:
        """The game of the first piece: of all u where there is but one."""
        return self.pieces[0].game

    @property
    def closed(self) -> sp.Expr | None:
        """y*(u) where one formula holds for all u."""
        return None if self.one is None else self.one.closed

    @cached_property
    def score(self) -> sp.Expr | None:
        """v*(u) as a sympy expression, where there is one."""
        if self.one is not None:
            return self.one.score
        return self.joined(lambda piece: piece.score, lambda tie: tie.score)

    def joined(
        self, value: Callable[[Piece], sp.Expr | None], reported: Callable[[Tie], sp.Expr]
    ) -> sp.Expr | None:
        """One expression in u from one of each piece, and where it jumps from what is reported there; None if
        one is missing."""
        values = [value(piece) for piece in self.pieces]
        if any(one is None for one in values):
            return None
        if all(one == values[0] for one in values):
            return values[0]
        ends = [piece.end for piece in self.pieces]
        return piecewise(ends, values, lambda k: reported(self.junctions[k]))  # type: ignore[arg-type]

    @cached_property
    def junctions(self) -> tuple[Tie, ...]:
        """Where one piece ends and the next begins."""
        from gantheory.derivation.optimum.ties import ties

        if len(self.pieces) == 1:
            return ()
        assert self.whole is not None
        return ties(self.pieces, self.whole)

    @property
    def jumps(self) -> tuple[Tie, ...]:
        """Where v* jumps: there both sides are optimal."""
        return tuple(tie for tie in self.junctions if tie.jumps)

    @property
    def tie_at_one(self) -> Tie | None:
        """The jump of v* at u = 1, from which every constant is then read."""
        return next((tie for tie in self.jumps if tie.at == 1), None)

    def at_one(self) -> Piece:
        """The piece that holds u = 1, the one below where two meet there."""
        return next(piece for piece in self.pieces if piece.end is sp.oo or sp.N(piece.end - 1, 30) >= 0)

    @property
    def numeric(self) -> bool:
        """Whether a piece has no closed form."""
        return any(piece.closed is None for piece in self.pieces)


@lru_cache(maxsize=512)
def log_ratio(game: Game) -> sp.Expr:
    """lambda(y) = log(-B'(y)/A'(y)): log u as a function of the score at which it is optimal.

    A sum of logarithms, each real on (game.low, game.high), where -B'/A' is a product.
    """
    dA, dB = game.slopes
    product = ratio(dA, dB, game)
    terms = None if product is None else _real_logs(product, game)
    return sp.log(-dB / dA) if terms is None else terms.subs(w, sp.exp(game.y))


def per_log_ratio(expr: sp.Expr, game: Game) -> sp.Expr:
    """d expr/d log u along the optimal score: expr'/lambda', which needs no closed form of it."""
    return sp.diff(expr, game.y) / sp.diff(log_ratio(game), game.y)


def _real_logs(product: PowerProduct, game: Game) -> sp.Expr | None:
    """The logarithm of a product that is positive inside the game's domain, with the factors' signs there."""
    at = sp.exp(between(game.low, game.high)).evalf(40)
    total, positive = sp.S.Zero, True
    for base, k in [(product.coefficient, sp.S.One), *product.powers.items()]:
        if is_positive(base):
            size = base
        else:
            value = base.evalf(30, subs={w: at})
            if not value.is_real or (value < 0 and not k.is_Integer):
                return None
            size = sp.expand(-base) if value < 0 else base
            positive ^= bool(value < 0 and k % 2)
        total += k * (sp.expand_log(sp.log(size), force=True) if not size.has(w) else sp.log(size))
    return total if positive else None


def middle(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """What is reported where a function of u jumps: the mean of both sides, 0 of opposite infinities."""
    return (left + right) / 2 if left.is_finite and right.is_finite else sp.S.Zero


def piecewise(
    ends: list[sp.Expr], values: list[sp.Expr], at_jump: Callable[[int], sp.Expr] | None = None
) -> sp.Expr:
    """A function of u from its pieces up to each end, the last of which is oo; at a jump `at_jump` of its
    index, else the mean of both sides."""
    pieces: list[tuple[sp.Expr, object]] = []
    for k, (end, here, after) in enumerate(zip(ends, values, [*values[1:], None], strict=True)):
        if after is None:
            pieces.append((here, True))
            break
        pieces.append((here, u < end))
        left, right = here.subs(u, end), after.subs(u, end)
        if left != right and not vanishes(left - right):
            pieces.append((at_jump(k) if at_jump else middle(left, right), sp.Eq(u, end)))
    return sp.Piecewise(*pieces)


def ratio(dA: sp.Expr, dB: sp.Expr, game: Game) -> PowerProduct | None:
    """-B'/A' as a product of powers of w = e^y, or None."""
    top = power_product(in_exponential(dB, game.y, w), w)
    bottom = power_product(in_exponential(dA, game.y, w), w)
    inverse = None if bottom is None else bottom.to_the(sp.S.NegativeOne)
    if top is None or inverse is None:
        return None
    product = top.times(inverse)
    return PowerProduct(-product.coefficient, product.powers)
