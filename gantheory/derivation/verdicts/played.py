"""A game and its optimal score in the language of the certificates, in a coordinate that allows it.

Changes of the coordinate of the score change nothing that the theory derives: the score v itself, w = e^v,
w/(1 + w) and the coordinate in which the optimum was found are tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.printing.str import StrPrinter

from gantheory.derivation.algebra.expressions import derivative, tidy
from gantheory.derivation.algebra.limits import limit
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.algebra.zero import proves_zero
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum.game import coordinates, original
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.kinks import pieces as split_at_kinks
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.smooth import signs_of
from gantheory.derivation.verdict import PROOFS
from gantheory.lowering.forms.kinks import KINKED
from gantheory.objectives.objective import v

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_y = sp.Symbol("y", positive=True)
_SECONDS = 10.0
"""Many times what it takes: on a busy machine too, the same certificates are found."""
_LARGEST_EXPONENT = 1000
_HIGH = 50
_LONGEST = 4000
"""Characters of a formula up to which it is written."""


class NoCertificateError(Exception):
    """Something is not in the language of the certificates, or is not proved by their rules."""


@dataclass(frozen=True)
class Played:
    """A game and its optimal score.

    Attributes:
        four: A, B, R and S as functions of `y`.
        domain: points that split the values of y, the ends included.
        pieces: points that split (0, oo), the ends included; `optimum` has y*(u) on each piece.
    """

    four: dict[str, sp.Expr]
    y: sp.Symbol
    domain: tuple[sp.Expr, ...]
    pieces: tuple[sp.Expr, ...]
    optimum: tuple[sp.Expr, ...]

    def data(self) -> dict[str, Any]:
        """As a certificate states them."""
        return {
            "game": {name: text(expr) for name, expr in self.four.items()},
            "domain": [str(point) for point in self.domain],
            "pieces": [str(point) for point in self.pieces],
            "optimum": [text(score) for score in self.optimum],
        }

    def at(self, name: str, i: int) -> sp.Expr:
        """One of the four functions at the optimal score on piece i."""
        return tidy(_open_moduli(self.four[name].subs(self.y, self.optimum[i])), u)

    def spans(self) -> list[tuple[sp.Expr, sp.Expr]]:
        return list(itertools.pairwise(self.pieces))


def played(theory: Theory) -> Played:
    """The game and its optimum as a certificate states them, kept with the theory.

    Raises:
        NoCertificateError: no coordinate is known in which all of it can be written and proved.
    """
    if "_played" not in theory.__dict__:
        theory.__dict__["_played"] = _first_proved(theory)
    found: Played | None = theory.__dict__["_played"]
    if found is None:
        raise NoCertificateError(f"the optimum of {theory.objective.name}")
    return found


def optimum_is_proved(theory: Theory) -> bool:
    """Whether its optimal score is shown to be the maximum over the whole domain, by one of `PROOFS`.

    The same rules as for certificates, with points and formulas that their language lacks, and signs by ball
    arithmetic where that is what proves them.
    """
    if "_optimum_is_proved" not in theory.__dict__:
        with suppress(NoCertificateError):
            theory.__dict__["_optimum_is_proved"] = played(theory) is not None
    if "_optimum_is_proved" not in theory.__dict__:
        theory.__dict__["_optimum_is_proved"] = _first_proved(theory, any_method=True) is not None
    return bool(theory.__dict__["_optimum_is_proved"])


def _first_proved(theory: Theory, *, any_method: bool = False) -> Played | None:
    """The first coordinate that does; None where none is found in time."""
    prove = partial(_proved, methods=PROOFS if any_method else ("symbolic",))

    def first() -> Played | None:
        return next(filter(prove, _candidates(theory, exportable=not any_method)), None)

    return attempted(_SECONDS * (3 if any_method else 1), first)


def text(expr: sp.Expr) -> str:
    """A formula in Python's notation.

    Raises:
        NoCertificateError: it holds something that the verifying program cannot read, or is very long.
    """
    for node in sp.preorder_traversal(expr):
        known = node.is_Rational or node.is_Symbol or node.is_Add or node.is_Mul
        if not (known or (node.is_Pow and node.exp.is_Rational) or isinstance(node, sp.log | sp.Abs)):
            raise NoCertificateError(f"{node.func} in a formula")
    shown = str(_Printer().doprint(expr))
    if len(shown) > _LONGEST:
        raise NoCertificateError("a long formula")
    return shown


def smooth(expr: sp.Expr, start: sp.Expr, end: sp.Expr) -> sp.Expr:
    """`expr` on a piece, without |.| and sign(.).

    Raises:
        NoCertificateError: it has a kink inside.
    """
    found = split_at_kinks(_open_moduli(expr), start, end)
    if len(found) != 1 or found[0][2] is None:
        raise NoCertificateError("kinks inside a piece")
    return found[0][2]


class _Printer(StrPrinter):
    """Without sqrt."""

    def _print_Pow(self, expr: sp.Expr, rational: bool = False) -> str:
        return str(super()._print_Pow(expr, rational=True))


def _candidates(theory: Theory, *, exportable: bool) -> Iterator[Played]:
    written = partial(_written, exportable=exportable)
    solution, objective = theory.solution, theory.objective
    four = {
        name: _by_modulus(getattr(objective, name)).rewrite(HyperbolicFunction, sp.exp) for name in "ABRS"
    }
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


def _open_moduli(expr: sp.Expr) -> sp.Expr:
    """Positive factors in front of |.|."""
    return expr.replace(lambda node: isinstance(node, sp.Abs), lambda node: sp.Abs(sp.factor(node.args[0])))


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
        limits: set[sp.Expr] = set(ends)
        for (start, end), score in zip(game.spans(), game.optimum, strict=True):
            limits |= set(_limits(score, start, end))
        for node in set[sp.Expr]().union(*(named[k].atoms(sp.Abs) for k in "AB")):
            limits |= {root for root in sp.solve(node.args[0], y) if root.is_real}
        inside = sorted(point for point in limits if ends[0] <= point <= ends[1])
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


def _limits(score: sp.Expr, start: sp.Expr, end: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    if not score.has(u):
        return score, score
    return limit(score, u, start, "+"), limit(score, u, end, "-")


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


def _proved(game: Played, methods: Sequence[str]) -> bool:
    """Whether the rules of the certificates prove that the optimum is the maximum, with signs by `methods`.

    g = u A + B at the optimum is convex in u, and no line u A(y) + B(y) is above it: the line touches g where
    y is optimal for some u; elsewhere it is below a line that does, or below a mean of two.
    """
    try:
        if not all(_joined(game, i) for i in range(len(game.optimum) - 1)):
            return False
        swept = set()
        for i, (start, end) in enumerate(game.spans()):
            swept.add(tuple(sorted(_limits(game.optimum[i], start, end))))
            A, B = (smooth(game.at(name, i), start, end) for name in "AB")
            slope = derivative(A, u)
            rises = _nonnegative(_chart(slope, u, start, end), methods)
            if not rises or not _stationary(slope, derivative(B, u)):
                return False
        touched = {point for ends in swept for point in ends if point.is_finite}
        for low, high in itertools.pairwise(game.domain):
            if (low, high) not in swept:
                near = touched & {low, high}
                dominated = (
                    any(_below(game, low, high, point, methods) for point in near)
                    or (len(near) == 2 and _curved(game, low, high, methods))
                    or (methods == PROOFS and any(_falls(game, low, high, point) for point in near))
                )
                if not dominated:
                    return False
        return True
    except NoCertificateError:
        return False


def _stationary(dA: sp.Expr, dB: sp.Expr) -> bool:
    """Whether u A + B moves with u as if the score stood still: g' = A."""
    moved = u * dA + dB
    return moved == 0 or proves_zero(moved) or proves_zero(tidy(moved, u))


