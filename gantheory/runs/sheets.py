"""Samples as one picture, and pictures as a film."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.checks import positive_integer, several
from gantheory.datasets.images.decoding import MODES, check_pillow

_GAP = 2
_SEEN = 28
"""Pictures of fewer pixels are enlarged, each pixel to a square, to about so many."""

_FRAME = 150
_LAST = 1500
"""Milliseconds."""


def sheet(pictures: ArrayLike, columns: int | None = None) -> NDArray[np.uint8]:
    """Pictures side by side on white, by rows: (height, width, 3), bytes.

    Args:
        pictures: (n, channels, rows, columns) in [-1, 1], one channel or three; what lies outside is clipped,
            and what is no number is black.
        columns: pictures in a row; the sheet is about square if left out.

    Raises:
        ValueError: no such pictures.
    """
    given = np.asarray(pictures)
    if given.ndim != 4 or given.shape[1] not in MODES or not given.size:
        raise ValueError(f"pictures must have shape (n, 1 or 3, rows, columns), got {given.shape}")
    if columns is not None:
        positive_integer(columns, "columns")
    shown = np.nan_to_num(given.astype(np.float64), nan=-1, posinf=1, neginf=-1)
    tiles = np.clip(np.rint((shown + 1) * 127.5), 0, 255).astype(np.uint8)
    scale = max(1, _SEEN // tiles.shape[-1])
    tiles = tiles.repeat(scale, 2).repeat(scale, 3)
    n, channels, height, width = tiles.shape
    across = min(n, columns or math.ceil(math.sqrt(n)))
    down = math.ceil(n / across)
    page = np.full((channels, down * (height + _GAP) + _GAP, across * (width + _GAP) + _GAP), 255, np.uint8)
    for k, tile in enumerate(tiles):
        row, column = divmod(k, across)
        top, left = row * (height + _GAP) + _GAP, column * (width + _GAP) + _GAP
        page[:, top : top + height, left : left + width] = tile
    return np.moveaxis(np.broadcast_to(page, (3, *page.shape[1:])), 0, -1).copy()


def scatter(points: ArrayLike, real: ArrayLike) -> NDArray[np.uint8]:
    """Points in the plane over those of the data: (height, width, 3), bytes.

    Raises:
        ValueError: not points in the plane, (n, 2), or no point of the data.
    """
    for each, name in ((points, "points"), (real, "real")):
        if np.ndim(each) != 2 or np.shape(each)[1] != 2:
            raise ValueError(f"{name} must have shape (n, 2), got {np.shape(each)}")
    if not len(np.asarray(real)):
        raise ValueError("real must hold at least one point")
    return over(real)(points)


def over(real: ArrayLike) -> Callable[[ArrayLike], NDArray[np.uint8]]:
    """`scatter` over this data, for one set of points after another: what stays is drawn up once."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from gantheory.plotting import COLORS, canvas, style

    data = np.asarray(real)
    middle, reach = (data.max(0) + data.min(0)) / 2, 0.65 * np.ptp(data, axis=0).max()
    with style():
        figure, axes = canvas(width=4.0, height=4.0)
        axes.plot(*data.T, ".", color=COLORS["real"], markersize=2, alpha=0.3)
        (shown,) = axes.plot([], [], ".", color=COLORS["generated"], markersize=2)
        axes.set(
            xlim=(middle[0] - reach, middle[0] + reach),
            ylim=(middle[1] - reach, middle[1] + reach),
            aspect="equal",
        )
        figure.set_dpi(100)
        drawn = FigureCanvasAgg(figure)

    def picture(points: ArrayLike) -> NDArray[np.uint8]:
        shown.set_data(*np.asarray(points).T)
        with style():
            drawn.draw()
        figure.set_layout_engine("none")  # the axes have their place now
        return np.asarray(drawn.buffer_rgba())[..., :3].copy()

    return picture


def png(picture: NDArray[np.uint8], about: str = "") -> bytes:
    """A PNG file's content; `about` goes into its description.

    Raises:
        ValueError: no such picture.
        MissingPackageError: Pillow is not installed.
    """
    check_pillow()
    from PIL import Image, PngImagePlugin

    picture = _bytes(picture, "picture")

    told = PngImagePlugin.PngInfo()
    if about:
        told.add_text("Description", about)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="png", pnginfo=told)
    return buffer.getvalue()


def film(frames: Sequence[Any]) -> bytes:
    """A GIF file's content of pictures of one size, each a file or an array; the last one stays longer.

    Raises:
        ValueError: no frame, or an array that is no picture.
        MissingPackageError: Pillow is not installed.
    """
    check_pillow()
    from PIL import Image

    pictures = []
    for k, frame in enumerate(several(frames, "frames", "pictures")):
        made = not isinstance(frame, (str, Path)) and not hasattr(frame, "read")
        opened = Image.fromarray(_bytes(frame, f"frames[{k}]")) if made else Image.open(frame)
        with opened:
            pictures.append(opened.convert("RGB"))
    buffer = io.BytesIO()
    times = [_FRAME] * (len(pictures) - 1) + [_LAST]
    pictures[0].save(
        buffer, format="gif", save_all=True, append_images=pictures[1:], duration=times, loop=0, optimize=True
    )
    return buffer.getvalue()


def _bytes(picture: Any, name: str) -> NDArray[np.uint8]:
    given = np.asarray(picture)
    if given.dtype != np.uint8 or not given.size or not (given.ndim == 2 or given.shape[2:] in ((3,), (4,))):
        raise ValueError(
            f"{name} must be bytes (uint8), (height, width) or (height, width, 3), "
            f"got {given.dtype} of shape {given.shape}"
        )
    return given
