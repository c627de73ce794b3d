"""Rendered digits whose classes hardly vary: data that a discriminator separates with ease."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gantheory.datasets.images.picture_data import PictureData

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

SIDE = 28
HEIGHT = 22
"""Of the font, in pixels."""
SHIFT = 1.0
"""Largest shift along each axis, in pixels."""
TURN = 5.0
"""Largest rotation, in degrees."""

_FINE = 4
"""Rows of a pixel while it is drawn."""


def serif_digits(samples: int, seed: int) -> PictureData:
    """Grey digits of 28 x 28 pixels in DejaVu Serif, the font that comes with Matplotlib, and their labels.

    Digit, shift (uniform within a pixel along each axis) and rotation (uniform within 5 degrees) of each
    picture are drawn once from `seed`, and the pictures are rendered when the first is asked for.

    Args:
        samples: number of pictures.
        seed: of the draws.

    Source: the digits of small variance in Mao, Li, Xie, Lau, Wang, Smolley, On the effectiveness of least
    squares generative adversarial networks (2019). Theirs are in Times New Roman; its ranges of shifts and
    rotations are not published, and these are ours.
    """
    rng = np.random.default_rng([seed, samples])
    labels = rng.integers(10, size=samples)
    moved = rng.uniform(-1, 1, (samples, 3)) * (SHIFT, SHIFT, TURN)
    return PictureData(
        "serif_digits", (1, SIDE, SIDE), samples, lambda: _rendered(labels, moved), lambda: labels
    )


def _rendered(labels: NDArray[np.int64], moved: NDArray[np.float64]) -> NDArray[np.uint8]:
    from PIL.Image import Resampling

    glyphs = [_glyph(str(digit)) for digit in range(10)]
    pictures = np.empty((len(labels), 1, SIDE, SIDE), np.uint8)
    for k, (label, (right, down, turn)) in enumerate(zip(labels, moved, strict=True)):
        drawn = glyphs[label].rotate(turn, Resampling.BICUBIC, translate=(right * _FINE, down * _FINE))
        pictures[k, 0] = drawn.resize((SIDE, SIDE), Resampling.BOX)
    return pictures


def _glyph(text: str) -> Image:
    """White on black, in the middle, `_FINE` times as large."""
    import matplotlib as mpl
    from PIL import Image, ImageDraw, ImageFont

    face = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSerif.ttf")
    picture = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    font = ImageFont.truetype(face, HEIGHT * _FINE)
    ImageDraw.Draw(picture).text((SIDE * _FINE / 2,) * 2, text, fill=255, font=font, anchor="mm")
    return picture
