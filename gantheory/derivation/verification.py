"""Checks of an optimal score: stationary, a maximum, and the global one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import sympy as sp

from gantheory.derivation.game import Game
from gantheory.derivation.solution import OptimalScore, u
from gantheory.errors import NoPointwiseTheoryError
from gantheory.multiprecision import lambdify, mp
from gantheory.objectives.objective import Objective

_RATIOS = tuple(map(sp.Rational, ("1/800", "1/23", "2/7", "8/9", "1", "7/6", "5/2", "19", "611")))


def is_optimum(game: Game, candidate: sp.Expr) -> bool:
    """Whether a candidate is real, inside the domain, stationary and a strict local maximum at several
    u."""
    first = lambdify((u, game.y), u * sp.diff(game.A, game.y) + sp.diff(game.B, game.y))
    second = lambdify((u, game.y), u * sp.diff(game.A, game.y, 2) + sp.diff(game.B, game.y, 2))
    scale = lambdify((u, game.y), sp.Abs(u * sp.diff(game.A, game.y)))
    where = lambdify(u, candidate)
    low, high = _mp(game.low), _mp(game.high)
    with mp.workdps(60):
        for ratio in _RATIOS:
            point = mp.mpf(ratio.p) / ratio.q
            try:
                at = where(point)
                if abs(mp.im(at)) > mp.mpf(10) ** -50:
                    return False
                at = mp.re(at)
                residual = abs(first(point, at))
                if not low < at < high or residual > mp.mpf(10) ** -30 * (
                    abs(scale(point, at)) + mp.mpf(10) ** -20
                ):
                    return False
                if mp.re(second(point, at)) >= 0:
                    return False
            except (ValueError, ZeroDivisionError, TypeError):
                return False
    return True


def verify(objective: Objective, solution: OptimalScore) -> None:
    """Check against brute force that what was found is the global maximum, and that there is one."""
    game = solution.game
    if solution.steps is not None:
        return
    value = lambdify((u, game.y), u * game.A + game.B)
    slope = lambdify((u, game.y), u * sp.diff(game.A, game.y) + sp.diff(game.B, game.y))
    closed = None if solution.closed is None else lambdify(u, solution.closed)
    grid = _grid(game.low, game.high)
    if closed is None and not _monotone(game):
        raise NoPointwiseTheoryError(
            f"{objective.name}: u A(v) + B(v) has several local maxima for some u, so that v* jumps between "
            "them; -B'(v)/A'(v) must be monotone where it is positive"
        )
    # A probability of e^-2048 has to be told from 0 at the far end of the grid.
    with mp.workdps(1000 if closed is None else 30):
        for ratio in _RATIOS[::2]:
            point = mp.mpf(ratio.p) / ratio.q
            if closed is not None:
                best = mp.re(value(point, mp.re(closed(point))))
                interior = _highest(value, point, grid) <= best + mp.mpf(10) ** -20 * (1 + abs(best))
            else:
                interior = _first(slope, point, grid) > 0 > _first(slope, point, grid[::-1])
            if not interior:
                raise _unbounded(objective, ratio)


def _highest(value: Callable[..., Any], point: mp.mpf, grid: list[mp.mpf]) -> mp.mpf:
    """The largest value over the scores where it can be evaluated: far out a probability rounds to 1."""
    highest = -mp.inf
    for at in grid:
        try:
            highest = max(highest, mp.re(value(point, at)))
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
    return highest


def _first(slope: Callable[..., Any], point: mp.mpf, grid: list[mp.mpf]) -> mp.mpf:
    """The slope at the first score where it can be evaluated: far out a probability rounds to 1."""
    for at in grid:
        try:
            return mp.re(slope(point, at))
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
    return mp.mpf(0)


def _monotone(game: Game) -> bool:
    """Whether u = -B'/A' rises, or falls, all along the scores where it is positive."""
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    first = lambdify(game.y, (dA, dB))
    curvatures = tuple(
        sp.diff(slope, game.y).replace(sp.DiracDelta, lambda *_: sp.S.Zero) for slope in (dA, dB)
    )
    second = lambdify(game.y, curvatures)
    signs = set()
    with mp.workdps(40):
        grid = _grid(game.low, game.high)
        for left, right in pairwise(grid):
            for k in range(4):
                at = left + (right - left) * k / 4
                try:
                    a, b = map(mp.re, first(at))
                    if a != 0 and -b / a > 0:
                        da, db = map(mp.re, second(at))
                        signs.add(int(mp.sign(b * da - db * a)))
                except (ZeroDivisionError, ValueError, OverflowError):
                    continue  # a probability that rounds to 0 or 1 at a far score
    return not {1, -1} <= signs


def _grid(low: sp.Expr, high: sp.Expr) -> list[mp.mpf]:
    offsets = [mp.mpf(2) ** k for k in (*range(-6, 11), 16)]
    if low.is_finite and high.is_finite:
        a, b = _mp(low), _mp(high)
        return [a + (b - a) * k / 200 for k in range(1, 200)]
    if low.is_finite:
        return [_mp(low) + d for d in offsets]
    if high.is_finite:
        return [_mp(high) - d for d in reversed(offsets)]
    return [-d for d in reversed(offsets)] + [mp.mpf(0), *offsets]


def _mp(number: sp.Expr) -> mp.mpf:
    if number.is_infinite:
        return mp.inf if number > 0 else -mp.inf
    return mp.mpf(str(number.evalf(30)))


def _unbounded(objective: Objective, ratio: sp.Expr) -> NoPointwiseTheoryError:
    return NoPointwiseTheoryError(
        f"{objective.name}: u A(v) + B(v) has no unique interior maximum at u = {ratio}; the discriminator's "
        "objective must be bounded above and maximal at its stationary point, or restrict the domain"
    )
