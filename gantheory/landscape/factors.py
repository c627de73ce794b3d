"""What the gradient of log u is multiplied with on its way to the generator, as functions of the score v.

    flow          grad S(v*)      = s (grad log u),     s   = S'/lambda'
    equilibrium   grad (f - u f') = s_f (grad log u),   s_f = g'/lambda',  g = S - (e^lambda R' + S')/lambda'

with lambda(v) = log(-B'/A'), which is log u at the optimal score. A step of the generator with D held fixed
follows s; the derivative of D_f, D optimal all along, follows s_f = -u^2 f''. They agree for zero-sum
objectives. Neither needs v* in closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from gantheory.derivation.solution import log_ratio
from gantheory.lowering import lower
from gantheory.objectives.objective import v

if TYPE_CHECKING:
    from gantheory.derivation.game import Game
    from gantheory.derivation.theory import Theory
    from gantheory.lowering import LoweredFunction


def level(theory: Theory, kind: str) -> LoweredFunction:
    """h - u h' = S (kind "flow") or f - u f' ("equilibrium") at the optimal score v, but for a constant."""
    return _in_score(theory, _level(theory.solution.game, kind))


def factor(theory: Theory, kind: str) -> LoweredFunction:
    """s(v) (kind "flow") or s_f(v) ("equilibrium"), signed; v* must not be a step function."""
    game = theory.solution.game
    return _in_score(theory, sp.diff(_level(game, kind), game.y) / sp.diff(log_ratio(game), game.y))


def log_ratio_of_score(theory: Theory) -> LoweredFunction:
    """lambda(v) = log u at which the score v is optimal."""
    return _in_score(theory, log_ratio(theory.solution.game))


def _level(game: Game, kind: str) -> sp.Expr:
    if kind == "flow" or (game.R - game.A == 0 and game.S - game.B == 0):
        return game.S
    ratio = -sp.diff(game.B, game.y) / sp.diff(game.A, game.y)
    pulled = ratio * sp.diff(game.R, game.y) + sp.diff(game.S, game.y)
    return game.S - sp.simplify(pulled / sp.diff(log_ratio(game), game.y))


def _in_score(theory: Theory, expr: sp.Expr) -> LoweredFunction:
    game = theory.solution.game
    return lower(expr.subs(game.y, game.coordinate), v)
