"""A' and B' on a smooth stretch of the domain: their signs, and u = rho(v) = -B'(v)/A'(v) up to its ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.derivation.algebra.expressions import PowerProduct, is_positive, simplified
from gantheory.derivation.algebra.limits import at_infinity, at_zero, estimated
from gantheory.derivation.algebra.symbols import u, w
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.game import Game, log_ratio, ratio
from gantheory.derivation.optimum.zeros import SMALLEST, grid, sign_changes, signed_values, values

SECONDS = 2.0
"""For a limit that no normal form gives."""

_FAR = 200.0
"""|log rho| on the grid from which rho is taken to go on to 0 or infinity with the score."""

_DERIVATIVES = 6
"""That are compared at a score at which A' and B' vanish."""


@dataclass(frozen=True)
class Slopes:
    """A' and B' of a smooth stretch, as formulas and on a grid."""

    game: Game
    dA: sp.Expr
    dB: sp.Expr
    at: Array
    a: Array
    b: Array

    @classmethod
    def of(cls, game: Game) -> Slopes:
        at = grid(game.low, game.high)
        dA, dB = game.slopes
        # Between a zero of A' and one of B' close by there may be a branch.
        offsets = np.exp(np.linspace(-32.0, -1.0, 60))
        near = [
            zero + sign * (1 + abs(zero)) * offsets
            for slope in (dA, dB)
            for zero in map(float, sign_changes(slope, game.y, game.low, game.high))
            for sign in (-1, 1)
        ]
        if near:
            at = np.unique(np.concatenate([at, *near]))
            at = at[(at > float(game.low)) & (at < float(game.high))]
        a, b = signed_values(dA, game.y, at), signed_values(dB, game.y, at)
        if not a.any():
            dA = sp.S.Zero
        if not b.any():
            dB = sp.S.Zero
        return cls(game, dA, dB, at, a, b)

    @cached_property
    def product(self) -> PowerProduct | None:
        """-B'/A' as a product of powers of e^y, where it is one."""
        return None if self.dA == 0 or self.dB == 0 else ratio(self.dA, self.dB, self.game)

    @cached_property
    def signs(self) -> tuple[Array, Array]:
        """The signs of A' and B', 0 where they are lost by underflow."""
        signs = np.sign(np.nan_to_num(self.a)), np.sign(np.nan_to_num(self.b))
        if self.product is not None and all(map(is_positive, self.product.powers)):
            # Neither changes its sign without the other.
            both = np.flatnonzero(signs[0] * signs[1])
            if both.size and all(len(set(sign[both].tolist())) == 1 for sign in signs):
                return np.full(self.at.shape, signs[0][both[0]]), np.full(self.at.shape, signs[1][both[0]])
        return signs

    @cached_property
    def log_rho(self) -> Array:
        """log(-B'/A'), NaN where it is not real or lost by underflow."""
        opposite = self.signs[0] * self.signs[1] < 0
        if not opposite.any():
            return np.full(self.at.shape, np.nan)
        if self.product is not None and all(map(is_positive, self.product.powers)):
            found = values(log_ratio(self.game), self.game.y, self.at)
        else:
            with np.errstate(all="ignore"):
                found = np.log(np.abs(self.b)) - np.log(np.abs(self.a))
            found[np.minimum(np.abs(self.a), np.abs(self.b)) < SMALLEST] = np.nan
        return np.where(np.isfinite(found) & opposite, found, np.nan)

    @cached_property
    def constant_ratio(self) -> sp.Expr | None:
        """-B'/A' where it is one number."""
        if self.dA == 0 or self.dB == 0:
            return None
        if self.product is not None:
            return self.product.coefficient if not self.product.powers else None
        with np.errstate(all="ignore"):
            quotient = self.b / self.a
        known = quotient[np.minimum(np.abs(self.a), np.abs(self.b)) > SMALLEST]
        if known.size and np.ptp(known) <= 1e-9 * abs(known[0]):
            found = simplified(-self.dB / self.dA)
            return found if not found.has(self.game.y) else None
        return None

    def limit(self, end: sp.Expr, side: int) -> sp.Expr:
        """rho at an end of a stretch, approached from inside (side +1: from above)."""
        game, dA, dB = self.game, self.dA, self.dB
        if end.is_finite:
            for _ in range(_DERIVATIVES):  # l'Hopital's rule, where both vanish
                a, b = (slope.subs(game.y, end) for slope in (dA, dB))
                if not (a.is_finite and b.is_finite):
                    break
                # A sum that is zero need not look so.
                known_a, known_b = (abs(x.evalf(30)) > sp.Float(10) ** -25 for x in (a, b))
                if known_a and known_b and -b / a < 0:  # beyond a pole that is a number, by its last digit
                    return self._estimated(end, side)
                if known_a and known_b:
                    return simplified(-b / a) if sp.count_ops(a) + sp.count_ops(b) < 40 else -b / a
                if known_a or known_b:
                    return sp.S.Zero if known_a else sp.oo
                dA, dB = sp.diff(dA, game.y), sp.diff(dB, game.y)
            dA, dB = self.dA, self.dB
        else:
            known = self.log_rho[np.isfinite(self.log_rho)]
            last = known[-1 if side < 0 else 0] if known.size else 0.0
            if abs(last) > _FAR:
                return sp.oo if last > 0 else sp.S.Zero
        if self.product is not None and end.is_infinite:
            in_u = self.product.expr().subs(w, u)
            limit = at_infinity if end is sp.oo else at_zero
            found = attempted(SECONDS, lambda: limit(in_u))
        else:
            found = attempted(SECONDS, lambda: game.at(-dB / dA, end))
        return found if found is not None and found.is_extended_real else self._estimated(end, side)

    def _estimated(self, end: sp.Expr, side: int) -> sp.Expr:
        log = estimated(sp.log(-self.dB / self.dA), self.game.y, end, "+" if side > 0 else "-")
        return sp.oo if log is sp.nan else sp.Float(math.exp(log)) if log.is_finite else sp.exp(log)
