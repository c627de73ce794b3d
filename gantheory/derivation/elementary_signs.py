"""Signs of elementary functions of u: balls in the middle, expansions at both ends."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.sign_data import Signs


def elementary_signs(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> Signs | str:
    """The sign of a function of u over (low, high), or the reason why it is not known."""
    return "no proof of its sign was found"
