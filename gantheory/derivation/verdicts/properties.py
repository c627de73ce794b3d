"""Properties of the induced divergences: values at the ends, curvature at 1, symmetry, convexity."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, wraps
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import sympy as sp

from gantheory.derivation.algebra import limits
from gantheory.derivation.algebra.expressions import (
    SECONDS,
    PowerProduct,
    derivative,
    power_product,
    simplified,
)
from gantheory.derivation.algebra.points import exact_value, holds_infinity, same, value_at
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import attempted
from gantheory.derivation.induced.equilibrium import Induced, Segment, of_pieces, roles
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.inversion import inverted_piece
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.zeros import values
from gantheory.derivation.signs.smooth import terms_of
from gantheory.derivation.verdict import Verdict
from gantheory.derivation.verdicts.convexity import Kink, convexity, in_pieces
from gantheory.derivation.verdicts.equality import compare, recognize
from gantheory.divergences.kinds import Kind

_SCANNED = 4.0
"""|log u| up to which an f without a formula is scanned."""

_FALL = 1e-7
"""Relative, of what a slope falls by where it is taken to fall."""

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


Property = TypeVar("Property")


def once(compute: Callable[[Theory, Kind], Property]) -> Callable[[Theory, Kind], Property]:
    """A property that is found once for a theory and kept with it."""

    @wraps(compute)
    def found(theory: Theory, kind: Kind) -> Property:
        memo = theory.__dict__.setdefault("_memo", {})
        key = compute.__name__, kind
        if key not in memo:
            memo[key] = compute(theory, kind)
        return memo[key]  # type: ignore[no-any-return]

    return found


@once
def ends(theory: Theory, kind: Kind) -> tuple[sp.Expr | None, sp.Expr | None]:
    """f(0+) and f'(inf) = lim f(u)/u, which weigh the mass where one density vanishes; None where
    unknown."""
    part = theory.induced(kind)
    if part.infinite is not None:
        return part.infinite, part.infinite
    if not part.segments:
        return None, None
    first, last = part.segments[0].expr, part.segments[-1].expr
    if part.expr is not None and part.expr.has(sp.betainc):
        return _beta_ends(theory.solution, last)
    return (
        attempted(SECONDS, partial(limits.at_zero, first)),
        attempted(SECONDS, partial(limits.slope_at_infinity, last)),
    )


def _beta_ends(solution: OptimalScore, last: sp.Expr) -> tuple[sp.Expr | None, sp.Expr | None]:
    """h(0+) = s(0) - s(1), s = S(v*), and h'(inf), of an h that holds incomplete beta functions."""
    s = of_pieces(solution, "S")
    start = limits.at_zero(s[0])
    middle = sum(exact_value(s[k], sp.S.One) for k in solution.around_one) / 2
    zero = start if start is None or start.is_infinite else simplified(start - middle)
    return zero, limits.flow_slope_at_infinity(last)


@once
def name(theory: Theory, kind: Kind) -> str | None:
    """The divergence's name where it is a known one, with its factor, such as "2 JSD"."""
    expr = theory.induced(kind).expr
    return None if expr is None else recognize(expr)


@once
def curvature_at_one(theory: Theory, kind: Kind) -> sp.Expr | None:
    """f''(1), the coefficient of chi^2/2 near P_g = P_r; None where f has a kink there."""
    found = bends(theory, kind)
    if found is None:
        return None
    seconds, kinks = found
    if any(kink.at == 1 and (kink.jump != 0 or kink.bend != 0) for kink in kinks):
        return None
    sides = {seconds[k].expr for k in theory.solution.around_one}
    values = [attempted(SECONDS, partial(exact_value, side, sp.S.One)) for side in sides]
    return values[0] if None not in values and same(values[0], values[-1]) else None


@once
def symmetric(theory: Theory, kind: Kind) -> bool | None:
    """Whether D_f(P||Q) = D_f(Q||P), that is u f(1/u) = f(u) modulo u - 1."""
    if theory.solution.one is not None and (second := second_derivative(theory, kind)) is not None:
        # f(u) = u f(1/u) modulo u - 1 iff u^3 f''(u) = f''(1/u): no integral has to be evaluated.
        product = power_product(second, u)
        answer = None if product is None else _mirror_symmetric(product)
        if answer is None:
            answer = compare(u**3 * second, second.subs(u, 1 / u), exactly=True).holds is not False
        return answer
    part = theory.induced(kind)
    if part.infinite is not None:
        return True
    if part.expr is None:
        return None
    mirrored = compare(u * part.expr.subs(u, 1 / u), part.expr)
    return mirrored.holds is not False and mirrored.scale in (1, 0) and mirrored.constant == 0


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


