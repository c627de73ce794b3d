"""Pairs of known distributions that discriminators are trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.datasets import GaussianMixture
from gantheory.datasets.mixtures import covering_box
from gantheory.divergences import mixture as combine
from gantheory.errors import GantheoryError, nearest

_REACH = 10.0
"""Standard deviations beyond the outermost centers at which Gaussian tails end for quadrature: e^-50."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """A grid on which expectations are sums: E_r[f] = sum of real f, by the trapezoidal rule.

    Attributes:
        x: points, (n, d), where either density is above e^-46.
        real, generated: the densities times the volume of a cell, (n,).
        log_ratio: log p_r/p_g, (n,).
        trained: whether training on a lattice covers the point (`gantheory.training.inputs.lattice`).
    """

    x: Array
    real: Array
    generated: Array
    log_ratio: Array
    trained: NDArray[np.bool_]


@dataclass(frozen=True)
class Pair:
    """Real and generated distribution P_r and P_g.

    Attributes:
        name: what presets call it.
        real, generated: the two, of the same dimension.
    """

    name: str
    real: GaussianMixture
    generated: GaussianMixture

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return self.real.dimension

    def log_ratio(self, x: Array) -> Array:
        """log p_r(x)/p_g(x) at points (n, d)."""
        return self.real.log_density(x) - self.generated.log_density(x)

    def log_ratio_gradient(self, x: Array) -> Array:
        """Gradient of `log_ratio`, shape (n, d)."""
        return self.real.log_density_gradient(x) - self.generated.log_density_gradient(x)

    @cached_property
    def box(self) -> tuple[tuple[float, float], ...]:
        """An interval per coordinate that holds all but e^-50 of both."""
        return tuple(
            (low, high) for low, high in covering_box((self.real, self.generated), _REACH).T.tolist()
        )

    def grid(self, points: int) -> list[Array]:
        """`points` equidistant coordinates per axis of `box`."""
        return [np.linspace(low, high, points) for low, high in self.box]

    def expectation(
        self, real_values: Callable[[Array], Array], generated_values: Callable[[Array], Array]
    ) -> float:
        """E_r[real_values(log u)] + E_g[generated_values(log u)] by the trapezoidal rule.

        On analytic integrands that vanish at the ends the rule converges faster than any power of the
        spacing.
        """
        at = self._nodes(4001 if self.dimension == 1 else 401)
        total = at.real * real_values(at.log_ratio) + at.generated * generated_values(at.log_ratio)
        return float(total.sum())

    @cached_property
    def nodes(self) -> Nodes:
        """The grid on which trained networks are evaluated: 15 nodes and more per standard deviation on a
        line, 4 in a plane."""
        return self._nodes(2001 if self.dimension == 1 else 201)

    def _nodes(self, per_axis: int) -> Nodes:
        from gantheory.training.settings.ring_config import LATTICE_REACH

        axes = self.grid(per_axis)
        x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, self.dimension)
        cell = float(np.prod([axis[1] - axis[0] for axis in axes]))
        log_p, log_q = self.real.log_density(x), self.generated.log_density(x)
        # Far out both densities are below 1e-20, and their ratio may be too large for the functions.
        kept = np.maximum(log_p, log_q) > -46
        x, log_p, log_q = x[kept], log_p[kept], log_q[kept]
        low, high = covering_box((self.real, self.generated), LATTICE_REACH)
        return Nodes(
            x=x,
            real=cell * np.exp(log_p),
            generated=cell * np.exp(log_q),
            log_ratio=log_p - log_q,
            trained=((x >= low) & (x <= high)).all(1),
        )

    def as_arguments(self) -> tuple[tuple[Any, Any], dict[str, Any]]:
        """The pair as `Theory.divergence` takes it: scipy mixtures on a line, callables with a support in the
        plane."""
        if self.dimension == 1:
            return (_scipy_mixture(self.real), _scipy_mixture(self.generated)), {}
        return (_density(self.real), _density(self.generated)), {"support": self.box}


def pair(name: str) -> Pair:
    """The pair of this name.

    Raises:
        ValueError: unknown name.
    """
    if name not in PAIRS:
        raise GantheoryError(f"unknown pair {name!r}{nearest(name, PAIRS)}")
    return PAIRS[name]


def _scipy_mixture(mixture: GaussianMixture) -> Any:
    from scipy import stats

    parts = [
        stats.norm(center[0], scale) for center, scale in zip(mixture.centers, mixture.scales, strict=True)
    ]
    return parts[0] if len(parts) == 1 else combine(parts, mixture.probabilities.tolist())


def _density(mixture: GaussianMixture) -> Callable[..., Array]:
    """The density as a function of the coordinates one by one."""
    return lambda *x: np.exp(mixture.log_density(np.stack(np.broadcast_arrays(*x), axis=-1)))


_ANGLES = 2 * np.pi * np.arange(3) / 3

# The generated distribution is the wider one, so that p_r/p_g is bounded and all objectives have finite
# values and gradients. On the line D* falls to 0.005 and below inside the generated data, for the gradient's
# two decades. In the plane a share of 4 % of the wide Gaussian in the real data keeps p_r/p_g above 0.04:
# E_g[-log D] and its like weigh points to which no real sample comes near, and where no training of finite
# length can know how small D* is.
PAIRS = {
    "line": Pair(
        "line",
        real=GaussianMixture([[-1.2], [0.8]], [0.64, 0.36], [0.6, 0.4], name="two Gaussians"),
        generated=GaussianMixture([[0.8]], 2.25, name="a wide Gaussian"),
    ),
    "plane": Pair(
        "plane",
        real=GaussianMixture(
            [*(1.2 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)).tolist(), [0.5, 0.0]],
            [0.36, 0.36, 0.36, 2.25],
            [0.32, 0.32, 0.32, 0.04],
            name="three Gaussians on a wide one",
        ),
        generated=GaussianMixture([[0.5, 0.0]], 2.25, name="a wide Gaussian"),
    ),
}
"""Pairs by name: "line" in one dimension, "plane" in two."""
