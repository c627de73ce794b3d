"""A folder of pictures to train on."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.checks import is_whole
from gantheory.datasets.images import cache
from gantheory.datasets.images.decoding import MODES, UndecodableError, check_pillow, decode
from gantheory.datasets.images.picture_data import PictureData
from gantheory.errors import nearest
from gantheory.support.files import cache_folder, user_path
from gantheory.support.progress import Progress, reporting

T = TypeVar("T")

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
"""Files that count as pictures."""

SIZES = (8, 1024)
ON_ERROR = ("raise", "skip")

_VERSION = "1"
"""Of the way from a file to its pixels: goes into the name of the cache."""

_AT_ONCE = 512


class ImageFolder(PictureData):
    """All pictures of a folder and its sub-folders, cropped and resized to squares.

    They are decoded once, by as many threads as there are cores, into a file in the folder that
    GANTHEORY_CACHE names, else ``~/.cache/gantheory``, under the hash of the pictures' files and of the
    settings; that file is mapped into memory, so that a training set may be larger than it. Files are told by
    their endings (`SUFFIXES`); hidden ones are passed over. Order is that of their names.

    Args:
        folder: where the pictures are.
        size: side in pixels after resizing.
        channels: 3 for red, green and blue, 1 for grey.
        crop: take the largest square about the centre; otherwise all pictures must be squares of one size.
        on_error: "raise" where a file cannot be decoded, or "skip" it, with a warning that names the first
            and counts all.
        progress: see `gantheory.training`.

    Attributes:
        files: paths of the pictures, in order; with those that were skipped.
        classes: number of files in each sub-folder, by its name, where all files are in two or more: these
            are the labels, unless some file was skipped. Otherwise empty.

    Raises:
        ValueError: no such folder, no picture in it, a bad setting, a file that cannot be decoded, or sizes
            that differ where they are not cropped; one line that names the file.
        OSError: no room for the cache.
        MissingPackageError: Pillow is not installed.
    """

    def __init__(
        self,
        folder: Path | str,
        size: int = 64,
        *,
        channels: int = 3,
        crop: bool = True,
        on_error: str = "raise",
        progress: Progress = True,
    ) -> None:
        if not is_whole(size) or not SIZES[0] <= size <= SIZES[1]:
            raise ValueError(f"size must be a number of pixels from {SIZES[0]} to {SIZES[1]}, got {size!r}")
        if isinstance(channels, bool) or channels not in MODES:
            raise ValueError(f"channels must be 1 (grey) or 3 (color), got {channels!r}")
        if not isinstance(crop, bool):
            raise ValueError(f"crop must be True or False, got {crop!r}")
        if on_error not in ON_ERROR:
            raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
        self.folder = user_path(folder, "folder")
        self.files = picture_files(self.folder)
        self.classes = _classes(self.folder, self.files)
        check_pillow()
        self._crop, self._on_error = crop, on_error
        settings = {"size": size, "channels": channels, "crop": crop}
        content = _content(tuple(map(_stamp, self.files)))
        name = hashlib.sha256(repr((_VERSION, content, sorted(settings.items()))).encode()).hexdigest()
        path = cache_folder() / "pictures" / f"{name[:32]}.npy"
        shape = (channels, size, size)
        pictures = cache.mapped(path)
        if pictures is None or (on_error == "raise" and len(pictures) < len(self.files)):
            cache.write(path, self._decoded(shape, progress), len(self.files), shape)
            pictures = cache.mapped(path)
            assert pictures is not None
        elif len(pictures) < len(self.files):
            warnings.warn(self._left_out(len(self.files) - len(pictures)), stacklevel=2)
        table = {"folder": str(folder), **settings, "on_error": on_error, "content": content[:32]}
        if self.classes:
            table["classes"] = self.classes
        found = pictures
        super().__init__(table, shape, len(pictures), lambda: found, self._of_folders)

    def _of_folders(self) -> NDArray[np.int64] | None:
        import numpy as np

        if not self.classes or len(self) < len(self.files):
            return None
        return np.repeat(np.arange(len(self.classes)), list(self.classes.values()))

    @classmethod
    def from_spec(cls, table: Mapping[str, Any]) -> ImageFolder:
        """The folder that a configuration's table names; "folder" alone suffices.

        Raises:
            ValueError: an unknown key, or the folder holds other pictures than those the table was made for.
        """
        known = ("folder", "size", "channels", "crop", "on_error", "content", "classes")
        for key in table:
            if key not in known:
                raise ValueError(f"data of a folder has no entry {key!r}{nearest(str(key), known)}")
        wanted = table.get("content")
        data = cls(**{key: value for key, value in table.items() if key not in ("content", "classes")})
        if table.get("classes", data.classes) != data.classes:
            raise ValueError(
                f"folder {data.folder} holds other classes than the configuration was made for: "
                f"{data.classes}, expected {table['classes']}"
            )
        if wanted is not None and data.spec["content"] != wanted:
            raise ValueError(
                f"folder {data.folder} holds other pictures than the configuration was made for: their hash "
                f"is {data.spec['content']}, expected {wanted}"
            )
        return data

    def _decoded(self, shape: tuple[int, ...], progress: Progress) -> Iterator[NDArray[np.uint8]]:
        skipped: list[tuple[Path, str]] = []
        first: tuple[Path, tuple[int, int]] | None = None

        def one(path: Path) -> tuple[NDArray[np.uint8], tuple[int, int]] | UndecodableError:
            try:
                return decode(path, shape[1], shape[0], self._crop)
            except UndecodableError as error:
                return error

        done = 0
        with (
            ThreadPoolExecutor(os.cpu_count()) as workers,
            reporting(progress, len(self.files), f"reading {self.folder.name}") as report,
        ):
            for part in _parts(self.files):
                for path, found in zip(part, workers.map(one, part), strict=True):
                    if isinstance(found, UndecodableError):
                        if self._on_error == "raise":
                            raise ValueError(
                                f"picture {path} cannot be decoded: {found}; mend it, or skip such files "
                                "(on_error='skip')"
                            )
                        skipped.append((path, str(found)))
                        continue
                    pixels, sides = found
                    first = first or (path, sides)
                    if not self._crop:
                        _check_sides(first, (path, sides))
                    yield pixels
                done += len(part)
                report(done)
        if skipped:
            path, reason = skipped[0]
            told = f"{self._left_out(len(skipped))}, the first {path}: {reason}"
            if len(skipped) == len(self.files):
                raise ValueError(told)
            warnings.warn(told, stacklevel=4)

    def _left_out(self, count: int) -> str:
        return f"{count} of {len(self.files)} pictures cannot be decoded and are left out"


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder and its sub-folders, by name.

    Raises:
        ValueError: no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}: give a folder of pictures")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not found:
        raise ValueError(f"no picture in {folder} or below: files must end in {', '.join(SUFFIXES)}")
    return found


def _classes(folder: Path, files: Sequence[Path]) -> dict[str, int]:
    """Number of files in each sub-folder; none where one is in no sub-folder, or all are in one."""
    parts = [path.relative_to(folder).parts for path in files]
    counts = Counter(each[0] for each in parts)
    return dict(counts) if len(counts) > 1 and all(len(each) > 1 for each in parts) else {}


def _stamp(path: Path) -> tuple[Path, int, int]:
    found = path.stat()
    return path, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=16)
def _content(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    """Hash of the files' content in their order; in one process, files of the same stamps are read once."""
    whole = hashlib.sha256()
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for part in _parts(stamps):
            for digest in workers.map(lambda stamp: hashlib.sha256(stamp[0].read_bytes()).digest(), part):
                whole.update(digest)
    return whole.hexdigest()


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))


def _check_sides(first: tuple[Path, tuple[int, int]], this: tuple[Path, tuple[int, int]]) -> None:
    (path, (width, height)), (other, sides) = this, first
    if width != height:
        raise ValueError(f"picture {path} is {width} x {height} pixels, no square: leave cropping on")
    if (width, height) != sides:
        raise ValueError(
            f"picture {path} is {width} x {height} pixels, {other} {sides[0]} x {sides[1]}: leave cropping "
            "on, or give pictures of one size"
        )
