"""Laws that may stand for P and Q: scipy's distributions old and new under one protocol."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from gantheory.arguments.arrays import Array, as_float64
from gantheory.divergences.inputs.families import parsed
from gantheory.errors import shown


@dataclass(frozen=True)
class LogDensityFunction:
    """A log density with its support; made by `log_density`."""

    logpdf: Callable[..., Any]
    given: Any = None
    """(a, b), or ((a, b), (c, d)) of a function of two variables."""

    def __call__(self, *x: Any) -> Array:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(np.asarray(self.logpdf(*x), dtype=np.float64)))


def log_density(function: Callable[..., Any], support: Any = None) -> LogDensityFunction:
    """A callable that returns log p(x), to stand for P or Q: -inf outside the support.

    log p keeps its digits where p underflows (below 1e-308), as the tails of most densities do, so
    divergences that live there come out right and are not taken for infinite.

    Args:
        function: x -> log p(x), of arrays or of numbers; (x, y) -> log p(x, y) in two dimensions.
        support: (a, b), finite or infinite, or ((a, b), (c, d)); may also be given to `divergence`.

    Raises:
        TypeError: not callable.
        ValueError: a support that is none.
    """
    if not callable(function):
        raise TypeError(f"function must be callable, x -> log p(x), got {type(function).__name__}")
    if support is not None:
        sides = support if two_dimensional(support) else (support,)
        for side in sides:
            check_interval(side)
    return LogDensityFunction(function, support)


def two_dimensional(support: Any) -> bool:
    """Whether a support is of two variables: ((a, b), (c, d))."""
    try:
        return len(support) == 2 and all(len(side) == 2 for side in support)
    except TypeError:
        return False


def check_interval(support: Any) -> tuple[float, float]:
    """(a, b) with a < b, or one-line errors."""
    try:
        low, high = as_float64(support, "support").tolist()
    except (TypeError, ValueError):
        raise ValueError(
            f"support must be (a, b), or ((a, b), (c, d)) in 2-D, got {shown(support)}"
        ) from None
    if not low < high:
        raise ValueError(f"support must have a < b, got ({low:g}, {high:g})")
    return low, high


class _New:
    """A distribution of scipy's new infrastructure."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.cdf, self.sf, self.ppf, self.mean = given.cdf, given.ccdf, given.icdf, given.mean

    def __repr__(self) -> str:
        return repr(self.given)

    def support(self) -> tuple[float, float]:
        """Ends of the support."""
        low, high = self.given.support()
        return float(low), float(high)

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Random samples."""
        return self.given.sample(() if size is None else size, rng=np.random.default_rng(random_state))


class NewLaw(_New):
    """A continuous one with the methods of a frozen distribution."""

    def __init__(self, given: Any) -> None:
        super().__init__(given)
        self.logpdf, self.pdf, self.isf = given.logpdf, given.pdf, given.iccdf
        self.name = type(given).__name__


class NewDiscreteLaw(_New):
    """A discrete one likewise."""

    def __init__(self, given: Any) -> None:
        super().__init__(given)
        self.logpmf, self.pmf = given.logpmf, given.pmf


def least(reached: Callable[[Array], Any], low: Array, high: Array) -> Array:
    """The least float in [low, high] at which a condition that stays true is, by bisection of ranks, for a
    quantile may be 1e-300."""
    a, b = _ranks(low), _ranks(high)
    for _ in range(64):
        middle = (a & b) + ((a ^ b) >> 1)  # the mean, where a sum would overflow
        there = reached(_of_ranks(middle))
        a, b = np.where(there, a, middle), np.where(there, middle, b)
    return _of_ranks(b)


def _ranks(x: Array) -> NDArray[np.int64]:
    """Whole numbers in the order of floats, one apart where these are neighbours."""
    sizes = np.abs(x).view(np.int64)
    return np.where(np.signbit(x), -sizes, sizes)


def _of_ranks(ranks: NDArray[np.int64]) -> Array:
    sizes = np.abs(ranks).view(np.float64)
    return np.where(ranks < 0, -sizes, sizes)


class KernelLaw:
    """A one-dimensional Gaussian kernel density with the methods of a frozen distribution."""

    def __init__(self, points: Array, width: float, weights: Array) -> None:
        self.points, self.width, self.weights = points, width, weights

    def __repr__(self) -> str:
        return f"gaussian_kde of {self.points.size} points"

    def support(self) -> tuple[float, float]:
        """The line."""
        return -np.inf, np.inf

    def mean(self) -> float:
        """Expectation."""
        return float(self.weights @ self.points)

    def logpdf(self, x: Any) -> Array:
        """Log density, by log-sum-exp."""
        norm = math.log(self.width) + 0.5 * math.log(2 * math.pi)
        return self._over_points(lambda z: logsumexp(-0.5 * z**2, b=self.weights, axis=1) - norm, x)

    def pdf(self, x: Any) -> Array:
        """Density."""
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(self.logpdf(x)))

    def cdf(self, x: Any) -> Array:
        """P(X <= x)."""
        return self._over_points(lambda z: ndtr(z) @ self.weights, x)

    def sf(self, x: Any) -> Array:
        """P(X > x)."""
        return self._over_points(lambda z: ndtr(-z) @ self.weights, x)

    def ppf(self, probability: Any) -> Array:
        """Quantiles, by bisection."""
        probability = np.asarray(probability, dtype=np.float64)
        return least(lambda x: self.cdf(x) >= probability, *self._ends(probability.shape))

    def isf(self, probability: Any) -> Array:
        """Quantiles of the upper tail, by bisection."""
        probability = np.asarray(probability, dtype=np.float64)
        return least(lambda x: self.sf(x) <= probability, *self._ends(probability.shape))

    def rvs(self, size: Any = 1, random_state: Any = None) -> Array:
        """Random samples."""
        rng = np.random.default_rng(random_state)
        chosen = rng.choice(self.points, size=size, p=self.weights)
        return np.asarray(chosen + self.width * rng.standard_normal(size))

    def _ends(self, shape: tuple[int, ...]) -> tuple[Array, Array]:
        reach = 40 * self.width
        return np.full(shape, self.points.min() - reach), np.full(shape, self.points.max() + reach)

    def _over_points(self, function: Callable[[Any], Any], x: Any) -> Array:
        x = np.asarray(x, dtype=np.float64)
        flat, rows = x.ravel(), max(1, 1_000_000 // self.points.size)
        out = [
            function((flat[k : k + rows, None] - self.points) / self.width) for k in range(0, flat.size, rows)
        ]
        return np.concatenate(out).reshape(x.shape) if out else x


def circular(distribution: Any) -> bool:
    """Whether scipy's density is periodic on the whole line; vonmises_line, of the same class, has ends."""
    return _of_class(distribution, "vonmises") and math.isinf(distribution.dist.a)


