"""f'' of the (alpha_D, alpha_G)-GAN as a positive factor times a sum of known sign, t = log u, c = 1 -
1/alpha_G.

Saturating, D = u^aD/(1 + u^aD):

    f''(u) = (2 aD/u) (1 + u^aD)^(-c-2) e^((2 aD - 1 + aD c) t/2) [K1 cosh(p t) + K2 cosh(q t)],
    K1 = 1 - aD,  p = (1 + aD c)/2,  K2 = 1 + aD c,  q = (2 aD - 1 - aD c)/2

Non-saturating:

    f''(u) = (aD/u^2) D^c (1 - D)/(1 + u^aD) [c0 + c1 u^aD],   c0 = 1 - aD c,  c1 = 1 + aD

`gantheory.derivation.regions.theorems` checks both identities. The flow divergence has h'' = aD D (1 -
D)^c/u^2, non-saturating aD (1 - D) D^c/u^2, without a factor that could vanish: always convex.

Source: f'' printed as eqs. (23)-(24) and (29) in Welfert, Otstot, Kurri, Sankar, ISIT 2023.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.derivation.signs.hyperbolic import Hyperbolic, TwoTerms
from gantheory.exact import positive

Alpha = Fraction | float
"""A rational number, or math.inf."""


def rational_alpha(value: Any, name: str) -> Alpha:
    """An exact rational in (0, inf), or math.inf.

    Raises:
        TypeError: not a real number.
        ValueError: outside (0, inf], or irrational.
    """
    if isinstance(value, Fraction) and value > 0:
        return value
    number = positive(value, name, infinite=True)
    if number is sp.oo:
        return math.inf
    if not number.is_Rational:
        raise ValueError(f"{name} must be rational or inf, got {value}")
    return Fraction(int(number.p), int(number.q))


def quotient(alpha_d: Fraction, alpha_g: Alpha) -> Fraction:
    """alpha_D/alpha_G = alpha_D (1 - c), 0 for alpha_G = inf."""
    return alpha_d / alpha_g if isinstance(alpha_g, Fraction) else Fraction(0)


def saturating_form(alpha_d: Fraction, alpha_g: Alpha) -> Hyperbolic:
    """K1 cosh(p t) + K2 cosh(q t), which has the sign of f''(e^t); saturating, alpha_D finite."""
    ratio = quotient(alpha_d, alpha_g)
    outer, inner = 1 + alpha_d - ratio, alpha_d - 1 + ratio  # 1 + aD c and 2 aD - 1 - aD c
    return Hyperbolic(1 - alpha_d, abs(outer) / 2, outer, abs(inner) / 2)


def non_saturating_form(alpha_d: Fraction, alpha_g: Alpha) -> TwoTerms:
    """c0 + c1 e^(alpha_D t), which has the sign of f''(e^t); non-saturating, alpha_D finite."""
    return TwoTerms(1 - alpha_d + quotient(alpha_d, alpha_g), 1 + alpha_d, alpha_d)


def generating(alpha_d: Fraction, alpha_g: Alpha, symbol: sp.Symbol, saturating: bool) -> sp.Expr:
    """f with f(1) = f'(1) = 0, alpha_D finite.

        f_S = (1/c) [(u^(aD c + 1) + 1)/(1 + u^aD)^c - 2^(-c) (1 + u)]
        f_NS = (1/c) [2^(-c) - (u^aD/(1 + u^aD))^c] + aD 2^(-c-1) (u - 1)

    Source: ISIT 2023, eqs. (7) and (12), with another multiple of u - 1.
    """
    a = sp.Rational(alpha_d)
    ratio = quotient(Fraction(1), alpha_g)
    c = 1 - sp.Rational(ratio)
    x = symbol**a
    if c == 0 and saturating:
        return a * symbol * sp.log(symbol) - (1 + symbol) * (sp.log(1 + x) - sp.log(2))
    if c == 0:
        return sp.log(1 + 1 / x) - sp.log(2) + a / 2 * (symbol - 1)
    if saturating:
        return ((symbol ** (a * c + 1) + 1) / (1 + x) ** c - 2 ** (-c) * (1 + symbol)) / c
    return (2 ** (-c) - (1 + 1 / x) ** (-c)) / c + a * 2 ** (-c - 1) * (symbol - 1)
