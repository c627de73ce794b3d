"""Divergences induced at the optimal discriminator: the equilibrium f and the discriminator's f_D.

    f(u)   = u R(v*(u)) + S(v*(u)) - const
    f_D(u) = u A(v*(u)) + B(v*(u)) - const

Both are fixed modulo k (u - 1); the representative printed has f(1) = 0 and, where f is smooth there,
f'(1) = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory.derivation.algebra import derivative, expanded, tidy, without_huge
from gantheory.derivation.solution import OptimalScore, Step, u

_LARGE = 10_000
"""Numerators and denominators from which a constant is left as it is."""


@dataclass(frozen=True)
class Induced:
    """f(u) with the constant that was split off: u F + G = f + slope (u - 1) + offset.

    `expr` is None where there is no closed form; `infinite` is then +-oo if the value is infinite off P =
    Q.
    """

    expr: sp.Expr | None
    offset: sp.Expr | None
    reason: str = ""
    infinite: sp.Expr | None = None


def induced(solution: OptimalScore, real: sp.Expr, fake: sp.Expr) -> Induced:
    """u real(v*(u)) + fake(v*(u)), normalized; `real` and `fake` are functions of the game's coordinate."""
    if solution.steps is not None:
        return _induced_by_steps(solution, solution.steps, real, fake)
    if solution.closed is None:
        return Induced(None, None, "v*(u) has no closed form")
    y = solution.game.y
    raw = u * tidy(at_optimum(real, solution), u) + tidy(at_optimum(fake, solution), u)
    offset = exact_value(at_optimum(real, solution) + at_optimum(fake, solution), sp.S.One)
    if y in raw.free_symbols or not offset.is_finite:
        return Induced(None, None, f"the value at P_g = P_r is {offset}")
    return Induced(normalized(raw, offset), offset)


def at_optimum(expr: sp.Expr, solution: OptimalScore) -> sp.Expr:
    """expr(y*(u)) as an expression in u; |z| of a real z is kept."""
    return expr.subs(solution.game.y, solution.closed)


def normalized(raw: sp.Expr, offset: sp.Expr) -> sp.Expr:
    """raw(u) - offset - raw'(1) (u - 1), tidied."""
    slope = exact_value(derivative(raw, u), sp.S.One)
    if not slope.is_finite:
        slope = sp.S.Zero
    return shortest(raw - offset - slope * (u - 1))


def shortest(expr: sp.Expr) -> sp.Expr:
    """The shortest of a few equal forms."""
    kinks = {node: sp.Dummy(positive=True) for node in expr.atoms(sp.Abs)}
    if kinks:
        # |z| as one positive symbol, so that what multiplies it can be factored.
        return shortest(expr.xreplace(kinks)).xreplace({symbol: node for node, symbol in kinks.items()})
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


def exact_value(expr: sp.Expr, point: sp.Expr) -> sp.Expr:
    """expr at u = point, simplified to a short exact number."""
    value = expr.subs(u, point)
    if value is sp.nan or value.is_infinite or value.has(sp.zoo):
        value = sp.limit(expr, u, point)
    if any(max(abs(number.p), number.q) > _LARGE for number in value.atoms(sp.Rational)):
        return value  # simplify would write out 2^(10^6), or search for roots of that order
    value = sp.expand_log(sp.powsimp(expanded(value)), force=True)
    return min((value, sp.nsimplify(value) if value.is_Rational else sp.simplify(value)), key=sp.count_ops)


def _induced_by_steps(
    solution: OptimalScore, steps: tuple[Step, ...], real: sp.Expr, fake: sp.Expr
) -> Induced:
    game = solution.game
    lines = [(step, game.at(real, step.level), game.at(fake, step.level)) for step in steps]
    if any(not (slope.is_finite and offset.is_finite) for _, slope, offset in lines):
        infinite = sum(
            (slope + offset for _, slope, offset in lines if not (slope + offset).is_finite), sp.S.Zero
        )
        if infinite is sp.nan:
            return Induced(None, None, "the value is oo - oo off P_g = P_r")
        return Induced(None, None, f"the value is {infinite} unless P_g = P_r", infinite=infinite)
    below = [line for line in lines if line[0].start < 1]
    above = [line for line in lines if line[0].end > 1]
    (_, r1, s1), (_, r2, s2) = below[-1], above[0]
    if r1 + s1 == r2 + s2:
        offset, slope = r1 + s1, (r1 + r2) / 2
        if len(lines) == 2 and below[-1] is not above[0]:
            return Induced(sp.simplify((r2 - r1) / 2) * sp.Abs(u - 1), offset)
        at_one = sp.S.Zero
    else:
        # A jump at u = 1: the tie is broken at the middle of the reported discriminator's two values.
        offset, slope, at_one = _tie(solution, real, fake), sp.S.Zero, sp.S.Zero
    pieces: list[tuple[sp.Expr, object]] = []
    for step, r, s in lines:
        expr = sp.expand(u * r + s - offset - slope * (u - 1))
        if step.end is sp.oo:
            pieces.append((expr, True))
        elif step.end == 1:
            pieces += [(expr, u < 1), (at_one, sp.Eq(u, 1))]
        else:
            pieces.append((expr, u < step.end))
    return Induced(sp.Piecewise(*pieces), offset)


def _tie(solution: OptimalScore, real: sp.Expr, fake: sp.Expr) -> sp.Expr:
    game = solution.game
    assert solution.steps is not None
    levels = [step.level for step in solution.steps if step.end == 1 or step.start == 1]
    middle = sum(levels, sp.S.Zero) / 2
    middle = middle if middle.is_finite else sp.S.Zero
    return sp.simplify((real + fake).subs(game.y, middle))
