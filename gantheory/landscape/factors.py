"""What the gradient of log u is multiplied with on its way to the generator, as functions of the score v.

    flow          grad S(v*)      = s (grad log u),     s   = S'/lambda'
    equilibrium   grad (f - u f') = s_f (grad log u),   s_f = g'/lambda',  g = S - (e^lambda R' + S')/lambda'

with lambda(v) = log(-B'/A'), which is log u at the optimal score. A step of the generator with D held fixed
follows s; the derivative of D_f, D optimal all along, follows s_f = -u^2 f''. They agree for zero-sum
objectives. Neither needs v* in closed form.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import simplified
from gantheory.derivation.optimum.game import Game, log_ratio, per_log_ratio
from gantheory.derivation.theory import Theory
from gantheory.lowering import lower
from gantheory.objectives.objective import v

OfScores = Callable[[Array], Array]


def level(theory: Theory, kind: str) -> OfScores:
    """h - u h' = S (kind "flow") or f - u f' ("equilibrium") at the optimal score v, but for a constant."""
    return _by_pieces(theory, lambda game: _level(game, kind))


def factor(theory: Theory, kind: str) -> OfScores:
    """s(v) (kind "flow") or s_f(v) ("equilibrium"), signed; 0 where v* rests at one score or jumps over
    it."""

    def rate(game: Game) -> sp.Expr:
        return per_log_ratio(_level(game, kind), game)

    return _by_pieces(theory, rate, otherwise=0.0)


def log_ratio_of_score(theory: Theory) -> OfScores:
    """lambda(v) = log u at which the score v is optimal; NaN where it is for none or for more than one."""
    return _by_pieces(theory, log_ratio)


def _by_pieces(theory: Theory, of_game: Callable[[Game], sp.Expr], otherwise: float = np.nan) -> OfScores:
    """A function of the score on the scores of each piece of v*(u), `otherwise` outside them."""
    pieces = [piece for piece in theory.solution.pieces if not piece.level]
    functions = [lower(of_game(piece.game).subs(piece.game.y, piece.game.coordinate), v) for piece in pieces]

    def evaluate(scores: Array) -> Array:
        scores = np.asarray(scores, dtype=np.float64)
        if theory.solution.one is not None:
            return np.asarray(functions[0](scores))
        out = np.where(np.isnan(scores), np.nan, otherwise)
        for piece, function in zip(pieces, functions, strict=True):
            inside = (scores >= float(piece.plain.low)) & (scores <= float(piece.plain.high))
            if inside.any():
                out[inside] = function(scores[inside])
        return out

    return evaluate


def _level(game: Game, kind: str) -> sp.Expr:
    if kind == "flow" or (game.R - game.A == 0 and game.S - game.B == 0):
        return game.S
    dA, dB = game.slopes
    ratio = -dB / dA
    pulled = ratio * sp.diff(game.R, game.y) + sp.diff(game.S, game.y)
    return game.S - simplified(pulled / sp.diff(log_ratio(game), game.y))
