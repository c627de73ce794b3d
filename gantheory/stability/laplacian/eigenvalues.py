"""Eigenvalues of the data's weighted Laplacian L = -div(p grad .)/p, which decide how a game's modes move."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float
from gantheory.arguments.checks import whole
from gantheory.divergences.inputs.laws import check_on_line, one_law
from gantheory.divergences.inputs.prepared import prepared
from gantheory.stability.laplacian.line import line_eigenvalues, noisy_line_eigenvalues
from gantheory.stability.laplacian.plane import plane_eigenvalues
from gantheory.stability.laplacian.samples import sample_eigenvalues

_MODES = 300_000
"""Of a Gaussian through noise, listed at most."""


def eigenvalues(
    distribution: Any, count: int = 10, noise: float = 0.0, *, bandwidth: float | None = None
) -> Array:
    """The `count` least eigenvalues of L = -div(p grad .)/p, increasing, from 0 (the constant) on.

    Gaussians of any dimension: sum_i k_i/sigma_i^2 with k_i = 0, 1, 2, ..., the eigenvalues of the
    covariance being sigma_i^2 (Hermite polynomials). Uniform on an interval of length l: (pi k/l)^2. Other
    densities on the line, and Gaussian mixtures in the plane: spectral elements, refined until two results
    agree to 1e-7 (line) or 1e-5 (plane). Samples: the graph Laplacian.

    Args:
        distribution: a frozen scipy.stats distribution of the line, `multivariate_normal` of any dimension, a
            `gantheory.mixture`, in the plane of normals, a `gaussian_kde` of either, a `log_density` with
            finite support; or samples, an array of shape (n,) or (n, d).
        count: how many, with multiplicity.
        noise: standard deviation of Gaussian noise that the discriminator sees the data through. The
            eigenvalues are then those of T* L T, T the conditional mean E[. | x], which take lambda's place
            with ``noise=0`` in `local_spectrum`: the `count` largest, in decreasing order, as they tend to 0
            for details narrower than the noise. Gaussians and other densities on the line.
        bandwidth: of the graph Laplacian of samples, the scale epsilon in exp(-|x - y|^2/(4 epsilon)).

    Raises:
        ValueError: no eigenvalues, as the tails are exponential or heavier and the spectrum continuous;
            not converged; noise for a distribution that it does not serve.
        TypeError: no such distribution.
    """
    whole(count, "count", 1)
    if not 0 <= as_float(noise, "noise") < math.inf:
        raise ValueError(f"noise must be finite and at least 0, got {noise}")
    if isinstance(distribution, list | tuple) or hasattr(distribution, "__array__"):
        _no_noise(noise, "samples: add it to them")
        return sample_eigenvalues(distribution, int(count), bandwidth)
    if bandwidth is not None:
        raise ValueError(f"bandwidth goes with samples, got {bandwidth} for a distribution")
    variances = _gaussian(distribution)
    if variances is not None:
        return _of_gaussian(variances, int(count), noise)
    kind, law = prepared(distribution, "distribution")
    if kind == "plane":
        _no_noise(noise, "densities in the plane that are not Gaussian")
        return plane_eigenvalues(law, int(count))
    if kind not in ("line", "callable"):
        raise TypeError(
            f"distribution must have a density, as its Laplacian has gradients in it, got {kind} "
            f"{type(distribution).__name__}"
        )
    check_on_line(law, "distribution")
    if noise > 0:
        return noisy_line_eigenvalues(law, int(count), noise)
    length = _uniform(distribution)
    if length is not None:
        return np.asarray((np.pi * np.arange(count) / length) ** 2)
    return line_eigenvalues(law, int(count))


def _no_noise(noise: float, what: str) -> None:
    if noise > 0:
        raise ValueError(f"noise serves Gaussians and densities on the line, not {what}, got noise={noise:g}")


def _gaussian(distribution: Any) -> Array | None:
    """Eigenvalues of the covariance of a normal distribution; None for any other."""
    from scipy import stats

    dist = getattr(distribution, "dist", None)
    if isinstance(dist, type(stats.norm)):
        one_law(distribution, "distribution")
        with np.errstate(over="ignore", under="ignore"):
            return _in_range(np.array([float(distribution.var())]))
    if type(distribution).__name__ == "multivariate_normal_frozen":
        found = np.linalg.eigvalsh(np.atleast_2d(np.asarray(distribution.cov, dtype=np.float64)))
        if not found.min() > 1e-13 * found.max():
            raise ValueError("distribution has a singular covariance, so no density")
        return _in_range(found)
    return None


def _in_range(variances: Array) -> Array:
    bad = variances[~((variances > 1e-290) & (variances < 1e290))]
    if bad.size:
        raise ValueError(
            "distribution must have a variance in (1e-290, 1e290), as eigenvalues go as 1/variance, got "
            f"{bad[0]:g}"
        )
    return variances


def _uniform(distribution: Any) -> float | None:
    from scipy import stats

    if isinstance(getattr(distribution, "dist", None), type(stats.uniform)):
        low, high = distribution.support()
        _in_range(np.array([float(high - low)]) ** 2)
        return float(high - low)
    return None


def _of_gaussian(variances: Array, count: int, noise: float) -> Array:
    """sum_i k_i/sigma_i^2 times prod_i rho_i^(2 k_i), rho_i^2 = sigma_i^2/(sigma_i^2 + noise^2) (Mehler)."""
    rates = 1 / variances
    if noise == 0:
        return np.array([size for size, _ in itertools.islice(_by_loss(rates), count)])
    loss = np.logaddexp(0.0, 2 * (np.log(noise) - 0.5 * np.log(variances)))
    # lambda exp(-sum k_i loss_i) falls once sum k_i loss_i exceeds 1 by far: all that can be large is listed.
    found: list[float] = []
    for size, powers in _by_loss(loss):
        if len(found) > _MODES:
            raise ValueError(
                f"noise={noise:g} is so narrow beside the data that the largest eigenvalues are beyond its "
                f"first {_MODES} modes; noise= of local_spectrum serves that limit"
            )
        found.append(float(powers @ rates) * math.exp(-size))
        # What follows has lambda <= max(rates/loss) size.
        if len(found) > count and size > 1:
            bound = float((rates / loss).max()) * size * math.exp(-size)
            if sorted(found)[-count] >= bound:
                break
    return np.sort(np.array(found))[::-1][:count]


def _by_loss(steps: Array) -> Any:
    """(k . steps, k) for all vectors k of nonnegative integers, the sums increasing; each vector once."""
    zero = (0,) * steps.size
    heap: list[tuple[float, tuple[int, ...], int]] = [(0.0, zero, 0)]
    while True:
        size, powers, first = heapq.heappop(heap)
        yield size, np.array(powers)
        for axis in range(first, steps.size):  # only later axes, so that each vector has one parent
            more = (*powers[:axis], powers[axis] + 1, *powers[axis + 1 :])
            heapq.heappush(heap, (float(np.dot(more, steps)), more, axis))
