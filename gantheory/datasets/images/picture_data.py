"""Pictures as bytes, which a trainer sees in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PictureData:
    """A `TrainingData` of pictures that are kept as bytes: a quarter of the memory, or a file's own pages.

    Args:
        spec: what stands for it in a configuration's dictionary.
        shape: (channels, rows, columns).
        count: number of pictures.
        load: () -> (count, *shape), bytes; asked when the first picture is.
    """

    def __init__(
        self, spec: Any, shape: tuple[int, ...], count: int, load: Callable[[], NDArray[np.uint8]]
    ) -> None:
        self.spec, self.shape, self._count, self._load = spec, shape, count, load

    def __len__(self) -> int:
        return self._count

    @cached_property
    def pictures(self) -> NDArray[np.uint8]:
        """(n, *shape)."""
        return self._load()

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The pictures of those rows, float32 (len(rows), *shape) in [-1, 1]."""
        return scaled(self.pictures[rows])


def scaled(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bytes as float32 numbers in [-1, 1], the range of tanh: x/127.5 - 1."""
    return np.multiply(pictures, np.float32(2 / 255)) - np.float32(1)
