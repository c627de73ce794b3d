"""Expansions of functions of t towards t = +-oo that hold on a whole ray, with proved coefficients.

With s = |t|, an expansion is a sum of terms c e^(k s) s^j, one for each (k, j); it holds for all s >= start.
A coefficient c is an exact rational or a ball, inside which the true coefficient may vary with s.
(1 + w)^b, log(1 + w) and exp(w) of a small w are Taylor polynomials with Lagrange's remainder.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, truediv
from typing import Any

import sympy as sp
from flint import arb

from gantheory.lowering.balls.enclosure import enclosure, number

Ball = Any
Key = tuple[Fraction, int]
"""(k, j) of e^(k s) s^j; the order of tuples is the order of growth."""
Terms = dict[Key, Any]

_ORDER = 4  # of the Taylor polynomials
_LARGEST_POWER = 12
_MOST_TERMS = 8
_ONE: Key = (Fraction(0), 0)


class NoExpansionError(ArithmeticError):
    """The growth could not be proved; from a later start it may."""


def expand(
    expr: sp.Expr,
    t: sp.Symbol,
    side: int,
    start: Fraction,
    order: int = _ORDER,
    most: int = _MOST_TERMS,
) -> Terms:
    """Terms of an expression of t for side * t >= start (side = 1 or -1); start >= 1.

    Args:
        order: of the Taylor polynomials.
        most: terms that are kept; what is smaller goes into the ball of the last.

    Raises:
        NoExpansionError: not proved from this start, or a node without an expansion.
    """
    return _Expansion(t, side, start, order, most).of(expr)


def dominant(terms: Terms, start: Fraction) -> tuple[Key, Any]:
    """(key, c) of the leading term, which outweighs the sum of all others for s >= start.

    Raises:
        NoExpansionError: it does not, or its sign is not certain.
    """
    if not terms:
        raise NoExpansionError("all terms cancel")
    key = max(terms)
    rest = {(k - key[0], j - key[1]): c for (k, j), c in terms.items() if (k, j) != key}
    if not abs(number(terms[key])) > bound(rest, start):
        raise NoExpansionError("no term dominates at an end")
    return key, terms[key]


def bound(terms: Terms, start: Fraction) -> Ball:
    """Of the sum of terms that fall."""
    return sum((abs(number(c)) * supremum(-k, j, start) for (k, j), c in terms.items()), arb(0))


def supremum(k: Fraction, j: int, start: Fraction) -> Ball:
    """sup of e^(-k s) s^j over s >= start, for k > 0, or k = 0 and j <= 0."""
    peak = start if j <= 0 else max(start, j / k)
    return (-number(k) * number(peak)).exp() * number(peak) ** j


class _Expansion:
    def __init__(self, t: sp.Symbol, side: int, start: Fraction, order: int, most: int) -> None:
        self.t, self.side, self.start = t, side, start
        self.order, self.most = order, most

    def of(self, expr: sp.Expr) -> Terms:
        return self._shortened(self._of(expr))

    def _shortened(self, terms: Terms) -> Terms:
        """The leading terms; the rest, at most a constant times the last of them, goes into its ball."""
        if len(terms) <= self.most:
            return terms
        keys = sorted(terms, reverse=True)
        kept, last = {key: terms[key] for key in keys[: self.most]}, keys[self.most - 1]
        rest = arb(0)
        for k, j in keys[self.most :]:
            rest += abs(number(terms[k, j])) * supremum(last[0] - k, j - last[1], self.start)
        kept[last] = number(kept[last]) + _unit() * arb(rest.upper())
        return kept

    def _of(self, expr: sp.Expr) -> Terms:
        if not expr.has(self.t):
            return _constant(expr)
        if expr == self.t:
            return {(Fraction(0), 1): Fraction(self.side)}
        if isinstance(expr, sp.Add):
            total: Terms = {}
            for arg in expr.args:
                total = _add(total, self.of(arg))
            return total
        if isinstance(expr, sp.Mul):
            product: Terms = {_ONE: Fraction(1)}
            for arg in expr.args:
                product = _multiply(product, self.of(arg))
            return product
        if isinstance(expr, sp.exp):
            return self._exp(self.of(expr.args[0]))
        if isinstance(expr, sp.Pow) and not expr.exp.has(self.t):
            return self._power(self.of(expr.base), expr.exp)
        if isinstance(expr, sp.log):
            return self._log(self.of(expr.args[0]))
        if isinstance(expr, sp.betainc):
            return self._betainc(*expr.args)
        raise NoExpansionError(f"the growth of {type(expr).__name__} is not known")

    def _exp(self, exponent: Terms) -> Terms:
        """The exponent's multiple of s becomes a power, its constant a factor; the rest has to fall."""
        slope, constant = exponent.get((Fraction(0), 1), Fraction(0)), exponent.get(_ONE, Fraction(0))
        w = {key: c for key, c in exponent.items() if key not in ((Fraction(0), 1), _ONE)}
        if not isinstance(slope, Fraction) or any(key > _ONE for key in w):
            raise NoExpansionError("the growth of an exponential is not rational")
        front: Terms = {(slope, 0): Fraction(1) if constant == 0 else number(constant).exp()}
        if not w:
            return front
        coefficients = [Fraction(1)]
        for n in range(1, self.order + 1):
            coefficients.append(coefficients[-1] / n)
        between = (_unit() * bound(w, self.start)).exp()
        return _multiply(front, self._taylor(w, coefficients, between))

    def _leading(self, terms: Terms, *, of_any_sign: bool = False) -> tuple[Key, Any, Terms]:
        """(key, c, w) with the terms equal to c e^(k s) s^j (1 + w); c is positive and |w| < 1/2 in total."""
        if not terms:
            raise NoExpansionError("a sum vanishes")
        key = max(terms)
        c = terms[key]
        if not (number(c) > 0 or (of_any_sign and number(c) < 0)):
            raise NoExpansionError("the sign of a leading term is not certain, or it has no root")
        rest = {
            (k - key[0], j - key[1]): _exactly(truediv, value, c)
            for (k, j), value in terms.items()
            if (k, j) != key
        }
        if not bound(rest, self.start) < arb(0.5):
            raise NoExpansionError("the leading term does not dominate")
        return key, c, rest

    def _power(self, base: Terms, exponent: sp.Expr) -> Terms:
        if exponent.is_Integer and 0 <= int(exponent) <= _LARGEST_POWER:
            result: Terms = {_ONE: Fraction(1)}
            for _ in range(int(exponent)):
                result = _multiply(result, base)
            return result
        if not exponent.is_Rational:
            raise NoExpansionError(f"the exponent {exponent} is not rational")
        b = Fraction(int(exponent.p), int(exponent.q))
        whole = b.denominator == 1
        (k, j), c, w = self._leading(base, of_any_sign=whole)
        if j and not whole:
            raise NoExpansionError("a root of log u has no expansion")
        exact = isinstance(c, Fraction) and (whole or c == 1)
        factor = c ** int(b) if exact else number(c) ** number(b)
        choose, coefficients = Fraction(1), [Fraction(1)]
        for n in range(self.order):
            choose = choose * (b - n) / (n + 1)
            coefficients.append(choose)
        between = (1 + _unit() * bound(w, self.start)) ** number(b - self.order)
        return _multiply({(k * b, int(j * b)): factor}, self._taylor(w, coefficients, between))

    def _log(self, argument: Terms) -> Terms:
        (k, j), c, w = self._leading(argument)
        if j:
            raise NoExpansionError("log log u has no expansion")
        coefficients = [Fraction(0), *(Fraction((-1) ** (n + 1), n) for n in range(1, self.order + 1))]
        between = (1 + _unit() * bound(w, self.start)) ** -self.order
        total = self._taylor(w, coefficients, between)
        total = _add(total, {} if c == 1 else {_ONE: number(c).log()})
        return _add(total, {(Fraction(0), 1): k})

    def _taylor(self, w: Terms, coefficients: list[Fraction], between: Ball) -> Terms:
        """sum_n c_n w^n, the last term times `between`, which holds the derivative's ratio (Lagrange)."""
        total: Terms = {} if coefficients[0] == 0 else {_ONE: coefficients[0]}
        if not w:
            return total
        w, power = self._shortened(w), {_ONE: Fraction(1)}
        for n, c in enumerate(coefficients[1:], start=1):
            power = self._shortened(_multiply(power, w))
            scale = c if n < self.order else number(c) * between
            if number(c) != 0:
                total = _add(total, _multiply(power, {_ONE: scale}))
        return total

    def _betainc(self, a: sp.Expr, b: sp.Expr, low: sp.Expr, x: sp.Expr) -> Terms:
        """int_low^x r^(a-1) (1-r)^(b-1) dr where x tends to 1 or to 0."""
        top, bottom = sp.fraction(x)
        if sp.expand(bottom - top - 1) != 0 or low.has(self.t):
            raise NoExpansionError(f"the growth of an incomplete beta function of {x} is not known")
        inverse_gap, inverse_x = self.of(bottom), self._power(self.of(top / bottom), sp.S.NegativeOne)
        if max(inverse_gap) > _ONE:
            return _add(self._towards_one(a, b, inverse_gap), _beta_constant(a, b, low, sp.S.Half))
        # r -> 1 - r exchanges a and b and turns the integral round.
        other = self._towards_one(b, a, inverse_x)
        turned = _multiply(other, {_ONE: Fraction(-1)})
        return _add(turned, _beta_constant(a, b, low, sp.S.Half))

    def _towards_one(self, a: sp.Expr, b: sp.Expr, inverse_gap: Terms) -> Terms:
        """int_{1/2}^x r^(a-1) (1-r)^(b-1) dr; `inverse_gap` is 1/(1-x), which grows.

        Beyond x0, where the ray starts, r^(a-1) is between x0^(a-1) and 1; the rest is integrated exactly.
        """
        if not (a.is_Rational and b.is_Rational):
            raise NoExpansionError(f"the parameters {a}, {b} of an incomplete beta function are not rational")
        (k, j), c, _ = self._leading(inverse_gap)
        if j or not k > 0:
            raise NoExpansionError("the argument of an incomplete beta function does not tend to an end")
        # 1/(1-x) >= (c/2) e^(k s), as the other terms are at most half of the first.
        gap0 = 2 / (number(c).lower() * (number(k) * number(self.start)).exp()).lower()
        if not gap0 < arb(0.5):
            raise NoExpansionError("the ray starts too early for an incomplete beta function")
        a_ball, b_ball = enclosure(a)(), enclosure(b)()
        # In place of x0 any point between 1/2 and it will do; what lies before goes by arb.
        x0 = 1 - arb(gap0.upper())
        factor = (x0 ** (a_ball - 1)).union(arb(1))
        before = enclosure(sp.betainc(a, b, sp.S.Half, _X), _X)(x0)
        gap = self._power(inverse_gap, sp.S.NegativeOne)
        if b > 0:
            whole = _beta_constant(a, b, sp.S.Half, sp.S.One)
            return _add(whole, _multiply(self._power(gap, b), {_ONE: -factor / b_ball}))
        if b == 0:
            # r^(a-1)/(1-r) = 1/(1-r) - (a-1) xi^(a-2), xi between r and 1.
            between = (x0 ** (a_ball - 2)).union(arb(1))
            rest = arb(0).union(-(a_ball - 1) * between * (1 - x0))
            logs = _add(self._log(inverse_gap), {_ONE: (1 - x0).log()})
            return _add(logs, {_ONE: rest + before})
        grown = _add(self._power(inverse_gap, -b), {_ONE: -((1 - x0) ** b_ball)})
        return _add(_multiply(grown, {_ONE: factor / -b_ball}), {_ONE: before})


_X = sp.Symbol("x", positive=True)


def _unit() -> Ball:
    return arb(0, 1)


def _constant(expr: sp.Expr) -> Terms:
    if expr.is_Rational:
        return {} if expr == 0 else {_ONE: Fraction(int(expr.p), int(expr.q))}
    return {_ONE: enclosure(expr)()}


def _beta_constant(a: sp.Expr, b: sp.Expr, low: sp.Expr, high: sp.Expr) -> Terms:
    return {} if low == high else {_ONE: enclosure(sp.betainc(a, b, low, high))()}


def _exactly(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Of two coefficients: a rational where both are, else a ball."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return operation(a, b)
    return operation(number(a), number(b))


def _add(a: Terms, b: Terms) -> Terms:
    total = dict(a)
    for key, c in b.items():
        new = _exactly(add, total.pop(key), c) if key in total else c
        if not (isinstance(new, Fraction) and new == 0):
            total[key] = new
    return total


def _multiply(a: Terms, b: Terms) -> Terms:
    total: Terms = {}
    for (k1, j1), c1 in a.items():
        for (k2, j2), c2 in b.items():
            total = _add(total, {(k1 + k2, j1 + j2): _exactly(mul, c1, c2)})
    return total
