"""Expectations under two Gaussian mixtures as weighted sums over a lattice that is shifted at random.

    E_r A(v) + E_g B(v) = h^d sum over nodes x_k + shift of p_r A(v) + p_g B(v)  +  error

With a shift uniform over a cell the sum is unbiased (Cranley and Patterson 1976). Its error for one shift is
that of the trapezoidal rule, which for densities of width s falls like exp(-2 pi^2 s^2/h^2) (Trefethen and
Weideman 2014): a few nodes per standard deviation leave nothing of the noise that samples have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gantheory.datasets import GaussianMixture
from gantheory.datasets.mixtures import covering_box
from gantheory.training.seeding import generator
from gantheory.training.settings.ring_config import LATTICE_REACH

_POINTS_AT_ONCE = 65_536


class Lattice:
    """Nodes of every step and seed with the weights h^d p_r and h^d p_g; drawn many steps at once.

    Args:
        real, fake: the two mixtures.
        seeds: one shift a seed and step, from a stream of its own.
        nodes: about how many; the lattice has the whole number nearest to its d-th root along each axis.
        center, scale: standardization of the points that the network gets.
        dtype: of all.

    Raises:
        TypeError: a distribution without a density here, that is no `GaussianMixture`.
        ValueError: two dimensions that differ.
    """

    def __init__(
        self,
        real: Any,
        fake: Any,
        seeds: tuple[int, ...],
        nodes: int,
        center: NDArray[np.float64],
        scale: NDArray[np.float64],
        dtype: torch.dtype,
    ) -> None:
        for name, given in (("real", real), ("fake", fake)):
            if not isinstance(given, GaussianMixture):
                raise TypeError(f"{name} must be a GaussianMixture for expectations='lattice', got {given!r}")
        self._mixtures = (real, fake)
        low, high = covering_box((real, fake), LATTICE_REACH)
        dimension = len(low)
        axis = max(2, round(nodes ** (1 / dimension)))
        self._low, self._spacing = low, (high - low) / axis
        cells = np.meshgrid(*[np.arange(axis)] * dimension, indexing="ij")
        self._cells = np.stack(cells, axis=-1).reshape(-1, dimension)
        self._streams = [generator(seed, "lattice shifts") for seed in seeds]
        self._center, self._scale, self._dtype = center, scale, dtype
        self._steps = max(1, _POINTS_AT_ONCE // (len(self._cells) * len(seeds)))
        self._block: list[tuple[Tensor, Tensor, Tensor]] = []

    def next(self) -> tuple[Tensor, Tensor, Tensor]:
        """Standardized nodes (seeds, n, d), and both weights (seeds, n)."""
        if not self._block:
            self._block = self._draw()
        return self._block.pop()

    def _draw(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        # `next` takes from the end: reversed, a seed's shifts come in the order of its stream whatever the
        # length of a block, so that it trains alone as it does beside others.
        shifts = np.stack([s.random((self._steps, 1, len(self._low))) for s in self._streams], axis=1)[::-1]
        points = self._low + self._spacing * (self._cells + shifts)
        cell = self._spacing.prod()
        arrays = [
            (points - self._center) / self._scale,
            *(cell * np.exp(mixture.log_density(points)) for mixture in self._mixtures),
        ]
        tensors = [torch.from_numpy(np.ascontiguousarray(array)).to(self._dtype) for array in arrays]
        return list(zip(*(tensor.unbind(0) for tensor in tensors), strict=True))
