"""Regions over (alpha_D, alpha_G): where f is convex, where D_f is a divergence all the same, and where it is
none.

Each pair is settled by its own certificate from exact rational arithmetic, in about 0.1 ms;
`gantheory.derivation.regions.theorems` proves the regions as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.arguments.checks import flag
from gantheory.derivation.regions.alpha_signs import (
    Alpha,
    generating,
    non_saturating_form,
    quotient,
    rational_alpha,
    saturating_form,
)
from gantheory.derivation.regions.certificate import region_certificate
from gantheory.derivation.signs.decision import as_float
from gantheory.derivation.signs.negative_pair import negative_pair

if TYPE_CHECKING:
    import pandas as pd

STRICT = "strictly convex"
CONVEX = "convex, not strictly"
UNIQUE = "not convex, uniquely minimized"
NONE = "not a divergence"
ZERO = "identically zero"
LABELS = (STRICT, CONVEX, UNIQUE, NONE, ZERO)
"""strictly convex f; convex f with D_f = 0 only at P = Q; f not convex, but D_f > 0 unless P = Q; D_f < 0 for
some P and Q; D_f = 0 for all P and Q."""


@dataclass(frozen=True)
class Region:
    """Where (alpha_D, alpha_G) lies.

    Attributes:
        alpha_d, alpha_g: the pair; Fraction or math.inf.
        saturating: which generator objective.
        label: one of `LABELS`.
        method: "symbolic", with a certificate, for finite alpha_D; "theorem", by the values of D*, for inf.
        reason: why.
        inside_published: whether Theorem 1 (saturating) or 2 of the ISIT 2023 paper, as printed, covers it.
        witness: an exact log u with f'' < 0, where f is not convex and alpha_D is finite.
        certificate: data to check by hand.
    """

    alpha_d: Alpha
    alpha_g: Alpha
    saturating: bool
    label: str
    method: str
    reason: str
    inside_published: bool
    witness: Fraction | None = None
    certificate: dict[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @property
    def exported(self) -> dict[str, Any] | None:
        """The certificate that `tools/verify_certificates.py` accepts; None for alpha_D = inf."""
        if not isinstance(self.alpha_d, Fraction):
            return None
        strict = self.label == STRICT
        return region_certificate(
            self.alpha_d, self.alpha_g, self.saturating, self.convex, strict, self.unique_minimum
        )

    @property
    def convex(self) -> bool:
        return self.label in (STRICT, CONVEX, ZERO)

    @property
    def unique_minimum(self) -> bool:
        return self.label in (STRICT, CONVEX, UNIQUE)


def alpha_region(alpha_d: Any, alpha_g: Any, saturating: bool = True) -> Region:
    """The region of one pair, with its certificate.

    Args:
        alpha_d, alpha_g: rational numbers in (0, inf), or inf; a float is read as its shortest rational.
        saturating: which generator objective.

    Raises:
        TypeError: an alpha that is no real number, or `saturating` that is no bool.
        ValueError: an alpha outside (0, inf], or irrational.
    """
    a, b = rational_alpha(alpha_d, "alpha_d"), rational_alpha(alpha_g, "alpha_g")
    flag(saturating, "saturating")
    if not isinstance(a, Fraction):
        return _at_infinity(b, saturating)
    return _saturating(a, b) if saturating else _non_saturating(a, b)


def published(alpha_d: Any, alpha_g: Any, saturating: bool = True) -> bool:
    """Whether the pair satisfies the hypotheses as printed: Theorem 1's R1 or R2, or Theorem 2's inequality.

        R1: alpha_D <= 1, alpha_G > alpha_D/(alpha_D + 1);  R2: alpha_D > 1, alpha_D/2 < alpha_G <= alpha_D
        Theorem 2: alpha_D + alpha_G > alpha_D alpha_G

    Infinite values are read literally (inf/2 < inf is false); in Theorem 2 as 1/alpha_D + 1/alpha_G > 1.
    """
    a, b = rational_alpha(alpha_d, "alpha_d"), rational_alpha(alpha_g, "alpha_g")
    if not saturating:
        return (Fraction(1) / a) + (Fraction(1) / b) > 1
    if a <= 1:
        return b > a / (a + 1)
    return a / 2 < b <= a


def counterexample(alpha_d: Any, alpha_g: Any, saturating: bool = True) -> dict[str, Any] | None:
    """P and Q with D_f(P||Q) < 0, verified in ball arithmetic, where the pair's label is "not a divergence".

    Returns:
        {"P": [text, text], "Q": [text, text], "divergence_at_most": float}, with probabilities such as
        "1/2 + 2^-4"; None elsewhere, and for alpha_D = inf.
    """
    region = alpha_region(alpha_d, alpha_g, saturating)
    if region.label != NONE or not isinstance(region.alpha_d, Fraction):
        return None
    symbol = sp.Symbol("u", positive=True)
    f = generating(region.alpha_d, region.alpha_g, symbol, saturating)
    zero = None
    if not saturating:
        a, c = sp.Rational(region.alpha_d), 1 - sp.Rational(quotient(Fraction(1), region.alpha_g))
        zero = 2 ** (-c) / c - a * 2 ** (-c - 1)
    pair = negative_pair(f, symbol, zero, None)
    return None if pair is None else pair.certificate()


def region_map(alpha_d: Iterable[Any], alpha_g: Iterable[Any], saturating: bool = True) -> pd.DataFrame:
    """The region of every pair, a row each.

    Returns:
        columns alpha_d and alpha_g (exact, as text), alpha_d_value and alpha_g_value (float), saturating,
        region, method, inside_published, witness_log_u (exact, as text; empty where f is convex).

    Raises:
        TypeError, ValueError: as `alpha_region`.
    """
    import pandas as pd

    first = [rational_alpha(a, "alpha_d") for a in alpha_d]
    second = [rational_alpha(b, "alpha_g") for b in alpha_g]
    rows = [alpha_region(a, b, saturating) for a in first for b in second]
    return pd.DataFrame(
        {
            "alpha_d": [str(r.alpha_d) for r in rows],
            "alpha_g": [str(r.alpha_g) for r in rows],
            "alpha_d_value": [_as_float(r.alpha_d) for r in rows],
            "alpha_g_value": [_as_float(r.alpha_g) for r in rows],
            "saturating": [r.saturating for r in rows],
            "region": [r.label for r in rows],
            "method": [r.method for r in rows],
            "inside_published": [r.inside_published for r in rows],
            "witness_log_u": ["" if r.witness is None else str(r.witness) for r in rows],
        }
    )


def _saturating(a: Fraction, b: Alpha) -> Region:
    form = saturating_form(a, b)
    pattern = form.pattern
    certificate = {"second_derivative": form.certificate()}
    if pattern == (0,):
        label, why = ZERO, "f'' = 0: f is linear"
    elif -1 not in pattern:
        label, why = STRICT, f"f'' > 0{' but at u = 1' if len(pattern) > 1 else ''}"
    elif pattern != (-1, 1, -1):
        label, why = NONE, "f'' < 0 around u = 1, so D_f < 0 for P close to Q"
    elif form.K2 > 0:
        label = UNIQUE
        why = "f'' > 0 around u = 1, f concave further out with f(0) = f'(inf) = (1 - 2^(-c))/c > 0"
        certificate["ends"] = {"f(0)": "(1 - 2^(-c))/c > 0", "f'(inf)": "(1 - 2^(-c))/c > 0"}
    else:
        label, why = NONE, "alpha_D c < -1, so f(0) = f'(inf) = -oo"
        certificate["ends"] = {"f(0)": "-oo", "f'(inf)": "-oo", "alpha_D c": str(form.K2 - 1)}
    return _region(a, b, True, label, why, form.witness(), certificate)


def _non_saturating(a: Fraction, b: Alpha) -> Region:
    form = non_saturating_form(a, b)
    certificate = {"second_derivative": form.certificate()}
    product = 1 - form.c0
    if form.pattern == (1,):
        label, why = STRICT, "f'' > 0"
    elif product <= 2:
        label = UNIQUE
        why = "f'' > 0 from below u = 1 on, f concave below with f(0) = 2^(-c-1) (2 - alpha_D c)/c >= 0"
    else:
        label, why = NONE, "f(0) = 2^(-c-1) (2 - alpha_D c)/c < 0"
    if product > 1:
        certificate["ends"] = {"f(0)": "2^(-c-1) (2 - alpha_D c)/c", "2 - alpha_D c": str(2 - product)}
    return _region(a, b, False, label, why, form.witness(), certificate)


def _at_infinity(b: Alpha, saturating: bool) -> Region:
    """alpha_D = inf: D* = 1[u > 1], in the middle at u = 1."""
    if saturating and b > 1:
        label, why = CONVEX, "D_f is the total variation distance times alpha_G/(alpha_G - 1)"
    elif saturating:
        label, why = NONE, "D_f = -oo unless P = Q"
    elif b > 1:
        label, why = (
            NONE,
            "f jumps down at u = 1, where D* = 1/2 (with D* = 1 there it would be a divergence)",
        )
    else:
        label, why = CONVEX, "D_f = oo unless P = Q"
    return _region(math.inf, b, saturating, label, why, None, {"discriminator": "1 for u > 1, 0 for u < 1"})


def _region(
    a: Alpha, b: Alpha, saturating: bool, label: str, why: str, witness: Fraction | None, certificate: Any
) -> Region:
    inside = published(a, b, saturating)
    method = "symbolic" if isinstance(a, Fraction) else "theorem"
    return Region(a, b, saturating, label, method, why, inside, witness, certificate)


def _as_float(value: Alpha) -> float:
    number = as_float(value)
    return math.inf if number is None else number
