"""From a derived f to its numeric form, and divergences of objectives whose outer function is not a sum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from gantheory.derivation import limits
from gantheory.derivation.algebra import tidy
from gantheory.derivation.induced import at_optimum, exact_value, normalized
from gantheory.derivation.solution import OptimalScore, log_ratio, u
from gantheory.multiprecision import lambdify
from gantheory.multiprecision import mp as mpmath
from gantheory.objectives.objective import x, y

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory
    from gantheory.divergences import DivergenceResult, GeneratingFunction

_t = sp.Symbol("t", real=True)

_END_BITS = 20_000
"""Bits of an end of the reached scores: enough for |log u| up to 13,000."""


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
    ratio, domain = log_ratio(game), _reached(solution)
    inside = all(map(mpmath.isfinite, domain))
    if kind == "flow":
        if inside:
            return _analytic_flow(game.S, ratio, game.y, domain, _flow_ends(solution, domain))
        return FlowForm(game.S, ratio, game.y, domain=domain)
    real, fake = (game.A, game.B) if kind == "discriminator" else (game.R, game.S)
    if inside:
        return _analytic(real, fake, ratio, game.y, domain, _ends(solution, domain, real, fake))
    return Parametric(real, fake, ratio, game.y, domain=domain)


def _analytic(
    real: sp.Expr, fake: sp.Expr, ratio: sp.Expr, y: sp.Symbol, domain: tuple[Any, Any], ends: dict[str, Any]
) -> GeneratingFunction:
    """`Parametric` whose f is analytic at u = 0 and 1/u = 0: its tails are straight to O(u^2)."""
    from gantheory.divergences import Parametric

    class Analytic(Parametric):
        def _inside(self, t: Any) -> Any:
            far = _far()
            if abs(t) <= far:
                return super()._inside(t)
            if t < 0:
                return self.at_zero_mp + (super()._inside(-far) - self.at_zero_mp) * mpmath.exp(t + far)
            slope = self.slope_at_infinity_mp
            return slope * mpmath.exp(t) + super()._inside(far) - slope * mpmath.exp(far)

    return Analytic(real, fake, ratio, y, domain=domain, **ends)


def _analytic_flow(
    S: sp.Expr, ratio: sp.Expr, y: sp.Symbol, domain: tuple[Any, Any], ends: dict[str, Any]
) -> GeneratingFunction:
    """`FlowForm` whose h is analytic at u = 0 and 1/u = 0: there u^2 h'' falls as u^2 and as 1/u."""
    from gantheory.divergences import FlowForm

    class AnalyticFlow(FlowForm):
        def weight(self, t: Any) -> Any:
            far = _far()
            if abs(t) <= far:
                return super().weight(t)
            return super().weight(mpmath.sign(t) * far) * mpmath.exp(-2 * (abs(t) - far))

    return AnalyticFlow(S, ratio, y, domain=domain, **ends)


def _far() -> Any:
    """|log u| beyond which the neglected e^(-2 |log u|) is below the working precision."""
    return mpmath.mpf(max(24, int(1.3 * mpmath.dps)))


def _ends(solution: OptimalScore, domain: tuple[Any, Any], real: sp.Expr, fake: sp.Expr) -> dict[str, Any]:
    """f(0) and f'(inf) where the score ends inside its domain: there they are values, not limits."""
    y, (at_fake, at_real) = solution.game.y, _in_order(solution, domain)
    one = _score_at_one(solution, domain)
    with mpmath.workdps(30):
        r, s = (lambdify(y, expr) for expr in (real, fake))
        total = lambdify(y, sp.diff(real + fake, y) / sp.diff(log_ratio(solution.game), y))
        slope = r(one) + total(one)  # f'(1) = R + (R' + S') dv*/dt at t = 0
        return {"at_zero": s(at_fake) - r(one) - s(one) + slope, "slope_at_infinity": r(at_real) - slope}


def _flow_ends(solution: OptimalScore, domain: tuple[Any, Any]) -> dict[str, Any]:
    """h(0) = s(0) - s(1) and h'(inf) = -int S'/u over the scores above that at u = 1."""
    game, (at_fake, at_real) = solution.game, _in_order(solution, domain)
    one = _score_at_one(solution, domain)
    with mpmath.workdps(30):
        s = lambdify(game.y, game.S)
        slopes = sp.diff(game.S, game.y) * sp.diff(game.A, game.y) / sp.diff(game.B, game.y)
        integral = mpmath.quad(lambdify(game.y, slopes), [one, +at_real])
        return {"at_zero": s(at_fake) - s(one), "slope_at_infinity": integral}


def _in_order(solution: OptimalScore, domain: tuple[Any, Any]) -> tuple[Any, Any]:
    """The ends as u -> 0 and as u -> oo."""
    rising = (
        float(log_ratio(solution.game).diff(solution.game.y).subs(solution.game.y, sum(domain) / 2).evalf())
        > 0
    )
    return domain if rising else (domain[1], domain[0])


