"""Exact derivative of a normal form, itself a normal form."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from gantheory.lowering.forms.atoms import Erfc, Omega, Select, V, W
from gantheory.lowering.forms.normal_form import exponential, select
from gantheory.lowering.forms.products import combine, multiply, split_powers


@lru_cache(maxsize=2048)
def differentiate(expr: sp.Expr) -> sp.Expr:
    """d/dv of a normal form. At a kink the tie branch carries the midpoint of the one-sided derivatives."""
    return combine(_derivative(expr))


@lru_cache(maxsize=4096)
def _derivative(expr: sp.Expr) -> sp.Expr:
    if not expr.has(V, W):
        return sp.S.Zero
    if expr is V:
        return sp.S.One
    if expr is W:
        return W
    if expr.is_Add:
        return sp.Add(*[combine(_derivative(a)) for a in expr.args])
    if expr.is_Mul or expr.is_Pow:
        return _product(expr)
    arg = expr.args[0]
    if isinstance(expr, sp.exp):
        return multiply([exponential(arg), combine(_derivative(arg))])
    inner = combine(_derivative(arg))
    if isinstance(expr, Select):
        return select(arg, *[combine(_derivative(a)) for a in expr.args[1:]])
    if isinstance(expr, sp.sign):
        return sp.S.Zero
    outer = {
        sp.log: lambda z: z**-1,
        sp.Abs: lambda z: sp.sign(z),
        Omega: lambda z: expr / (1 + expr),
        sp.atan: lambda z: combine(1 + z**2) ** -1,
        sp.erf: lambda z: multiply([2 / sp.sqrt(sp.pi), exponential(-(z**2))]),
        Erfc: lambda z: multiply([-2 / sp.sqrt(sp.pi), exponential(-(z**2))]),
        sp.sin: lambda z: sp.cos(z),
        sp.cos: lambda z: -sp.sin(z),
    }[type(expr)](arg)
    return multiply([outer, inner])


def _product(expr: sp.Expr) -> sp.Expr:
    """The product rule with the powers taken out first, so that what remains is a small sum."""
    pairs = split_powers(expr)
    terms = []
    for i, (base, exponent) in enumerate(pairs):
        inner = combine(_derivative(base))
        if inner == 0:
            continue
        others = [b**e for j, (b, e) in enumerate(pairs) if j != i]
        terms.append(multiply([exponent, base ** (exponent - 1), inner, *others]))
    return sp.Add(*terms)
