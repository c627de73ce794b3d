"""Images and labels of MNIST and Fashion-MNIST from their own files, in a folder or downloaded once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.checks import choice
from gantheory.datasets.images.downloads import download as fetch
from gantheory.datasets.images.idx import idx_shape, read_idx
from gantheory.datasets.images.picture_data import PictureData
from gantheory.support.files import user_path

FOLDER_VARIABLE = "GANTHEORY_MNIST"
"""Environment variable that names the folder of MNIST's files."""

_IMAGES = {"train": "train-images-idx3-ubyte.gz", "test": "t10k-images-idx3-ubyte.gz"}
_LABELS = {"train": "train-labels-idx1-ubyte.gz", "test": "t10k-labels-idx1-ubyte.gz"}


@dataclass(frozen=True)
class IdxDataset:
    """A dataset of four IDX files that bear MNIST's names.

    Attributes:
        name: of its folder in ``~/.cache/gantheory``.
        variable: the environment variable that names another folder.
        mirrors: addresses to which a file's name is added.
        sha256: of the files as published; only downloads are checked, so that a folder may hold a user's own.
    """

    name: str
    variable: str
    mirrors: tuple[str, ...]
    sha256: Mapping[str, str]

    def images(self, folder: Path | str | None, split: str, download: bool) -> NDArray[np.uint8]:
        """(n, rows, columns); see `mnist_images`."""
        return read_idx(self._path(_IMAGES, folder, split, download), 3)

    def labels(self, folder: Path | str | None, split: str, download: bool) -> NDArray[np.uint8]:
        """(n,); see `mnist_images`."""
        return read_idx(self._path(_LABELS, folder, split, download), 1)

    def pictures(self) -> PictureData:
        """The training split to train on; a file's content is read when the first picture is asked for."""
        path = self._path(_IMAGES, None, "train", False)
        count, *sides = idx_shape(path, 3)
        return PictureData(
            self.name,
            (1, *sides),
            count,
            lambda: read_idx(path, 3)[:, None],
            lambda: self.labels(None, "train", False),
        )

    def _path(self, files: Mapping[str, str], folder: Path | str | None, split: str, download: bool) -> Path:
        choice(split, "split", files)
        named = os.environ.get(self.variable)
        argument = "folder" if folder else self.variable
        place = user_path(folder or named or f"~/.cache/gantheory/{self.name}", argument)
        name = files[split]
        for path in (place / name, place / name.removesuffix(".gz")):
            if path.is_file():
                return path
        if not download:
            raise FileNotFoundError(
                f"no {name} in {place}; name its folder (argument folder, or the environment variable "
                f"{self.variable}), or allow a download: gantheory.datasets.{self.name}_images(download=True)"
            )
        fetch(name, self.mirrors, self.sha256[name], place / name)
        return place / name


MNIST = IdxDataset(
    "mnist",
    FOLDER_VARIABLE,
    (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
)

FASHION_MNIST = IdxDataset(
    "fashion_mnist",
    "GANTHEORY_FASHION_MNIST",
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)


def mnist_images(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The images of a split, (n, rows, columns), 28 x 28 for MNIST; 0 is background.

    Args:
        folder: where the idx files are, with or without ``.gz``; if left out, the folder that the environment
            variable GANTHEORY_MNIST names, else ``~/.cache/gantheory/mnist``.
        split: "train" (60,000) or "test" (10,000).
        download: fetch a missing file into the folder, 9.9 MB for "train"; its SHA-256 is checked before it
            is kept.

    Raises:
        ValueError: an unknown split, a file that holds no images, or a download whose hash is wrong.
        FileNotFoundError: no such file, and `download` is off; the message says what to do.
        OSError: no mirror could be reached.

    Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition (1998).
    """
    return MNIST.images(folder, split, download)


def mnist_labels(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The digits, 0 to 9, of the images of a split, (n,); arguments and errors as for `mnist_images`."""
    return MNIST.labels(folder, split, download)


def fashion_mnist_images(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """Pictures of clothes in MNIST's format; as `mnist_images`, with GANTHEORY_FASHION_MNIST and 26 MB.

    Source: Xiao, Rasul, Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning
    algorithms (2017).
    """
    return FASHION_MNIST.images(folder, split, download)


def fashion_mnist_labels(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The kinds of clothes, 0 to 9, (n,); as `fashion_mnist_images`."""
    return FASHION_MNIST.labels(folder, split, download)