def _score_at_one(solution: OptimalScore, domain: tuple[Any, Any]) -> Any:
    game = solution.game
    function = lambdify(game.y, sp.diff(game.A + game.B, game.y))
    with mpmath.workdps(40):
        return mpmath.findroot(function, [+end for end in domain], solver="anderson")


def _beta_form(formula: sp.Expr, s: sp.Expr, arguments: dict[str, Any]) -> GeneratingFunction:
    """float64 from the integral, which is a table; high precision from mpmath's incomplete beta function."""
    from gantheory.divergences import ClosedForm, FlowForm

    class BetaForm(FlowForm):
        def _inside(self, t: Any) -> Any:
            return closed.mp(t)

    form = BetaForm(s, _t, _t, **arguments)
    closed = ClosedForm(formula, u, at_zero=form.at_zero, slope_at_infinity=form.slope_at_infinity)
    return form


def _off_kinks(expr: sp.Expr) -> sp.Expr:
    return expr.replace(sp.DiracDelta, lambda *_: sp.S.Zero)


def _reached(solution: OptimalScore) -> tuple[Any, Any]:
    """The open interval of scores that are optimal at some u, inside which log(-B'/A') is real.

    An end inside the domain is a zero of A' or B'; scores come as close to it as e^-|log u|, so it needs many
    digits.
    """
    from gantheory.derivation.numeric import inverted_ratio

    game = solution.game
    slopes = (sp.diff(game.B, game.y), sp.diff(game.A, game.y))
    ends = []
    for slope, start in zip(slopes, inverted_ratio(solution, np.array([-np.inf, np.inf])), strict=True):
        if math.isinf(start) or start in (game.low, game.high):
            ends.append(mpmath.mpf(start))
            continue
        values = [lambdify(game.y, sp.diff(slope, game.y, k)) for k in range(3)]
        with mpmath.workprec(_END_BITS):
            point = mpmath.mpf(start)
            for _ in range(12):  # from 50 bits, each step doubles them
                # Newton's method on g/g', which has a simple zero where g has a multiple one.
                g, first, second = (value(point) for value in values)
                divisor = first**2 - g * second
                if g == 0 or divisor == 0:
                    break
                point -= g * first / divisor
        ends.append(point)
    return min(ends), max(ends)


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
    if high_precision:
        with mpmath.workdps(options["dps"] + 10):
            base = _mp(at_one)
            value = lambdify((x, y), outer)(mpmath.mpf(real.value), mpmath.mpf(fake.value)) - base
    else:
        base = float(at_one)
        value = sp.lambdify((x, y), outer, "math")(real.value, fake.value) - base
    error = 4e-16 * abs(float(base))
    for symbol, result in ((x, real), (y, fake)):
        slope = sp.lambdify((x, y), sp.diff(outer, symbol), "math")
        error += abs(slope(float(real.value), float(fake.value))) * float(result.error)
    return DivergenceResult(value, error, f"outer function of two expectations, {real.method}")


def certified_divergence(theory: Theory, P: Any, Q: Any, kind: str, **options: Any) -> DivergenceResult:
    """A ball that provably contains the divergence, from the closed form of f.

    Raises:
        ValueError: f has no closed form, or an option that does not go with a proof.
    """
    from gantheory.divergences import certified
    from gantheory.divergences.compute import certified_digits

    seconds = options.pop("seconds", None)
    dps = certified_digits(options)
    part = theory.induced(kind)
    if part.infinite is not None:
        return certified.infinite_unless_equal(int(sp.sign(part.infinite)), P, Q, dps)
    if part.expr is None:
        raise ValueError(f"{theory.objective.name} has no {kind} f to certify: {part.reason}")
    limit = {} if seconds is None else {"seconds": seconds}
    return certified.certified_divergence(part.expr, u, P, Q, dps, **limit)


def _expectation(
    weight: sp.Expr, value: sp.Expr, P: Any, Q: Any, options: dict[str, Any]
) -> tuple[DivergenceResult, sp.Expr]:
    """E_g[weight(u) value(u)] as a generalized f-divergence plus its value at u = 1, and that value."""
    from gantheory.divergences import ClosedForm, DivergenceResult, compute

    constant = exact_value(value, sp.S.One)
    f = normalized(weight * value, constant)
    at_zero, slope = limits.ends(f)
    result = compute(ClosedForm(f, u, at_zero=at_zero, slope_at_infinity=slope), P, Q, **options)
    if options.get("dps") is None:
        return DivergenceResult(result.value + float(constant), result.error, result.method), constant
    with mpmath.workdps(options["dps"] + 10):
        value = mpmath.mpf(result.value) + _mp(constant)
    return DivergenceResult(value, result.error, result.method), constant


def _mp(number: sp.Expr) -> Any:
    return mpmath.mpf(str(number.evalf(mpmath.dps + 5)))
