"""Expansions of elementary functions of u as u -> oo with proved remainders: the signs of tails.

A function is enclosed as sum c u^k L^m + remainder, L = log u, |remainder| <= R u^k' L^m' for all L >= L0.
Sums, products, powers, logarithms and exponentials of such expansions are again of this kind: the leading
term is taken out and the rest goes through a Taylor sum with Lagrange's remainder.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy as sp

Monomial = tuple[Fraction, int]
"""(k, m) for u^k L^m; the larger tuple dominates."""

Number = Any
"""Fraction where exact, so that leading terms cancel exactly, else a ball."""

_MOST = 10
_ORDER = 8


class NoExpansionError(Exception):
    """No expansion of this kind, with the reason."""


@dataclass(frozen=True)
class Expansion:
    """sum c u^k L^m over `terms`, remainder at most `bound` u^k L^m for `order` = (k, m), L >= `start`."""

    terms: dict[Monomial, Number]
    order: Monomial | None
    bound: Number
    start: Fraction

    @property
    def leading(self) -> tuple[Monomial, Number]:
        """The dominant term; raises if the remainder may hide it or its coefficient may vanish."""
        if not self.terms:
            raise NoExpansionError("all terms cancel")
        top = max(self.terms)
        if self.order is not None and self.order >= top:
            raise NoExpansionError("the leading terms cancel")
        if sign_of(self.terms[top]) == 0:
            raise NoExpansionError("the leading coefficient cannot be told from zero")
        return top, self.terms[top]

    def size(self, reference: Monomial) -> Number:
        """An upper bound of |self| / (u^k L^m) for all L >= start; every term must be dominated by it."""
        total = _ball(0)
        for monomial, c in self.terms.items():
            total += abs(_ball(c)) * _ratio(monomial, reference, self.start)
        if self.order is not None:
            total += _ball(self.bound) * _ratio(self.order, reference, self.start)
        return total

    def sign(self) -> int:
        """The sign of the function for all L >= start; 0 if the bounds do not tell."""
        top, c = self.leading
        rest = Expansion(
            {m: v for m, v in self.terms.items() if m != top}, self.order, self.bound, self.start
        )
        return sign_of(c) if rest.size(top) < abs(_ball(c)) else 0


def expand_at_infinity(expr: sp.Expr, u: sp.Symbol, start: Fraction) -> Expansion:
    """The expansion of expr(u) for log u >= start.

    Raises:
        NoExpansionError: a function without one, or leading terms that cannot be told apart.
    """
    if not expr.has(u):
        return Expansion({(Fraction(0), 0): _constant(expr)}, None, Fraction(0), start)
    if expr == u:
        return Expansion({(Fraction(1), 0): Fraction(1)}, None, Fraction(0), start)
    parts = [expand_at_infinity(arg, u, start) for arg in expr.args if not (expr.is_Pow and arg is expr.exp)]
    if isinstance(expr, sp.Add):
        return _tidy(reduce(_add, parts))
    if isinstance(expr, sp.Mul):
        return reduce(_multiply, parts)
    if isinstance(expr, sp.Pow) and expr.exp.is_Rational:
        return _power(parts[0], Fraction(int(expr.exp.p), int(expr.exp.q)))
    if isinstance(expr, sp.log):
        return _log(parts[0])
    if isinstance(expr, sp.exp):
        return _exp(parts[0])
    raise NoExpansionError(f"no expansion of {expr.func.__name__} at the ends")


def _add(a: Expansion, b: Expansion) -> Expansion:
    terms = dict(a.terms)
    for monomial, c in b.terms.items():
        terms[monomial] = _plus(terms[monomial], c) if monomial in terms else c
    orders = [o for o in (a.order, b.order) if o is not None]
    if not orders:
        return Expansion(terms, None, Fraction(0), a.start)
    order = max(orders)
    bound = sum(
        (_ball(e.bound) * _ratio(e.order, order, a.start) for e in (a, b) if e.order is not None), _ball(0)
    )
    return Expansion(terms, order, bound, a.start)


def _multiply(a: Expansion, b: Expansion) -> Expansion:
    terms: dict[Monomial, Number] = {}
    for (k, m), c in a.terms.items():
        for (j, n), d in b.terms.items():
            key = (k + j, m + n)
            product = _times(c, d)
            terms[key] = _plus(terms[key], product) if key in terms else product
    result = Expansion(terms, None, Fraction(0), a.start)
    for one, other in ((a, b), (b, a)):
        if one.order is not None and other.terms:
            top = max(other.terms)
            whole = Expansion(other.terms, None, Fraction(0), a.start).size(top)
            order = (one.order[0] + top[0], one.order[1] + top[1])
            result = _add(result, Expansion({}, order, _ball(one.bound) * whole, a.start))
    if a.order is not None and b.order is not None:
        order = (a.order[0] + b.order[0], a.order[1] + b.order[1])
        result = _add(result, Expansion({}, order, _ball(a.bound) * _ball(b.bound), a.start))
    return _tidy(result)


def _power(a: Expansion, r: Fraction) -> Expansion:
    (k, m), c = a.leading
    if r.denominator != 1 and (sign_of(c) < 0 or (m * r).denominator != 1):
        raise NoExpansionError("a root of a term that has none")
    front = c ** int(r) if r.denominator == 1 and isinstance(c, Fraction) else _real_power(c, r)
    lead = Expansion({(k * r, int(m * r)): front}, None, Fraction(0), a.start)
    rest, small = _relative(a)
    if small is None:
        return lead
    binomials = [Fraction(1)]
    for j in range(_ORDER):
        binomials.append(binomials[-1] * (r - j) / (j + 1))
    edge = 1 + small if r > _ORDER else 1 - small
    factor = abs(_ball(binomials[-1])) * edge ** _ball(r - _ORDER)
    return _multiply(lead, _taylor(rest, binomials[:-1], factor))


def _log(a: Expansion) -> Expansion:
    (k, m), c = a.leading
    if m != 0 or sign_of(c) <= 0:
        raise NoExpansionError("the logarithm of a logarithm, or of a negative number")
    terms: dict[Monomial, Number] = {(Fraction(0), 0): _ball(c).log() if c != 1 else Fraction(0)}
    if k:
        terms[Fraction(0), 1] = k
    front = _tidy(Expansion(terms, None, Fraction(0), a.start))
    rest, small = _relative(a)
    if small is None:
        return front
    coefficients = [Fraction(0), *(Fraction((-1) ** (j + 1), j) for j in range(1, _ORDER))]
    return _tidy(
        _add(front, _taylor(rest, coefficients, _ball(Fraction(1, _ORDER)) * (1 - small) ** -_ORDER))
    )


def _exp(a: Expansion) -> Expansion:
    zero = (Fraction(0), 0)
    constant = a.terms.get(zero, Fraction(0))
    rest = Expansion({m: c for m, c in a.terms.items() if m != zero}, a.order, a.bound, a.start)
    highest = max([*rest.terms, *([rest.order] if rest.order is not None else [])], default=None)
    front = Expansion({zero: _ball(constant).exp() if constant else Fraction(1)}, None, Fraction(0), a.start)
    if highest is None:
        return front
    if highest >= zero:
        raise NoExpansionError("the exponential of a function that does not converge")
    factorials = [Fraction(1)]
    for j in range(1, _ORDER + 1):
        factorials.append(factorials[-1] / j)
    return _multiply(front, _taylor(rest, factorials[:-1], _ball(factorials[-1]) * rest.size(zero).exp()))


def _relative(a: Expansion) -> tuple[Expansion, Number | None]:
    """a/(leading term) - 1 and an upper bound of its size, below 1/2; None if there is nothing left."""
    top, c = a.leading
    terms = {(k - top[0], m - top[1]): _over(v, c) for (k, m), v in a.terms.items() if (k, m) != top}
    order = None if a.order is None else (a.order[0] - top[0], a.order[1] - top[1])
    rest = Expansion(terms, order, _ball(a.bound) / abs(_ball(c)), a.start)
    if not terms and order is None:
        return rest, None
    small = rest.size((Fraction(0), 0))
    if not small < 0.5:
        raise NoExpansionError("the leading term does not dominate yet")
    return rest, small


def _taylor(rest: Expansion, coefficients: list[Fraction], factor: Number) -> Expansion:
    """sum c_j rest^j + remainder of at most factor |rest|^n, n = len(coefficients)."""
    zero = (Fraction(0), 0)
    total = Expansion({zero: coefficients[0]} if coefficients[0] else {}, None, Fraction(0), rest.start)
    power = Expansion({zero: Fraction(1)}, None, Fraction(0), rest.start)
    for c in coefficients[1:]:
        power = _multiply(power, rest)
        if c:
            total = _add(total, _multiply(Expansion({zero: c}, None, Fraction(0), rest.start), power))
    n = len(coefficients)
    top = max([*rest.terms, *([rest.order] if rest.order is not None else [])])
    order = (top[0] * n, top[1] * n)
    return _tidy(_add(total, Expansion({}, order, factor * rest.size(top) ** n, rest.start)))


def _tidy(a: Expansion) -> Expansion:
    """Without exact zeros, and with no more than _MOST terms; the rest goes into the remainder."""
    terms = {m: c for m, c in a.terms.items() if not (isinstance(c, Fraction) and c == 0)}
    kept = sorted((m for m in terms if a.order is None or m > a.order), reverse=True)[:_MOST]
    dropped = {m: c for m, c in terms.items() if m not in kept}
    if not dropped:
        return Expansion(terms, a.order, a.bound, a.start)
    rest = Expansion(dropped, a.order, a.bound, a.start)
    order = max([*dropped, *([a.order] if a.order is not None else [])])
    return Expansion({m: terms[m] for m in kept}, order, rest.size(order), a.start)


def _ratio(monomial: Monomial | None, reference: Monomial, start: Fraction) -> Number:
    """An upper bound of u^(k - k') L^(m - m') for L >= start, where the reference dominates."""
    assert monomial is not None
    fall, rise = reference[0] - monomial[0], monomial[1] - reference[1]
    if fall < 0 or (fall == 0 and rise > 0):
        raise NoExpansionError("a term that is not dominated")
    at = max(start, Fraction(rise) / fall) if fall and rise > 0 else start
    ball = _ball(at)
    return (-_ball(fall) * ball).exp() * ball**rise


def sign_of(c: Number) -> int:
    """The sign of a coefficient; 0 if it may vanish."""
    return 1 if c > 0 else -1 if c < 0 else 0


def _constant(expr: sp.Expr) -> Number:
    if expr.is_Rational:
        return Fraction(int(expr.p), int(expr.q))
    return _ball(expr)


def _ball(value: Any) -> Any:
    from gantheory.lowering.balls.enclosure import number

    return number(value)


def _plus(a: Number, b: Number) -> Number:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else _ball(a) + _ball(b)


def _times(a: Number, b: Number) -> Number:
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else _ball(a) * _ball(b)


def _over(a: Number, b: Number) -> Number:
    return a / b if isinstance(a, Fraction) and isinstance(b, Fraction) else _ball(a) / _ball(b)


def _real_power(c: Number, r: Fraction) -> Number:
    if c == 1:
        return Fraction(1)
    return _ball(c) ** int(r) if r.denominator == 1 else (_ball(c).log() * _ball(r)).exp()
