"""A game whose parameters are symbols: the theory that follows from a stated optimal score.

`gantheory.derive` works at numbers. A statement for all parameters needs the game itself: the stated v* is
put into the stationarity condition, and f, h'' and the saturation factor follow by substitution.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from gantheory.derivation.solution import u
from gantheory.objectives.alpha import alpha_loss
from gantheory.objectives.objective import cosigmoid, sigmoid, v


@dataclass(frozen=True)
class SymbolicGame:
    """Four functions of the score v with symbolic parameters, and the optimal score v*(u) that is stated
    for them.

    Everything below is in u = p_r/p_g. That v* is optimal is a claim of its own: `stationarity` must vanish
    and `second_order` be negative.
    """

    A: sp.Expr
    B: sp.Expr
    R: sp.Expr
    S: sp.Expr
    score: sp.Expr
    link: sp.Expr = v

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


def alpha_game(alpha_D: sp.Expr, alpha_G: sp.Expr, saturating: bool = True) -> SymbolicGame:
    """The (alpha_D, alpha_G)-GAN with the optimal score alpha_D log u (ISIT 2023, Theorem 1, eq. (6)).

    Symbols count as different from 1, where alpha-loss has another form.
    """
    real, fake = alpha_loss(sigmoid, alpha_G), alpha_loss(cosigmoid, alpha_G)
    return SymbolicGame(
        A=-alpha_loss(sigmoid, alpha_D),
        B=-alpha_loss(cosigmoid, alpha_D),
        R=-real if saturating else sp.S.Zero,
        S=-fake if saturating else real,
        score=alpha_D * sp.log(u),
        link=sigmoid,
    )


def least_squares_game(a: sp.Expr, b: sp.Expr, c: sp.Expr, real_term: bool) -> SymbolicGame:
    """LSGAN with labels a (fake), b (real), c (the generator's target), with the halves of Mao et al.
    (2017)."""
    return SymbolicGame(
        A=-((v - b) ** 2) / 2,
        B=-((v - a) ** 2) / 2,
        R=(v - c) ** 2 / 2 if real_term else sp.S.Zero,
        S=(v - c) ** 2 / 2,
        score=(b * u + a) / (u + 1),
    )