@once
def convexity_verdict(theory: Theory, kind: Kind) -> Verdict:
    """Whether f is convex on (0, inf), with log u where it is not."""
    if kind == "discriminator":
        return _of_supremum(theory, "f_D")
    found = _of_curvature(theory, kind)
    if found.holds is None and theory.objective.zero_sum:  # f = h = f_D
        return _of_supremum(theory, "h = f_D" if kind == "flow" else "f = f_D")
    return found


def _of_supremum(theory: Theory, name: str) -> Verdict:
    strict = not any(piece.level for piece in theory.solution.pieces)
    return Verdict(True, "theorem", f"{name} is a supremum of functions affine in u", strict=strict)


def _of_curvature(theory: Theory, kind: Kind) -> Verdict:
    solution = theory.solution
    part = theory.induced(kind)
    if part.infinite is not None:
        return Verdict(
            bool(part.infinite > 0), "symbolic", f"f is {part.infinite} off u = 1", 0.5, strict=False
        )
    name = "h" if kind == "flow" else "f"
    if solution.one is not None:
        second = second_derivative(theory, kind)
        if second is None:
            return _numeric_convexity(theory, kind, part)
        return convexity(second, name)
    found = bends(theory, kind)
    if found is None:
        return _numeric_convexity(theory, kind, part)
    return in_pieces(*found, name)


@once
def second_derivative(theory: Theory, kind: Kind) -> sp.Expr | None:
    """f''(u) = (u R(v*(u)) + S(v*(u)))'', or h''(u) = -s'(u)/u, which needs no closed form of h; None where
    v* is not one formula."""
    solution = theory.solution
    if solution.closed is None or (theory.objective.outer is not None and kind != "discriminator"):
        return None
    if kind == "flow":
        return -derivative(of_pieces(solution, "S")[0], u) / u
    direct = _second_of_powers(theory, kind)
    if direct is not None:
        return direct
    expr = theory.induced(kind).expr
    # Twice, because sp.diff(f, u, 2) also simplifies, for seconds.
    return None if expr is None else derivative(derivative(expr, u), u)


def _second_of_powers(theory: Theory, kind: Kind) -> sp.Expr | None:
    """f'' as a product of powers, without f: its constants, such as 2^1000000, drop out."""
    real, fake = (of_pieces(theory.solution, role)[0] for role in roles(kind))
    raw = u * real + fake
    if raw.free_symbols - {u} or raw.has(sp.log) or not exact_value(real + fake, sp.S.One).is_finite:
        return None
    product = power_product(derivative(derivative(raw, u), u), u)
    return None if product is None else product.expr()


@once
def bends(theory: Theory, kind: Kind) -> tuple[list[Segment], list[Kink]] | None:
    """f'' on each piece of v*(u), and how f and f' jump between them; None where that is not known.

    For h the jump of h' at u0 is that of -S(v*) over u0, and h has none; no closed form of h is needed.
    """
    solution = theory.solution
    if solution.numeric or (theory.objective.outer is not None and kind != "discriminator"):
        return None
    if solution.one is not None:
        second = second_derivative(theory, kind)
        return None if second is None else ([Segment(sp.S.Zero, sp.oo, second)], [])
    if kind == "flow":
        s = of_pieces(solution, "S")
        if any(holds_infinity(value) for value in s):
            return None
        values = [(-derivative(value, u) / u, sp.S.Zero, -value) for value in s]
    else:
        parts = theory.induced(kind).segments
        if not parts:
            return None
        slopes = [derivative(part.expr, u) for part in parts]
        values = [(derivative(d, u), part.expr, d) for d, part in zip(slopes, parts, strict=True)]
    seconds = [
        Segment(piece.start, piece.end, value[0])
        for piece, value in zip(solution.pieces, values, strict=True)
    ]
    kinks = []
    for tie, (_, f, slope), (_, f_next, slope_next) in zip(
        solution.junctions, values, values[1:], strict=False
    ):
        at = tie.at
        bend = _settled(value_at(slope_next, at) - value_at(slope, at))
        jump = _settled(value_at(f_next, at) - value_at(f, at))
        kinks.append(Kink(at, jump, bend / at if kind == "flow" else bend))
    return seconds, kinks


