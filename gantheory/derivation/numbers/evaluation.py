"""Optimal scores, discriminators and saturation on arrays, float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float64
from gantheory.derivation.numbers import numeric
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.zeros import values
from gantheory.lowering import lower
from gantheory.objectives.objective import v

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


def score(theory: Theory, t: ArrayLike) -> Array:
    """v* at t = log(p_r/p_g), float64."""
    at = as_float64(t, "t")
    return numeric.on_pieces(theory.solution, at, numeric.score_of_piece, lambda tie: tie.score)


def discriminator(theory: Theory, t: ArrayLike) -> Array:
    """D* at t = log(p_r/p_g), float64."""
    link = theory.objective.link

    def of_piece(piece: Piece, t: Array) -> Array:
        if piece.level and piece.plain.link is not None:
            return np.full(t.shape, float(piece.plain.at(piece.plain.link, piece.closed)))  # type: ignore[arg-type]
        through = values(link, v, numeric.score_of_piece(piece, t))
        if theory.discriminator is None or theory.solution.one is None:
            return through
        # The formula keeps the digits of D near 0 and at +-inf; between these oo/oo may stand in it.
        direct = numeric.evaluated(theory.discriminator, t)
        return through if direct is None else np.where(np.isnan(direct), through, direct)

    return numeric.on_pieces(theory.solution, as_float64(t, "t"), of_piece, lambda tie: tie.of("link"))


def saturation(theory: Theory, D: ArrayLike) -> Array:
    """|s| at values of the reported discriminator output D, float64.

    Raises:
        ValueError: D outside the range that the optimal discriminator takes, or NaN.
    """
    given = as_float64(D, "D")
    if theory.solution.steps is not None:
        return np.zeros_like(given)
    low, high = range_of(lambda t: discriminator(theory, t))
    if not ((given >= low) & (given <= high)).all():
        raise ValueError(
            f"D must lie in [{low:g}, {high:g}], the range of D*, got {given.min():g} to {given.max():g}"
        )
    if theory.landscape.symbol.name == "D" and theory.solution.one is not None:
        z = sp.Symbol("z", real=True)
        with np.errstate(divide="ignore"):
            logit = np.log(given) - np.log1p(-given)
        return np.asarray(
            lower(theory.saturation.subs(theory.landscape.symbol, 1 / (1 + sp.exp(-z))), z)(logit)
        )
    return saturation_of_score(theory, numeric.inverse_link(theory.objective, given))


def saturation_of_score(theory: Theory, scores: ArrayLike) -> Array:
    """|s| at values of the score, float64."""
    return np.abs(signed_saturation(theory, as_float64(scores, "score")))


def signed_saturation(theory: Theory, scores: Array) -> Array:
    """s at values of the score: 0 at the single scores at which v* rests, and in the gaps that it jumps
    over."""
    stretches = theory.landscape.stretches
    if theory.solution.one is not None:
        return stretches[0].at(scores)
    out = np.where(np.isnan(scores), np.nan, 0.0)
    for stretch in stretches:
        here = (scores > float(stretch.game.low)) & (scores < float(stretch.game.high))
        if here.any():
            out[here] = stretch.at(scores[here])
    return out


def range_of(at: Callable[[Array], Array]) -> tuple[float, float]:
    """What v* or D* takes over all u, by its ends; the real line where it is not known."""
    with np.errstate(all="ignore"):
        ends = at(np.array([-np.inf, np.inf]))
    return (-np.inf, np.inf) if np.isnan(ends).any() else (float(ends.min()), float(ends.max()))
