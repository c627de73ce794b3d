"""Saturation: how the discriminator's confidence scales the generator's gradient.

    grad_x S(v*) = s(D) (grad log p_r - grad log p_g),   s = S'(v*) u dv*/du

With lambda(v) = log(-B'/A') = log u at the optimum, u dv*/du = 1/lambda'(v), so that s = S'(v)/lambda'(v)
needs no closed form of v*. |s| over D is the gradient-saturation landscape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp

from gantheory.derivation.algebra import in_exponential, power_product, tidy
from gantheory.derivation.game import Game
from gantheory.derivation.limits import at_infinity, at_zero
from gantheory.derivation.solution import OptimalScore, log_ratio, u
from gantheory.multiprecision import lambdify, mp
from gantheory.objectives.objective import v

D = sp.Symbol("D", positive=True)
"""The reported discriminator output, where it is a probability."""

_w = sp.Symbol("w", positive=True)
_complement = sp.Symbol("D_", positive=True)


@dataclass(frozen=True)
class Saturation:
    """|s| as a function of D (or of the score where D is no probability), and its limits.

    Attributes:
        expr: |s| in the symbol `D`, or in the score `v`.
        symbol: the symbol that `expr` is in.
        in_score: |s| as a function of the game's coordinate.
        sign: sign of s, 0 where it changes.
        at_fake, at_real: limits of |s| as u -> 0 and u -> oo; None where unknown.
    """

    expr: sp.Expr
    symbol: sp.Symbol
    in_score: sp.Expr
    sign: int
    at_fake: sp.Expr | None
    at_real: sp.Expr | None

    def in_words(self) -> tuple[str, str]:
        """The two limits as "vanishes", "constant" or "explodes"."""
        return _word(self.at_fake), _word(self.at_real)


def saturation(solution: OptimalScore) -> Saturation:
    """Derive |s|; zero off the switches where v* is a step function."""
    game = solution.game
    if solution.steps is not None:
        return Saturation(sp.S.Zero, v, sp.S.Zero, 0, sp.S.Zero, sp.S.Zero)
    slope = sp.diff(log_ratio(game), game.y)
    raw = sp.diff(game.S, game.y) / slope
    expr, symbol = _readable(raw, game)
    sign = _sign(raw, solution)
    absolute = sign * expr if sign else sp.Abs(expr)
    at_fake = at_real = None
    if solution.closed is not None:
        in_u = tidy(raw.subs(game.y, solution.closed), u)
        at_fake, at_real = (None if end is None else abs(end) for end in (at_zero(in_u), at_infinity(in_u)))
    return Saturation(absolute, symbol, sign * raw if sign else sp.Abs(raw), sign, at_fake, at_real)


def is_probability(game: Game) -> bool:
    """Whether the reported D runs through (0, 1)."""
    if game.link is None or not game.link.has(game.y):
        return False
    return {game.at(game.link, game.low), game.at(game.link, game.high)} == {sp.S.Zero, sp.S.One}


def _readable(raw: sp.Expr, game: Game) -> tuple[sp.Expr, sp.Symbol]:
    if is_probability(game):
        expr = _in_probability(raw, game)
        if expr is not None:
            return expr, D
    in_w = in_exponential(raw, game.y, _w)
    product = power_product(in_w, _w)
    expr = raw if product is None else product.expr().subs(_w, sp.exp(game.y))
    return min((expr, sp.factor(raw), raw), key=sp.count_ops).subs(game.y, game.coordinate), v


def _in_probability(raw: sp.Expr, game: Game) -> sp.Expr | None:
    link = power_product(in_exponential(game.link, game.y, _w), _w)
    if link is not None and link.expr() == _w / (1 + _w):
        product = power_product(in_exponential(raw, game.y, _w), _w)
        if product is None:
            return tidy(in_exponential(raw, game.y, _w).subs(_w, D / (1 - D)), D)
        # w = D/(1-D), and 1 - D is kept as one positive symbol so that its powers merge.
        result = product.coefficient
        for base, k in product.powers.items():
            if base == _w:
                result *= (D / _complement) ** k
            elif base == 1 + _w:
                result *= _complement ** (-k)
            else:
                result *= base.subs(_w, D / (1 - D)) ** k
        return sp.powsimp(result).subs(_complement, 1 - D)
    assert game.link is not None
    solutions = sp.solve(game.link - D, game.y) if game.link.is_rational_function(game.y) else []
    return sp.factor(raw.subs(game.y, solutions[0])) if len(solutions) == 1 else None


def _sign(raw: sp.Expr, solution: OptimalScore) -> int:
    """Sign of s where it is the same at many ratios u, else 0."""
    game = solution.game
    value = lambdify(game.y, raw)
    signs: set[int] = set()
    with mp.workdps(30):
        if solution.closed is not None:
            score = lambdify(u, solution.closed)
            points = [mp.re(score(mp.mpf(2) ** k)) for k in range(-41, 42, 3)]
        else:
            from gantheory.derivation.numeric import inverted_ratio

            scores = inverted_ratio(solution, np.linspace(-30.0, 30.0, 41))
            points = [mp.mpf(score) for score in scores.tolist() if math.isfinite(score)]
        for point in points:
            signs.add(int(mp.sign(mp.re(value(point)))))
    signs.discard(0)
    return signs.pop() if len(signs) == 1 else 0


def _word(limit: sp.Expr | None) -> str:
    if limit is None:
        return "unknown"
    if limit == 0:
        return "vanishes"
    return "explodes" if limit.is_infinite else f"constant ({limit})"
