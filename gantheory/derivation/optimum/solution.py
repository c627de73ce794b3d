"""The optimal score v*(u) as one object: pieces in u = p_r/p_g, each a formula, a constant, or a ratio to
invert.

u A'(v) + B'(v) = 0 says u = rho(v) with rho = -B'/A'. The density ratio is thus always explicit in the score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory.derivation.algebra.expressions import vanishes
from gantheory.derivation.algebra.points import same
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.game import Game
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.ties import Tie, ties


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
    def steps(self) -> tuple[Piece, ...] | None:
        """The pieces, all of them levels, where v* is a step function."""
        return self.pieces if all(piece.level for piece in self.pieces) else None

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

    @cached_property
    def around_one(self) -> tuple[int, int]:
        """Indices of the pieces just below and just above u = 1; the same one where u = 1 is inside it."""
        ends = [piece.end for piece in self.pieces]
        below = next(k for k, end in enumerate(ends) if same(end, sp.S.One) or sp.N(end - 1, 30) > 0)
        return below, below + same(ends[below], sp.S.One)

    def at_one(self) -> Piece:
        """The piece that holds u = 1, the one below where two meet there."""
        return self.pieces[self.around_one[0]]

    @property
    def numeric(self) -> bool:
        """Whether a piece has no closed form."""
        return any(piece.closed is None for piece in self.pieces)


def piecewise(
    ends: list[sp.Expr], values: list[sp.Expr], at_jump: Callable[[int], sp.Expr] | None = None
) -> sp.Expr:
    """A function of u from its pieces up to each end, the last of which is oo; at a jump `at_jump` of its
    index, without which the function is continuous."""
    pieces: list[tuple[sp.Expr, object]] = []
    for k, (end, here, after) in enumerate(zip(ends, values, [*values[1:], None], strict=True)):
        if after is None:
            pieces.append((here, True))
            break
        pieces.append((here, u < end))
        if at_jump is None:
            continue
        left, right = here.subs(u, end), after.subs(u, end)
        if left != right and not vanishes(left - right):
            pieces.append((at_jump(k), sp.Eq(u, end)))
    return sp.Piecewise(*pieces)
