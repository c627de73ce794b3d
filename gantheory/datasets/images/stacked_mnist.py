"""Stacked MNIST: colour pictures whose three channels are digits drawn independently, 1,000 modes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gantheory.datasets.images.mnist import mnist_images, mnist_labels
from gantheory.datasets.images.picture_data import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from numpy.typing import NDArray

MODES = 1000
CHANNELS = 3


class StackedMnist:
    """n pictures (3, 28, 28) in [-1, 1], each channel a digit of MNIST drawn at random from all of a split.

    Which digits are stacked is drawn once from `seed`; pictures are put together when they are asked for, so
    that 100,000 of them take no more memory than MNIST. Its files are read when the first picture is asked
    for.

    Args:
        n: number of pictures.
        seed: of the draw.
        split: "train" or "test".
        folder: of MNIST's files; see `mnist_images`.

    Source of the protocol: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-B.
    """

    def __init__(
        self, n: int = 100_000, seed: int = 0, split: str = "train", folder: Path | str | None = None
    ) -> None:
        self._n, self._seed, self._split, self.folder = n, seed, split, folder

    spec = "stacked_mnist"

    @property
    def shape(self) -> tuple[int, ...]:
        """(3, 28, 28)."""
        return (CHANNELS, 28, 28)

    def __len__(self) -> int:
        return self._n

    @cached_property
    def digits(self) -> NDArray[np.int64]:
        """(n, 3): which pictures of the split are stacked."""
        rng = np.random.default_rng(self._seed)
        return rng.integers(len(self._images), size=(self._n, CHANNELS))

    def labels(self) -> NDArray[np.int64]:
        """The mode of each picture, 0 to 999: digits count 1, 10 and 100, from the first channel on."""
        found = mnist_labels(self.folder, self._split)[self.digits].astype(np.int64)
        return found @ np.array([1, 10, 100])

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The pictures of those rows, float32 (len(rows), 3, 28, 28)."""
        return scaled(self._images[self.digits[rows]])

    def on(self, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
        """`batch` for row numbers of any shape (...) on a device that holds the digits; float32."""
        import torch

        images, digits = (torch.tensor(each, device=device) for each in (self._images, self.digits))
        return lambda rows: images[digits[rows]] * (2 / 255) - 1

    @cached_property
    def _images(self) -> NDArray[np.uint8]:
        images = mnist_images(self.folder, self._split)
        if images.shape[1:] != (28, 28):
            raise ValueError(
                f"MNIST's pictures must be 28 x 28 pixels, got {images.shape[1]} x {images.shape[2]}"
            )
        return images
