"""Pictures as bytes, which a trainer sees in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray


_SHARE_OF_DEVICE = 0.25
"""Of the memory that is free there."""


class PictureData:
    """A `TrainingData` of pictures that are kept as bytes: a quarter of the memory, or a file's own pages.

    Args:
        spec: what stands for it in a configuration's dictionary.
        shape: (channels, rows, columns).
        count: number of pictures.
        load: () -> (count, *shape), bytes; asked when the first picture is.
        labels: () -> (count,), the class of each picture; None where there are none.
    """

    def __init__(
        self,
        spec: Any,
        shape: tuple[int, ...],
        count: int,
        load: Callable[[], NDArray[np.uint8]],
        labels: Callable[[], NDArray[Any] | None] | None = None,
    ) -> None:
        self.spec, self.shape, self._count, self._load = spec, shape, count, load
        self._labels = labels

    def __len__(self) -> int:
        return self._count

    @cached_property
    def pictures(self) -> NDArray[np.uint8]:
        """(n, *shape)."""
        return self._load()

    def labels(self) -> NDArray[Any] | None:
        """The class of each picture, (n,), if they have any."""
        return None if self._labels is None else self._labels()

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The pictures of those rows, float32 (len(rows), *shape) in [-1, 1]."""
        return scaled(self.pictures[rows])

    def on(self, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
        """`batch` for row numbers of any shape (...), on a device that holds the bytes if it has the room."""
        import torch

        needed = self._count * int(np.prod(self.shape))
        if device.type == "cuda" and needed > torch.cuda.mem_get_info(device)[0] * _SHARE_OF_DEVICE:
            return lambda rows: torch.from_numpy(self.batch(rows.cpu().numpy())).to(device)
        held = torch.from_numpy(np.array(self.pictures)).to(device)  # a copy: a mapped file is read-only
        return lambda rows: held[rows] * (2 / 255) - 1


def scaled(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bytes as float32 numbers in [-1, 1], the range of tanh: x/127.5 - 1."""
    return np.multiply(pictures, np.float32(2 / 255)) - np.float32(1)
