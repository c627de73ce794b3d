"""Monte Carlo estimates of divergences from samples with known log densities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float, as_float64
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.densities import densities, on_one_circle
from gantheory.divergences.inputs.laws import check_on_line, drawn, multivariate_kind, one_law, spread_of
from gantheory.divergences.inputs.own_laws import completed
from gantheory.divergences.inputs.prepared import prepared
from gantheory.divergences.result import DivergenceResult
from gantheory.divergences.sampling.pareto import NO_MEAN, NO_VARIANCE, tail_of


def compute_from_samples(
    generating_function: GeneratingFunction,
    real_samples: Any,
    fake_samples: Any,
    log_p: Callable[[Any], Any],
    log_q: Callable[[Any], Any],
    *,
    confidence: float = 0.95,
) -> DivergenceResult:
    """Estimate D_f(P||Q) from independent samples of P and Q with known log densities.

    With t = log p - log q and F(t) = f(e^t)/max(1, e^t) the estimate is

        mean over fake samples of F(t) [t <= 0]  +  mean over real samples of F(t) [t > 0],

    unbiased, and of bounded variance wherever f(0) and f'(inf) are finite: no weight exceeds 1, unlike the
    mean of f(p/q) over fake samples alone. The interval is the central limit theorem's with Student's t.
    Where f(0) or f'(inf) is infinite, the terms may have no variance or no mean, which the largest of them
    tell (`gantheory.divergences.sampling.pareto`): from the Pareto index k = 0.5 on `method` names it, and
    the interval covers less often than it says; clearly above 1 there is no estimate.

    Args:
        generating_function: f.
        real_samples: from P, shape (n,) or (n, d); None uses E_Q[f(p/q)] over fake samples alone.
        fake_samples: from Q, shape (m,) or (m, d); None uses E_P[f(u)/u] over real samples alone, which
            misses mass of Q where p = 0.
        log_p, log_q: log densities on such arrays, -inf where a density is 0.
        confidence: of the interval.

    Raises:
        ArithmeticError: the terms have no mean (k clearly above 1), so the divergence may be infinite.
        ValueError: no samples, fewer than two, NaN, confidence outside (0, 1), or log densities of the wrong
            shape or without mass at their own samples.
    """
    if not 0.0 < as_float(confidence, "confidence") < 1.0:
        raise ValueError(f"confidence must be in (0, 1), got {confidence}")
    if real_samples is None and fake_samples is None:
        raise ValueError("real_samples and fake_samples must not both be None")
    parts: list[Array] = []
    ratios: list[Array] = []
    both = real_samples is not None and fake_samples is not None
    for given, name, own in ((real_samples, "real_samples", 0), (fake_samples, "fake_samples", 1)):
        if given is None:
            continue
        x = as_float64(given, name)
        if x.ndim not in (1, 2) or len(x) < 2:
            raise ValueError(f"{name} must have shape (n,) or (n, d) with n >= 2, got shape {x.shape}")
        if not np.isfinite(x).all():
            raise ValueError(f"{name} must be finite, got {x[~np.isfinite(x)].flat[0]}")
        logs = (_logs(log_p, x, "log_p"), _logs(log_q, x, "log_q"))
        if (logs[own] == -np.inf).any():
            raise ValueError(
                f"{('log_p', 'log_q')[own]} is -inf at one of {name}, which come from that density"
            )
        t = logs[0] - logs[1]
        ratios.append(t)
        if both:
            counted = t > 0.0 if own == 0 else t <= 0.0
            parts.append(np.where(counted, generating_function.scaled(t), 0.0))
        else:
            parts.append(generating_function.over_u(t) if own == 0 else generating_function.of_log(t))
    check_poles(generating_function, np.concatenate(ratios))
    value = math.fsum(np.mean(part) for part in parts)
    if not math.isfinite(value):
        return DivergenceResult(value=value, error=0.0, method="Monte Carlo", interval=(value, value))
    variance = math.fsum(np.var(part, ddof=1) / len(part) for part in parts)

    from scipy import stats

    degrees = min(len(part) for part in parts) - 1
    half = float(stats.t.ppf(0.5 + 0.5 * confidence, degrees)) * math.sqrt(variance)
    tail = max(map(tail_of, parts), key=lambda tail: tail.k)
    bounded = both and generating_function.bounded
    if tail.above(NO_MEAN) and not bounded:
        raise ArithmeticError(
            f"no Monte Carlo estimate: the largest terms have the Pareto index k = {tail.k:.2g}, from 1 on "
            "no mean, so the divergence may be infinite; leave method out for quadrature where the laws allow"
        )
    heavy = tail.k > NO_VARIANCE and (not bounded or generating_function.infinite_inside)
    method = f"Monte Carlo, heavy tails (Pareto k = {tail.k:.2g})" if heavy else "Monte Carlo"
    return DivergenceResult(value=value, error=half, method=method, interval=(value - half, value + half))


def check_poles(f: GeneratingFunction, t: Array) -> None:
    """Refuse log p/q on both sides of a pole of f that has no integral: no sample meets it."""
    if height := f.passed(t):
        raise ArithmeticError(
            f"no estimate from samples: their p/q lie on both sides of a ratio where f is {height} and has "
            "no integral, so the divergence is infinite unless p/q jumps over it; leave method out for "
            "quadrature"
        )


def monte_carlo(
    f: GeneratingFunction, P: Any, Q: Any, *, samples: int, seed: int | None, dps: int | None = None
) -> DivergenceResult:
    """`compute_from_samples` on fresh samples of distributions that have `rvs` and `logpdf`, any dimension.

    Raises:
        ValueError: no seed, or dps; laws of two dimensions, or of which only one lies on a circle, simplex,
            sphere or subspace.
        TypeError: P or Q cannot be sampled.
    """
    if dps is not None:
        raise ValueError(f"dps must be None for Monte Carlo, got {dps}")
    if seed is None:
        raise ValueError("seed must be given for Monte Carlo, such as seed=0")
    P, Q = (prepared(d, n)[1] if hasattr(d, "icdf") else d for d, n in ((P, "P"), (Q, "Q")))
    for given, name in ((P, "P"), (Q, "Q")):
        if not (hasattr(given, "rvs") and hasattr(given, "logpdf")):
            raise TypeError(f"{name} must have rvs and logpdf for Monte Carlo, got {type(given).__name__}")
        one_law(given, name)
    P, Q = completed(P, "P"), completed(Q, "Q")
    _check_space(P, Q)
    # Independent streams, so that the two means are independent also for equal distributions.
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2)]
    real, fake = (_sampled(d, n, samples, rng) for d, n, rng in zip((P, Q), "PQ", streams, strict=True))
    if real.shape[1:] != fake.shape[1:]:
        sizes = [math.prod(x.shape[1:]) for x in (real, fake)]
        raise ValueError(f"P and Q must have the same dimension, got {sizes[0]} and {sizes[1]}")
    if on_one_circle(P, Q):
        p, q = densities(P, Q)
        low, high = p.components[0].low, p.components[0].high
        real, fake = (low + (x - low) % (high - low) for x in (real, fake))
        return compute_from_samples(f, real, fake, p.logpdf, q.logpdf)
    for law, name in ((P, "P"), (Q, "Q")):
        check_on_line(law, name)
    return compute_from_samples(f, real, fake, _of_rows(P), _of_rows(Q))


def _sampled(law: Any, name: str, size: int, rng: Any) -> Array:
    try:
        x = drawn(law, size, rng)
    except (ValueError, RuntimeError) as error:  # of the search for quantiles of a density that is none
        raise ValueError(f"{name} cannot be sampled by its rvs: {error}; is its density finite?") from error
    if x.ndim > 2:
        raise ValueError(f"{name} must be a law of numbers or vectors, its samples have shape {x.shape[1:]}")
    return x


def _of_rows(law: Any) -> Callable[[Any], Any]:
    """log density of samples in rows; scipy's dirichlet takes columns."""
    return (lambda x: law.logpdf(x.T)) if multivariate_kind(law) == "dirichlet" else law.logpdf  # type: ignore[no-any-return]


