"""From a derived f to its numeric form, and divergences of objectives whose outer function is not a sum."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
    from gantheory.divergences.certified import CertifiedResult
    from gantheory.divergences.from_samples import SampleEstimate

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
    """Phi(E_r[R(v*)], E_g[S(v*)]) less its value at P_g = P_r.

    With E_r R = R_1 (1 + a) and E_g S = S_1 (1 + b), R_1 and S_1 the values at P_g = P_r, a and b are
    divergences and keep their digits where they are small: near alpha = 1 Phi divides by what both hold.
    """
    from gantheory.divergences import DivergenceResult

    objective, solution = theory.objective, theory.solution
    outer = objective.outer
    assert outer is not None
    if solution.closed is None:
        raise ValueError(f"{objective.name}: an outer function needs a closed form of the optimal score")
    game, dps = solution.game, options.get("dps")
    parts = [
        _expectation(weight, at_optimum(value, solution), P, Q, options)
        for weight, value in ((u, game.R), (sp.S.One, game.S))
    ]
    phi = lambdify((x, y), outer)
    slopes = [lambdify((x, y), sp.diff(outer, symbol)) for symbol in (x, y)]
    # Phi may divide by alpha - 1 = 1e-10 and the like; R_1 may be 2^(1 - alpha).
    with mpmath.workdps(_OUTER_DIGITS + (dps or 0)):
        ones = [_mp(part.at_one[0]) ** _mp(part.at_one[1]) for part in parts]
        amounts = [one * (1 + part.amount) for one, part in zip(ones, parts, strict=True)]
        value = phi(*amounts) - phi(*ones)
        if not mpmath.isfinite(value):
            return DivergenceResult(
                float(value), 0.0, f"outer function of two expectations, {parts[0].method}"
            )
        error = mpmath.fsum(
            abs(slope(*amounts) * one * part.error)
            for slope, one, part in zip(slopes, ones, parts, strict=True)
        )
        rounding = mpmath.mpf(10) ** (1 - dps) if dps is not None else mpmath.mpf(2) ** -52
        error = float(error + rounding * abs(value))
    if dps is None:
        value = float(value)
    return DivergenceResult(value, error, f"outer function of two expectations, {parts[0].method}")


def divergence_of_samples(
    theory: Theory, x_samples: Any, y_samples: Any, kind: str, method: str, confidence: float, seed: int
) -> SampleEstimate:
    """D_f, or Phi of two expectations, from samples alone; see `gantheory.divergences.from_samples`."""
    from gantheory.divergences.from_samples import Ratios, estimate, from_samples, influence

    objective, solution = theory.objective, theory.solution
    outer = objective.outer
    if kind != "equilibrium" or outer is None:
        f = theory.generating_function(kind)
        return from_samples(f, x_samples, y_samples, method=method, confidence=confidence, seed=seed)  # type: ignore[arg-type]
    if solution.closed is None:
        raise ValueError(f"{objective.name}: an outer function needs a closed form of the optimal score")
    game = solution.game
    amounts = [
        _amount(weight, at_optimum(part, solution)) for weight, part in ((u, game.R), (sp.S.One, game.S))
    ]
    phi = lambdify((x, y), outer)
    slopes = [lambdify((x, y), sp.diff(outer, symbol)) for symbol in (x, y)]

    def evaluate(ratios: Ratios) -> tuple[float, Any, Any]:
        parts = [influence(f, ratios) for _, f in amounts]
        with mpmath.workdps(_OUTER_DIGITS):
            ones = [_mp(base) ** _mp(power) for (base, power), _ in amounts]
            means = [
                one * (1 + mpmath.mpf(float(real.mean() + fake.mean())))
                for one, (real, fake) in zip(ones, parts, strict=True)
            ]
            if not all(mean > 0 for mean in means):
                return math.nan, *parts[0]
            value = float(phi(*means) - phi(*ones))
            rates = [float(slope(*means) * one) for slope, one in zip(slopes, ones, strict=True)]
        real, fake = (sum(rate * part[k] for rate, part in zip(rates, parts, strict=True)) for k in (0, 1))
        return value, real, fake

    return estimate(evaluate, x_samples, y_samples, method, confidence, seed)


@dataclass(frozen=True)
class _Expectation:
    """E = at_one (1 + amount), `amount` and its error at any size."""

    at_one: tuple[sp.Expr, sp.Expr]
    """Base and exponent: 2^(10^6) has 300,000 digits."""
    amount: Any
    error: Any
    method: str


_OUTER_DIGITS = 60
_LARGE_POWER = 60


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
    result = certified.certified_divergence(part.expr, u, P, Q, dps, **limit)
    return _with_certificate(theory, kind, P, Q, result, dps)


def _with_certificate(
    theory: Theory, kind: str, P: Any, Q: Any, result: CertifiedResult, dps: int
) -> CertifiedResult:
    """The result with the certificate of its digits, where there is one: only then is it called certified."""
    from gantheory.derivation.certificate import MOST_DIGITS, of_pmfs
    from gantheory.divergences.certified import exact_pmfs

    pmfs = exact_pmfs(P, Q)
    if pmfs is None or not math.isfinite(result.value) or dps > MOST_DIGITS:
        return result
    data = of_pmfs(theory, kind, *pmfs, result.decimals(dps + 5))
    return result if data is None else replace(result, method=f"certified, {dps} digits", certificate=data)


def _expectation(weight: sp.Expr, value: sp.Expr, P: Any, Q: Any, options: dict[str, Any]) -> _Expectation:
    """E_g[weight(u) value(u)] by a generalized f-divergence."""
    from gantheory.divergences import compute
    from gantheory.divergences.laws import prepared
    from gantheory.divergences.scaled import Scaled, log_peak

    constant, function = _amount(weight, value)
    peak = 0.0
    if {prepared(d, name)[0] for d, name in ((P, "P"), (Q, "Q"))} == {"pmf"}:
        # mpmath's numbers have no largest one: alpha = 10^6 gives 2^(10^6).
        digits = options.get("dps") or 20
        result = compute(function, P, Q, **{**options, "dps": digits})
        error = float(10.0 ** (1 - digits)) if options.get("dps") is not None else 2e-16
        with mpmath.workdps(digits + 10):
            amount = mpmath.mpf(result.value)
            return _Expectation(constant, amount, error * abs(amount), result.method.split(",")[0])
    if options.get("method") != "monte-carlo" and options.get("dps") is None:
        peak = log_peak(function, P, Q, options.get("support"))
    result = compute(Scaled(function, peak) if abs(peak) > 200.0 else function, P, Q, **options)
    with mpmath.workdps((options.get("dps") or 15) + 10):
        size = mpmath.exp(peak) if abs(peak) > 200.0 else mpmath.one
        return _Expectation(
            constant, mpmath.mpf(result.value) * size, mpmath.mpf(result.error) * size, result.method
        )


def _amount(weight: sp.Expr, value: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr], GeneratingFunction]:
    """(value at u = 1, f with E_g[weight value] = (value at u = 1) (1 + D_f))."""
    from gantheory.divergences import ClosedForm

    constant, relative = _over_value_at_one(value)
    function: GeneratingFunction
    if constant[1].is_real and abs(float(constant[1])) > _LARGE_POWER:
        from gantheory.derivation.power_form import PowerForm

        function = PowerForm(relative.base, relative.exp, weight == u)
    else:
        f = normalized(weight * relative, sp.S.One)
        at_zero, slope = limits.ends(f)
        function = ClosedForm(f, u, at_zero=at_zero, slope_at_infinity=slope)
    return constant, function


def _over_value_at_one(value: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr], sp.Expr]:
    """(base and exponent of the value at u = 1, the expression divided by it)."""
    if isinstance(value, sp.Pow) and not value.exp.has(u):
        base = exact_value(value.base, sp.S.One)
        return (base, value.exp), sp.Pow(tidy(value.base / base, u), value.exp, evaluate=False)
    constant = exact_value(value, sp.S.One)
    return (constant, sp.S.One), value / constant


def _mp(number: sp.Expr) -> Any:
    from gantheory.divergences.generating_function import to_mp

    return to_mp(number)
