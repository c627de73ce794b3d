"""The IDX format of MNIST's files: arrays of bytes behind a header that says their shape."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTES = 8
"""The type's code in a file's third byte; the fourth is the number of dimensions."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array of a file, packed (``.gz``) or not.

    Raises:
        ValueError: another format, or a file that is cut short or too long; the message names file and byte.

    Source: LeCun, Cortes, Burges, The MNIST database, "File formats for the MNIST database".
    """
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path} is not an idx file of {_what(dimensions)}: {error}") from None
    shape = _shape(content, path, dimensions)
    head = 4 + 4 * dimensions
    due = head + math.prod(shape)
    if len(content) != due or not shape[0]:
        rest = f"is cut short at byte {len(content)}" if len(content) < due else "holds more than it says"
        raise ValueError(f"{path} {rest}: {due} bytes are due for shape {shape}, got {len(content)}")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def idx_shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """The shape that a file's header states; the rest is not read.

    Raises:
        ValueError: another format.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _shape(file.read(4 + 4 * dimensions), path, dimensions)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is not an idx file of {_what(dimensions)}: {error}") from None


def _shape(content: bytes, path: Path, dimensions: int) -> tuple[int, ...]:
    head = 4 + 4 * dimensions
    magic = bytes((0, 0, _UNSIGNED_BYTES, dimensions))
    if content[:4] != magic:
        raise ValueError(
            f"{path} is not an idx file of {_what(dimensions)}: "
            f"bytes 0 to 3 must be {magic.hex(' ')}, got {content[:4].hex(' ') or 'none'}"
        )
    if len(content) < head:
        raise ValueError(f"{path} is cut short at byte {len(content)}: the header has {head} bytes")
    return struct.unpack(f">{dimensions}I", content[4:head])


def _what(dimensions: int) -> str:
    return "images" if dimensions == 3 else "labels"
