"""log(p/q) at the samples of two unknown laws, each from the others; `from_samples` has the sources."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.arguments.checks import choice, whole

Method = Literal["auto", "classifier", "knn", "kde"]
METHODS: tuple[Method, ...] = ("auto", "classifier", "knn", "kde")

_FOLDS = 5
_CENTERS = 80
_RIDGES = (10.0, 1.0, 0.1, 0.01)
_FITTED = 8_000
"""Samples of each that ratios are fitted to; all are averaged over where the method is a classifier."""


@dataclass(frozen=True)
class Ratios:
    """Estimates of log(p/q) at the samples, none of which had a part in its own."""

    at_x: Array
    at_y: Array
    method: str
    log_loss: float
    notes: tuple[str, ...]


def log_ratios(x: Any, y: Any, method: str = "auto", seed: int = 0) -> Ratios:
    """log(p/q) at samples of both, each estimated from the others."""
    choice(method, "method", METHODS)
    whole(seed, "seed")
    x, y = check_samples(x, "x"), check_samples(y, "y")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x and y must have equally many columns, got {x.shape[1]} and {y.shape[1]}")
    both = np.concatenate([x, y])
    repeated = 1.0 - len(np.unique(both, axis=0)) / len(both)
    if repeated > 0.02 and method in ("knn", "kde"):
        raise ValueError(
            f"method {method!r} needs samples of densities, got {100 * repeated:.0f} % repeated values: "
            "count them and give pmfs, or use method='classifier'"
        )
    spread = both.std(axis=0)
    x, y, spread = x[:, spread > 0], y[:, spread > 0], spread[spread > 0]
    if not spread.size:
        raise ValueError("x and y must vary, got one and the same value everywhere")
    rng = np.random.default_rng(seed)
    x, y = (s if len(s) <= _FITTED else rng.permutation(s)[:_FITTED] for s in (x, y))
    # Medians and quartiles: a heavy tail does not set the scale.
    low, middle, high = np.quantile(np.concatenate([x, y]), [0.25, 0.5, 0.75], axis=0)
    scale = np.where(high > low, (high - low) / 1.35, spread)
    x, y = (x - middle) / scale, (y - middle) / scale
    notes = []
    if repeated > 0.02:
        notes.append(
            f"{100 * repeated:.0f} % of the values are repeated: discrete samples are better counted"
        )
    dimension = x.shape[1]
    candidates: dict[str, Callable[[], tuple[Array, Array]]] = {
        "classifier": lambda: _classified(x, y, rng),
        "knn": lambda: _nearest(x, y),
        "kde": lambda: _kernels(x, y),
    }
    if method == "auto" and (repeated > 0.02 or dimension > 3):
        method = "classifier"
    names = [*candidates] if method == "auto" else [method]
    found = {name: candidates[name]() for name in names}
    losses = {name: _log_loss(*at) for name, at in found.items()}
    best = min(losses, key=lambda name: losses[name])
    at_x, at_y = found[best]
    loss = losses[best]
    limit = math.log(min(len(x), len(y)))
    if loss < 0.05:
        notes.append("the samples hardly overlap: the divergence may be larger, or infinite")
    if (best == "knn" and dimension > 1) or (best == "kde" and dimension > 2):
        notes.append(
            f"{best} in {dimension} dimensions is biased downwards: intervals miss the truth more often than "
            "they say (see gantheory.divergences.sampling.from_samples), the classifier's less"
        )
    elif best == "knn":
        notes.append("knn is biased downwards by about a standard error: the interval may end too low")
    if max(len(x), len(y)) == _FITTED:
        notes.append(f"at most {_FITTED} samples of each are used")
    if max(np.abs(x).max(), np.abs(y).max()) > 50.0:
        notes.append("heavy tails: extreme values are few, and what they contribute is uncertain")
    return Ratios(np.clip(at_x, -limit, limit), np.clip(at_y, -limit, limit), best, loss, tuple(notes))


def check_samples(values: Any, name: str) -> Array:
    """Samples as (n, d), or a one-line error."""
    array = as_float64(values, name)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name} must have shape (n,) or (n, d), got {np.shape(values)}")
    if len(array) < 20:
        raise ValueError(f"{name} must hold at least 20 samples, got {len(array)}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)].flat[0]}")
    return array


def _log_loss(at_x: Array, at_y: Array) -> float:
    """Mean log loss of telling x from y, both counted alike."""
    with np.errstate(over="ignore"):
        return float(0.5 * np.logaddexp(0.0, -at_x).mean() + 0.5 * np.logaddexp(0.0, at_y).mean())


def _best(found: Iterable[tuple[Array, Array]]) -> tuple[Array, Array]:
    return min(found, key=lambda at: _log_loss(*at))


def _clipped(t: Array, limit: float) -> Array:
    """Within +-limit, and 0 where neither law was seen."""
    return np.clip(np.nan_to_num(t, nan=0.0, posinf=limit, neginf=-limit), -limit, limit)


def _classified(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Cross-fitted logistic regression; features and ridge by held-out log loss."""
    z = np.concatenate([x, y])
    label = np.concatenate([np.ones(len(x)), np.zeros(len(y))])
    # x and y count alike, so that the logit is log(p/q) itself.
    weight = np.where(label == 1.0, 0.5 / len(x), 0.5 / len(y)) * len(z)
    fold = np.empty(len(z), dtype=int)
    for part in (label == 1.0, label == 0.0):
        fold[part] = rng.permutation(np.arange(int(part.sum())) % _FOLDS)
    logits: list[Array] = []
    for features in _feature_sets(z, rng):
        out = np.zeros((len(_RIDGES), len(z)))
        for k in range(_FOLDS):
            held = fold == k
            start = None
            for r, ridge in enumerate(_RIDGES):
                start = _logistic(features[~held], label[~held], weight[~held], ridge, start)
                out[r, held] = features[held] @ start
        logits += [*out]
    return _best((logit[: len(x)], logit[len(x) :]) for logit in logits)


