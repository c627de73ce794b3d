"""A game whose parameters are symbols: the theory that follows from the objective's own four functions.

`gantheory.derive` works at numbers. A statement for all parameters takes the objective with symbols for its
parameters (`Objective.symbols`): the published v* must be a root of its stationarity condition, and f, h''
and the saturation factor follow by substitution. Nothing of the objective is written here a second time, so
that a slip in it reaches every claim about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sympy as sp

import gantheory as gt
from gantheory.claims.comparisons.equal import Equal, short
from gantheory.claims.comparisons.finding import PremiseError
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import Objective, v


@dataclass(frozen=True)
class SymbolicGame:
    """Four functions of the score v with symbolic parameters, and their optimal score v*(u).

    Everything below is in u = p_r/p_g. `game_of` makes one from an objective. That v* is the maximum and no
    other stationary point is a claim of its own.
    """

    A: sp.Expr
    B: sp.Expr
    R: sp.Expr
    S: sp.Expr
    score: sp.Expr
    link: sp.Expr = v

    def at(self, values: Mapping[sp.Expr, sp.Expr]) -> SymbolicGame:
        """The game with other expressions for its parameters."""
        roles = ("A", "B", "R", "S", "score", "link")
        return SymbolicGame(*(getattr(self, role).subs(values) for role in roles))

    def at_optimum(self, expr: sp.Expr) -> sp.Expr:
        """A function of the score, as one of u at v*(u)."""
        return expr.subs(v, self.score)

    @cached_property
    def discriminator(self) -> sp.Expr:
        """D*(u)."""
        return self.at_optimum(self.link)

    @cached_property
    def stationarity(self) -> sp.Expr:
        """u A'(v*) + B'(v*)."""
        return self.at_optimum(u * sp.diff(self.A, v) + sp.diff(self.B, v))

    @cached_property
    def second_order(self) -> sp.Expr:
        """u A''(v*) + B''(v*)."""
        return self.at_optimum(u * sp.diff(self.A, v, 2) + sp.diff(self.B, v, 2))

    @cached_property
    def value(self) -> sp.Expr:
        """u R(v*) + S(v*), whose expectation over P_g is the generator's objective."""
        return u * self.at_optimum(self.R) + self.at_optimum(self.S)

    @cached_property
    def offset(self) -> sp.Expr:
        """The generator's objective at P_g = P_r, which D_f leaves out."""
        return self.value.subs(u, 1)

    @cached_property
    def f(self) -> sp.Expr:
        """Generating function of the equilibrium divergence with f(1) = 0; its slope at 1 is as it comes."""
        return self.value - self.offset

    @cached_property
    def flow_curvature(self) -> sp.Expr:
        """h''(u) = -(d/du) S(v*(u)) / u of the flow divergence."""
        return -sp.diff(self.at_optimum(self.S), u) / u

    @cached_property
    def saturation(self) -> sp.Expr:
        """s(u) with grad_x S(v*) = s (grad log p_r - grad log p_g)."""
        return u * sp.diff(self.at_optimum(self.S), u)


def game_of(objective: Objective, score: sp.Expr) -> SymbolicGame:
    """The game of an objective at the optimal score v*(u) as published, a root of its stationarity condition.

    Raises:
        PremiseError: the score is no root of u A' + B'.
    """
    _must_be_stationary(objective.A, objective.B, score)
    return SymbolicGame(objective.A, objective.B, objective.R, objective.S, score, objective.link)


@lru_cache(maxsize=256)
def _must_be_stationary(A: sp.Expr, B: sp.Expr, score: sp.Expr) -> None:
    residual = (u * sp.diff(A, v) + sp.diff(B, v)).subs(v, score)
    finding = Equal(residual, 0).decide(Sampler(0))
    if finding.holds is not True:
        raise PremiseError(
            f"v* = {score} is not shown to be optimal, u A'(v*) + B'(v*) = {short(residual)} there; "
            f"{finding.counterexample or finding.detail}"
        )


def alpha_game(alpha_D: sp.Expr, alpha_G: sp.Expr, saturating: bool = True) -> SymbolicGame:
    """The (alpha_D, alpha_G)-GAN with the optimal score alpha_D log u (ISIT 2023, Theorem 1, eq. (6)).

    Symbols count as different from 1, where alpha-loss has another form. An expression that is not positive
    for all values of its symbols, such as 1/(1 - k), is put in at the end.
    """
    given = {"D": sp.sympify(alpha_D, strict=True), "G": sp.sympify(alpha_G, strict=True)}
    stand_ins: dict[sp.Expr, sp.Expr] = {}
    for player, alpha in given.items():
        if alpha.free_symbols and not alpha.is_positive:
            symbol = sp.Symbol(f"_alpha_{player}", positive=True)
            given[player] = stand_ins.setdefault(alpha, symbol)
    objective = gt.objectives.alpha_gan(given["D"], given["G"], saturating)
    game = game_of(objective, given["D"] * sp.log(u))
    back = {symbol: alpha for alpha, symbol in stand_ins.items()}
    return game.at(back) if back else game


def least_squares_game(a: sp.Expr, b: sp.Expr, c: sp.Expr, real_term: bool) -> SymbolicGame:
    """LSGAN with labels a (fake), b (real), c (the generator's target) at Mao et al.'s D*, eq. (5)."""
    return game_of(gt.objectives.lsgan(a, b, c, real_term), (b * u + a) / (u + 1))
