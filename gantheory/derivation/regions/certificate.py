"""The certificate of a pair's region, written from the two alphas alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gantheory.derivation.regions.alpha_signs import Alpha, quotient, saturating_form

REAL, FAKE = "y/(1 + y)", "1/(1 + y)"
"""D and 1 - D in the coordinate y = D/(1 - D)."""


def region_certificate(
    alpha_d: Fraction, alpha_g: Alpha, saturating: bool, convex: bool, strict: bool, unique: bool
) -> dict[str, Any]:
    """The game of (alpha_D, alpha_G), alpha_D finite, with f'' as `regions.alpha_signs` has it.

    The losses are l_alpha(1, D) = (1 - D^c)/c and l_alpha(0, D) = (1 - (1 - D)^c)/c, c = 1 - 1/alpha.
    """
    discriminator = 1 - 1 / alpha_d
    c = 1 - quotient(Fraction(1), alpha_g)
    pair = f"({alpha_d}, {alpha_g})"
    return {
        "statement": f"f of the {'saturating' if saturating else 'non-saturating'} {pair}-GAN",
        "function": "f",
        "game": {
            "A": f"-({_loss(discriminator, REAL)})",
            "B": f"-({_loss(discriminator, FAKE)})",
            "R": f"-({_loss(c, REAL)})" if saturating else "0",
            "S": f"-({_loss(c, FAKE)})" if saturating else _loss(c, REAL),
        },
        "domain": ["0", "oo"],
        "pieces": ["0", "oo"],
        "optimum": [f"u**({alpha_d})"],
        "second_derivative": [_second(alpha_d, alpha_g, c, saturating)],
        "holds": {"convex": convex, "strictly convex": strict, "unique minimum": unique},
    }


def _loss(c: Fraction, of: str) -> str:
    return f"(1 - ({of})**({c}))/({c})" if c else f"-log({of})"


def _second(alpha_d: Fraction, alpha_g: Alpha, c: Fraction, saturating: bool) -> str:
    common = f"({alpha_d})*(1 + u**({alpha_d}))**({-c - 2})"
    if not saturating:
        inner = f"({1 - alpha_d * c}) + ({1 + alpha_d})*u**({alpha_d})"
        return f"{common}*u**({alpha_d * c - 2})*({inner})"
    form = saturating_form(alpha_d, alpha_g)
    middle = (2 * alpha_d - 1 + alpha_d * c) / 2
    terms = [
        f"({k})*(u**({middle + e}) + u**({middle - e}))"
        for k, e in ((form.K1, form.p), (form.K2, form.q))
        if k
    ]
    return f"{common}/u*({' + '.join(terms)})" if terms else "0"
