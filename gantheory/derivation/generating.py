"""From a derived f to its numeric form, and divergences of objectives whose outer function is not a sum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from gantheory.derivation import limits
from gantheory.derivation.algebra import tidy
from gantheory.derivation.induced import at_optimum, exact_value, normalized
from gantheory.derivation.optimal_score import OptimalScore, log_ratio, u
from gantheory.objectives.objective import x, y

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory
    from gantheory.divergences import DivergenceResult, GeneratingFunction

_t = sp.Symbol("t", real=True)


def generating_function(theory: Theory, kind: str) -> GeneratingFunction:
    """ClosedForm where f has one that evaluates, else an integral over the score or an inverted ratio."""
    from gantheory.derivation.degenerate import Degenerate
    from gantheory.divergences import ClosedForm, FlowForm, Parametric

    part = theory.induced(kind)
    solution, game = theory.solution, theory.solution.game
    if part.infinite is not None:
        return Degenerate(float(part.infinite))
    at_zero, slope = theory.ends(kind)
    if part.expr is not None and not part.expr.has(sp.betainc) and None not in (at_zero, slope):
        return ClosedForm(
            part.expr, u, at_zero=at_zero, slope_at_infinity=slope, breakpoints=_kinks(part.expr)
        )
    if solution.closed is not None and kind == "flow":
        # t = log u itself is the coordinate, so that no tail of the score has to be resolved.
        s = tidy(at_optimum(game.S, solution), u)
        h_zero = limits.at_zero(s) if at_zero is None else None
        arguments: dict[str, Any] = {
            "score_of_log": _t,
            "at_zero": at_zero if h_zero is None else h_zero - exact_value(s, sp.S.One),
            "slope_at_infinity": slope,
            "breakpoints": _kinks(s),
            "curvature": tidy(-u * _off_kinks(sp.diff(s, u)), u).subs(u, sp.exp(_t)),
        }
        in_t = s.subs(u, sp.exp(_t))
        if part.expr is None:
            return FlowForm(in_t, _t, _t, **arguments)
        return _beta_form(part.expr, in_t, arguments)
    common: dict[str, Any] = {"domain": _reached(solution), "at_zero": at_zero, "slope_at_infinity": slope}
    ratio = log_ratio(game)
    if kind == "flow":
        return FlowForm(game.S, ratio, game.y, **common)
    real, fake = (game.A, game.B) if kind == "discriminator" else (game.R, game.S)
    return Parametric(real, fake, ratio, game.y, **common)


def _beta_form(formula: sp.Expr, s: sp.Expr, arguments: dict[str, Any]) -> GeneratingFunction:
    """float64 from the integral, which is a table; high precision from mpmath's incomplete beta function."""
    from gantheory.divergences import ClosedForm, FlowForm

    class BetaForm(FlowForm):
        def mp(self, t: Any) -> Any:
            return closed.mp(t)

    form = BetaForm(s, _t, _t, **arguments)
    closed = ClosedForm(formula, u, at_zero=form.at_zero, slope_at_infinity=form.slope_at_infinity)
    return form


def _off_kinks(expr: sp.Expr) -> sp.Expr:
    return expr.replace(sp.DiracDelta, lambda *_: sp.S.Zero)


def _reached(solution: OptimalScore) -> tuple[float, float]:
    """The open interval of scores that are optimal at some u, inside which log(-B'/A') is real."""
    from gantheory.derivation.numeric import inverted_ratio

    ends = sorted(inverted_ratio(solution, np.array([-np.inf, np.inf])).tolist())
    low, high = (
        end if math.isinf(end) else end + shift * 4e-15 * max(1.0, abs(end))
        for end, shift in zip(ends, (1, -1), strict=True)
    )
    return low, high


def _kinks(expr: sp.Expr) -> tuple[float, ...]:
    """log u where |.|, max or a piece boundary makes f not smooth."""
    points: set[float] = set()
    for node in expr.atoms(sp.Abs, sp.Max, sp.Piecewise):
        if isinstance(node, sp.Abs):
            zeros = sp.solve(node.args[0], u)
        elif isinstance(node, sp.Max):
            zeros = sp.solve(node.args[0] - node.args[1], u)
        else:
            zeros = [c.rhs for _, c in node.args if isinstance(c, sp.core.relational.Relational)]
        points.update(float(sp.log(zero)) for zero in zeros if zero.is_positive)
    return tuple(sorted(points))


def outer_divergence(theory: Theory, P: Any, Q: Any, **options: Any) -> DivergenceResult:
    """Phi(E_r[R(v*)], E_g[S(v*)]) less its value at P_g = P_r."""
    from gantheory.divergences import DivergenceResult

    objective, solution = theory.objective, theory.solution
    outer = objective.outer
    assert outer is not None
    if solution.closed is None:
        raise ValueError(f"{objective.name}: an outer function needs a closed form of the optimal score")
    game = solution.game
    real, real_one = _expectation(u, at_optimum(game.R, solution), P, Q, options)
    fake, fake_one = _expectation(sp.S.One, at_optimum(game.S, solution), P, Q, options)
    high_precision = options.get("dps") is not None
    at_one = outer.subs({x: real_one, y: fake_one})
    base = _mp(at_one) if high_precision else float(at_one)
    value = sp.lambdify((x, y), outer, "mpmath" if high_precision else "math")(real.value, fake.value) - base
    error = 4e-16 * abs(float(base))
    for symbol, result in ((x, real), (y, fake)):
        slope = sp.lambdify((x, y), sp.diff(outer, symbol), "math")
        error += abs(slope(float(real.value), float(fake.value))) * float(result.error)
    return DivergenceResult(value, error, f"outer function of two expectations, {real.method}")


def _expectation(
    weight: sp.Expr, value: sp.Expr, P: Any, Q: Any, options: dict[str, Any]
) -> tuple[DivergenceResult, sp.Expr]:
    """E_g[weight(u) value(u)] as a generalized f-divergence plus its value at u = 1, and that value."""
    from gantheory.divergences import ClosedForm, DivergenceResult, compute

    constant = exact_value(value, sp.S.One)
    f = normalized(weight * value, constant)
    at_zero, slope = limits.ends(f)
    result = compute(ClosedForm(f, u, at_zero=at_zero, slope_at_infinity=slope), P, Q, **options)
    shift = float(constant) if options.get("dps") is None else _mp(constant)
    return DivergenceResult(result.value + shift, result.error, result.method), constant


def _mp(number: sp.Expr) -> Any:
    import mpmath

    return mpmath.mpf(str(number.evalf(mpmath.mp.dps + 5)))
