"""Convexity of an induced f: the sign of f'' on all of (0, inf), proved, or a witness where it fails.

f'' is written as a positive factor times sums sum_i c_i u^(k_i). For (alpha_D, alpha_G)-GANs, saturating,
such a sum is K1 cosh(p t) + K2 cosh(q t) in t = log u up to a positive factor, which is recognized by its
exponents; other sums, and functions with logarithms, go through `gantheory.derivation.signs`.
"""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.kinks import pieces
from gantheory.derivation.signs import nonnegative
from gantheory.derivation.solution import u
from gantheory.derivation.verdict import Verdict


def convexity(second: sp.Expr, name: str = "f") -> Verdict:
    """Verdict on f'' >= 0 for all u > 0; `second` is f''(u), or anything with its sign."""
    verdict = nonnegative(second, u, what=f"{name}''")
    if verdict.holds and not _kinks_at_one(second):
        return Verdict(None, "none", f"{name}'' >= 0 off the kinks of {name}, which are not all at u = 1")
    if verdict.holds and verdict.strict is False:
        reason = f"{name}'' = 0: {name} is linear, so the divergence vanishes identically"
        return Verdict(True, verdict.method, reason, strict=False, certificate=verdict.certificate)
    return verdict


def _kinks_at_one(second: sp.Expr) -> bool:
    """Whether f has no kink but at u = 1, where the caller compares its slopes."""
    if second.has(sp.Piecewise, sp.Max, sp.Min, sp.Heaviside):
        return False
    return all(end in (1, sp.oo) for _, end, _ in pieces(second, sp.S.Zero, sp.oo))


__all__ = ["Verdict", "convexity"]
