"""The optimal score as it was found: a closed form, a step function, or nothing but the ratio to invert.

u A'(v) + B'(v) = 0 says u = rho(v) with rho = -B'/A'. The density ratio is thus always explicit in the score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from gantheory.derivation.algebra import PowerProduct, in_exponential, power_product, tidy
from gantheory.derivation.game import Game

u = sp.Symbol("u", positive=True)
"""The density ratio p_r/p_g."""

_w = sp.Symbol("w", positive=True)


@dataclass(frozen=True)
class Step:
    """The optimal score is the constant `level` for u in (start, end)."""

    start: sp.Expr
    end: sp.Expr
    level: sp.Expr


@dataclass(frozen=True)
class OptimalScore:
    """v*(u) in the coordinate of `game`.

    Exactly one of three: `closed` is y*(u); or `steps` holds the levels of a step function, in increasing
    u; or both are None and the numeric twin inverts u = rho(v).
    """

    game: Game
    closed: sp.Expr | None
    steps: tuple[Step, ...] | None
    method: str

    @property
    def score(self) -> sp.Expr | None:
        """v*(u) as a sympy expression, where there is one."""
        if self.steps is not None:
            return piecewise(self.steps, lambda level: level)
        if self.closed is None or self.game.score is None:
            return None
        return tidy(sp.expand_log(self.game.score.subs(self.game.y, self.closed), force=True), u)

    @property
    def numeric(self) -> bool:
        return self.closed is None and self.steps is None


def log_ratio(game: Game) -> sp.Expr:
    """lambda(y) = log(-B'(y)/A'(y)): log u as a function of the score at which it is optimal."""
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    product = ratio(dA, dB, game)
    if product is None:
        return sp.log(-dB / dA)
    expanded = sp.expand_log(sp.log(product.coefficient), force=True) + sp.Add(
        *(k * sp.log(base) for base, k in product.powers.items())
    )
    return expanded.subs(_w, sp.exp(game.y))


def piecewise(steps: tuple[Step, ...], value: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """The step function value(level) of u; at a switch the mean of both sides."""
    values = [value(step.level) for step in steps]
    pieces: list[tuple[sp.Expr, object]] = []
    for step, here, after in zip(steps, values, [*values[1:], None], strict=True):
        if after is None:
            pieces.append((here, True))
            break
        middle = (here + after) / 2 if here.is_finite and after.is_finite else sp.S.Zero
        pieces += [(here, u < step.end), (middle, sp.Eq(u, step.end))]
    return sp.Piecewise(*pieces)


def ratio(dA: sp.Expr, dB: sp.Expr, game: Game) -> PowerProduct | None:
    """-B'/A' as a product of powers of w = e^y, or None."""
    top = power_product(in_exponential(dB, game.y, _w), _w)
    bottom = power_product(in_exponential(dA, game.y, _w), _w)
    inverse = None if bottom is None else bottom.to_the(sp.S.NegativeOne)
    if top is None or inverse is None:
        return None
    product = top.times(inverse)
    return PowerProduct(-product.coefficient, product.powers)