def _joined(game: Played, i: int) -> bool:
    """Whether g goes on continuously from piece i to the next, and its slope A does not fall there."""
    at = game.pieces[i + 1]
    A, B = ([game.four[name].subs(game.y, game.optimum[k].subs(u, at)) for k in (i, i + 1)] for name in "AB")
    gap = at * (A[1] - A[0]) + B[1] - B[0]
    known = constant_sign(A[1] - A[0])
    return known is not None and known >= 0 and (gap == 0 or proves_zero(gap))


def _below(game: Played, low: sp.Expr, high: sp.Expr, point: sp.Expr, methods: Sequence[str]) -> bool:
    """Whether A and B on (low, high) are at most what they are at `point`."""
    return all(
        _nonnegative(
            _chart(game.four[name].subs(game.y, point) - game.four[name], game.y, low, high), methods
        )
        for name in "AB"
    )


def _falls(game: Played, low: sp.Expr, high: sp.Expr, point: sp.Expr) -> bool:
    """Whether A and B fall on (low, high) with the distance from its end `point`."""
    side = 1 if point == low else -1
    at = {name: _chart(game.four[name], game.y, low, high) for name in "AB"}
    slopes = [-side * sp.diff(expr, u) / sp.diff(_inside(low, high), u) for expr in at.values()]
    return all(_nonnegative(slope, PROOFS) for slope in slopes)


def _curved(game: Played, low: sp.Expr, high: sp.Expr, methods: Sequence[str]) -> bool:
    """Whether A and B are convex on (low, high), so at most the means of their values at its ends."""
    rate = sp.diff(_inside(low, high), u)
    slopes = [sp.diff(_chart(game.four[name], game.y, low, high), u) / rate for name in "AB"]
    return all(_nonnegative(sp.diff(slope, u) / rate, methods) for slope in slopes)


def _chart(expr: sp.Expr, symbol: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """A function of `symbol` in (low, high) as one of u in (0, oo)."""
    return smooth(expr.subs(symbol, _inside(low, high)), sp.S.Zero, sp.oo)


def _inside(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    width = u if -sp.oo in (low, -high) else (high - low) * u / (1 + u)
    return high - width if low is -sp.oo else low + width


def _nonnegative(expr: sp.Expr, methods: Sequence[str]) -> bool:
    found = signs_of(tidy(expr, u))
    return isinstance(found, Signs) and found.method in methods and -1 not in (found.pattern or (-1,))
