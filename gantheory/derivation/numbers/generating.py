"""From a derived f to its numeric form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra.points import holds_infinity
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import roles
from gantheory.derivation.numbers.beta_form import BetaForm
from gantheory.derivation.numbers.degenerate import Degenerate, infinite_beyond
from gantheory.derivation.numbers.end_values import (
    end_values,
    falls,
    flow_at_zero,
    flow_slope,
    height_at_one,
    heights,
    is_finite_at_one,
)
from gantheory.derivation.numbers.parts import part_of, to_all_digits
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.poles import ratios_at_poles
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.divergences import ClosedForm, FlowForm, GeneratingFunction, Parametric
from gantheory.divergences.functions.high_precision import CancellationError
from gantheory.divergences.functions.score_inverse import Part
from gantheory.divergences.kinds import Kind
from gantheory.errors import GantheoryError
from gantheory.support.multiprecision import mp as mpmath

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_FAR_OUT = 20_000.0
"""|log u| that densities on the line reach, in tails beside which nothing counts."""

_Ends = tuple[sp.Expr | None, sp.Expr | None]


def generating_function(theory: Theory, kind: Kind) -> GeneratingFunction:
    """ClosedForm where f has one that evaluates, else from the score of each piece, a formula or an inverted
    ratio.

    Raises:
        GantheoryError: f is infinite around u = 1, or for some u between others.
    """
    part = theory.induced(kind)
    if part.infinite is not None:
        return Degenerate(float(part.infinite))
    if kind == "flow" and theory.objective.zero_sum:  # h = f = f_D, which takes no integral
        return theory.generating_function("discriminator")
    ends, solution = theory.ends(kind), theory.solution
    poles = {} if kind == "discriminator" else ratios_at_poles(solution.pieces, kind == "flow")
    if kind == "flow" and poles:
        raise GantheoryError(f"{theory.objective.name} has no flow divergence as a number: {part.reason}")
    if part.expr is not None and not part.expr.has(sp.betainc) and None not in ends:
        edges = (*(piece.end for piece in solution.pieces[:-1]), *poles)
        closed = ClosedForm(
            part.expr,
            u,
            at_zero=ends[0],
            slope_at_infinity=ends[1],
            breakpoints=tuple({log(edge): to_all_digits(sp.log(edge)) for edge in edges}.values()),
            poles=tuple(poles.items()),
        )
        if _holds_far_out(closed, closed.mp):
            return closed
        solution = _without_formulas(solution)
    real, fake = ("S", "S") if kind == "flow" else roles(kind)  # R does not move with the generator
    parts = [part_of(piece, real, fake, flow=kind == "flow") for piece in solution.pieces]
    if any(holds_infinity(expr) for one in parts for expr in (one.R, one.S)):
        partly = infinite_beyond(theory, kind, [one.R + one.S for one in parts])
        if partly is None:
            raise GantheoryError(
                f"{theory.objective.name} has no {kind} divergence as a number: {part.reason}"
            )
        return partly
    for role in (real, fake):
        if not is_finite_at_one(solution, role):
            raise GantheoryError(
                f"{theory.objective.name} has no {kind} divergence: {role} is infinite at P_g = P_r"
            )
    if kind == "flow":
        return _of_flow(solution, parts, part.expr, ends)
    at_zero, slope = ends
    if at_zero is None or slope is None:
        found = end_values(solution, real, fake)
        at_zero, slope = (found[k] if end is None else end for k, end in enumerate(ends))
    return Parametric.in_pieces(
        parts,
        at_zero=at_zero,
        slope_at_infinity=slope,
        at_one=height_at_one(solution, real, fake),
        ties=(*heights(solution), *poles.items()) if kind == "equilibrium" else (),  # f_D is continuous
    )


def _of_flow(
    solution: OptimalScore, parts: list[Part], formula: sp.Expr | None, ends: _Ends
) -> GeneratingFunction:
    jumps = falls(solution)
    at_zero, slope = ends
    options: dict[str, Any] = {
        "jumps": jumps,
        "at_zero": flow_at_zero(solution) if at_zero is None else at_zero,
        "slope_at_infinity": flow_slope(solution, jumps) if slope is None else slope,
    }
    if formula is not None and len(parts) == 1:
        return BetaForm.of(formula, parts, **options)
    form = FlowForm.in_pieces(parts, **options)
    if _holds_far_out(form, form.weight):
        return form
    parts = [part_of(piece, "S", "S", flow=True) for piece in _without_formulas(solution).pieces]
    return FlowForm.in_pieces(parts, **options)


def _without_formulas(solution: OptimalScore) -> OptimalScore:
    """The score by inversion of u = rho(v), which is exact where its formula cancels."""
    pieces = (piece if piece.level else replace(piece, closed=None) for piece in solution.pieces)
    return replace(solution, pieces=tuple(pieces))


def _holds_far_out(f: GeneratingFunction, evaluate: Callable[[Any], Any]) -> bool:
    """Whether formulas have digits where no limit stands for them: u + sqrt(u^2 - u + 1) - 1 has none left
    at log u = -10^4."""
    try:
        with mpmath.workdps(19):
            for end, t in ((f.at_zero, -_FAR_OUT), (f.slope_at_infinity, _FAR_OUT)):
                if end == 0 or math.isinf(end):
                    evaluate(mpmath.mpf(t))
    except CancellationError:
        return False
    return True
