"""Where v*(u) passes from one piece to the next: the scores of both sides, and the one that is reported.

Where v* jumps, both scores are maxima of u A + B. Their middle, 0 of -oo and oo, is reported where it is one
as well: u A + B is flat between them, as for hinge. Else one of the two is: the finite one of smaller |v|, of
two such the one for larger u. A + B at what is reported at u = 1 is thus its supremum, and every constant is
read there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from gantheory.derivation.algebra.expressions import simplified, vanishes
from gantheory.derivation.algebra.points import exact_value, same
from gantheory.derivation.optimum.game import Game
from gantheory.derivation.optimum.inversion import inverted_piece, log_of
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.zeros import rational_zero

_DIGITS = 60
_EQUAL = sp.Float(10) ** -25
"""Relative; a threshold and the ends of a branch have 50 digits."""


@dataclass(frozen=True)
class Tie:
    """Two pieces of v* that meet at u = `at`.

    Attributes:
        at: the threshold.
        below, above: v* towards it from smaller and from larger u, the same where v* is continuous.
        score: v* as reported at it.
        game: the four functions around `score`: those of one side, or the whole with its kinks.
        flat: whether the middle of both scores is optimal too, and reported.
    """

    at: sp.Expr
    below: sp.Expr
    above: sp.Expr
    score: sp.Expr
    game: Game
    flat: bool

    @property
    def jumps(self) -> bool:
        return self.below != self.above

    def of(self, role: str) -> sp.Expr:
        """A function of the game, "A", "B", "R", "S" or "link", at the reported score."""
        return simplified(self.game.at(getattr(self.game, role), self.score))


def ties(pieces: tuple[Piece, ...], whole: Game) -> tuple[Tie, ...]:
    """One for each threshold between two pieces, in increasing u."""
    return tuple(_tie(below, above, whole) for below, above in itertools.pairwise(pieces))


def _tie(below: Piece, above: Piece, whole: Game) -> Tie:
    at = sp.S.One if same(below.end, sp.S.One) else below.end
    left, right = score_at(below, at), score_at(above, at)
    if _equal(left, right):
        right = left
    side, score = (above, right) if _above_is_reported(left, right) else (below, left)
    middle = _middle(left, right)
    if middle is not None and _as_high(side.plain, score, whole, middle, at):
        return Tie(at, left, right, middle, whole, flat=True)
    return Tie(at, left, right, score, side.plain, flat=False)


def _as_high(one: Game, v: sp.Expr, other: Game, w: sp.Expr, u: sp.Expr) -> bool:
    """Whether u A + B of one game at v is that of another at w."""
    heights = [u * game.at(game.A, score) + game.at(game.B, score) for game, score in ((one, v), (other, w))]
    gap = sp.N(heights[0] - heights[1], 40)
    return bool(gap.is_finite and abs(gap) <= _EQUAL * (1 + abs(sp.N(heights[0], 20))))


def _equal(one: sp.Expr, other: sp.Expr) -> bool:
    if one == other or one.is_infinite or other.is_infinite:
        return bool(one == other)
    if one.has(sp.Float) or other.has(sp.Float):
        return bool(abs(sp.N(one - other, 30)) <= _EQUAL * (1 + abs(sp.N(one, 20))))
    return vanishes(one - other)


def _middle(left: sp.Expr, right: sp.Expr) -> sp.Expr | None:
    """0 of opposite infinities; None where only one is infinite."""
    if left.is_finite and right.is_finite:
        return left if left == right else (left + right) / 2
    return sp.S.Zero if left.is_infinite and right.is_infinite else None


def _above_is_reported(left: sp.Expr, right: sp.Expr) -> bool:
    if left.is_infinite or right.is_infinite:
        return bool(left.is_infinite)
    sizes = [abs(sp.N(score, 30)) for score in (left, right)]
    return bool(sizes[1] <= sizes[0] * (1 + _EQUAL))


def score_at(piece: Piece, ratio: sp.Expr) -> sp.Expr:
    """v*(u) of one piece at u = `ratio`: exactly where it has a formula or that is a rational number, else to
    60 digits by Newton's method from the float64 score."""
    if piece.level:
        assert piece.closed is not None
        return piece.closed
    end = _end(piece, ratio)
    if end is not None and end.is_infinite:  # tan(pi/2), the log of 0: no value of sympy
        return end
    if piece.score is not None:
        value = exact_value(piece.score, ratio)
        if not value.has(sp.I):  # a real logarithm of a quotient, written as two of negative numbers
            return value
    return stationary_at(piece, ratio)


@lru_cache(maxsize=256)
def stationary_at(piece: Piece, ratio: sp.Expr) -> sp.Expr:
    """v*(u) of a piece to 60 digits: an end of the branch, or Newton's method from the float64 score."""
    if (end := _end(piece, ratio)) is not None:
        return end
    game = piece.plain
    t = np.array([log_of(ratio)])
    score = sp.Float(float(inverted_piece(piece, t)[0]), _DIGITS + 20)
    dA, dB = game.slopes
    slope = ratio * dA + dB
    derivatives = [sp.diff(slope, game.y, k) for k in range(3)]
    for _ in range(10):
        # Newton's method on g/g', which has a simple zero where g has a multiple one.
        g, first, second = (d.evalf(_DIGITS + 20, subs={game.y: score}) for d in derivatives)
        divisor = first**2 - g * second
        if g == 0 or divisor == 0:
            break
        step = g * first / divisor
        score -= step
        if abs(step) < sp.Float(10) ** (-_DIGITS - 5) * (1 + abs(score)):
            break
    known = rational_zero(slope, game.y, score)
    return known if known is not None and game.low < known < game.high else score


def _end(piece: Piece, ratio: sp.Expr) -> sp.Expr | None:
    """The end of the branch's scores if it is optimal at u = `ratio`: if the branch ends there, as the piece
    does, and does not go on below another maximum."""
    for threshold, of_branch, end in zip((piece.start, piece.end), piece.branch, piece.ends, strict=True):
        if same(ratio, threshold) and same(threshold, of_branch):
            return end
    return None


__all__ = ["Tie", "score_at", "stationary_at", "ties"]
