"""The game in a coordinate of the score in which the stationarity condition can be solved.

Nothing that the theory derives changes under an increasing change of score v -> phi(v), so any convenient
coordinate y will do: y = v as a rule, y = phi(v) where all four functions hold v only through phi (a
probit, say), or v = psi(y) where an inner function such as Lambert's W has a closed inverse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from gantheory.derivation.algebra.expressions import (
    PowerProduct,
    derivative,
    in_exponential,
    is_positive,
    power_product,
    tidy,
)
from gantheory.derivation.algebra.limits import limit
from gantheory.derivation.algebra.symbols import w
from gantheory.lowering.forms.kinks import KINKED
from gantheory.objectives.objective import Objective, v

y = sp.Symbol("y", real=True)


@dataclass(frozen=True)
class Game:
    """A, B, R, S and the link as functions of the coordinate `y` on (low, high).

    `score` is v as a function of y and `link` is D as one (None where there is no closed form), and
    `coordinate` is y as a function of v.
    """

    A: sp.Expr
    B: sp.Expr
    R: sp.Expr
    S: sp.Expr
    link: sp.Expr | None
    y: sp.Symbol
    low: sp.Expr
    high: sp.Expr
    score: sp.Expr | None
    coordinate: sp.Expr

    @property
    def slopes(self) -> tuple[sp.Expr, sp.Expr]:
        """A' and B'."""
        return sp.diff(self.A, self.y), sp.diff(self.B, self.y)

    def at(self, expr: sp.Expr, point: sp.Expr) -> sp.Expr:
        """Value of `expr` at a point of the closed domain: a limit at an infinite or open end."""
        return _at(self, expr, point)


@lru_cache(maxsize=1024)
def _at(game: Game, expr: sp.Expr, point: sp.Expr) -> sp.Expr:
    if point.is_finite:
        value = expr.subs(game.y, point)
    else:
        # In w = e^-|y| the end is w = 0, where a tidy form can often just be evaluated: a limit takes
        # a second.
        w = sp.Dummy("w", positive=True)
        in_w = in_exponential(expr, game.y, w)
        value = tidy(in_w.subs(w, 1 / w) if point is sp.oo else in_w, w)
        # A score outside the exponentials is log w, which w = 0 would make anything.
        value = sp.nan if value.has(sp.log(w)) else value.subs(w, 0)
    if value.is_finite:
        return value
    return limit(expr, game.y, point, "+" if point == game.low else "-")


def between(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """A score inside (low, high)."""
    if low.is_finite and high.is_finite:
        return sp.N((low + high) / 2, 40)
    if low.is_finite:
        return sp.N(low + 1, 40)
    return sp.N(high - 1, 40) if high.is_finite else sp.Float("0.1234567890123", 40)


def original(objective: Objective) -> Game:
    """The game in the score itself."""
    low, high = objective.domain
    return Game(objective.A, objective.B, objective.R, objective.S, objective.link, v, low, high, v, v)


def coordinates(plain: Game) -> Iterator[Game]:
    """The game, smooth in the score, in other coordinates, the simplest inner expressions first."""
    for phi in _inner(plain):
        game = _replaced(plain, phi) or _inverted(plain, phi)
        if game is not None:
            yield game


def _inner(plain: Game) -> list[sp.Expr]:
    """Candidate inner functions of v: applications, nonlinear arguments of applications, and roots, simplest
    first."""
    found: set[sp.Expr] = set()
    for node in sp.preorder_traversal(plain.A + sp.Dummy() * plain.B):
        if isinstance(node, sp.Function) and node.has(v) and not isinstance(node, KINKED):
            found.add(node)
            for arg in node.args:
                rest = _without_constants(arg)
                if rest != v and rest.has(v):
                    found.add(rest)
        elif isinstance(node, sp.Pow) and not node.exp.has(v):
            rest = _without_constants(node.base)
            if rest != v and rest.has(v):
                found.add(rest)
            elif node.exp.is_Rational and not node.exp.is_Integer:  # |v|^(3/2) of the chi^3 divergence
                found.add(node.base ** sp.Rational(1, node.exp.q))
    return sorted(found, key=lambda phi: (sp.count_ops(phi), sp.default_sort_key(phi)))


def _five(plain: Game) -> tuple[sp.Expr, ...]:
    assert plain.link is not None
    return plain.A, plain.B, plain.R, plain.S, plain.link


def _without_constants(expr: sp.Expr) -> sp.Expr:
    """phi of expr = a phi(v) + b, with a sign such that not all its terms are negative."""
    phi = expr.as_independent(v, as_Add=True)[1]
    phi = phi.as_independent(v, as_Add=False)[1]
    if phi.is_Add and all(term.could_extract_minus_sign() for term in phi.args):
        phi = -phi
    return phi


def _replaced(plain: Game, phi: sp.Expr) -> Game | None:
    A, B, R, S, link = (expr.subs(phi, y) for expr in _five(plain))
    if any(expr.has(v) for expr in (A, B, R, S)):
        return None
    ends = _image(phi, (plain.low, plain.high))
    if ends is None:
        return None
    inverse = _inverse(phi, y, (plain.low, plain.high))
    if link.has(v):
        link = None if inverse is None else link.subs(v, inverse)
    return Game(A, B, R, S, link, y=y, low=ends[0], high=ends[1], score=inverse, coordinate=phi)


def _inverted(plain: Game, phi: sp.Expr) -> Game | None:
    inverse = _inverse(phi, y, (plain.low, plain.high))
    ends = _image(phi, (plain.low, plain.high))
    if inverse is None or ends is None:
        return None
    low, high = ends
    # The coordinate may fall with the score (a Lambert W of exp(1 - v) does); only its range matters.
    positive = sp.Dummy("y", positive=True)
    into = positive if low >= 0 else y
    back = sp.expand_log(inverse.subs(y, into), force=True)
    A, B, R, S, link = (expr.subs(phi, into).subs(v, back).subs(into, y) for expr in _five(plain))
    return Game(A, B, R, S, link, y=y, low=low, high=high, score=inverse, coordinate=phi)


def _image(phi: sp.Expr, domain: tuple[sp.Expr, sp.Expr]) -> tuple[sp.Expr, sp.Expr] | None:
    """Range of a strictly monotone phi over the domain; None if it is not monotone."""
    low, high = domain
    points = [sp.Rational(k, 7) for k in (-1400, -300, -71, -23, -8, -3, -1, 1, 4, 9, 25, 80, 333, 1500)]
    slopes = []
    for point in points:
        if low < point < high:
            slope = sp.diff(phi, v).subs(v, point).evalf(20)
            if not slope.is_real:
                return None
            slopes.append(slope)
    if not (all(s >= 0 for s in slopes) or all(s <= 0 for s in slopes)):
        return None
    try:
        start, end = _limit(phi, low, "+"), _limit(phi, high, "-")
    except (NotImplementedError, ValueError):
        return None
    if not (start.is_extended_real and end.is_extended_real) or start == end:
        return None
    return (start, end) if start < end else (end, start)


def _limit(phi: sp.Expr, end: sp.Expr, side: str) -> sp.Expr:
    """Limit at an end of the domain, taken inside a continuous outer function (sympy knows no series of
    Lambert's W)."""
    if isinstance(phi, sp.LambertW | sp.erf | sp.erfc):
        return phi.func(_limit(phi.args[0], end, side))
    return limit(phi, v, end, side)


def _inverse(phi: sp.Expr, target: sp.Expr, domain: tuple[sp.Expr, sp.Expr]) -> sp.Expr | None:
    """v such that phi(v) = target, by peeling invertible functions from the outside."""
    while phi != v:
        constant, rest = phi.as_independent(v, as_Add=True)
        if phi.is_Add and constant != 0:
            phi, target = rest, target - constant
            continue
        factor, rest = phi.as_independent(v, as_Add=False)
        if phi.is_Mul and factor != 1:
            phi, target = rest, target / factor
            continue
        inverses = {
            sp.exp: sp.log,
            sp.log: sp.exp,
            sp.LambertW: lambda z: z * sp.exp(z),
            sp.sinh: sp.asinh,
            sp.tanh: sp.atanh,
            sp.atan: sp.tan,
            sp.erf: sp.erfinv,
            sp.erfc: sp.erfcinv,
        }
        if phi.func in inverses:
            phi, target = phi.args[0], inverses[phi.func](target)
        elif isinstance(phi, sp.Pow) and not phi.exp.has(v) and (not phi.exp.is_even or domain[0] >= 0):
            phi, target = phi.base, sp.sign(target) * sp.Abs(target) ** (1 / phi.exp)
        else:
            return None
    return target


@lru_cache(maxsize=512)
def log_ratio(game: Game) -> sp.Expr:
    """lambda(y) = log(-B'(y)/A'(y)): log u as a function of the score at which it is optimal.

    A sum of logarithms, each real on (game.low, game.high), where -B'/A' is a product.
    """
    dA, dB = game.slopes
    product = ratio(dA, dB, game)
    terms = None if product is None else _real_logs(product, game)
    return sp.log(-dB / dA) if terms is None else terms.subs(w, sp.exp(game.y))


def per_log_ratio(expr: sp.Expr, game: Game) -> sp.Expr:
    """d expr/d log u along the optimal score: expr'/lambda', which needs no closed form of it."""
    slope = derivative(expr, game.y) if expr.has(sp.sign) else sp.diff(expr, game.y)
    return slope / sp.diff(log_ratio(game), game.y)


def _real_logs(product: PowerProduct, game: Game) -> sp.Expr | None:
    """The logarithm of a product that is positive inside the game's domain, with the factors' signs there."""
    at = sp.exp(between(game.low, game.high)).evalf(40)
    total, positive = sp.S.Zero, True
    for base, k in [(product.coefficient, sp.S.One), *product.powers.items()]:
        if is_positive(base):
            size = base
        else:
            value = base.evalf(30, subs={w: at})
            if not value.is_real or (value < 0 and not k.is_Integer):
                return None
            size = sp.expand(-base) if value < 0 else base
            positive ^= bool(value < 0 and k % 2)
        total += k * (sp.expand_log(sp.log(size)) if not size.has(w) else sp.log(size))
    return total if positive else None


def ratio(dA: sp.Expr, dB: sp.Expr, game: Game) -> PowerProduct | None:
    """-B'/A' as a product of powers of w = e^y, or None."""
    top = power_product(in_exponential(dB, game.y, w), w)
    bottom = power_product(in_exponential(dA, game.y, w), w)
    inverse = None if bottom is None else bottom.to_the(sp.S.NegativeOne)
    if top is None or inverse is None:
        return None
    product = top.times(inverse)
    return PowerProduct(-product.coefficient, product.powers)
