"""Properties of the induced divergences: values at the ends, curvature at 1, symmetry, convexity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from gantheory.derivation import limits
from gantheory.derivation.algebra import PowerProduct, derivative, power_product, tidy
from gantheory.derivation.convexity import convexity
from gantheory.derivation.induced import Induced, at_optimum, exact_value
from gantheory.derivation.recognition import compare
from gantheory.derivation.signs import terms_of
from gantheory.derivation.solution import u
from gantheory.derivation.verdict import Verdict

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


def ends(theory: Theory, kind: str) -> tuple[sp.Expr | None, sp.Expr | None]:
    """f(0+) and f'(inf) = lim f(u)/u, which weigh the mass where one density vanishes; None where
    unknown."""
    part = theory.induced(kind)
    if part.infinite is not None:
        return part.infinite, part.infinite
    if part.expr is not None and part.expr.has(sp.betainc):
        return limits.flow_ends(part.expr, tidy(at_optimum(theory.solution.game.S, theory.solution), u))
    return limits.ends(part.expr)


def curvature_at_one(theory: Theory, kind: str) -> sp.Expr | None:
    """f''(1), the coefficient of chi^2/2 near P_g = P_r; None where f has a kink there."""
    second = second_derivative(theory, kind)
    if kinked(theory, kind):
        expr = theory.induced(kind).expr
        if expr is not None and expr.has(sp.Abs) and slope_jump(expr) != 0:
            return None
    if second is None or second.has(sp.Abs, sp.sign, sp.DiracDelta, sp.Piecewise):
        return None
    return exact_value(second, sp.S.One)


def symmetric(theory: Theory, kind: str) -> bool | None:
    """Whether D_f(P||Q) = D_f(Q||P), that is u f(1/u) = f(u) modulo u - 1."""
    if theory.solution.steps is None and (second := second_derivative(theory, kind)) is not None:
        # f(u) = u f(1/u) modulo u - 1 iff u^3 f''(u) = f''(1/u): no integral has to be evaluated.
        product = power_product(second, u)
        answer = None if product is None else _mirror_symmetric(product)
        return compare(u**3 * second, second.subs(u, 1 / u), exactly=True).holds if answer is None else answer
    part = theory.induced(kind)
    if part.infinite is not None:
        return True
    if part.expr is None:
        return None
    mirrored = compare(u * part.expr.subs(u, 1 / u), part.expr)
    return mirrored.holds and mirrored.scale in (1, 0) and mirrored.constant == 0


def _mirror_symmetric(product: PowerProduct) -> bool | None:
    """Whether p(u) = f''(u) satisfies p(1/u) = u^3 p(u), from exponents and coefficients; None if not clear.

    Each factor sum c u^k turns into u^(-K) sum c u^(K - k), K its largest exponent. Powers are compared
    exactly, as numbers at a few points would not tell u^1000000 from zero.
    """
    if product.coefficient == 0:
        return True
    total, palindromes = sp.Integer(3) + 2 * product.powers.get(u, sp.S.Zero), True
    for base, k in product.powers.items():
        terms = terms_of(base)
        if base == u:
            continue
        if terms is None:
            return None
        low, high = min(terms, key=sp.re), max(terms, key=sp.re)
        total += k * (low + high)
        mirrored = {low + high - power: c for power, c in terms.items()}
        even = k.is_Integer and k % 2 == 0
        palindromes &= mirrored == terms or bool(even and mirrored == {p: -c for p, c in terms.items()})
    # u^total is the quotient's growth at both ends: nothing else can undo it.
    if total != 0:
        return False
    return True if palindromes else None


def convexity_verdict(theory: Theory, kind: str) -> Verdict:
    """Whether f is convex on (0, inf), with log u where it is not."""
    if kind == "discriminator":
        strict = theory.solution.steps is None
        return Verdict(True, "theorem", "f_D is a supremum of functions affine in u", strict=strict)
    if theory.solution.steps is not None:
        return _convexity_of_steps(theory.induced(kind))
    second = second_derivative(theory, kind)
    if second is None:
        return _numeric_convexity(theory, kind, theory.induced(kind))
    expr = theory.induced(kind).expr if kinked(theory, kind) else None
    if expr is not None and expr.has(sp.Abs):
        if slope_jump(expr) < 0:
            return Verdict(False, "symbolic", "the slope of f falls at u = 1", 0.0, strict=False)
        if second == 0:
            return Verdict(
                True, "symbolic", "f is piecewise linear and its slope rises at u = 1", strict=False
            )
    return convexity(second, "h" if kind == "flow" else "f")


def second_derivative(theory: Theory, kind: str) -> sp.Expr | None:
    """f''(u) = (u R(v*(u)) + S(v*(u)))'', or h''(u) = -s'(u)/u, which needs no closed form of h."""
    solution = theory.solution
    if solution.closed is None or (theory.objective.outer is not None and kind != "discriminator"):
        return None
    if kind == "flow":
        return -derivative(tidy(at_optimum(solution.game.S, solution), u), u) / u
    direct = None if kinked(theory, kind) else _second_of_powers(theory, kind)
    if direct is not None:
        return direct
    expr = theory.induced(kind).expr
    # Twice, because sp.diff(f, u, 2) also simplifies, for seconds.
    # Off the kinks: |z| leaves a point mass in f'' there.
    if expr is None:
        return None
    return derivative(derivative(expr, u), u).replace(sp.DiracDelta, lambda *_: sp.S.Zero)


