"""Lambert's W at arguments whose logarithm is known: W(z) = w where w e^w = z is an identity."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.zero import proves_zero


def resolve_lambert(expr: sp.Expr, *values: sp.Expr) -> sp.Expr:
    """Replace each W(z) by the first of `values` that is proved to be it; the others stay.

    For real z > 0 the equation w e^w = z has exactly one real solution, which is W(z): so w is W(z) if
    w e^w - z vanishes identically. `values` must be real by the assumptions of their symbols.
    """

    def found(z: sp.Expr) -> sp.Expr:
        return next((w for w in values if proves_zero(w * sp.exp(w) - z)), sp.LambertW(z))

    return expr.replace(sp.LambertW, lambda z, *branch: sp.LambertW(z, *branch) if branch else found(z))
