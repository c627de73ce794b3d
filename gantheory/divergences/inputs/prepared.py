"""What may stand for P and Q, told apart, and mixtures of it."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gantheory.arguments.arrays import as_float64
from gantheory.arguments.checks import several
from gantheory.divergences.inputs.families import numbers, parsed
from gantheory.divergences.inputs.laws import (
    KernelLaw,
    NewDiscreteLaw,
    NewLaw,
    center,
    multivariate_kind,
    one_law,
    spread_of,
)
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.divergences.inputs.own_laws import completed


def prepared(distribution: Any, name: str) -> tuple[str, Any]:
    """(kind, distribution in the form that the rest of the package reads).

    Kinds: "pmf" (an array of probabilities), "discrete", "line", "mixed" (a mixture of both), "plane" (two
    dimensions), "callable".

    Raises:
        TypeError, ValueError: a distribution that has no such form, in one line.
    """
    if isinstance(distribution, Mixture):
        return distribution.kind, distribution
    if isinstance(distribution, type) and hasattr(distribution, "pdf"):
        raise TypeError(f"{name} is the class {distribution.__name__}; give an instance with its parameters")
    if hasattr(distribution, "log_prob"):
        raise TypeError(
            f"{name} is a {type(distribution).__name__} with log_prob; give "
            "gantheory.divergences.log_density(function, support), or the same law of scipy.stats"
        )
    if hasattr(distribution, "icdf") and hasattr(distribution, "logpdf"):
        return _new(distribution, name)
    if hasattr(distribution, "dataset") and hasattr(distribution, "covariance"):  # gaussian_kde
        return _kernel(distribution, name)
    if hasattr(distribution, "_parse_args") and hasattr(distribution, "freeze"):
        distribution = _frozen(distribution, name)
    distribution = completed(_of_one_number(distribution, name), name)
    if hasattr(distribution, "pmf") and not hasattr(distribution, "pdf"):
        return _discrete(distribution, name)
    if hasattr(distribution, "pdf") and hasattr(distribution, "support"):
        if not (hasattr(distribution, "logpdf") and hasattr(distribution, "ppf")):
            raise TypeError(
                f"{name} must have logpdf and ppf beside pdf and support, got {type(distribution).__name__}; "
                "or give a density callable with support=(a, b)"
            )
        one_law(distribution, name)
        return "line", distribution
    if hasattr(distribution, "pdf"):
        return _multivariate(distribution, name)
    if callable(distribution) and not hasattr(distribution, "__array__"):
        return "callable", distribution
    return "pmf", distribution


def _needed(given: Any) -> str:
    """What a law of scipy's new infrastructure takes; it has forgotten what it was given."""
    parameters = getattr(getattr(given, "_parameterization", None), "parameters", {})
    domains = (f"{key} in {parameter.domain}".replace("\\", "") for key, parameter in parameters.items())
    return f"{type(given).__name__} takes {', '.join(domains).replace('infty', 'inf')}"


def mixture(distributions: Sequence[Any], weights: Sequence[float]) -> Mixture:
    """The distribution with density sum_i weights[i] p_i(x).

    Args:
        distributions: scipy.stats distributions of the line (frozen, of the new infrastructure, discrete,
            gaussian_kde) or of the plane (multivariate_normal, multivariate_t, gaussian_kde), or mixtures.
        weights: nonnegative, one for each distribution, summing to 1 within 1e-9, then divided by their sum.

    Raises:
        ValueError: weights of the wrong number, negative, NaN or not summing to 1; no distributions; some on
            the line and some on the plane.
        TypeError: a component that is not such a distribution.
    """
    parts = several(distributions, "distributions", "them")
    given = [float(w) for w in np.ravel(as_float64(weights, "weights"))]
    kinds = set()
    for k, part in enumerate(parts):
        kind, parts[k] = prepared(part, f"distributions[{k}]")
        if kind in ("pmf", "callable"):
            raise TypeError(
                f"distributions[{k}] must be a frozen scipy.stats distribution, got {type(part).__name__}"
            )
        kinds.add(kind)
    if len(parts) != len(given):
        raise ValueError(f"weights must be one for each of distributions, got {len(given)} for {len(parts)}")
    if "plane" in kinds and len(kinds) > 1:
        raise ValueError("distributions must all be on the line or all on the plane, got some of each")
    for k, w in enumerate(given):
        if not (w >= 0.0 and math.isfinite(w)):
            raise ValueError(f"weights must be nonnegative, got {w:g} at index {k}")
    total = math.fsum(given)
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"weights must sum to 1, got sum {total:.12g}")
    flat: list[Any] = []
    flat_weights: list[float] = []
    for part, w in zip(parts, given, strict=True):
        if isinstance(part, Mixture):
            flat += part.distributions
            flat_weights += [w * inner / total for inner in part.weights]
        else:
            flat.append(part)
            flat_weights.append(w / total)
    return Mixture(tuple(flat), tuple(flat_weights), kinds.pop() if len(kinds) == 1 else "mixed")


