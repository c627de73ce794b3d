"""Decoded pictures in one file, mapped into memory, under a name that is the hash of where they came from."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def mapped(path: Path) -> NDArray[np.uint8] | None:
    """The pictures of a file that `write` made, mapped and not read; None where there is none.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"cache {path} cannot be read, delete it: {' '.join(str(error).split())}") from None


def write(path: Path, pictures: Iterable[NDArray[np.uint8]], count: int, shape: tuple[int, ...]) -> None:
    """Write pictures of one shape, at most `count`, one after the other; the file is whole or not there.

    It is written and not mapped: a full disk is then an error, and not a signal that ends the process.

    Raises:
        OSError: the disk has no room, or refuses; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    needed, free = count * int(np.prod(shape)), shutil.disk_usage(path.parent).free
    if needed > free:
        raise OSError(
            f"{count} pictures take {needed / 1e6:.0f} MB in {path.parent}, where {free / 1e6:.0f} MB are "
            "free: name another folder by GANTHEORY_CACHE, or a smaller size"
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            _write_header(file, count, shape)
            written = 0
            for picture in pictures:
                file.write(picture.tobytes())
                written += 1
            file.seek(0)
            _write_header(file, written, shape)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:  # raised by what yields the pictures
            raise
        raise OSError(f"pictures cannot be cached in {path.parent}: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _write_header(file: object, count: int, shape: tuple[int, ...]) -> None:
    # Of one length for all counts: NumPy leaves room for 21 digits.
    form = {"descr": "|u1", "fortran_order": False, "shape": (count, *shape)}
    np.lib.format.write_array_header_1_0(file, form)  # type: ignore[arg-type]