def check_on_line(distribution: Any, name: str) -> None:
    """Of a law or a mixture.

    Raises:
        ValueError: scipy's density is periodic on the whole line.
    """
    parts = distribution.parts() if hasattr(distribution, "parts") else [(distribution, 1.0)]
    if any(circular(part) for part, _ in parts):
        raise ValueError(
            f"{name} is vonmises, periodic on the whole line; vonmises_line is the law on the line, and "
            "two circular laws of one period have divergences"
        )


def may_wrap(distribution: Any) -> bool:
    """Whether the law lives on a circle: vonmises, and wrapcauchy on [0, 2 pi]."""
    return circular(distribution) or _of_class(distribution, "wrapcauchy")


def _of_class(distribution: Any, family: str) -> bool:
    from scipy import stats

    return isinstance(getattr(distribution, "dist", None), type(getattr(stats, family)))


def drawn(distribution: Any, size: Any, rng: Any) -> Array:
    """Random samples of a law that has `rvs`.

    scipy wraps those of vonmises and vonmises_line into [-pi, pi] after loc and scale, wherever the law lies.
    """
    if not _of_class(distribution, "vonmises"):
        return np.asarray(distribution.rvs(size=size, random_state=rng))
    (kappa,), loc, scale = parsed(distribution)
    return np.asarray(loc + scale * distribution.dist.rvs(kappa, size=size, random_state=rng))


def one_law(given: Any, name: str) -> tuple[float, float]:
    """The ends of the support of a law on the line; nothing is asked of one that has no `support`.

    Raises:
        ValueError: parameters that are arrays, so many laws, or that make no law.
    """
    if not hasattr(given, "support"):
        return -math.inf, math.inf
    _check_parameters(given, name)
    try:
        ends = [np.asarray(end, dtype=np.float64) for end in given.support()]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} has no support: {error}") from None
    if any(end.size != 1 for end in ends):
        raise ValueError(f"{name} must be one distribution, got an array of them with shape {ends[0].shape}")
    low, high = (float(end.item()) for end in ends)
    return low, high


def _check_parameters(given: Any, name: str) -> None:
    """Of a frozen law of scipy, which would answer nan without a word.

    Raises:
        ValueError: says which parameter, its value, and what scipy takes.
    """
    dist: Any = getattr(given, "dist", None)
    if not hasattr(dist, "_argcheck"):
        return
    shapes, loc, scale = parsed(given)
    if any(np.size(value) != 1 for value in (*shapes, loc, scale)):
        return  # many laws, which the shape of the support tells
    law = f"{dist.name}({', '.join(shown(value) for value in shapes)})"
    problem = f"{name} has parameters out of range: {dist.name}'s"
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(f"{problem} scale must be a number above 0, got {shown(scale)}")
    if not np.isfinite(loc):
        raise ValueError(f"{problem} loc must be finite, got {shown(loc)}")
    if np.all(dist._argcheck(*shapes)):
        return
    described = dist._shape_info() if hasattr(dist, "_shape_info") else []  # none of a user's own
    for info, value in zip(described, shapes, strict=False):
        low, high = info.domain
        after, before = (np.less_equal if closed else np.less for closed in info.inclusive)
        if not (after(low, value) and before(value, high)) or (info.integrality and value != round(value)):
            ends = ("[" if info.inclusive[0] else "(", "]" if info.inclusive[1] else ")")
            kind = "an integer in " if info.integrality else "in "
            least = 0.0 if 0 < low < 1e-300 else low  # scipy's open ends are the next number
            wanted = f"{kind}{ends[0]}{least:g}, {high:g}{ends[1]}"
            raise ValueError(f"{problem} {info.name} must be {wanted}, got {shown(value)}")
    raise ValueError(f"{name} has parameters out of range: scipy takes no {law}")


def multivariate_kind(given: Any) -> str:
    """What scipy calls a multivariate law, frozen or not, such as "multivariate_normal"."""
    return type(given).__name__.removesuffix("_frozen")


def spread_of(given: Any) -> Array:
    """Covariance of a normal, shape matrix of a t distribution."""
    matrix = given.cov if hasattr(given, "cov") else given.shape
    return np.atleast_2d(np.asarray(matrix, dtype=np.float64))


def center(given: Any) -> Array:
    """Mean of a normal or of a kernel density, place of a t distribution, in any dimension."""
    if hasattr(given, "dataset"):
        return np.asarray(given.weights @ np.asarray(given.dataset).T)
    return np.asarray(given.mean if hasattr(given, "mean") else given.loc, dtype=np.float64)