def _feature_sets(z: Array, rng: np.random.Generator) -> list[Array]:
    """(1, linear, squares), the products too, and radial functions of random samples beside them."""
    d = z.shape[1]
    soft = np.clip(z, -8.0, 8.0)
    one = np.ones((len(z), 1))
    linear = np.concatenate([one, soft], axis=1)
    squares = [soft[:, i : i + 1] * soft[:, i:] for i in range(d)] if d <= 12 else [soft**2]
    quadratic = np.concatenate([linear, *squares], axis=1)
    sets = [linear, quadratic] if quadratic.shape[1] < 0.2 * len(z) else [linear]
    centers = soft[rng.choice(len(z), min(_CENTERS, len(z) // 5), replace=False)]
    from scipy.spatial.distance import cdist

    distance = cdist(soft, centers)
    typical = np.median(distance)
    radial = [np.exp(-0.5 * (distance / width) ** 2) for width in (0.35 * typical, typical)]
    return [_standardized(s) for s in (*sets, *(np.concatenate([sets[-1], r], axis=1) for r in radial))]


def _standardized(features: Array) -> Array:
    spread = features.std(axis=0)
    centered = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    centered[:, 0] = 1.0
    return centered


def _logistic(z: Array, label: Array, weight: Array, ridge: float, start: Array | None) -> Array:
    """Weighted ridge logistic regression by Newton's method; the constant is not penalized."""
    from scipy.special import expit

    penalty = np.full(z.shape[1], ridge)
    penalty[0] = 1e-9
    beta = np.zeros(z.shape[1]) if start is None else start

    def cost(beta: Array) -> float:
        v = z @ beta
        return float(weight @ (np.logaddexp(0.0, v) - label * v) + 0.5 * penalty @ beta**2)

    value = cost(beta)
    for _ in range(50):
        p = expit(z @ beta)
        gradient = z.T @ (weight * (p - label)) + penalty * beta
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-4 and not cost(beta - size * step) <= value:
            size *= 0.5
        after = cost(beta - size * step)
        if not after < value:
            break
        beta, decrease, value = beta - size * step, value - after, after
        if decrease < 1e-7 * len(z):
            break
    return beta


def _nearest(x: Array, y: Array) -> tuple[Array, Array]:
    """log(p/q) from the k-th nearest neighbours of either kind, k by the log loss."""
    from scipy.spatial import cKDTree

    (n, d), m = x.shape, len(y)
    smallest = min(n, m)
    ks = [max(3, round(smallest**power)) for power in (0.33, 0.5, 0.6, 0.7)]
    trees = cKDTree(x), cKDTree(y)
    logs = []
    with np.errstate(divide="ignore"):
        for points, (own, other) in ((x, trees), (y, trees[::-1])):
            # The point itself is the nearest of its own kind.
            distances = own.query(points, k=ks[-1] + 1)[0][:, 1:], other.query(points, k=ks[-1])[0]
            logs.append([np.log(each) for each in distances])
    limit = math.log(smallest)
    found = []
    for k in ks:
        own, other = (each[:, k - 1] for each in logs[0])
        at_x = d * (other - own) + math.log(m / (n - 1))
        own, other = (each[:, k - 1] for each in logs[1])
        at_y = d * (own - other) + math.log((m - 1) / n)
        found.append((_clipped(at_x, limit), _clipped(at_y, limit)))
    return _best(found)


def _kernels(x: Array, y: Array) -> tuple[Array, Array]:
    """log(p/q) of Gaussian kernel densities of one width in whitened coordinates, leaving one out."""
    both = np.concatenate([x, y])
    d = x.shape[1]
    if d > 1:
        root = np.linalg.cholesky(np.cov(np.clip(both, -10, 10).T) + 1e-9 * np.eye(d))
        x, y = (np.linalg.solve(root, s.T).T for s in (x, y))
    widths = np.array([0.6, 1.0, 1.6]) * min(len(x), len(y)) ** (-1.0 / (d + 4))
    at_x = _log_kernel(x, x, widths, True) - _log_kernel(x, y, widths, False)
    at_y = _log_kernel(y, x, widths, False) - _log_kernel(y, y, widths, True)
    limit = math.log(min(len(x), len(y)))
    return _best(zip(_clipped(at_x, limit), _clipped(at_y, limit), strict=True))


def _log_kernel(at: Array, centers: Array, widths: Array, own: bool) -> Array:
    """(width, point) -> log of the kernel density, up to its constant; without the point itself if `own`."""
    from scipy.spatial.distance import cdist

    out = np.empty((len(widths), len(at)))
    rows = max(1, 1_000_000 // len(centers))
    for k in range(0, len(at), rows):
        square = cdist(at[k : k + rows], centers, "sqeuclidean")
        if own:
            square[np.arange(len(square)), np.arange(k, k + len(square))] = np.inf
        nearest = square.min(axis=1, keepdims=True)
        for j, width in enumerate(widths):
            total = np.exp(-0.5 * (square - nearest) / width**2).sum(axis=1)
            out[j, k : k + rows] = np.log(total) - 0.5 * nearest[:, 0] / width**2
    return out - math.log(len(centers) - 1 if own else len(centers))
