"""Closed forms of the inverse of rho(y) = -B'(y)/A'(y) on a smooth stretch of scores."""

from __future__ import annotations

import math
from collections.abc import Iterator

import sympy as sp

from gantheory.derivation.algebra.expressions import PowerProduct, common_divisor, tidy
from gantheory.derivation.algebra.symbols import u, w
from gantheory.derivation.optimum.game import Game, ratio


def roots(game: Game) -> Iterator[sp.Expr]:
    """Expressions y(u) with u A'(y) + B'(y) = 0, among them the optimum where it has a closed form."""
    dA, dB = game.slopes
    product = ratio(dA, dB, game)
    inverted = _inverted_powers(product) if product is not None and product.powers else []
    yield from inverted or _roots(u * dA + dB, game.y)


def _inverted_powers(product: PowerProduct) -> list[sp.Expr]:
    """y with K w^a prod P_i(w)^(b_i) = u, w = e^y."""
    others = {base: k for base, k in product.powers.items() if base != w}
    a = product.powers.get(w, sp.S.Zero)
    if not others:
        return [(sp.log(u) - sp.expand_log(sp.log(product.coefficient))) / a]
    # One root of the whole equation makes the exponents integers, hence a polynomial equation.
    common = common_divisor(product.powers.values())
    if common is None:
        return []
    side = (u / product.coefficient) ** (1 / common)
    found = _roots(sp.Mul(*(base ** (k / common) for base, k in product.powers.items())) - side, w)
    return [tidy(sp.log(root), u) for root in found]


def _roots(equation: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """Roots of a rational equation whose numerator factors into degrees of at most two."""
    numerator = sp.fraction(sp.together(equation))[0]
    if not numerator.is_polynomial(symbol):
        return []
    if sp.degree(numerator, symbol) > 4:
        return []
    found: list[sp.Expr] = []
    for factor, _ in sp.factor_list(numerator, symbol)[1] if numerator.has(symbol) else []:
        polynomial = sp.Poly(factor, symbol)
        if polynomial.degree() == 1:
            c1, c0 = polynomial.all_coeffs()
            found.append(tidy(sp.together(-c0 / c1), u))
        elif polynomial.degree() == 2:
            c2, c1, c0 = polynomial.all_coeffs()
            root = sp.sqrt(sp.factor(c1**2 - 4 * c2 * c0))
            found += [_cancelled((-c1 + sign * root) / (2 * c2)) for sign in (1, -1)]
    return found


def _cancelled(expr: sp.Expr) -> sp.Expr:
    """A rational function of a root of u without common factors: (u - 2 sqrt(u) + 1)/(u - 1) is 0/0 at u =
    1."""
    roots = {power.exp for power in expr.atoms(sp.Pow) if power.base == u}
    if not roots or not all(k.is_Rational for k in roots):
        return expr
    q = math.lcm(*(int(k.q) for k in roots))
    z = sp.Dummy("z", positive=True)
    in_root = expr.subs(u, z**q)
    return sp.cancel(in_root).subs(z, u ** sp.Rational(1, q)) if in_root.is_rational_function(z) else expr


__all__ = ["roots"]
