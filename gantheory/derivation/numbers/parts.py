"""The score on one piece as a generating function evaluates it: formulas in log u, or rho(v) to invert."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

from gantheory.derivation.algebra.expressions import tidy
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.numbers.reached_scores import reached_scores
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.game import log_ratio
from gantheory.derivation.optimum.inversion import inverted_piece
from gantheory.derivation.optimum.piece import Piece
from gantheory.divergences.functions.score_inverse import Part
from gantheory.support.multiprecision import mp as mpmath
from gantheory.support.multiprecision import to_mp

_t = sp.Symbol("t", real=True)

_MEETING_DIGITS = 300
"""Digits of log u where two parts of an f meet."""


def part_of(piece: Piece, real: str, fake: str, *, flow: bool) -> Part:
    """R and S of one piece as functions of t = log u where there is a formula, else of the score."""
    end = to_all_digits(sp.log(piece.end))
    r, s = (
        None if piece.closed is None else tidy(piece.of(getattr(piece.game, role)), u)
        for role in (real, fake)
    )
    # Where a root of log u has an infinite slope, h'' is integrated over the score.
    if r is not None and s is not None and not (flow and s.has(sp.sign)):
        # t = log u itself is the coordinate, so that no tail of the score has to be resolved.
        return Part(end, r.subs(u, sp.exp(_t)), s.subs(u, sp.exp(_t)), _t, _t, score_of_log=_t)
    game = piece.plain
    return Part(
        end,
        getattr(game, real),
        getattr(game, fake),
        log_ratio(game),
        game.y,
        domain=reached_scores(piece),
        guess=_Table(piece),
        known=_known(piece),
    )


def _known(piece: Piece) -> tuple[tuple[Any, Any], ...]:
    """(log u, score) at the ends of a branch that are reached at a finite u."""
    return tuple(
        (to_all_digits(sp.log(ratio)), to_all_digits(score))
        for ratio, score in zip(piece.branch, piece.ends, strict=True)
        if ratio not in (0, sp.oo)
    )


def to_all_digits(number: sp.Expr) -> Any:
    """log u where two parts meet, and its score: beside a kink the score would leave its part by what a float
    rounds off."""
    with mpmath.workdps(_MEETING_DIGITS):
        return to_mp(number)


class _Table:
    """v*(t) of a numeric piece in float64, good for a start of Newton's method: linear between 4001
    points."""

    def __init__(self, piece: Piece) -> None:
        start, end = log(piece.start), log(piece.end)
        t = np.sinh(np.linspace(-7.25, 7.25, 4001))
        self._t = t[(t > start) & (t < end)]
        self._v = inverted_piece(piece, self._t)

    def __call__(self, t: float) -> float:
        if not self._t.size or not self._t[0] <= t <= self._t[-1]:
            return math.nan
        return float(np.interp(t, self._t, self._v))
