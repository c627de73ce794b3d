"""From a derived f to its numeric form, and divergences of objectives whose outer function is not a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.induced import at_optimum, exact_value
from gantheory.derivation.optimal_score import log_ratio, u
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
    if part.expr is not None and not part.expr.has(sp.betainc):
        if at_zero is not None and slope is not None:
            return ClosedForm(part.expr, u, at_zero=at_zero, slope_at_infinity=slope, breakpoints=_kinks(part.expr))
    score = None if solution.closed is None else sp.expand_log(solution.closed.subs(u, sp.exp(_t)), force=True)
    common: dict[str, Any] = {
        "score_of_log": score,
        "domain": (float(game.low), float(game.high)),
        "at_zero": at_zero,
        "slope_at_infinity": slope,
        "breakpoints": _kinks(sp.S.Zero if score is None else game.S.subs(game.y, solution.closed)),
    }
    ratio = log_ratio(game)
    if kind == "flow":
        return FlowForm(game.S, ratio, game.y, **common)
    real, fake = (game.A, game.B) if kind == "discriminator" else (game.R, game.S)
    return Parametric(real, fake, ratio, game.y, **common)


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
    """Phi(E_r[R(v*)], E_g[S(v*)]) less its value at P_g = P_r, each expectation as a generalized f-divergence."""
    from gantheory.divergences import ClosedForm, DivergenceResult, compute

    objective, solution = theory.objective, theory.solution
    outer = objective.outer
    assert outer is not None
    if solution.closed is None:
        raise ValueError(f"{objective.name}: an outer function needs a closed form of the optimal score")
    means, errors = [], []
    at_one = []
    for expr, weight in ((solution.game.R, u), (solution.game.S, sp.S.One)):
        value = at_optimum(expr, solution)
        constant = exact_value(value, sp.S.One)
        raw = weight * value - constant
        slope = exact_value(sp.diff(raw, u), sp.S.One)
        f = sp.expand(raw - slope * (u - 1))
        from gantheory.derivation.induced import shortest
        from gantheory.derivation.limits import ends

        form = shortest(f)
        low, high = ends(form)
        result = compute(ClosedForm(form, u, at_zero=low, slope_at_infinity=high), P, Q, **options)
        means.append(result.value + (float(constant) if isinstance(result.value, float) else _mp(constant)))
        errors.append(float(result.error))
        at_one.append(constant)
        method = result.method
    phi = sp.lambdify((x, y), outer, "math" if isinstance(means[0], float) else "mpmath")
    gradient = [sp.lambdify((x, y), sp.diff(outer, symbol), "math") for symbol in (x, y)]
    base = outer.subs({x: at_one[0], y: at_one[1]})
    value = phi(*means) - (float(base) if isinstance(means[0], float) else _mp(base))
    error = sum(abs(g(float(means[0]), float(means[1]))) * e for g, e in zip(gradient, errors, strict=True))
    return DivergenceResult(value, error + 4e-16 * abs(float(base)), f"outer function of two expectations, {method}")


def _mp(number: sp.Expr) -> Any:
    import mpmath

    return mpmath.mpf(str(number.evalf(mpmath.mp.dps + 5)))
