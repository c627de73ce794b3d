"""The regions over (alpha_D, alpha_G) as theorems: each region's statement, checked for symbolic alphas.

A region is parametrized by positive symbols (such as alpha_D = s/(1 + s) for alpha_D < 1), so that a
computer algebra system can tell the signs of K1, K2, K1 + K2 and of the exponents' difference on all of it
at once. With the sign lemma of `signs.hyperbolic`, the lemma of `verdicts.unique_minimum` and the ends of f
they give the region's label. Throughout c = 1 - 1/alpha_G and z = alpha_D/alpha_G = alpha_D (1 - c);
alpha_G = inf is c = 1, z = 0.

Ends, saturating. f(0) = f'(inf) = lim f(u)/u, by f(u) = u f(1/u). If alpha_D c > -1 it is (1 - 2^(-c))/c,
which is positive for every c (log 2 at c = 0). If alpha_D c < -1 then c < 0, and (1 + u^aD)^(-c) >= u^(-aD
c) makes f(u) <= (u^(-aD c) - 2^(-c) (1 + u))/c, so f'(inf) = -inf. Ends, non-saturating. f(0) = 2^(-c-1) (2
- alpha_D c)/c where c > 0, and f'(inf) = alpha_D 2^(-c-1) > 0.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from gantheory.derivation.regions.alpha_signs import Alpha, quotient
from gantheory.derivation.regions.alphas import NONE, STRICT, UNIQUE, ZERO
from gantheory.derivation.regions.proofs import (
    NEGATIVE,
    NONNEGATIVE,
    POSITIVE,
    ZERO_SIGN,
    RegionTheorem,
    Step,
    curvature_identity,
    flow_curvature_identity,
)

_s, _v = sp.symbols("s v", positive=True)
_y = sp.Symbol("y", nonnegative=True)


def _signs(a: sp.Expr, z: sp.Expr) -> dict[str, sp.Expr]:
    """K1, K2 = 1 + alpha_D c, their sum and q - p in alpha_D and z = alpha_D/alpha_G."""
    return {
        "K1": 1 - a,
        "K2": 1 + a - z,
        "K1 + K2": 2 - z,
        "q - p": z - 1,  # of (aD - 1 + z)/2 and (1 + aD - z)/2
        "q + p": a,
    }


def _steps(a: sp.Expr, z: sp.Expr, **signs: str) -> tuple[Step, ...]:
    named = {"K1": "K1", "K2": "K2", "total": "K1 + K2", "gap": "q - p"}
    return tuple(Step(named[k], _signs(a, z)[named[k]], sign) for k, sign in signs.items())


_z = quotient

_low = _s / (1 + _s)
"""alpha_D < 1."""

SATURATING: tuple[RegionTheorem, ...] = (
    RegionTheorem(
        "R1, alpha_D < 1",
        True,
        "alpha_D < 1, alpha_G > alpha_D/(alpha_D + 1)",
        r"\alpha_D < 1,\ \alpha_G > \alpha_D/(\alpha_D+1)",
        lambda a, b: a < 1 and _z(a, b) < 1 + a,
        STRICT,
        _steps(_low, (1 + _low) * _y / (1 + _y), K1=POSITIVE, K2=POSITIVE),
        "both coefficients are positive, so f'' > 0",
        True,
        "exact but for the boundary",
    ),
    RegionTheorem(
        "boundary of R1",
        True,
        "alpha_D < 1, alpha_G = alpha_D/(alpha_D + 1)",
        r"\alpha_D < 1,\ \alpha_G = \alpha_D/(\alpha_D+1)",
        lambda a, b: a < 1 and _z(a, b) == 1 + a,
        STRICT,
        _steps(_low, 1 + _low, K1=POSITIVE, K2=ZERO_SIGN),
        "f'' is a positive factor times K1 cosh(p t) > 0",
        False,
        "boundary wrongly excluded: f is strictly convex",
    ),
    RegionTheorem(
        "below R1",
        True,
        "alpha_D < 1, alpha_G < alpha_D/(alpha_D + 1)",
        r"\alpha_D < 1,\ \alpha_G < \alpha_D/(\alpha_D+1)",
        lambda a, b: a < 1 and _z(a, b) > 1 + a,
        NONE,
        (
            *_steps(_low, (1 + _low) * (1 + _v), K1=POSITIVE, K2=NEGATIVE),
            Step("q - |p|, |p| = -K2/2", _low, POSITIVE),
            Step("alpha_D c + 1", 1 + _low - (1 + _low) * (1 + _v), NEGATIVE),
        ),
        "K2 < 0 goes with the larger exponent, so f'' < 0 far out; D_f < 0 occurs, as f(0) = f'(inf) = -inf",
        False,
        "exact: the conclusion fails",
    ),
    RegionTheorem(
        "R1, alpha_D = 1",
        True,
        "alpha_D = 1, alpha_G > 1/2",
        r"\alpha_D = 1,\ \alpha_G > 1/2",
        lambda a, b: a == 1 and _z(a, b) < 2,
        STRICT,
        _steps(sp.S.One, 2 * _y / (1 + _y), K1=ZERO_SIGN, K2=POSITIVE),
        "f'' is a positive factor times K2 cosh(q t) > 0",
        True,
        "exact",
    ),
    RegionTheorem(
        "the point (1, 1/2)",
        True,
        "alpha_D = 1, alpha_G = 1/2",
        r"\alpha_D = 1,\ \alpha_G = 1/2",
        lambda a, b: a == 1 and _z(a, b) == 2,
        ZERO,
        _steps(sp.S.One, sp.Integer(2), K1=ZERO_SIGN, K2=ZERO_SIGN),
        "f is linear, D_f = 0 identically",
        False,
        "exact: D_f vanishes",
    ),
    RegionTheorem(
        "below (1, 1/2)",
        True,
        "alpha_D = 1, alpha_G < 1/2",
        r"\alpha_D = 1,\ \alpha_G < 1/2",
        lambda a, b: a == 1 and _z(a, b) > 2,
        NONE,
        _steps(sp.S.One, 2 * (1 + _v), K1=ZERO_SIGN, K2=NEGATIVE),
        "f'' < 0 for all u",
        False,
        "exact: the conclusion fails",
    ),
    RegionTheorem(
        "R2",
        True,
        "alpha_D > 1, alpha_D/2 < alpha_G <= alpha_D",
        r"\alpha_D > 1,\ \alpha_D/2 < \alpha_G \le \alpha_D",
        lambda a, b: a > 1 and 1 <= _z(a, b) < 2,
        STRICT,
        _steps(1 + _s, 1 + _y / (1 + _y), K2=POSITIVE, total=POSITIVE, gap=NONNEGATIVE),
        "K2 > 0 has the larger or equal exponent and the value at u = 1 is positive, so f'' > 0",
        True,
        "exact but for the boundary alpha_G = alpha_D/2",
    ),
    RegionTheorem(
        "lower boundary of R2",
        True,
        "alpha_D > 1, alpha_G = alpha_D/2",
        r"\alpha_D > 1,\ \alpha_G = \alpha_D/2",
        lambda a, b: a > 1 and _z(a, b) == 2,
        STRICT,
        _steps(1 + _s, sp.Integer(2), K2=POSITIVE, total=ZERO_SIGN, gap=POSITIVE),
        "f'' > 0 but at u = 1, where it is 0: D_f is of fourth order near P = Q",
        False,
        "boundary wrongly excluded: f is strictly convex",
    ),
    RegionTheorem(
        "above R2",
        True,
        "alpha_D > 1, alpha_G > alpha_D",
        r"\alpha_D > 1,\ \alpha_G > \alpha_D",
        lambda a, b: a > 1 and _z(a, b) < 1,
        UNIQUE,
        (
            *_steps(1 + _s, _y / (1 + _y), K1=NEGATIVE, K2=POSITIVE, total=POSITIVE, gap=NEGATIVE),
            Step("c = 1 - z/alpha_D", 1 - _y / (1 + _y) / (1 + _s), POSITIVE),
        ),
        "f'' > 0 around u = 1 and < 0 far out; there f is concave, and f(0) = f'(inf) = (1 - 2^(-c))/c > 0",
        False,
        "conclusion holds though f is not convex",
    ),
    RegionTheorem(
        "below R2",
        True,
        "alpha_D > 1, alpha_G < alpha_D/2",
        r"\alpha_D > 1,\ \alpha_G < \alpha_D/2",
        lambda a, b: a > 1 and _z(a, b) > 2,
        NONE,
        _steps(1 + _s, 2 + _v, total=NEGATIVE),
        "f''(1) < 0, so D_f < 0 for P close to Q",
        False,
        "exact: the conclusion fails",
    ),
)

# Non-saturating: with c > 0, alpha_D = m/c for m = alpha_D c; c = s/(1 + s) or 1, and alpha_G = inf is c = 1.
_c = 1 / (1 + _y)
"""c in (0, 1]."""

NON_SATURATING: tuple[RegionTheorem, ...] = (
    RegionTheorem(
        "Theorem 2",
        False,
        "alpha_D + alpha_G > alpha_D alpha_G",
        r"\alpha_D + \alpha_G > \alpha_D\alpha_G",
        lambda a, b: a - _z(a, b) < 1,
        STRICT,
        (
            Step("c0 = 1 - alpha_D c, the condition over alpha_G", _v, POSITIVE),
            Step("c1 = 1 + alpha_D", 1 + _s, POSITIVE),
        ),
        "both coefficients are positive, so f'' > 0",
        True,
        "exact but for the boundary",
    ),
    RegionTheorem(
        "boundary of Theorem 2",
        False,
        "alpha_D + alpha_G = alpha_D alpha_G",
        r"\alpha_D + \alpha_G = \alpha_D\alpha_G",
        lambda a, b: a - _z(a, b) == 1,
        STRICT,
        (
            Step("c0 at alpha_D = 1/c", 1 - _c * (1 / _c), ZERO_SIGN),
            Step("c1 = 1 + alpha_D", 1 + 1 / _c, POSITIVE),
        ),
        "f'' is a positive factor times c1 u^alpha_D > 0",
        False,
        "boundary wrongly excluded: f is strictly convex",
    ),
    RegionTheorem(
        "beyond Theorem 2",
        False,
        "1 < alpha_D (1 - 1/alpha_G) <= 2",
        r"1 < \alpha_D(1 - 1/\alpha_G) \le 2",
        lambda a, b: 1 < a - _z(a, b) <= 2,
        UNIQUE,
        (
            Step("alpha_D c - 1 = -c0, with alpha_D c = 2 - y/(1 + y)", 1 - _y / (1 + _y), POSITIVE),
            Step("c0 + c1 = 2 + alpha_D (1 - c), the sign of f''(1)", 2 + (2 - _y / (1 + _y)) * _v, POSITIVE),
            Step("2 - alpha_D c, the sign of f(0)", _y / (1 + _y), NONNEGATIVE),
        ),
        "f'' > 0 from some u < 1 on and < 0 below, where f is concave with f(0) >= 0; f'(inf) > 0",
        False,
        "conclusion holds though f is not convex",
    ),
    RegionTheorem(
        "far beyond Theorem 2",
        False,
        "alpha_D (1 - 1/alpha_G) > 2",
        r"\alpha_D(1 - 1/\alpha_G) > 2",
        lambda a, b: a - _z(a, b) > 2,
        NONE,
        (Step("2 - alpha_D c, the sign of f(0), with alpha_D c = 2 + v", -_v, NEGATIVE),),
        "f(0) < 0, so D_f < 0 for P without a little of Q's mass",
        False,
        "exact: the conclusion fails",
    ),
)


def region_theorems(saturating: bool = True) -> tuple[RegionTheorem, ...]:
    """The theorems that together settle all pairs with finite alpha_D."""
    return SATURATING if saturating else NON_SATURATING


def closed_region(alpha_d: Fraction, alpha_g: Alpha, saturating: bool = True) -> RegionTheorem:
    """The one theorem whose set holds the pair; alpha_D finite, alpha_G rational or math.inf.

    Raises:
        ValueError: none or several do, which would be an error of this module.
    """
    found = [t for t in region_theorems(saturating) if t.contains(alpha_d, alpha_g)]
    if len(found) != 1:
        raise ValueError(f"({alpha_d}, {alpha_g}) lies in {len(found)} regions, where it should be one")
    return found[0]


__all__ = [
    "NON_SATURATING",
    "SATURATING",
    "RegionTheorem",
    "Step",
    "closed_region",
    "curvature_identity",
    "flow_curvature_identity",
    "region_theorems",
]
