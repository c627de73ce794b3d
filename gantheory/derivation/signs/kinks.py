"""An expression with kinks (|.|, sign, max, min, steps, cases), split into smooth pieces: all, or none.

A split found on a grid may miss a tooth that is narrower than the grid; a proof needs one that misses none.
"""

from __future__ import annotations

import functools
import itertools

import sympy as sp

from gantheory.derivation.algebra.expressions import power_product
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.zeros import chain_zeros
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.smooth import signs_of, terms_of
from gantheory.lowering.forms.kinks import differences, innermost

_MOST_PIECES = 100


def pieces(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[tuple[sp.Expr, sp.Expr, sp.Expr | None]]:
    """(start, end, expression without kinks) between the kinks of `expr` in u, whose positions are exact;
    None in place of an expression where the kinks were not all found."""
    unknown: list[tuple[sp.Expr, sp.Expr, sp.Expr | None]] = [(low, high, None)]
    nodes = {node for node in innermost(expr) if node.has(u)}
    if not nodes:
        return [(low, high, expr)]
    arguments = {node: differences(node) for node in nodes}
    points: list[sp.Expr] = []
    for argument in {d for listed in arguments.values() for d in listed}:
        roots = _roots(argument, low, high)
        if roots is None:
            return unknown
        points += roots
    edges = _between(points, low, high)
    if edges is None or len(edges) > _MOST_PIECES:
        return unknown
    found = []
    for start, end in itertools.pairwise(edges):
        resolved = {node: _branch(node, arguments[node], start, end) for node in nodes}
        if None in resolved.values():
            return unknown
        found += pieces(expr.xreplace(resolved), start, end)
    return found if all(part[2] is not None for part in found) else unknown


def _between(points: list[sp.Expr], low: sp.Expr, high: sp.Expr) -> list[sp.Expr] | None:
    """low, the points inside in increasing order, each once, high; None where an order is not known."""

    class UnknownError(Exception):
        pass

    def order(a: sp.Expr, b: sp.Expr) -> int:
        if a == b or sp.oo in (a, b):
            return (a is sp.oo) - (b is sp.oo)
        sign = constant_sign(a - b)
        if sign is None:
            raise UnknownError
        return sign

    try:
        inside = [p for p in set(points) if order(low, p) < 0 and order(p, high) < 0]
        inside.sort(key=functools.cmp_to_key(order))
        kept = [p for i, p in enumerate(inside) if i == 0 or order(inside[i - 1], p) < 0]
    except UnknownError:
        return None
    return [low, *kept, high]


def _branch(node: sp.Expr, arguments: list[sp.Expr], start: sp.Expr, end: sp.Expr) -> sp.Expr | None:
    """What a node is on a piece on which no argument changes its sign."""
    signs = []
    for argument in arguments:
        sign = _sign_on(argument, start, end)
        if sign is None:
            return None
        signs.append(sign)
    if isinstance(node, sp.Max | sp.Min):
        flip = 1 if isinstance(node, sp.Max) else -1
        pairs = dict(zip(itertools.combinations(range(len(node.args)), 2), signs, strict=True))
        best = 0
        for k in range(1, len(node.args)):
            if pairs[best, k] * flip < 0:
                best = k
        return node.args[best]
    if isinstance(node, sp.Piecewise):
        inside = (start + end) / 2 if end.is_finite else start + 1
        for value, condition in node.args:
            if (truth := condition.subs(u, inside)) == True:  # noqa: E712
                return value
            if truth != False:  # noqa: E712
                return None
        return None
    if isinstance(node, sp.Heaviside):
        return sp.Rational(1 + signs[0], 2)
    return sp.Integer(signs[0]) if isinstance(node, sp.sign) else signs[0] * node.args[0]


def _sign_on(argument: sp.Expr, start: sp.Expr, end: sp.Expr) -> int | None:
    """The sign on a piece; 0 only where it vanishes on all of it."""
    for k in (1, 2, 3):  # a zero without a change may be at one of them
        inside = start + k * (end - start) / 4 if end.is_finite else start + k
        sign = constant_sign(argument.subs(u, inside))
        if sign is None or sign != 0 or not argument.has(u):
            return sign
    return None


def _roots(argument: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[sp.Expr] | None:
    """Points of (low, high) between which the sign of `argument` does not change; None if they are not all
    known."""
    if argument.free_symbols != {u}:
        return None
    found = _of_polynomial(argument)
    if found is None:
        found = chain_zeros(argument, u)
    if found is None:
        found = _of_powers(argument)
    if found is None:
        signs = signs_of(argument, low, high)
        return [] if isinstance(signs, Signs) and len(set(signs.pattern or (1, -1))) == 1 else None
    return [root for root in found if root.is_real is not False]


def _of_polynomial(argument: sp.Expr) -> list[sp.Expr] | None:
    if not argument.is_polynomial(u) or not all(c.is_Rational for c in sp.Poly(argument, u).coeffs()):
        return None
    roots: list[sp.Expr] = []
    for factor, _ in sp.Poly(argument, u).factor_list()[1]:
        if factor.degree() <= 2:
            roots += sp.roots(factor)
        elif factor.count_roots(0, None):
            return None
    return roots


def _of_powers(argument: sp.Expr) -> list[sp.Expr] | None:
    """Of a product of powers of sums of two powers of u."""
    product = power_product(argument, u)
    if product is None:
        return None
    roots = []
    for base in product.powers:
        terms = terms_of(base)
        if terms is None or len(terms) > 2:
            return None
        if len(terms) == 2:
            (k, c), (m, d) = terms.items()
            if constant_sign(-c / d) not in (-1, 1):
                return None
            if constant_sign(-c / d) == 1:
                roots.append((-c / d) ** (1 / (m - k)))
    return roots
