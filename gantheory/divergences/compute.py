"""One entry for all ways to evaluate a divergence."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, TypeVar, get_args

from gantheory.arguments.checks import choice, flag, whole
from gantheory.divergences.certified.budget import SECONDS, check_seconds
from gantheory.divergences.engines.discrete.atoms import divergence_with_atoms
from gantheory.divergences.engines.discrete.pmf import check_digits, check_pmf, pmf_divergence
from gantheory.divergences.engines.line.quadrature import in_range, without_overflow
from gantheory.divergences.engines.line.quadrature_mp import high_precision
from gantheory.divergences.engines.plane.callables import cubature_divergence
from gantheory.divergences.engines.plane.laws import plane_divergence
from gantheory.divergences.functions.closed_form import ClosedForm
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.densities import densities
from gantheory.divergences.inputs.laws import two_dimensional
from gantheory.divergences.inputs.prepared import prepared
from gantheory.divergences.result import DivergenceResult, as_float
from gantheory.divergences.sampling.monte_carlo import monte_carlo
from gantheory.errors import nearest, shown
from gantheory.support.deadline import TimeBoundError, within
from gantheory.support.multiprecision import mp as ctx

Method = Literal["pmf", "quadrature", "cubature", "monte-carlo"]
METHODS: tuple[Method, ...] = get_args(Method)

T = TypeVar("T")


def compute(
    generating_function: GeneratingFunction,
    P: Any,
    Q: Any,
    *,
    dps: int | None = None,
    support: Any = None,
    method: Method | None = None,
    seed: int | None = None,
    samples: int = 100_000,
    certified: bool = False,
    seconds: float = SECONDS,
) -> DivergenceResult:
    """D_f(P||Q) = E_Q[f(p/q)] in nats, where q = 0 counting p f'(inf) and where p = 0 counting q f(0).

    Args:
        generating_function: f, normalized to f(1) = 0 and, where smooth, f'(1) = 0.
        P, Q: equal-length pmf arrays; scipy.stats distributions (frozen or of the new infrastructure,
            continuous or discrete, gaussian_kde), or mixtures of them; two circular laws; two laws of the
            plane (multivariate_normal, multivariate_t, gaussian_kde, mixtures); or density callables, also in
            logs (`log_density`). Samples go to `from_samples`.
        dps: decimal digits of an mpmath result; None for float64.
        support: (a, b) of density callables of one variable, ((a, b), (c, d)) of two.
        method: "pmf", "quadrature", "cubature" or "monte-carlo"; by default by the kind of P and Q. Monte
            Carlo needs distributions that can be sampled.
        seed: of Monte Carlo, needed there.
        samples: of Monte Carlo, from each of P and Q.
        certified: prove the digits (15, or `dps`) by ball arithmetic; f must be a `ClosedForm`, and P and Q
            pmfs or frozen norm, laplace, expon, beta, uniform and mixtures of these. See
            `gantheory.divergences.certified.certified_divergence`.
        seconds: of processor time (of wall-clock time if certified) after which it is given up, inf for no
            limit.

    Returns:
        DivergenceResult with value, absolute error estimate and method; a CertifiedResult, whose error is a
        proved bound and which has `low`, `high` and `ball`, if certified.

    Raises:
        ValueError, TypeError: bad input, before any work.
        OverflowError: the divergence is finite and beyond the largest float.
        ArithmeticError: the divergence holds both +inf and -inf; it is not found in time.
    """
    if not isinstance(generating_function, GeneratingFunction):
        raise TypeError(
            f"generating_function must be a GeneratingFunction, got {type(generating_function).__name__}"
        )
    if flag(certified, "certified"):
        digits = certified_digits({"dps": dps, "support": support, "method": method, "seed": seed})
        if not isinstance(generating_function, ClosedForm):
            raise ValueError(
                "certified needs f as a formula, a ClosedForm; got "
                f"{type(generating_function).__name__}, use Theory.divergence(..., certified=True)"
            )
        from gantheory.divergences.certified import certified_divergence

        f = generating_function
        return certified_divergence(f.expr, f.symbol, P, Q, digits, seconds)
    if dps is not None:
        check_digits(dps)
    whole(samples, "samples", 2)
    if seed is not None:
        whole(seed, "seed")
    if method is not None:
        choice(method, "method", METHODS)

    def found() -> DivergenceResult:
        if method == "monte-carlo":
            return monte_carlo(generating_function, P, Q, samples=samples, seed=seed, dps=dps)
        result = evaluate(generating_function, P, Q, dps=dps, support=support, method=method)
        if dps is not None:
            return result
        instead = "; dps=15 gives it as an mpmath number" if result.method == "quadrature" else ""
        return replace(result, value=as_float(result.value, instead))

    return in_time(seconds, "the divergence", found)


def in_time(seconds: Any, what: str, work: Callable[[], T]) -> T:
    """work(), within this processor time.

    Raises:
        TimeBoundError: it took longer; says of what.
    """
    limit = check_seconds(seconds)
    try:
        return within(limit, work)
    except TimeBoundError:
        raise TimeBoundError(
            f"{what} was not found within {limit:g} s of processor time; give more `seconds`, ask for fewer "
            "digits (dps) or of fewer atoms, or give samples (divergence_of_samples)"
        ) from None


def evaluate(
    f: GeneratingFunction,
    P: Any,
    Q: Any,
    *,
    dps: int | None = None,
    support: Any = None,
    method: str | None = None,
) -> DivergenceResult:
    """`compute` by sums, quadrature and cubature, with a value of mpmath where no float is so large."""
    (kind_p, P), (kind_q, Q) = prepared(P, "P"), prepared(Q, "Q")
    kinds = {kind_p, kind_q}
    if support is not None and "callable" not in kinds:
        raise ValueError(
            f"support must be given for density callables only, got {shown(support)}; scipy.stats.truncate "
            "cuts a law off"
        )
    if kinds == {"pmf"}:
        if method not in (None, "pmf"):
            raise ValueError(f"method must be 'pmf' for pmf arrays, got {method!r}")
        return pmf_divergence(f, P, Q, dps)
    if "pmf" in kinds:
        given, name = (P, "P") if kind_p == "pmf" else (Q, "Q")
        check_pmf(given, name)
        raise TypeError(
            "P and Q must both be pmf arrays or both be densities, got "
            f"{type(P).__name__} and {type(Q).__name__}; a pmf on known points is "
            "scipy.stats.rv_discrete(values=(points, pmf))"
        )
    if method == "pmf":
        raise ValueError("method 'pmf' needs pmf arrays for P and Q")
    if kinds & {"discrete", "mixed"}:
        if method is not None or dps is not None:
            name, value = ("method", method) if method is not None else ("dps", dps)
            raise ValueError(
                f"{name} must not be given for discrete distributions, got {value!r}; pmf arrays take dps"
            )
        return divergence_with_atoms(f, P, Q)
    if "plane" in kinds:
        if kinds != {"plane"}:
            raise TypeError(
                f"P and Q must both be laws of the plane, got {type(P).__name__} and {type(Q).__name__}"
            )
        if dps is not None:
            raise ValueError(f"dps must be None for laws of the plane, got {dps!r}")
        return plane_divergence(f, P, Q)
    two = [two_dimensional(getattr(d, "given", None)) for d in (P, Q)]
    if method == "cubature" or two_dimensional(support) or any(two):
        if support is None:
            support = next((d.given for d, flat in zip((P, Q), two, strict=True) if flat), None)
        return cubature_divergence(f, P, Q, support, dps)
    return _on_the_line(f, P, Q, support, dps)


def _on_the_line(f: GeneratingFunction, P: Any, Q: Any, support: Any, dps: int | None) -> DivergenceResult:
    """By quadrature; an infinity that is an overflow is found out in units of the largest contribution."""
    p, q = densities(P, Q, support)
    if dps is None:
        return without_overflow(f, p, q)
    result = high_precision(f, p, q, dps)
    part = result if math.isfinite(float(result.value)) else in_range(result, f, p, q)
    if part is result:
        return result
    if dps > 15:
        raise OverflowError(
            f"the divergence is {ctx.nstr(ctx.mpf(part.value), 6)}, beyond the largest float, where dps must "
            f"be at most 15, got {dps}; certified=True gives more"
        )
    return part


def check_options(options: dict[str, Any]) -> None:
    """The options of `compute` by name, before any work.

    Raises:
        TypeError: one that does not exist, or `certified` that is no bool.
    """
    known = [p.name for p in inspect.signature(compute).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise TypeError(f"divergence has no option {name!r}{nearest(name, known)}")
    flag(options.get("certified", False), "certified")


def certified_digits(options: dict[str, Any]) -> int:
    """The digits of a certified divergence, once its options are checked.

    Raises:
        ValueError: digits out of range, or an option that does not go with a proof.
        TypeError: an unknown option.
    """
    for name, value in options.items():
        if name == "method" and value == "monte-carlo":
            raise ValueError("method must not be 'monte-carlo' with certified=True: samples prove nothing")
        if name != "dps" and value is not None:
            raise ValueError(f"{name} must not be given with certified=True, got {value!r}")
    dps = options.get("dps")
    if dps is None:
        return 15
    check_digits(dps)
    return int(dps)
