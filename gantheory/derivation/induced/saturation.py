"""Saturation: how the discriminator's confidence scales the generator's gradient.

    grad_x S(v*) = s(D) (grad log p_r - grad log p_g),   s = S'(v*) u dv*/du

With lambda(v) = log(-B'/A') = log u at the optimum, u dv*/du = 1/lambda'(v), so that s = S'(v)/lambda'(v)
needs no closed form of v*. |s| over D is the gradient-saturation landscape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import (
    SECONDS,
    in_exponential,
    power_product,
    tidy,
    without_hyperbolic,
)
from gantheory.derivation.algebra.limits import at_infinity, at_zero, limit
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.game import Game, per_log_ratio
from gantheory.derivation.optimum.inversion import inverted_piece
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.zeros import flat_series, sharp_values, values
from gantheory.objectives.objective import v

D = sp.Symbol("D", positive=True)
"""The reported discriminator output, where it is a probability."""

_w = sp.Symbol("w", positive=True)


@dataclass(frozen=True)
class Stretch:
    """The signed s as a function of the score on the game's (low, high), where the optimal scores rise or
    fall with u."""

    game: Game
    in_v: sp.Expr

    def at(self, scores: Array) -> Array:
        """s in float64, with many digits next to flat zeros of A' or B', whose quotients it holds."""
        found = values(self.in_v, v, scores)
        for end in (self.game.low, self.game.high):
            series = [flat_series(slope, v, end) for slope in self.game.slopes]
            radii = [known[0] for known in series if known is not None]
            if radii:
                near = np.abs(scores - float(end)) <= max(radii)
                if near.any():
                    found[near] = sharp_values(self.in_v, v, scores[near], float(end))
        return found


@dataclass(frozen=True)
class Saturation:
    """|s| as a function of D (or of the score where D is no probability), and its limits.

    Attributes:
        expr: |s| in the symbol `D`, or in the score `v`; by cases where v*(u) is.
        symbol: the symbol that `expr` is in.
        sign: sign of s, 0 where it changes.
        at_fake, at_real: limits of |s| as u -> 0 and u -> oo; None where unknown.
        stretches: s on the scores that are optimal for some u, but for single ones, where s = 0.
    """

    expr: sp.Expr
    symbol: sp.Symbol
    sign: int
    at_fake: sp.Expr | None
    at_real: sp.Expr | None
    stretches: tuple[Stretch, ...]

    def in_words(self) -> tuple[str, str]:
        """The two limits as "vanishes", "constant" or "explodes"."""
        return _word(self.at_fake), _word(self.at_real)


def saturation(solution: OptimalScore) -> Saturation:
    """Derive |s|; zero off the jumps where v* rests at one score."""
    moving = [piece for piece in solution.pieces if not piece.level]
    if not moving:
        return Saturation(sp.S.Zero, v, 0, sp.S.Zero, sp.S.Zero, ())
    in_v = [per_log_ratio(piece.plain.S, piece.plain) for piece in moving]
    readable = [
        attempted(SECONDS, partial(_readable, plain, piece.game)) or (plain, v)
        for plain, piece in zip(in_v, moving, strict=True)
    ]
    if len({symbol for _, symbol in readable}) > 1:
        readable = [(plain, v) for plain in in_v]
    symbol = readable[0][1]
    found = {_sign(plain, piece) for plain, piece in zip(in_v, moving, strict=True) if plain != 0}
    sign = found.pop() if len(found) == 1 else 0
    sizes = [sign * expr if sign else sp.Abs(expr) for expr, _ in readable]
    expr = sizes[0] if solution.one is not None else _by_cases(solution, moving, sizes, symbol)
    ends = [_end(solution.pieces[0], at_zero), _end(solution.pieces[-1], at_infinity)]
    stretches = tuple(Stretch(p.plain, plain) for p, plain in zip(moving, in_v, strict=True))
    return Saturation(expr, symbol, sign, ends[0], ends[1], stretches)


def _end(piece: Piece, at: Callable[[sp.Expr], sp.Expr | None]) -> sp.Expr | None:
    """The limit of |s| at an end of (0, oo)."""
    if piece.level:
        return sp.S.Zero
    raw = per_log_ratio(piece.game.S, piece.game)
    if piece.closed is None:
        end = attempted(SECONDS, lambda: _in_score(piece, at is at_infinity))
    else:
        end = attempted(SECONDS, lambda: at(tidy(raw.subs(piece.game.y, piece.closed), u)))
    return None if end is None else abs(end)


def _in_score(piece: Piece, at_real: bool) -> sp.Expr | None:
    """The limit of s where u -> oo or u -> 0, in the score, which u = rho(v) takes to an end of the piece."""
    game = piece.plain
    end = game.high if piece.rising == at_real else game.low
    raw = without_hyperbolic(per_log_ratio(game.S, game))
    if end.is_infinite:
        # From either end to oo in e^y.
        return at_infinity(sp.together(in_exponential(raw.subs(game.y, sp.sign(end) * game.y), game.y, u)))
    found = limit(raw, game.y, end, "+" if end == game.low else "-")
    return found if found.is_number and not found.has(sp.nan, sp.zoo, sp.AccumBounds) else None


def _by_cases(
    solution: OptimalScore, moving: list[Piece], sizes: list[sp.Expr], symbol: sp.Symbol
) -> sp.Expr:
    """|s| by cases of the symbol, 0 where no moving score is."""
    if len(moving) == len(solution.pieces) and all(size == sizes[0] for size in sizes):
        return sizes[0]
    cases = []
    for piece, size in zip(moving, sizes, strict=True):
        low, high = piece.plain.low, piece.plain.high
        if symbol != v:
            assert piece.plain.link is not None
            low, high = sorted((piece.plain.at(piece.plain.link, end) for end in (low, high)), key=sp.N)
        cases.append((size, sp.And(low < symbol, symbol < high)))
    return sp.Piecewise(*cases, (sp.S.Zero, True))


def is_probability(game: Game) -> bool:
    """Whether the reported D, not the score itself, runs through (0, 1) or a part of it."""
    if game.link is None or not game.link.has(game.y) or game.link == game.score:
        return False
    ends = [game.at(game.link, end) for end in (game.low, game.high)]
    return all(end.is_finite and 0 <= end <= 1 for end in ends) and ends[0] != ends[1]


def _readable(plain: sp.Expr, game: Game) -> tuple[sp.Expr, sp.Symbol]:
    if is_probability(game):
        expr = _in_probability(per_log_ratio(game.S, game), game)
        if expr is not None:
            return expr, D
    product = power_product(in_exponential(plain, v, _w), _w)
    expr = plain if product is None else product.expr().subs(_w, sp.exp(v))
    return min((expr, sp.factor(plain), plain), key=sp.count_ops), v


def _in_probability(raw: sp.Expr, game: Game) -> sp.Expr | None:
    link = power_product(in_exponential(game.link, game.y, _w), _w)
    if link is not None and link.expr() == _w / (1 + _w):
        in_w = in_exponential(raw, game.y, _w)
        product = power_product(in_w, _w)
        if product is None or not {_w, 1 + _w}.issuperset(product.powers):
            return tidy(in_w.subs(_w, D / (1 - D)), D)
        k, j = (product.powers.get(base, sp.S.Zero) for base in (_w, 1 + _w))
        return product.coefficient * D**k * (1 - D) ** (-k - j)
    assert game.link is not None
    solutions = sp.solve(game.link - D, game.y) if game.link.is_rational_function(game.y) else []
    return sp.factor(raw.subs(game.y, solutions[0])) if len(solutions) == 1 else None


def _sign(plain: sp.Expr, piece: Piece) -> int:
    """Sign of s where it is the same at many scores of the piece, else 0."""
    t = np.linspace(max(log(piece.start), -30.0), min(log(piece.end), 30.0), 43)[1:-1]
    scores = inverted_piece(piece, t)
    found = values(plain, v, np.unique(scores[np.isfinite(scores)]))
    signs = set(np.sign(found[np.isfinite(found)]).astype(int).tolist()) - {0}
    return signs.pop() if len(signs) == 1 else 0


def _word(end: sp.Expr | None) -> str:
    if end is None:
        return "unknown"
    if end == 0:
        return "vanishes"
    return "explodes" if end.is_infinite else f"constant ({end})"
