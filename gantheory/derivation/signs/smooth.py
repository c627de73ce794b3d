"""The signs of a smooth function of u on an interval: by its factors, by u = 1 + s, or by bounds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from gantheory.derivation.algebra.expressions import (
    PowerProduct,
    as_powers,
    is_positive,
    power_product,
    without_hyperbolic,
)
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.elementary import elementary_signs
from gantheory.derivation.signs.hyperbolic import short_rational
from gantheory.derivation.signs.power_sums import Terms, constant_sign, sum_signs
from gantheory.derivation.verdict import weakest

_MOST_TERMS = 60


def signs_of(expr: sp.Expr, low: sp.Expr = sp.S.Zero, high: sp.Expr = sp.oo) -> Signs | str:
    """The signs of a smooth function of u over (low, high), or the reason why they are not known."""
    product = power_product(expr, u)
    if product is not None:
        found = _of_product(product, low, high)
        if found is not None:
            return found
    shifted = _shifted(expr, low, high)
    if shifted is not None:
        return shifted
    if expr.has(HyperbolicFunction):
        return signs_of(without_hyperbolic(expr), low, high)
    if is_positive(expr):
        return Signs((1,), "symbolic", "it is a sum and product of positive terms", None, {"form": str(expr)})
    return elementary_signs(expr, low, high)


def _shifted(expr: sp.Expr, low: sp.Expr, high: sp.Expr) -> Signs | None:
    """On one side of u = 1 in s > 0, u = 1 + s above and u = 1/(1 + s) below: (u - 1)^k is a power there."""
    if (low, high) not in ((1, sp.oo), (0, 1)):
        return None
    image = 1 + u if low == 1 else 1 / (1 + u)
    product = power_product(_over_one_plus(expr.subs(u, image)), u)
    found = None if product is None else _of_product(product, sp.S.Zero, sp.oo)
    if found is None or found.pattern not in ((1,), (1, 1), (-1,)):
        return None
    where = _inside(low, high) if found.pattern == (-1,) else None
    certificate = {"u": "1 + s" if low == 1 else "1/(1 + s)", "in s (printed as u)": found.certificate}
    return Signs(found.pattern, found.method, found.reason, where, certificate)


def _over_one_plus(expr: sp.Expr) -> sp.Expr:
    """Sums such as 1 - 1/(1 + s) inside powers brought over one denominator."""
    return expr.replace(
        lambda node: node.is_Pow and node.base.is_Add and not node.base.is_polynomial(u),
        lambda node: sp.factor(sp.together(node.base)) ** node.exp,
    )


def _of_product(product: PowerProduct, low: sp.Expr, high: sp.Expr) -> Signs | None:
    if product.coefficient == 0:
        return Signs((0,), "symbolic", "zero for all u", None, {"form": "0"})
    sign = constant_sign(product.coefficient)
    if sign is None:
        return None
    mixed: list[tuple[sp.Expr, int]] = []
    shown: list[Any] = []
    decisive_factors: list[tuple[sp.Expr, Signs]] = []
    touching, methods = False, list[str]()
    for base, k in product.powers.items():
        if is_positive(base):
            shown.append([str(base), str(k), "positive"])
            continue
        if k.is_Integer and k % 2 == 0:
            if k < 0:
                return None
            shown.append([str(base), str(k), "an even power"])
            methods.append("symbolic" if base.subs(u, 1) == 0 else "computer algebra")
            touching = touching or _may_vanish(base, low, high)
            continue
        terms = terms_of(base)
        found = None if terms is None else sum_signs(terms)
        fixed = None if found is None or terms is None else _fixed(terms, found, low, high)
        if found is not None and fixed is not None and len(found.pattern or ()) > 1:
            # What it does beyond u = 1 is not asked.
            found = replace(found, reason=f"its only zero is u = 1, outside ({low}, {high})")
        if found is not None and fixed is not None and (k.is_Integer or fixed > 0):
            sign *= fixed  # k is odd, or the base is positive
            shown.append([str(base), str(k), {1: "positive", -1: "negative"}[fixed], found.certificate])
            decisive_factors.append((sp.Integer(fixed) * base, found))
            continue
        if not k.is_Integer or k < 0:
            return None
        mixed.append((base, int(k)))
    certificate: dict[str, Any] = {"coefficient": str(product.coefficient), "factors": shown}
    if not mixed:
        where = _inside(low, high) if sign < 0 else None
        if len(decisive_factors) == 1 and sign > 0 and not touching:
            base, found = decisive_factors[0]
            return Signs(
                (1,), found.method, f"has the sign of {_short(base)}: {found.reason}", None, certificate
            )
        reason = ("every factor is positive" if sign > 0 else "every factor but one is positive") + (
            ", but for isolated zeros" if touching else ""
        )
        method = weakest([*methods, *(f.method for _, f in decisive_factors)])
        return Signs((sign, sign) if touching else (sign,), method, reason, where, certificate)
    decisive = sp.expand(sign * sp.Mul(*(base**k for base, k in mixed)))
    terms = terms_of(decisive)
    found = None if terms is None or len(terms) > _MOST_TERMS else sum_signs(terms)
    if found is None or ((low, high) != (0, sp.oo) and found.pattern not in ((1,), (1, 1))):
        return None
    certificate |= {"sign_of": _short(decisive), "proof": found.certificate}
    reason = f"has the sign of {_short(decisive)}: {found.reason}"
    method = weakest([*methods, found.method, *(f.method for _, f in decisive_factors)])
    pattern = found.pattern * 2 if touching and found.pattern in ((1,), (-1,)) else found.pattern
    return Signs(pattern, method, reason, found.witness, certificate)


def _may_vanish(base: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """Whether an even power may be zero between low and high: on one side of u = 1 its base is asked."""
    if low < 1 < high:
        return True
    return not any(
        isinstance(found := signs_of(side * base, low, high), Signs) and found.pattern == (1,)
        for side in (1, -1)
    )


def _fixed(terms: Terms, found: Signs, low: sp.Expr, high: sp.Expr) -> int | None:
    """The one sign that a sum takes on (low, high), or None."""
    pattern = found.pattern or ()
    if len(pattern) == 1:
        return pattern[0] or None
    if len(pattern) == 2 and sp.Add(*terms.values()) == 0:
        # The one zero is u = 1.
        if low >= 1:
            return pattern[1]
        if high <= 1:
            return pattern[0]
    return None


def terms_of(base: sp.Expr) -> Terms | None:
    """Coefficients of sum c_k u^k; None where sympy takes no c_k apart, as of u^(sqrt(2) - 1)."""
    terms = as_powers(base, u)
    return None if any(c.has(u) or k.has(u) for k, c in terms.items()) else terms


def _inside(low: sp.Expr, high: sp.Expr) -> Fraction:
    """A t with low < e^t < high."""
    if low < 1 < high:
        return Fraction(0)
    if low == 0:
        return short_rational(float(sp.log(high)) - 1)
    start = float(sp.log(low))
    return short_rational(start + 1 if high is sp.oo else (start + float(sp.log(high))) / 2)


def _short(expr: sp.Expr) -> str:
    text = str(expr)
    return text if len(text) <= 90 else text[:87] + "..."