def _check_space(P: Any, Q: Any) -> None:
    """Refuse two densities that are not of one measure: their quotient is no dP/dQ."""
    spaces = [_space(law) for law in (P, Q)]
    if spaces[0] != spaces[1]:
        raise ValueError(
            f"P and Q must have densities on one space, got {spaces[0] or 'all of it'} and "
            f"{spaces[1] or 'all of it'}: they are mutually singular, D_f is f(0) + f'(oo)"
        )


def _space(law: Any) -> str:
    """The part of R^d that a law of scipy has its density on, in words; "" for all of it."""
    kind = multivariate_kind(law)
    if kind in ("multivariate_normal", "multivariate_t"):
        spread = spread_of(law)
        rank = int(np.linalg.matrix_rank(spread))
        return f"a subspace of {rank} of {len(spread)} dimensions" if rank < len(spread) else ""
    return {"dirichlet": "a simplex", "vonmises_fisher": "a sphere"}.get(kind, "")


def _logs(log_density: Callable[[Any], Any], x: Array, name: str) -> Array:
    value = as_float64(log_density(x), f"values of {name}")
    if value.shape != (len(x),):
        raise ValueError(f"{name} must return one value per sample, shape ({len(x)},), got {value.shape}")
    if not (value < np.inf).all():
        raise ValueError(f"{name} must be a log density, got {value[~(value < np.inf)][0]}")
    return value
