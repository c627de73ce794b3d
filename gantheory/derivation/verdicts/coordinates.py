"""A game and its optimal score as certificates can state them, in each coordinate that may allow it.

Changes of the coordinate of the score change nothing that the theory derives: the score v itself, w = e^v,
w/(1 + w) and the coordinate in which the optimum was found are tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import sympy as sp

from gantheory.derivation.algebra.expressions import without_hyperbolic
from gantheory.derivation.algebra.limits import limit
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.game import coordinates, original
from gantheory.derivation.signs.kinks import pieces as split_at_kinks
from gantheory.derivation.verdicts.language import NoCertificateError, Played, limits, text
from gantheory.lowering.forms.kinks import KINKED
from gantheory.objectives.objective import v

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_y = sp.Symbol("y", positive=True)
_LARGEST_EXPONENT = 1000
_HIGH = 50


def candidates(theory: Theory, *, exportable: bool) -> Iterator[Played]:
    """Those that can be written: in the language of the verifying program where they are `exportable`."""
    written = partial(_written, exportable=exportable)
    solution, objective = theory.solution, theory.objective
    four = {name: without_hyperbolic(_by_modulus(getattr(objective, name))) for name in "ABRS"}
    points, levels = _scores(theory)
    if levels:
        low, high = objective.domain
        yield from written(four, v, (low, high), points, levels)
        in_w = {name: expr.subs(v, sp.log(_y)) for name, expr in four.items()}
        w, ends = [sp.exp(level) for level in levels], (sp.exp(low), sp.exp(high))
        scale = w[0].subs(u, 1) if w[0].has(u) else sp.S.One
        if len(w) == 1 and scale.is_finite and scale.is_positive and not scale.is_Rational:
            in_w = {name: expr.subs(_y, scale * _y) for name, expr in in_w.items()}
            w, ends = [w[0] / scale], (ends[0] / scale, ends[1] / scale)
        yield from written(in_w, _y, ends, points, w)
        in_D = {name: expr.subs(v, sp.log(_y) - sp.log(1 - _y)) for name, expr in four.items()}
        D, ends = [_odds(level) for level in w], (_odds(ends[0]), _odds(ends[1]))
        yield from written(in_D, _y, ends, points, D)
    if solution.closed is not None:
        game = solution.game
        own = {name: _by_modulus(getattr(game, name)) for name in "ABRS"}
        yield from written(own, game.y, (game.low, game.high), [sp.S.Zero, sp.oo], [solution.closed])
    elif levels and not objective.A.has(*KINKED) and not objective.B.has(*KINKED):
        for game in itertools.islice(coordinates(original(objective)), 2):
            own = {name: _by_modulus(getattr(game, name)) for name in "ABRS"}
            moved = [limit(game.coordinate, v, level) for level in levels]
            yield from written(own, game.y, (game.low, game.high), points, moved)


def _odds(w: sp.Expr) -> sp.Expr:
    return sp.S.One if w is sp.oo else w / (1 + w)


def _scores(theory: Theory) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The points that split (0, oo), and the optimal score on each piece; none where it is not known."""
    scores = [piece.score for piece in theory.solution.pieces]
    if any(score is None for score in scores):
        return [], []
    return [sp.S.Zero, *(piece.end for piece in theory.solution.pieces)], scores  # type: ignore[return-value]


def _by_modulus(expr: sp.Expr) -> sp.Expr:
    """max and min by |.|."""

    def of(node: sp.Expr) -> sp.Expr:
        first, *rest = node.args
        other = node.func(*rest)
        modulus = sp.Abs(first - other)
        return (first + other + (modulus if isinstance(node, sp.Max) else -modulus)) / 2

    while expr.has(sp.Max, sp.Min):
        expr = expr.replace(lambda node: isinstance(node, sp.Max | sp.Min), of)
    return expr


def _written(
    four: dict[str, sp.Expr],
    symbol: sp.Symbol,
    ends: tuple[sp.Expr, sp.Expr],
    points: list[sp.Expr],
    scores: list[sp.Expr],
    *,
    exportable: bool,
) -> Iterator[Played]:
    """The game, if all of it can be written, where it is to be; a piece ends where a |.| changes its
    branch."""
    y = _y if ends[0] >= 0 else sp.Symbol("y", real=True)
    try:
        named = {name: _short(expr.subs(symbol, y), y, exportable) for name, expr in four.items()}
        optimum = [sp.powsimp(sp.expand_log(score, force=True)) for score in scores]
        for expr in (*named.values(), *optimum) if exportable else ():
            text(expr)
        game = _at_kinks(Played(named, y, ends, tuple(points), tuple(optimum)), rational=exportable)
        bounds: set[sp.Expr] = set(ends)
        for (start, end), score in zip(game.spans(), game.optimum, strict=True):
            bounds |= set(limits(score, start, end))
        for node in set[sp.Expr]().union(*(named[k].atoms(sp.Abs) for k in "AB")):
            bounds |= {root for root in sp.solve(node.args[0], y) if root.is_real}
        inside = sorted(point for point in bounds if ends[0] <= point <= ends[1])
        if not exportable or all(x.is_Rational or x.is_infinite for x in (*inside, *game.pieces)):
            yield replace(game, domain=tuple(inside))
    except (NoCertificateError, NotImplementedError, TypeError, ValueError, ZeroDivisionError):
        return


def _short(expr: sp.Expr, y: sp.Symbol, exportable: bool) -> sp.Expr:
    powers = [power.exp for power in expr.atoms(sp.Pow) if power.exp.is_Rational]
    if exportable and any(max(abs(k.p), k.q) > _LARGEST_EXPONENT for k in powers):
        raise NoCertificateError("a power that the verifying program would not multiply out")
    expr = sp.expand_log(expr, force=True)
    if not expr.is_rational_function(y) or expr.is_polynomial(y):
        return expr
    high = [power for power in expr.atoms(sp.Pow) if power.base.is_Add and abs(power.exp) > _HIGH]
    # (1 + 1/y)^999 multiplied out takes seconds, and is no shorter: only the base is.
    return expr.xreplace({p: sp.cancel(p.base) ** p.exp for p in high}) if high else sp.cancel(expr)


def _at_kinks(game: Played, *, rational: bool) -> Played:
    """The same game with pieces that end where a |.| changes its branch."""
    points, optimum = [game.pieces[0]], list[sp.Expr]()
    for i, (start, end) in enumerate(game.spans()):
        edges = {end}
        for name in "ABRS":
            parts = split_at_kinks(game.at(name, i), start, end)
            if any(part[2] is None for part in parts):
                raise NoCertificateError("kinks that are not known")
            edges |= {part[1] for part in parts}
        if rational and not all(edge.is_Rational or edge is sp.oo for edge in edges):
            raise NoCertificateError("a kink at an irrational u")
        points += sorted(edges)
        optimum += [game.optimum[i]] * len(edges)
    return replace(game, pieces=tuple(points), optimum=tuple(optimum))
