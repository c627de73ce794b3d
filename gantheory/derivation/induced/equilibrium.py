"""Divergences induced at the optimal discriminator: the equilibrium f and the discriminator's f_D.

    f(u)   = u R(v*(u)) + S(v*(u)) - const
    f_D(u) = u A(v*(u)) + B(v*(u)) - const

Both are fixed modulo k (u - 1); the representative printed has f(1) = 0 and, where f is smooth there,
f'(1) = 0; at a kink the slopes on both sides are opposite. Where v* jumps both scores are optimal for the
discriminator: f_D and h are continuous there, but f may jump, and then is what the reported score gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import sympy as sp

from gantheory.derivation.algebra.expressions import (
    bounded,
    derivative,
    expanded,
    simplified,
    tidy,
    without_huge,
)
from gantheory.derivation.algebra.points import exact_value, holds_infinity, same
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.solution import OptimalScore, piecewise
from gantheory.divergences.kinds import Kind


@dataclass(frozen=True)
class Segment:
    """f on the interval (start, end) of u, smooth there."""

    start: sp.Expr
    end: sp.Expr
    expr: sp.Expr


@dataclass(frozen=True)
class Induced:
    """f(u) with the constant that was split off: u F + G = f + slope (u - 1) + offset.

    `segments` are the smooth parts of `expr` in increasing u. `expr` is None where there is no closed form;
    `infinite` is then +-oo if the value is infinite off P = Q.
    """

    expr: sp.Expr | None
    offset: sp.Expr | None
    reason: str = ""
    infinite: sp.Expr | None = None
    segments: tuple[Segment, ...] = ()


def roles(kind: Kind) -> tuple[str, str]:
    """The functions of the game on real and on generated samples that a divergence comes from."""
    return ("A", "B") if kind == "discriminator" else ("R", "S")


def induced(solution: OptimalScore, real: str, fake: str) -> Induced:
    """u real(v*(u)) + fake(v*(u)), normalized; `real` and `fake` name functions of the game, "R" and "S" or
    "A" and "B"."""
    one = solution.one
    if one is not None and one.closed is not None:
        r, s = (one.of(getattr(one.game, role)) for role in (real, fake))
        raw = u * tidy(r, u) + tidy(s, u)
        offset = exact_value(r + s, sp.S.One)
        if one.game.y in raw.free_symbols or not offset.is_finite:
            return Induced(None, None, f"the value at P_g = P_r is {offset}")
        expr = normalized(raw, offset)
        return Induced(expr, offset, segments=(Segment(sp.S.Zero, sp.oo, expr),))
    if solution.numeric:
        missing = "v*(u) has no closed form"
        return Induced(None, None, missing if one is not None else f"{missing} on all of its pieces")
    return _induced_in_pieces(solution, real, fake)


def of_pieces(solution: OptimalScore, role: str) -> list[sp.Expr]:
    """A function of the game, "A", "B", "R", "S" or "link", at v*(u) on each piece, as expressions in u."""
    return [tidy(piece.of(getattr(piece.game, role)), u) for piece in solution.pieces]


def _induced_in_pieces(solution: OptimalScore, real: str, fake: str) -> Induced:
    r, s = of_pieces(solution, real), of_pieces(solution, fake)
    infinite = [value for value in (*r, *s) if holds_infinity(value)]
    if infinite:
        return _infinite(solution, [x + y for x, y in zip(r, s, strict=True)], real, fake)
    raw = [u * x + y for x, y in zip(r, s, strict=True)]
    below, above = solution.around_one
    left, right = (exact_value(raw[k], sp.S.One) for k in (below, above))
    slopes = [exact_value(derivative(raw[k], u), sp.S.One) for k in (below, above)]
    jump = below != above and not same(left, right)
    if jump:
        offset, slope = at_tie(solution, real, fake), sp.S.Zero
    else:
        offset = min(left, right, key=sp.count_ops)
        slope = simplified(sum(slopes) / 2) if all(x.is_finite for x in slopes) else sp.S.Zero
    if not offset.is_finite:
        return Induced(None, None, f"the value at P_g = P_r is {offset}")
    parts = [bounded(partial(shortest, form), form) for form in (f - offset - slope * (u - 1) for f in raw)]
    segments = tuple(Segment(p.start, p.end, part) for p, part in zip(solution.pieces, parts, strict=True))

    def at_jump(k: int) -> sp.Expr:
        tie = solution.junctions[k]
        value = tie.at * tie.of(real) + tie.of(fake) - offset - slope * (tie.at - 1)
        return simplified(value) if value.is_finite else value

    return Induced(joined(segments, at_jump), offset, segments=segments)


def joined(segments: tuple[Segment, ...], at_jump: Callable[[int], sp.Expr] | None = None) -> sp.Expr:
    """One expression of f: with |u - 1| and max(0, .) where it is continuous and piecewise linear, else by
    cases, with `at_jump` of its index where f jumps: it is u R + S at the score that is reported there."""
    if len(segments) == 1:
        return segments[0].expr
    if all(sp.diff(part.expr, u, 2) == 0 for part in segments):
        linear = _of_kinks(segments)
        if linear is not None:
            return linear
    mirrored = _mirrored(segments)
    if mirrored is not None:
        return mirrored
    return piecewise([s.end for s in segments], [s.expr for s in segments], at_jump)


def _of_kinks(segments: tuple[Segment, ...]) -> sp.Expr | None:
    """A continuous piecewise linear f with f(1) = 0 and opposite slopes at 1, as a sum over its kinks."""
    total: sp.Expr = sp.S.Zero
    for left, right in itertools.pairwise(segments):
        at = left.end
        if not same(left.expr.subs(u, at), right.expr.subs(u, at)):
            return None
        bend = simplified(sp.diff(right.expr, u) - sp.diff(left.expr, u))
        if same(at, sp.S.One):
            total += bend * sp.Abs(u - 1) / 2
        else:
            total += bend * sp.Max(0, u - at if at > 1 else at - u)
    return total


def _mirrored(segments: tuple[Segment, ...]) -> sp.Expr | None:
    """c |u - 1|^k g(u) in place of two cases that differ in their sign, with g the same on both sides."""
    if len(segments) != 2 or segments[0].end != 1:
        return None
    below, above = (part.expr for part in segments)
    if sp.expand(below + above) != 0 and simplified(below + above) != 0:
        return None
    # |u - 1|^k in place of an odd power of u - 1, in which alone the two cases differ.
    factored = sp.factor(above)
    odd = [f for f in sp.Mul.make_args(factored) if f.as_base_exp()[0] == u - 1 and f.as_base_exp()[1].is_odd]
    return factored / odd[0] * sp.Abs(u - 1) ** odd[0].as_base_exp()[1] if len(odd) == 1 else None


def at_tie(solution: OptimalScore, real: str, fake: str) -> sp.Expr:
    """real + fake at u = 1, where two pieces meet, at the score that is reported there."""
    tie = next(tie for tie in solution.junctions if tie.at == 1)
    return simplified(tie.of(real) + tie.of(fake))


def _infinite(solution: OptimalScore, totals: list[sp.Expr], real: str, fake: str) -> Induced:
    values = {value for value in totals if not value.is_finite}
    if sp.nan in values or sp.zoo in values or len(values) > 1:
        return Induced(None, None, "the value is oo - oo off P_g = P_r")
    value = values.pop() if values else sp.oo
    below, above = solution.around_one
    here = totals[below] if below == above else at_tie(solution, real, fake)
    if not here.is_finite:
        return Induced(None, None, f"the value at P_g = P_r is {here}")
    if len(totals) == 2 and below != above:
        return Induced(None, None, f"the value is {value} unless P_g = P_r", infinite=value)
    where = ", ".join(
        f"({p.start}, {p.end})" for p, x in zip(solution.pieces, totals, strict=True) if not x.is_finite
    )
    return Induced(None, None, f"f is {value} for u in {where}")


def normalized(raw: sp.Expr, offset: sp.Expr) -> sp.Expr:
    """raw(u) - offset - raw'(1) (u - 1), tidied."""
    slope = exact_value(derivative(raw, u), sp.S.One)
    if not slope.is_finite:
        slope = sp.S.Zero
    expr = raw - offset - slope * (u - 1)
    return bounded(lambda: shortest(expr), expr)


def shortest(expr: sp.Expr) -> sp.Expr:
    """The shortest of a few equal forms."""
    held, huge = without_huge(expr)
    if huge:
        return shortest(held).xreplace(huge)
    open_form = expanded(expr)
    forms = [tidy(expr, u), tidy(open_form, u)]
    if expr.has(sp.log):
        # A rational part beside logarithms is brought over one denominator.
        rest = sp.Add(*(term for term in sp.Add.make_args(open_form) if not term.has(sp.log)))
        forms.append(tidy(open_form - rest, u) + tidy(rest, u))
    elif not expr.has(sp.Piecewise):
        forms.append(sp.factor_terms(tidy(open_form, u)))
    return min(forms, key=lambda form: (sp.count_ops(form), len(str(form))))
