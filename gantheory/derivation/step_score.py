"""Optimal scores that are step functions of u: kinked objectives, and optima at the ends of the domain."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import sympy as sp

from gantheory.derivation.game import Game, kinks, resolved
from gantheory.derivation.solution import OptimalScore, Step, ratio
from gantheory.derivation.verification import verify
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives.objective import Objective


def pieces(game: Game) -> list[Game]:
    """The game between neighboring kinks, A and B resolved to their active branches."""
    points = [game.low, *kinks((game.A, game.B), game.y, game.low, game.high), game.high]
    games = []
    for left, right in pairwise(points):
        A, B = (resolved(expr, game.y, _between(left, right)) for expr in (game.A, game.B))
        games.append(replace(game, A=A, B=B, low=left, high=right))
    return games


def kinked(objective: Objective, game: Game) -> OptimalScore:
    """Piecewise functions: within a piece a constant ratio B'/A' puts the optimum at an end of the piece."""
    parts = pieces(game)
    for piece in parts:
        dA, dB = sp.diff(piece.A, game.y), sp.diff(piece.B, game.y)
        product = None if dA == 0 or dB == 0 else ratio(dA, dB, piece)
        if dA != 0 and dB != 0 and (product is None or product.powers):
            solution = OptimalScore(game, None, None, "numeric: pieces with interior optima")
            verify(objective, solution)
            return solution
    levels = [game.low, *(piece.high for piece in parts)]
    return envelope(game, levels, "kinks: within each piece the optimum is at an end")


def _between(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    if left.is_finite and right.is_finite:
        return (left + right) / 2
    if left.is_finite:
        return left + 1
    return right - 1 if right.is_finite else sp.S.Zero


def envelope(game: Game, levels: list[sp.Expr], method: str) -> OptimalScore:
    """Upper envelope over u of the lines u A(level) + B(level)."""
    lines = []
    for level in levels:
        slope, offset = game.at(game.A, level), game.at(game.B, level)
        if slope is sp.oo or offset is sp.oo:
            raise NoPointwiseTheoryError(
                f"u A(v) + B(v) grows without bound as v -> {level}: restrict the domain or name a critic"
            )
        if slope.is_finite and offset.is_finite:
            lines.append((slope, offset, level))
    steps: list[Step] = []
    start: sp.Expr = sp.S.Zero
    current = max(lines, key=lambda line: (float(line[1]), float(line[0])))
    while True:
        steeper = [line for line in lines if line[0] > current[0]]
        crossings = [((current[1] - line[1]) / (line[0] - current[0]), line) for line in steeper]
        if not crossings:
            steps.append(Step(start, sp.oo, current[2]))
            return OptimalScore(game, None, tuple(steps), method)
        end, following = min(crossings, key=lambda pair: (float(pair[0]), -float(pair[1][0])))
        end = sp.nsimplify(end) if end.is_Rational else sp.simplify(end)
        if end > start:
            steps.append(Step(start, end, current[2]))
        start, current = end, following