_KNOWN: dict[str, Callable[[Any], tuple[str, float, float]]] = {
    "Normal": lambda d: ("norm", float(d.mu), float(d.sigma)),
    "StandardNormal": lambda d: ("norm", 0.0, 1.0),
    "Uniform": lambda d: ("uniform", float(d.a), float(d.b) - float(d.a)),
    "Logistic": lambda d: ("logistic", 0.0, 1.0),
}
"""(family, loc, scale) of the classes of scipy's new infrastructure that have a formula."""


def _new(given: Any, name: str) -> tuple[str, Any]:
    if hasattr(given, "components") and hasattr(given, "weights"):
        parts = mixture(list(given.components), [float(w) for w in given.weights])
        return parts.kind, parts
    if shape := np.shape(given.support()[0]):
        raise ValueError(f"{name} must be one distribution, got an array of them with shape {shape}")
    # The mean of parameters out of range is nan, without a word.
    if any(math.isnan(end) for end in one_law(given, name)):
        raise ValueError(f"{name} has parameters out of range: {_needed(given)}")
    if type(given).__module__.startswith("scipy.") and type(given).__name__ in _KNOWN:
        from scipy import stats

        family, loc, scale = _KNOWN[type(given).__name__](given)
        return "line", getattr(stats, family)(loc=loc, scale=scale)
    names = {base.__name__ for base in type(given).__mro__}
    if "DiscreteDistribution" in names:
        return "discrete", NewDiscreteLaw(given)
    inner = given
    while hasattr(inner, "_dist"):  # a transformed discrete distribution is none of the two
        inner = inner._dist
    if "DiscreteDistribution" in {base.__name__ for base in type(inner).__mro__}:
        raise TypeError(
            f"{name} is a transformed discrete distribution, {type(given).__name__}; give rv_discrete"
        )
    return "line", NewLaw(given)


def _kernel(given: Any, name: str) -> tuple[str, Any]:
    dimension = int(np.shape(given.dataset)[0])
    if dimension == 1:
        points = np.asarray(given.dataset, dtype=np.float64)[0]
        return "line", KernelLaw(points, math.sqrt(given.covariance[0, 0]), np.asarray(given.weights))
    if dimension == 2:
        return "plane", given
    raise ValueError(
        f"{name} is a kernel density in {dimension} dimensions; quadrature serves 1 and 2, else use "
        "theory.divergence_of_samples(x, y) on its samples"
    )


def _frozen(generic: Any, name: str) -> Any:
    try:
        return generic()
    except TypeError:
        if getattr(generic, "numargs", 1):
            raise TypeError(
                f"{name} is a family without its parameters; freeze it first, with {generic.shapes}"
            ) from None
    # scipy makes the law anew to freeze it, which a class with an __init__ of its own does not bear.
    from scipy import stats

    like = stats.norm() if isinstance(generic, stats.rv_continuous) else stats.poisson(1)
    frozen = copy.copy(like)
    frozen.args, frozen.kwds, frozen.dist = (), {}, generic
    frozen.a, frozen.b = generic._get_support()
    return frozen


def _of_one_number(frozen: Any, name: str) -> Any:
    """One law whose parameters are arrays of one number as a law of that number."""
    if not hasattr(getattr(frozen, "dist", None), "_parse_args"):
        return frozen
    shapes, *place = parsed(frozen)
    given = [as_float64(value, f"{name}'s parameters") for value in (*shapes, *place)]
    if all(value.ndim == 0 for value in given) or any(value.size != 1 for value in given):
        return frozen  # many laws are refused by the shape of their support
    shapes, loc, scale = numbers(frozen)
    return frozen.dist(*shapes, loc) if hasattr(frozen.dist, "pmf") else frozen.dist(*shapes, loc, scale)


def _discrete(given: Any, name: str) -> tuple[str, Any]:
    if not hasattr(given, "support"):
        raise TypeError(f"{name} must be a discrete distribution on the line, got {type(given).__name__}")
    if any(math.isnan(end) for end in one_law(given, name)):
        raise ValueError(f"{name} has parameters out of range, its support is nan")
    return "discrete", given


def _multivariate(given: Any, name: str) -> tuple[str, Any]:
    kind = multivariate_kind(given)
    if not any(base.__module__.startswith("scipy.") for base in type(given).__mro__):
        raise TypeError(
            f"{name} has pdf, and no support, got {kind}: give its pdf with support=(a, b), or a law of "
            "scipy.stats"
        )
    if kind not in ("multivariate_normal", "multivariate_t"):
        raise TypeError(
            f"{name} must be one-dimensional, or in 2-D multivariate_normal, multivariate_t, gaussian_kde or "
            f"a mixture, got {kind}; else method='monte-carlo' where it has rvs, or divergence_of_samples"
        )
    dimension = int(given.dim)
    if dimension == 1:
        from scipy import stats

        place, width = (float(np.ravel(x)[0]) for x in (center(given), np.sqrt(spread_of(given))))
        if kind == "multivariate_t":
            return "line", stats.t(float(given.df), place, width)
        return "line", stats.norm(place, width)
    if dimension != 2:
        raise ValueError(
            f"{name} has {dimension} dimensions, quadrature and mixtures serve 1 and 2: use "
            "method='monte-carlo', a seed, with laws that have rvs and logpdf"
        )
    if np.linalg.matrix_rank(spread_of(given)) < 2:
        raise ValueError(f"{name} has a singular covariance, so no density on the plane")
    return "plane", given
