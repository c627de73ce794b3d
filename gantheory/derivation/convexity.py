"""Convexity of an induced f, with a witness where it fails.

f'' is written as a positive factor times sums sum_i c_i u^(k_i). The sign of such a sum over all u > 0
follows from its
coefficients: none negative, a negative end (then it fails far out, at u = 10^608 for instance, so the
search runs in log u), or a comparison of its positive outer with its negative inner terms.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import mpmath as mp
import sympy as sp

from gantheory.derivation.algebra import PowerProduct, power_product
from gantheory.derivation.solution import u

_SCAN_SECONDS = 1.0
"""Time that the search for a witness may take where no proof applies."""


@dataclass(frozen=True)
class Verdict:
    """Answer to a yes-or-no question about a function of u.

    Attributes:
        holds: True, False, or None where it could not be decided.
        method: how it was decided.
        reason: one sentence.
        witness_log_u: log u at which the statement fails, where it does.
        strict: for convexity, whether it is strict; None where unknown.
    """

    holds: bool | None
    method: str
    reason: str
    witness_log_u: float | None = None
    strict: bool | None = None

    def __bool__(self) -> bool:
        return self.holds is True


def convexity(second: sp.Expr) -> Verdict:
    """Verdict on f'' >= 0 for all u > 0; `second` is f''(u), or anything with its sign."""
    if second.has(sp.Abs, sp.sign):
        sides = [_on_side(second, side) for side in (1, -1)]
        if all(side is not None and side.holds for side in sides):
            strict = all(side is not None and side.strict for side in sides)
            reason = f"f'' {'>' if strict else '>='} 0 on both sides of u = 1, where the slope does not fall"
            return Verdict(True, "symbolic", reason, strict=strict)
        return _by_scan(second)
    product = power_product(second, u)
    if product is None:
        return _by_scan(second)
    return _of_product(second, product, {})


def _on_side(second: sp.Expr, side: int) -> Verdict | None:
    """The verdict where sign(u - 1) = side, if all kinks are at u = 1."""

    def resolved(node: sp.Expr) -> sp.Expr:
        sign = sp.sign(node.args[0].subs(u, sp.Integer(2) ** side))
        return sign if isinstance(node, sp.sign) else sign * node.args[0]

    nodes = second.atoms(sp.Abs, sp.sign)
    if any(sp.solve(node.args[0], u) != [1] for node in nodes):
        return None
    smooth = second.xreplace({node: resolved(node) for node in nodes})
    product = power_product(smooth, u)
    return None if product is None else _of_product(smooth, product, {u - 1: side})


def _of_product(second: sp.Expr, product: PowerProduct, known: dict[sp.Expr, int]) -> Verdict:
    """Verdict from the factors of f''; `known` are the signs of those that the domain fixes."""
    if product.coefficient == 0:
        reason = "f'' = 0: f is linear, so the divergence vanishes identically"
        return Verdict(True, "symbolic", reason, strict=False)
    sign = 1 if product.coefficient > 0 else -1
    mixed = []
    for base, k in product.powers.items():
        if base in known:
            sign *= known[base] ** int(k)
        elif not base.is_positive and not (k.is_Integer and k % 2 == 0):
            mixed.append(base)
    if len(mixed) > 1:
        return _by_scan(second, shown=f"f'' has the sign of {_short(sp.Mul(sign, *mixed))}")
    if not mixed:
        if sign > 0:
            return Verdict(True, "symbolic", "f'' > 0: every factor is positive", strict=True)
        return Verdict(False, "symbolic", "f'' < 0: every factor but one is positive", 0.0, strict=False)
    decisive = sp.expand(sign * mixed[0])
    shown = f"f'' has the sign of {_short(decisive)}"
    answer, witness = sum_sign(decisive)
    if answer:
        reason = f"{shown}, positive for all u but isolated points"
        return Verdict(True, "symbolic", reason, strict=True)
    if answer is False and witness is not None:
        reason = f"{shown}, negative at log u = {witness:.6g}"
        return Verdict(False, "symbolic", reason, witness, strict=False)
    return _by_scan(second, shown=shown)


def sum_sign(base: sp.Expr) -> tuple[bool | None, float | None]:
    """Whether sum c_k u^k is positive for all u > 0 but isolated points, and a log u where it is
    negative."""
    terms = {k: c for c, k in (arg.as_coeff_exponent(u) for arg in sp.Add.make_args(base))}
    if any(k.has(u) or c.has(u) for k, c in terms.items()):
        return None, None
    exponents = sorted(terms, key=float)
    signs = [1 if terms[k] > 0 else -1 for k in exponents]
    if -1 not in signs:
        return True, None
    for end, direction in ((signs[-1], 1), (signs[0], -1)):
        if end < 0:
            return False, _far(terms, direction)
    positive = [k for k, s in zip(exponents, signs, strict=True) if s > 0]
    negative = [k for k, s in zip(exponents, signs, strict=True) if s < 0]
    if len(negative) == 1:
        # Divided by its one negative power the sum is convex in log u, with one minimum.
        return _convex_minimum(terms, negative[0])
    if len(positive) == 2 and len(negative) == 2:
        return _hyperbolic(terms, positive, negative)
    return None, None


def _hyperbolic(
    terms: dict[sp.Expr, sp.Expr], positive: list[sp.Expr], negative: list[sp.Expr]
) -> tuple[bool | None, float | None]:
    """K1 cosh(p s) - K2 cosh(q s) with p > q, s = log u - s0: cosh(ps)/cosh(qs) is least at s = 0."""
    outer, inner = sum(positive) / 2, sum(negative) / 2
    if outer != inner or terms[positive[0]] != terms[positive[1]] or terms[negative[0]] != terms[negative[1]]:
        return None, None
    total = terms[positive[0]] + terms[negative[0]]
    return (True, None) if total >= 0 else (False, 0.0)


def _convex_minimum(terms: dict[sp.Expr, sp.Expr], middle: sp.Expr) -> tuple[bool | None, float | None]:
    with mp.workdps(50):
        pairs = [(mp.mpf(str((k - middle).evalf(50))), mp.mpf(str(c.evalf(50)))) for k, c in terms.items()]

        def value(t: mp.mpf) -> mp.mpf:
            return mp.fsum(c * mp.exp(k * t) for k, c in pairs)

        def slope(t: mp.mpf) -> mp.mpf:
            return mp.fsum(c * k * mp.exp(k * t) for k, c in pairs)

        low, high = mp.mpf(-1), mp.mpf(1)
        while slope(low) > 0:
            low *= 2
        while slope(high) < 0:
            high *= 2
        for _ in range(200):
            centre = (low + high) / 2
            low, high = (centre, high) if slope(centre) < 0 else (low, centre)
        least = value(low)
        scale = mp.fsum(abs(c) * mp.exp(k * low) for k, c in pairs)
        if least < -scale * mp.mpf(10) ** -30:
            return False, float(low)
        return True, None  # a touching minimum, f'' = 0 at one u, keeps f strictly convex


def _far(terms: dict[sp.Expr, sp.Expr], direction: int) -> float | None:
    """Where the negative end has taken over, close to the crossing."""
    with mp.workdps(30):
        pairs = [(mp.mpf(str(k.evalf(30))), mp.mpf(str(c.evalf(30)))) for k, c in terms.items()]

        def negative(t: mp.mpf) -> bool:
            return mp.fsum(c * mp.exp(direction * k * t) for k, c in pairs) < 0

        t = mp.mpf(1) / 8
        while not negative(t):
            t *= 2
            if t > mp.mpf(2) ** 60:
                return None
        low = mp.mpf(0)
        high = t
        for _ in range(40):
            centre = (low + high) / 2
            low, high = (low, centre) if negative(centre) else (centre, high)
        inside = high * mp.mpf("1.02") + mp.mpf("0.02")
        return float(direction * (inside if negative(inside) else high))


def _by_scan(second: sp.Expr, shown: str = "") -> Verdict:
    value = sp.lambdify(u, second, "mpmath")

    def at(t: float, digits: int) -> mp.mpf:
        with mp.workdps(digits):
            return mp.re(value(mp.exp(mp.mpf(t))))

    prefix = f"{shown}; " if shown else ""
    deadline, furthest = time.perf_counter() + _SCAN_SECONDS, 0.0
    for t in sorted(
        [0.01 * k for k in range(-300, 301)] + [s * 1.2**k for k in range(6, 40) for s in (1, -1)], key=abs
    ):
        if time.perf_counter() > deadline:
            break
        furthest = abs(t)
        digits = 50 + int(2 * abs(t))  # cancellation grows with the tails
        try:
            first = at(t, digits)
            if first < 0 and abs(at(t, 2 * digits) / first - 1) < mp.mpf(10) ** -10:
                reason = f"{prefix}f'' < 0 at log u = {t:.6g}"
                return Verdict(False, f"witness at {2 * digits} digits", reason, float(t), strict=False)
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
    return Verdict(
        None, "scan", f"{prefix}no violation found for |log u| <= {furthest:.3g}, which is no proof"
    )


def _short(expr: sp.Expr) -> str:
    text = str(expr)
    return text if len(text) <= 90 else text[:87] + "..."
