"""CIFAR-10 from its binary version; the one for Python is a pickle, which may run code, and is not read."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.checks import choice
from gantheory.datasets.images.downloads import download as fetch
from gantheory.datasets.images.picture_data import PictureData
from gantheory.support.atomic import write_atomically
from gantheory.support.files import user_path

FOLDER_VARIABLE = "GANTHEORY_CIFAR10"
"""Environment variable that names the folder of the files."""

MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
ARCHIVE = "cifar-10-binary.tar.gz"
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"

SHAPE = (3, 32, 32)
CLASSES = 10
_RECORD = 1 + 3 * 32 * 32
"""A label, then red, green and blue, each by rows."""

_FOLDER = "cifar-10-batches-bin"
"""In the archive."""

_FILES = {"train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)), "test": ("test_batch.bin",)}


def cifar10_images(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The images of a split, (n, 3, 32, 32).

    Args:
        folder: where the ``.bin`` files or their folder ``cifar-10-batches-bin`` are; if left out, the folder
            that the environment variable GANTHEORY_CIFAR10 names, else ``~/.cache/gantheory/cifar10``.
        split: "train" (50,000) or "test" (10,000).
        download: fetch the archive, 170 MB, where files are missing; its SHA-256 is checked before anything
            is kept.

    Raises:
        ValueError: an unknown split, a file that is cut short or holds something else (the message names file
            and byte), or a download whose hash is wrong.
        FileNotFoundError: no such file, and `download` is off; the message says what to do.
        OSError: the archive could not be downloaded or written.

    Source: Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """
    return _records(_paths(folder, split, download))[:, 1:].reshape(-1, *SHAPE)


def cifar10_labels(
    folder: Path | str | None = None, split: str = "train", *, download: bool = False
) -> NDArray[np.uint8]:
    """The classes, 0 to 9, of the images of a split, (n,); arguments and errors as for `cifar10_images`."""
    return _records(_paths(folder, split, download))[:, 0].copy()


def pictures() -> PictureData:
    """The training split to train on; the files' content is read when the first picture is asked for."""
    paths = _paths(None, "train", False)
    count = sum(path.stat().st_size // _RECORD for path in paths)
    return PictureData(
        "cifar10",
        SHAPE,
        count,
        lambda: _records(paths)[:, 1:].reshape(-1, *SHAPE),
        lambda: _records(paths)[:, 0].copy(),
    )


def _paths(folder: Path | str | None, split: str, download: bool) -> list[Path]:
    choice(split, "split", _FILES)
    argument = "folder" if folder else FOLDER_VARIABLE
    named = folder or os.environ.get(FOLDER_VARIABLE) or "~/.cache/gantheory/cifar10"
    place = user_path(named, argument)
    for inside in (place, place / _FOLDER):
        paths = [inside / name for name in _FILES[split]]
        missing = [path.name for path in paths if not path.is_file()]
        if not missing:
            return paths
        if len(missing) < len(paths):
            raise FileNotFoundError(f"{inside} holds only a part of CIFAR-10: no {', '.join(missing)}")
    if not download:
        pickled = (place / "data_batch_1").is_file() or (place / "cifar-10-batches-py").is_dir()
        hint = "; what is there is the version for Python, pickles, which are never read" if pickled else ""
        raise FileNotFoundError(
            f"no {_FILES[split][0]} in {place}{hint}; name the folder of CIFAR-10's binary version (argument "
            f"folder, or the environment variable {FOLDER_VARIABLE}), or allow a download: "
            "gantheory.datasets.cifar10_images(download=True)"
        )
    archive = place / ARCHIVE
    fetch(ARCHIVE, MIRRORS, SHA256, archive)
    _unpack(archive, place / _FOLDER)
    archive.unlink()
    return [place / _FOLDER / name for name in _FILES[split]]


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for name in (name for names in _FILES.values() for name in names):
            member = packed.extractfile(f"{_FOLDER}/{name}")
            if member is None:
                raise ValueError(f"{archive}: {name} is no file")
            write_atomically(folder / name, member.read())


def _records(paths: list[Path]) -> NDArray[np.uint8]:
    return np.concatenate([_read(path) for path in paths])


def _read(path: Path) -> NDArray[np.uint8]:
    content = np.fromfile(path, np.uint8)
    if not len(content) or len(content) % _RECORD:
        raise ValueError(
            f"{path} is cut short at byte {len(content)}: CIFAR-10's binary version has {_RECORD} bytes a "
            "picture"
        )
    records = content.reshape(-1, _RECORD)
    wrong = np.flatnonzero(records[:, 0] >= CLASSES)
    if len(wrong):
        first = int(wrong[0])
        raise ValueError(
            f"{path} is not CIFAR-10's binary version: byte {first * _RECORD} must be a label from 0 to 9, "
            f"got {records[first, 0]}"
        )
    return records
