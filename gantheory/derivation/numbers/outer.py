"""Divergences of objectives whose outer function is not a sum, through two expectations; and from samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra import limits
from gantheory.derivation.algebra.expressions import tidy
from gantheory.derivation.algebra.points import exact_value
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import normalized
from gantheory.derivation.numbers.power_form import PowerForm
from gantheory.divergences import ClosedForm, DivergenceResult, GeneratingFunction
from gantheory.divergences.compute import compute, evaluate
from gantheory.divergences.engines.scaled import Scaled, log_peak
from gantheory.divergences.inputs.densities import densities
from gantheory.divergences.inputs.laws import two_dimensional
from gantheory.divergences.inputs.prepared import prepared
from gantheory.divergences.kinds import Kind
from gantheory.divergences.sampling.from_samples import SampleEstimate, estimate, from_samples, influence
from gantheory.divergences.sampling.ratios import Ratios
from gantheory.objectives.objective import x, y
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as mpmath

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_DIGITS = 60
"""Phi may divide by alpha - 1 = 1e-10 and the like."""

_LARGE_POWER = 60


class _Outer:
    """Phi(E_r R, E_g S) less its value at P_g = P_r.

    With E_r R = R_1 (1 + a) and E_g S = S_1 (1 + b), R_1 and S_1 the values at P_g = P_r, a and b are
    divergences, of `functions`, and keep their digits where they are small: near alpha = 1 Phi divides by
    what both hold.

    Raises:
        ValueError: v* has no closed form.
    """

    def __init__(self, theory: Theory) -> None:
        objective, solution = theory.objective, theory.solution
        if solution.closed is None:
            raise ValueError(f"{objective.name}: an outer function needs a closed form of the optimal score")
        values = ((u, solution.game.R), (sp.S.One, solution.game.S))
        found = [_amount(weight, solution.pieces[0].of(value)) for weight, value in values]
        self._constants = [constant for constant, _ in found]
        self.functions = [function for _, function in found]
        self._phi = lambdify((x, y), objective.outer)
        self._slopes = [lambdify((x, y), sp.diff(objective.outer, symbol)) for symbol in (x, y)]

    def _ones(self) -> list[Any]:
        return [to_mp(base) ** to_mp(power) for base, power in self._constants]

    def means(self, amounts: Sequence[Any]) -> list[Any]:
        """Both expectations, of a and b."""
        return [one * (1 + amount) for one, amount in zip(self._ones(), amounts, strict=True)]

    def value(self, means: list[Any]) -> Any:
        return self._phi(*means) - self._phi(*self._ones())

    def rates(self, means: list[Any]) -> list[Any]:
        """Derivatives of the value in a and b."""
        return [slope(*means) * one for slope, one in zip(self._slopes, self._ones(), strict=True)]


def outer_divergence(theory: Theory, P: Any, Q: Any, **options: Any) -> DivergenceResult:
    """Phi(E_r[R(v*)], E_g[S(v*)]) less its value at P_g = P_r."""
    outer, dps = _Outer(theory), options.get("dps")
    parts = [_expectation(function, P, Q, options) for function in outer.functions]
    method = f"outer function of two expectations, {parts[0].method}"
    with mpmath.workdps(_DIGITS + (dps or 0)):
        means = outer.means([part.amount for part in parts])
        value = outer.value(means)
        if not mpmath.isfinite(value):
            return DivergenceResult(float(value), 0.0, method)
        error = mpmath.fsum(
            abs(rate * part.error) for rate, part in zip(outer.rates(means), parts, strict=True)
        )
        rounding = mpmath.mpf(10) ** (1 - dps) if dps is not None else mpmath.mpf(2) ** -52
        error = float(error + rounding * abs(value))
    return DivergenceResult(float(value) if dps is None else value, error, method)


def divergence_of_samples(
    theory: Theory, x_samples: Any, y_samples: Any, kind: Kind, method: str, confidence: float, seed: int
) -> SampleEstimate:
    """D_f, or Phi of two expectations, from samples alone; see `divergences.sampling.from_samples`."""
    if kind != "equilibrium" or theory.objective.outer is None:
        f = theory.generating_function(kind)
        return from_samples(f, x_samples, y_samples, method=method, confidence=confidence, seed=seed)  # type: ignore[arg-type]
    outer = _Outer(theory)

    def evaluate(ratios: Ratios) -> tuple[float, Any, Any]:
        parts = [influence(function, ratios) for function in outer.functions]
        with mpmath.workdps(_DIGITS):
            means = outer.means([mpmath.mpf(float(real.mean() + fake.mean())) for real, fake in parts])
            if not all(mean > 0 for mean in means):
                return math.nan, *parts[0]
            value, rates = float(outer.value(means)), [float(rate) for rate in outer.rates(means)]
        real, fake = (sum(rate * part[k] for rate, part in zip(rates, parts, strict=True)) for k in (0, 1))
        return value, real, fake

    return estimate(evaluate, x_samples, y_samples, method, confidence, seed)


@dataclass(frozen=True)
class _Expectation:
    """E/E_1 - 1, E_1 at P_g = P_r, and its error, at any size."""

    amount: Any
    error: Any
    method: str


def _expectation(function: GeneratingFunction, P: Any, Q: Any, options: dict[str, Any]) -> _Expectation:
    """An expectation that is a generalized f-divergence but for a factor."""
    sampled = options.get("method") == "monte-carlo"  # which takes more laws
    kinds = set() if sampled else {prepared(d, name)[0] for d, name in ((P, "P"), (Q, "Q"))}
    if kinds == {"pmf"}:
        # mpmath's numbers have no largest one: alpha = 10^6 gives 2^(10^6).
        digits = options.get("dps") or 20
        result = compute(function, P, Q, **{**options, "dps": digits})
        error = float(10.0 ** (1 - digits)) if options.get("dps") is not None else 2e-16
        with mpmath.workdps(digits + 10):
            amount = mpmath.mpf(result.value)
            return _Expectation(amount, error * abs(amount), result.method.split(",")[0])
    if sampled or options.get("dps") is not None:
        result, peak = compute(function, P, Q, **options), 0.0
    else:
        given = {name: options.get(name) for name in ("support", "method")}
        on_the_line = kinds <= {"line", "callable"} and not two_dimensional(given["support"])
        top = log_peak(function, *densities(P, Q, given["support"])) if on_the_line else None
        peak = 0.0 if top is None else top[0]
        result = evaluate(Scaled(function, peak) if abs(peak) > 200.0 else function, P, Q, **given)
    with mpmath.workdps((options.get("dps") or 15) + 10):
        size = mpmath.exp(peak) if abs(peak) > 200.0 else mpmath.one
        return _Expectation(mpmath.mpf(result.value) * size, mpmath.mpf(result.error) * size, result.method)


def _amount(weight: sp.Expr, value: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr], GeneratingFunction]:
    """(value at u = 1, f with E_g[weight value] = (value at u = 1) (1 + D_f))."""
    constant, relative = _over_value_at_one(value)
    function: GeneratingFunction
    if constant[1].is_real and abs(float(constant[1])) > _LARGE_POWER:
        function = PowerForm(relative.base, relative.exp, weight == u)
    else:
        f = normalized(weight * relative, sp.S.One)
        at_zero, slope = limits.at_zero(f), limits.slope_at_infinity(f)
        function = ClosedForm(f, u, at_zero=at_zero, slope_at_infinity=slope)
    return constant, function


def _over_value_at_one(value: sp.Expr) -> tuple[tuple[sp.Expr, sp.Expr], sp.Expr]:
    """(base and exponent of the value at u = 1, the expression divided by it)."""
    if isinstance(value, sp.Pow) and not value.exp.has(u):
        base = exact_value(value.base, sp.S.One)
        return (base, value.exp), sp.Pow(tidy(value.base / base, u), value.exp, evaluate=False)
    constant = exact_value(value, sp.S.One)
    return (constant, sp.S.One), value / constant
