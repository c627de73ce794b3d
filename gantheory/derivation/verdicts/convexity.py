"""Convexity of an induced f: the sign of f'' on all of (0, inf), proved, or a witness where it fails.

f'' is written as a positive factor times sums sum_i c_i u^(k_i). For (alpha_D, alpha_G)-GANs, saturating,
such a sum is K1 cosh(p t) + K2 cosh(q t) in t = log u up to a positive factor, which is recognized by its
exponents; other sums, and functions with logarithms, go through `gantheory.derivation.signs.decision`. An f
in pieces is convex iff it is on each piece, does not jump, and its slope rises across every break.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import Segment
from gantheory.derivation.optimum.inversion import log_of as log
from gantheory.derivation.signs.decision import nonnegative
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.verdict import Verdict, weakest


@dataclass(frozen=True)
class Kink:
    """By how much f and f' jump at u = at."""

    at: sp.Expr
    jump: sp.Expr
    bend: sp.Expr


def convexity(second: sp.Expr, name: str = "f") -> Verdict:
    """Verdict on f'' >= 0 for all u > 0; `second` is f''(u), smooth, or anything with its sign."""
    verdict = nonnegative(second, u, what=f"{name}''")
    if verdict.holds and verdict.strict is False:
        reason = f"{name}'' = 0: {name} is linear, so the divergence vanishes identically"
        return Verdict(True, verdict.method, reason, strict=False, certificate=verdict.certificate)
    return verdict


def in_pieces(seconds: list[Segment], kinks: list[Kink], name: str) -> Verdict:
    """Verdict on the convexity of an f with these second derivatives between these kinks."""
    for kink in kinks:
        if kink.jump != 0:
            return Verdict(False, "symbolic", f"{name} jumps at u = {kink.at}", log(kink.at), strict=False)
        sign = 0 if kink.bend == 0 else constant_sign(kink.bend)
        if sign is None:
            return Verdict(
                None, "none", f"the sign of the bend {kink.bend} of {name} at u = {kink.at} is not known"
            )
        if sign < 0:
            reason = f"the slope of {name} falls at u = {kink.at}"
            return Verdict(False, "symbolic", reason, log(kink.at), strict=False)
    parts = [
        (part, nonnegative(part.expr, u, _exact(part.start), _exact(part.end), what=f"{name}''"))
        for part in seconds
    ]
    for part, verdict in parts:
        if verdict.holds is not True:
            where = f" for u in ({part.start}, {part.end})"
            return Verdict(
                verdict.holds,
                verdict.method,
                verdict.reason + where,
                verdict.witness_log_u,
                False,
                verdict.certificate,
            )
    rounded = any(part.end.has(sp.Float) for part in seconds)
    method = "numeric" if rounded else weakest(verdict.method for _, verdict in parts)
    certificate = {
        "pieces": [
            {"from": str(part.start), "to": str(part.end), "second_derivative": v.certificate}
            for part, v in parts
        ],
        "kinks": [{"u": str(kink.at), "bend": str(kink.bend)} for kink in kinks],
    }
    if all(part.expr == 0 for part in seconds):
        reason = f"{name} is piecewise linear with slopes that rise"
    else:
        reason = f"{name}'' >= 0 on each piece, and the slope of {name} rises at each break"
    return Verdict(
        True, method, reason, strict=all(bool(v.strict) for _, v in parts), certificate=certificate
    )


def _exact(end: sp.Expr) -> sp.Expr:
    """An end that is known to 50 digits as a rational."""
    return sp.Rational(str(end)) if end.is_Float else end


__all__ = ["Kink", "Verdict", "convexity", "in_pieces"]
