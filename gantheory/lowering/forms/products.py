"""Sums brought to products of powers by exact polynomial algebra in w, v and the functions that occur.

Exponents stay as they are: (1 + w)**b with b = -99 or a long rational is one generator and is never expanded.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import lcm

import sympy as sp

from gantheory.lowering.forms.atoms import V, W

MAX_DEGREE = 12
"""Largest power of a sum that is multiplied out while looking for cancellation."""

MAX_FACTOR_DEGREE = 24
MAX_TERMS = 60


def split_powers(expr: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """Factors of a product as (base, exponent) pairs; constants keep the exponent one."""
    pairs = []
    for factor in sp.Mul.make_args(expr):
        if factor.has(V, W) and factor.is_Pow and not factor.exp.has(V, W) and factor.base is not sp.E:
            pairs.append((factor.base, factor.exp))
        else:
            pairs.append((factor, sp.S.One))
    return pairs


def _gathered(factors: Iterable[sp.Expr]) -> tuple[sp.Expr, dict[sp.Expr, sp.Expr]]:
    """(numeric factor, exponent of each other base) of a product."""
    number = sp.S.One
    powers: dict[sp.Expr, sp.Expr] = {}
    for factor in factors:
        for base, exponent in split_powers(factor):
            if base.has(V, W):
                powers[base] = powers.get(base, sp.S.Zero) + exponent
            else:
                number = number * base
    return number, powers


def multiply(factors: list[sp.Expr]) -> sp.Expr:
    """Product with equal bases merged; a numeric factor is not distributed over a sum."""
    number, powers = _gathered(factors)
    parts = [base**exponent for base, exponent in powers.items() if exponent != 0]
    if number == 0 or not parts:
        return number
    if number == 1:
        return sp.Mul(*parts)
    return (
        sp.Mul(number, sp.Mul(*parts), evaluate=False)
        if len(parts) == 1 and parts[0].is_Add
        else sp.Mul(number, *parts)
    )


@lru_cache(maxsize=4096)
def is_positive(expr: sp.Expr) -> bool:
    """Whether ``expr`` is certainly positive for every real v."""
    if expr.is_positive:
        return True
    if expr.is_Mul:
        return all(is_positive(a) for a in expr.args)
    if expr.is_Pow and not expr.exp.has(V, W):
        return is_positive(expr.base)
    if expr.is_Add and not expr.has(V):
        terms = w_terms(expr)
        if terms is None:
            return False
        if all(c.is_positive for c in terms.values()):
            return True
        return no_positive_root(expr) and bool(expr.subs(W, 1).is_positive)
    return False


def w_terms(expr: sp.Expr) -> dict[sp.Rational, sp.Expr] | None:
    """Exponent -> coefficient of a sum of rational powers of w, or None where ``expr`` is not one."""
    terms: dict[sp.Rational, sp.Expr] = {}
    for term in sp.Add.make_args(expr):
        coefficient, power = term.as_independent(V, W, as_Add=False)
        if power is sp.S.One:
            exponent = sp.S.Zero
        elif power is W:
            exponent = sp.S.One
        elif power.is_Pow and power.base is W and power.exp.is_Rational:
            exponent = power.exp
        else:
            return None
        terms[exponent] = terms.get(exponent, sp.S.Zero) + coefficient
    return terms


def no_positive_root(expr: sp.Expr) -> bool:
    """Whether a polynomial in a rational power of w has no root w > 0; False where that is unknown."""
    terms = w_terms(expr)
    if terms is None or not all(c.is_Rational for c in terms.values()):
        return False
    q = lcm(*[int(e.q) for e in terms])
    if max(abs(e) for e in terms) * q > MAX_FACTOR_DEGREE or min(terms) < 0:
        return False
    x = sp.Dummy("x")
    poly = sp.Poly({(int(e * q),): c for e, c in terms.items()}, x)
    return poly.count_roots(0, None) == 0


def combine(expr: sp.Expr) -> sp.Expr:
    """Write a sum as one product of powers where exact algebra allows it; else take out common factors."""
    if expr.is_Mul:
        return multiply([combine(a) if a.is_Add else a for a in expr.args])
    if not expr.is_Add or not expr.has(V, W):
        return expr
    return _combine_sum(expr)


@lru_cache(maxsize=4096)
def _combine_sum(expr: sp.Expr) -> sp.Expr:
    expr = sp.Add(*[multiply([t]) for t in expr.args])
    if not expr.is_Add:
        return combine(expr)
    table = [_gathered([term]) for term in expr.args]
    bases = list(dict.fromkeys(b for _, powers in table for b in powers))
    lowest = {b: min((p.get(b, sp.S.Zero) for _, p in table), key=float) for b in bases}
    residual = _expand_residual(table, bases, lowest)
    if residual is None:
        shared = {b: _shared([p.get(b, sp.S.Zero) for _, p in table]) for b in bases}
        shared = {b: e for b, e in shared.items() if e != 0}
        if not shared:
            return expr
        rest = sp.Add(
            *(
                multiply([n, *(b ** (p.get(b, sp.S.Zero) - shared.get(b, 0)) for b in {**p, **shared})])
                for n, p in table
            )
        )
        return multiply([*[b**e for b, e in shared.items()], combine(rest)])
    return multiply([*[b**e for b, e in lowest.items()], residual])


def _shared(exponents: list) -> sp.Expr:
    """The power that all terms share: what can be taken out without leaving a negative power behind."""
    if all(e.is_positive for e in exponents):
        return min(exponents, key=float)
    if all(e.is_negative for e in exponents):
        return max(exponents, key=float)
    return sp.S.Zero


def _expand_residual(table: list, bases: list, lowest: dict) -> sp.Expr | None:
    """The sum without its lowest powers, factored; None where that is no small polynomial."""
    atoms = {
        b: sp.Dummy(f"g{i}")
        for i, b in enumerate(b for b in bases if not b.is_Add and b is not W and b is not V)
    }
    total = []
    for number, powers in table:
        factors = [number]
        for b in bases:
            left = powers.get(b, sp.S.Zero) - lowest[b]
            if left == 0:
                continue
            if b is W:
                factors.append(W**left)
                continue
            if not left.is_Integer or left > MAX_DEGREE:
                return None
            if b.is_Add:
                inner = [f for f in b.atoms(sp.Function) if f.has(V, W)]
                top = [f for f in inner if not any(f is not g and g.has(f) for g in inner)]
                for f in top:
                    atoms.setdefault(f, sp.Dummy(f"g{len(atoms)}"))
                b_plain = b.xreplace({f: atoms[f] for f in top})
                if any(p.has(V, W) and not p.exp.is_Rational for p in b_plain.atoms(sp.Pow)):
                    return None
                if any(p.base.is_Add for p in b_plain.atoms(sp.Pow)):
                    return None
                factors.append(b_plain**left)
            else:
                factors.append(atoms.get(b, b) ** left)
        total.append(sp.Mul(*factors))
    if len(total) > MAX_TERMS:
        return None
    expanded = sp.expand(sp.Add(*total))
    if len(sp.Add.make_args(expanded)) > MAX_TERMS:
        return None
    back = {d: f for f, d in atoms.items()}
    if not expanded.is_Add:
        return expanded.xreplace(back)
    content, pieces = _factor(expanded)
    if any(_entangled(f, back) for f, _ in pieces):
        return None
    return multiply([content, *[f.xreplace(back) ** e for f, e in pieces]])


def _entangled(factor: sp.Expr, back: dict) -> bool:
    """Whether a sum mixes a function other than log with anything else: its terms are better left apart."""
    inside = [d for d in back if factor.has(d) and not isinstance(back[d], sp.log)]
    return bool(inside) and len(factor.free_symbols) > 1


def _factor(poly: sp.Expr) -> tuple[sp.Expr, list]:
    """Factor over the rationals in w**(1/q), unless that costs a sum its positive coefficients."""
    exponents = [p.exp for p in poly.atoms(sp.Pow) if p.base is W]
    if not all(e.is_Rational for e in exponents):
        return sp.S.One, [(poly, 1)]
    q = lcm(*[int(e.q) for e in exponents]) if exponents else 1
    low = min([sp.S.Zero, *exponents], key=float)
    # Powers of numbers, exp(-200) too, are generators of the polynomial that sympy factors.
    numbers = [p.as_base_exp()[1] for p in poly.atoms(sp.Pow, sp.exp) if p.is_number]
    degrees = [abs(e) * q for e in exponents] + [max(abs(e.p), e.q) for e in numbers if e.is_Rational]
    if max([1, *degrees]) > MAX_FACTOR_DEGREE:
        return sp.S.One, [(poly, 1)]
    x = sp.Dummy("x", positive=True)
    plain = sp.expand(poly * W ** (-low)).subs(W, x**q) if low < 0 else poly.subs(W, x**q)
    try:
        content, factors = sp.factor_list(plain)
    except sp.PolynomialError:
        return sp.S.One, [(poly, 1)]
    pieces = [(f.subs(x, W ** sp.Rational(1, q)), e) for f, e in factors]
    whole = w_terms(poly)
    if (
        whole is not None
        and all(c.is_positive for c in whole.values())
        and not all(is_positive(f) for f, _ in pieces)
    ):
        return sp.S.One, [(poly, 1)]
    return content * (W**low if low < 0 else sp.S.One), pieces