def _second_of_powers(theory: Theory, kind: str) -> sp.Expr | None:
    """f'' as a product of powers, without f: its constants, such as 2^1000000, drop out."""
    real, fake = _pair(theory, kind)
    raw = u * tidy(real, u) + tidy(fake, u)
    if raw.free_symbols - {u} or raw.has(sp.log) or not exact_value(real + fake, sp.S.One).is_finite:
        return None
    product = power_product(derivative(derivative(raw, u), u), u)
    return None if product is None else product.expr()


def _pair(theory: Theory, kind: str) -> tuple[sp.Expr, sp.Expr]:
    """R and S at the optimal score; A and B for the discriminator's f_D."""
    game = theory.solution.game
    real, fake = (game.A, game.B) if kind == "discriminator" else (game.R, game.S)
    return at_optimum(real, theory.solution), at_optimum(fake, theory.solution)


def kinked(theory: Theory, kind: str) -> bool:
    """Whether |.| occurs in f, without f."""
    return theory.solution.closed is not None and any(p.has(sp.Abs, sp.sign) for p in _pair(theory, kind))


def slope_jump(expr: sp.Expr) -> sp.Expr:
    """f'(1+) - f'(1-) of an expression whose kinks are at u = 1."""
    slope = sp.diff(expr, u)
    right, left = (slope.replace(sp.sign, lambda _, side=side: sp.Integer(side)) for side in (1, -1))
    return sp.simplify(right.subs(u, 1) - left.subs(u, 1))


def _convexity_of_steps(part: Induced) -> Verdict:
    if part.infinite is not None:
        return Verdict(part.infinite > 0, "symbolic", f"f is {part.infinite} off u = 1", 0.5, strict=False)
    if part.expr is None:
        return Verdict(None, "none", part.reason)
    if part.expr.has(sp.Piecewise):
        return Verdict(False, "symbolic", "f jumps at u = 1", 0.0, strict=False)
    rising = exact_value(part.expr, sp.Integer(2)) + exact_value(part.expr, sp.S.Half) >= 0
    reason = "f is piecewise linear with slopes that " + ("rise" if rising else "fall")
    return Verdict(bool(rising), "symbolic", reason, None if rising else 0.0, strict=False)


def _numeric_convexity(theory: Theory, kind: str, part: Induced) -> Verdict:
    if theory.objective.outer is not None:
        return Verdict(None, "none", part.reason)
    if kind == "flow":
        # h'' has the sign of -s'(y) in the direction of rising u, so of -S'(y)/lambda'(y).
        sign = theory.landscape.sign
        if sign:
            return Verdict(
                sign < 0,
                "numeric",
                "S falls along the optimal score" if sign < 0 else "S rises along it",
                strict=None,
            )
    # Far from u = 1 chords are too short for float64 to tell their slopes apart.
    t = np.linspace(-4, 4, 161)
    f = theory.generating_function(kind)
    x, y = np.exp(t), f.of_log(t)
    slopes = np.diff(y) / np.diff(x)
    falls = np.flatnonzero(np.diff(slopes) < -1e-7 * (np.abs(slopes[1:]) + np.abs(slopes[:-1])))
    if falls.size:
        at = float(t[falls[0] + 1])
        reason = f"the chord slopes of f fall at log u = {at:.4g}"
        return Verdict(False, "numeric", reason, at, strict=False)
    return Verdict(None, "scan", "no violation found for |log u| <= 4, which is no proof")
