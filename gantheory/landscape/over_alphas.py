"""|s| over (alpha_D, alpha_G), from one formula that is derived with both alphas as symbols."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
import sympy as sp

from gantheory.arguments.arrays import Array, as_float64, positive_array
from gantheory.arguments.checks import choice
from gantheory.arguments.strict import refuse_text
from gantheory.derivation import D
from gantheory.derivation.optimum.game import Game, log_ratio
from gantheory.landscape.inputs import grid
from gantheory.objectives.families.alpha import alpha_loss
from gantheory.objectives.objective import cosigmoid, sigmoid, v

ALPHA_D, ALPHA_G = sp.symbols("alpha_D alpha_G", positive=True)
"""The symbols of `AlphaFormula`."""

DEFAULT = np.geomspace(0.2, 5, 201)
"""Both alphas by default."""


@dataclass(frozen=True)
class AlphaFormula:
    """|s| = scale D^fake (1 - D)^real with D* = sigmoid(slope log u), for finite alphas.

    Attributes:
        scale, fake, real, slope: sympy expressions in `ALPHA_D` and `ALPHA_G`.
        saturating: which of the two generators.
    """

    scale: sp.Expr
    fake: sp.Expr
    real: sp.Expr
    slope: sp.Expr
    saturating: bool

    @property
    def expr(self) -> sp.Expr:
        """|s| in the symbol `gantheory.derivation.D`."""
        return self.scale * D**self.fake * (1 - D) ** self.real

    def boundary(self, end: str) -> sp.Expr | None:
        """The alpha_G at which |s| turns from exploding to vanishing at "fake" (D -> 0) or "real" (D -> 1).

        None where the behavior at that end is the same for all alphas.
        """
        power = {"fake": self.fake, "real": self.real}[end]
        roots = sp.solve(power, ALPHA_G)
        return roots[0] if roots else None


def alpha_formula(saturating: bool = True) -> AlphaFormula:
    """Derive |s| of the (alpha_D, alpha_G)-GAN with both alphas as symbols.

    s = S'/lambda' with lambda = log(-B'/A') needs no optimal score in closed form, so that nothing has to be
    solved: lambda(v) is v/alpha_D for every alpha_D, and |s| is a product of powers of D and 1 - D.

    Source: derived here; at numbers it is `gantheory.derive(alpha_gan(...)).saturation`.
    """
    return _formula(saturating)


@lru_cache(maxsize=2)
def _formula(saturating: bool) -> AlphaFormula:
    A, B = (-alpha_loss(p, ALPHA_D) for p in (sigmoid, cosigmoid))
    S = -alpha_loss(cosigmoid, ALPHA_G) if saturating else alpha_loss(sigmoid, ALPHA_G)
    game = Game(A, B, sp.S.Zero, S, sigmoid, v, -sp.oo, sp.oo, v, v)
    steepness = sp.simplify(sp.diff(log_ratio(game), v))
    output = sp.Symbol("D", positive=True)
    rest = sp.Symbol("rest", positive=True)  # 1 - D, one positive symbol so that its powers merge
    raw = (
        sp.together(sp.diff(S, v) / steepness).subs(sp.exp(-v), rest / output).subs(sp.exp(v), output / rest)
    )
    raw = raw.subs(1 + output / rest, 1 / rest)
    logarithm = sp.expand(sp.expand_log(sp.log(sp.powsimp(-raw)), force=True))
    fake, real = (logarithm.coeff(sp.log(symbol)) for symbol in (output, rest))
    scale = sp.exp(logarithm - fake * sp.log(output) - real * sp.log(rest))
    tidy = [sp.simplify(expr) for expr in (scale, fake, real, 1 / steepness)]
    if any(expr.free_symbols - {ALPHA_D, ALPHA_G} for expr in tidy):
        raise AssertionError(f"|s| is no product of powers of D and 1 - D: {raw}")
    scale, fake, real, slope = tidy
    return AlphaFormula(scale, fake, real, slope, saturating)


def alpha(
    alpha_d: Any = None,
    alpha_g: Any = None,
    at: Any = 0.01,
    saturating: bool = True,
    over: Literal["D", "log_u"] = "D",
) -> pd.DataFrame:
    """|s| of the (alpha_D, alpha_G)-GAN over alphas and D: all combinations of the values given.

        |s| = alpha_D D (1 - D)^(1 - 1/alpha_G) saturating,  alpha_D (1 - D) D^(1 - 1/alpha_G) non-saturating

    Args:
        alpha_d: a number or increasing numbers in (0, inf); by default 201 from 0.2 to 5.
        alpha_g: the same, in (0, inf].
        at: a number or increasing numbers: D in (0, 1), or log u for over="log_u".
        saturating: which of the two generators.
        over: "D", where the discriminator's output is the same for all alphas, or "log_u", where the data
            are: D* = sigmoid(alpha_D log u) then depends on alpha_D.

    Returns:
        Columns alpha_d, alpha_g, D, log_u, s, saturating, at_fake, at_real ("vanishes", "constant" or
        "explodes" as D -> 0 and D -> 1).

    Raises:
        ValueError: an alpha outside its interval, D outside (0, 1), values that do not increase.
    """
    choice(over, "over", ("D", "log_u"))
    d_values = checked_alphas(DEFAULT if alpha_d is None else alpha_d, "alpha_d", infinite=False)
    g_values = checked_alphas(DEFAULT if alpha_g is None else alpha_g, "alpha_g", infinite=True)
    where = np.atleast_1d(as_float64(at, "at"))
    where = where if where.size == 1 and where.ndim == 1 else grid(where, over)
    if over == "D":
        if not ((where > 0) & (where < 1)).all():
            raise ValueError(f"D must be in (0, 1), got {where[~((where > 0) & (where < 1))][0]}")
    elif not np.isfinite(where).all():
        raise ValueError(f"log_u must be finite, got {where[~np.isfinite(where)][0]}")
    a_d, a_g, point = (
        array.ravel() for array in np.meshgrid(d_values, g_values, where, indexing="ij", sparse=False)
    )
    formula = alpha_formula(saturating)
    parts = formula.scale, formula.fake, formula.real, formula.slope
    scale, fake, real, slope = (_evaluated(expr, a_d, a_g) for expr in parts)
    if over == "D":
        logit = np.log(point) - np.log1p(-point)
        log_u = logit / slope
    else:
        log_u = point
        logit = slope * log_u
    log_d, log_rest = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    with np.errstate(over="ignore", under="ignore"):
        s = scale * np.exp(fake * log_d + real * log_rest)
    return pd.DataFrame(
        {
            "alpha_d": a_d,
            "alpha_g": a_g,
            "D": np.exp(log_d),
            "log_u": log_u,
            "s": s,
            "saturating": saturating,
            "at_fake": _words(fake),
            "at_real": _words(real),
        }
    )


def score_slope(score: Array, alpha_g: Array, saturating: bool = True) -> Array:
    """|S'(v)| of the generator's alpha_G at scores v, broadcast against each other.

    It is |s| lambda', and lambda' = 1/slope: alpha_D drops out.
    """
    formula = alpha_formula(saturating)
    a_g = np.asarray(alpha_g, dtype=np.float64)
    scale, fake, real = (
        _evaluated(expr, np.ones_like(a_g), a_g)
        for expr in (sp.simplify(formula.scale / formula.slope), formula.fake, formula.real)
    )
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(scale * np.exp(-fake * np.logaddexp(0, -score) - real * np.logaddexp(0, score)))


def checked_alphas(values: Any, name: str, infinite: bool) -> Array:
    """One alpha or increasing ones as an array.

    Raises:
        ValueError: outside (0, inf), or (0, inf] if `infinite`; or not increasing.
    """
    array = np.atleast_1d(as_float64(values, name))
    if not infinite and np.isposinf(array).any():
        raise ValueError(f"{name} must be in (0, inf), got inf; at inf v* is a step function and |s| is 0")
    positive_array(array, name, infinite=infinite)
    if array.ndim != 1 or not array.size or not (np.diff(array) > 0).all():
        raise ValueError(f"{name} must be a number or numbers that increase, got {values}")
    return array


def _evaluated(expr: sp.Expr, a_d: Array, a_g: Array) -> Array:
    """A rational function of the alphas on arrays, with its limit at alpha_G = inf."""
    refuse_text(expr, "expr")
    finite = np.where(np.isinf(a_g), 1.0, a_g)
    out = np.broadcast_to(sp.lambdify((ALPHA_D, ALPHA_G), expr, "numpy")(a_d, finite), a_d.shape)
    if not np.isinf(a_g).any():
        return np.asarray(out, dtype=np.float64)
    limit = sp.lambdify(ALPHA_D, sp.limit(expr, ALPHA_G, sp.oo), "numpy")(a_d)
    return np.where(np.isinf(a_g), limit, out)


def _words(power: Array) -> Any:
    """What a power of a distance that goes to 0 does."""
    codes = np.where(power > 0, 0, np.where(power == 0, 1, 2))
    return pd.Categorical.from_codes(codes, ["vanishes", "constant", "explodes"])


def nice_levels(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten between two positive numbers, or powers of ten where those are many."""
    if not (0 < low < high and math.isfinite(high)):
        return []
    start, end = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1.0, 2.0, 5.0) if end - start <= 3 else (1.0,)
    stride = max(1, (end - start) // 8)
    return [
        m * 10.0**k for k in range(start, end) if k % stride == 0 for m in steps if low < m * 10.0**k < high
    ]
