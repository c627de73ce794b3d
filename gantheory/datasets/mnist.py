"""Images and labels of MNIST from its own files, found in a folder or downloaded once and checked by hash."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gantheory.files import user_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER_VARIABLE = "GANTHEORY_MNIST"
"""Environment variable that names the folder of the files."""

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
}
"""Of the files as published; only downloads are checked, so that a folder may hold a user's own idx files."""

_IMAGES = {"train": "train-images-idx3-ubyte.gz", "test": "t10k-images-idx3-ubyte.gz"}
_LABELS = {"train": "train-labels-idx1-ubyte.gz", "test": "t10k-labels-idx1-ubyte.gz"}
_UNSIGNED_BYTES = 8
"""The type's code in an idx file's third byte; the fourth is the number of dimensions."""
_SECONDS = 60


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
    return _found(_IMAGES, 3, folder, split, download)


def mnist_labels(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The digits, 0 to 9, of the images of a split, (n,); arguments and errors as for `mnist_images`."""
    return _found(_LABELS, 1, folder, split, download)


def _found(
    files: dict[str, str], dimensions: int, folder: Path | str | None, split: str, download: bool
) -> NDArray[np.uint8]:
    if split not in files:
        raise ValueError(f"split must be one of {', '.join(files)}, got {split!r}")
    named = os.environ.get(FOLDER_VARIABLE)
    argument = "folder" if folder else FOLDER_VARIABLE
    place = user_path(folder or named or "~/.cache/gantheory/mnist", argument)
    name = files[split]
    for path in (place / name, place / name.removesuffix(".gz")):
        if path.is_file():
            return _read(path, dimensions)
    if not download:
        raise FileNotFoundError(
            f"no {name} in {place}; name its folder (argument folder, or the environment variable "
            f"{FOLDER_VARIABLE}), or allow a download"
        )
    place.mkdir(parents=True, exist_ok=True)
    _fetch(name, place / name)
    return _read(place / name, dimensions)


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    what = "images" if dimensions == 3 else "labels"
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path} is not an idx file of {what}: {error}") from None
    head = 4 + 4 * dimensions
    magic = bytes((0, 0, _UNSIGNED_BYTES, dimensions))
    if len(content) < head or content[:4] != magic:
        raise ValueError(
            f"{path} is not an idx file of {what}: "
            f"bytes 0 to 3 must be {magic.hex(' ')}, got {content[:4].hex(' ')}"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:head])
    due = head + math.prod(shape)
    if len(content) != due or not shape[0]:
        rest = "is cut short" if len(content) < due else "holds more than it says"
        raise ValueError(f"{path} {rest}: {due} bytes are due for shape {shape}, got {len(content)}")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def _fetch(name: str, path: Path) -> None:
    from urllib.request import urlopen

    from gantheory.atomic import write_atomically

    reasons = []
    for mirror in MIRRORS:
        try:
            with urlopen(mirror + name, timeout=_SECONDS) as response:
                content = response.read()
        except OSError as error:
            reasons.append(f"{mirror}: {error}")
            continue
        found = hashlib.sha256(content).hexdigest()
        if found != SHA256[name]:
            raise ValueError(f"{mirror}{name} has SHA-256 {found}, expected {SHA256[name]}; nothing was kept")
        write_atomically(path, content)
        return
    raise OSError(f"{name} could not be downloaded: {'; '.join(reasons)}")