def _settled(number: sp.Expr) -> sp.Expr:
    """A constant, 0 where 30 digits of it are."""
    return sp.S.Zero if same(number, sp.S.Zero) else number


def _numeric_convexity(theory: Theory, kind: Kind, part: Induced) -> Verdict:
    if theory.objective.outer is not None:
        return Verdict(None, "none", part.reason)
    if kind == "flow" and theory.solution.one is not None:
        # h'' has the sign of -s'(y) in the direction of rising u, so of -S'(y)/lambda'(y).
        sign = theory.landscape.sign
        if sign:
            return Verdict(
                sign < 0,
                "numeric",
                "S falls along the optimal score" if sign < 0 else "S rises along it",
                strict=None,
            )
    return _scanned(theory.solution, kind)


def _scanned(solution: OptimalScore, kind: Kind) -> Verdict:
    """Whether f' rises with u at many u, in float64; where it falls, it does so in 30 digits.

    In the score, u = rho(v), f' = R + (rho R' + S')/rho'; h' rises where -S does.
    """
    if kind != "flow" and (jump := _jump(solution)) is not None:
        return Verdict(False, "numeric", f"f jumps at u = {sp.N(jump, 12)}", log(jump), strict=False)
    slopes = [row for piece in solution.pieces for row in _slopes(piece, kind)]
    if not all(math.isfinite(value) for _, value, _ in slopes):
        return Verdict(None, "none", "f has no formula, and no finite slope for some u")
    for (at, one, digits), (_, other, next_digits) in pairwise(slopes):
        fall = one - other
        if fall > _FALL * (abs(one) + abs(other)) and abs(digits() - next_digits() - fall) < 0.1 * fall:
            what = "S rises" if kind == "flow" else "the slope of f falls"
            return Verdict(False, "numeric", f"{what} at log u = {at:.4g}", at, strict=False)
    return Verdict(None, "scan", f"no violation found for |log u| <= {_SCANNED:g}, which is no proof")


def _slopes(piece: Piece, kind: Kind) -> list[tuple[float, float, Callable[[], sp.Expr]]]:
    """log u, f' there, and f' to 30 digits at the same score."""
    start, end = max(log(piece.start), -_SCANNED), min(log(piece.end), _SCANNED)
    if not start < end:
        return []
    t = np.linspace(start, end, 161)[1:-1]
    if piece.level:
        assert piece.closed is not None
        scores = np.full(t.shape, float(piece.closed))
    else:
        scores = inverted_piece(piece, t)
    slope = _slope(piece, kind)
    found = values(slope, piece.plain.y, scores)
    digits = [partial(slope.evalf, 30, subs={piece.plain.y: score}) for score in scores]
    return list(zip(t.tolist(), found.tolist(), digits, strict=True))


def _jump(solution: OptimalScore) -> sp.Expr | None:
    """A u at which u R + S differs between the optimal scores of both sides."""
    for tie, left, right in zip(solution.junctions, solution.pieces, solution.pieces[1:], strict=False):
        heights = [
            tie.at * piece.plain.at(piece.plain.R, score) + piece.plain.at(piece.plain.S, score)
            for piece, score in ((left, tie.below), (right, tie.above))
        ]
        gap = sp.N(heights[1] - heights[0], 30)
        if gap.is_finite and abs(gap) > sp.Float(10) ** -20 * (1 + abs(sp.N(heights[0], 20))):
            return tie.at
    return None


def _slope(piece: Piece, kind: Kind) -> sp.Expr:
    """f', or for the flow what falls and rises with h', as a function of the score."""
    game = piece.plain
    if kind == "flow":
        return -game.S
    if piece.level:
        return game.R
    dA, dB = game.slopes
    rho = -dB / dA
    moved = rho * sp.diff(game.R, game.y) + sp.diff(game.S, game.y)
    return game.R + moved / sp.diff(rho, game.y)
