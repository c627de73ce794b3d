"""One picture file, as an array of the size that a network takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gantheory.errors import MissingPackageError

MODES = {1: "L", 3: "RGB"}
"""Pillow's name for so many channels."""


class UndecodableError(ValueError):
    """A file is no picture, or a damaged one; the message is the reason."""


def check_pillow() -> None:
    """Raise MissingPackageError where Pillow is not installed."""
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise MissingPackageError("pictures need Pillow: pip install 'gantheory[images]'") from None


def decode(path: Path, size: int, channels: int, crop: bool) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The picture as bytes (channels, size, size), and the width and height that it has in its file.

    It is turned as its EXIF data say, cropped to the largest square about its centre (`crop`), and resized by
    Pillow's Lanczos filter, which averages over all pixels that fall on one. Transparency is dropped, and of
    a film the first picture is taken.

    Raises:
        UndecodableError: Pillow cannot read it.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert(MODES[channels])
    # Decoders raise what they like: OSError, SyntaxError, struct.error, ValueError, DecompressionBombError.
    except Exception as error:
        reason = " ".join(str(error).replace(str(path), path.name).split()) or type(error).__name__
        raise UndecodableError(reason) from None
    width, height = picture.size
    if crop:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        picture = picture.crop((left, top, left + side, top + side))
    if picture.size != (size, size):
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, dtype=np.uint8).reshape(size, size, channels)
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0)), (width, height)
