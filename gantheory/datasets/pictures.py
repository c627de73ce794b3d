"""Distributions in the plane given by pictures: dark pixels are likely ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float64
from gantheory.arguments.checks import choice, is_whole, positive_integer

SIDE = 128
"""Pixels along a side of our own pictures."""

DENSITIES = ("crescents", "waves")


@dataclass(frozen=True, eq=False)
class PictureDensity:
    """The density on [-1, 1]^2 that is constant on each pixel and proportional to `weights`.

    Attributes:
        weights: nonnegative, (rows, columns); row 0 is the top, as in a picture.
        name: what `repr` and tables call it.

    Raises:
        ValueError: not a matrix, a weight that is negative or not finite, or all zero.
    """

    weights: Array
    name: str = "picture"

    def __post_init__(self) -> None:
        weights = as_float64(self.weights, "weights").copy()
        if weights.ndim != 2 or weights.size == 0:
            raise ValueError(f"weights must be a matrix of pixels, got shape {weights.shape}")
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError("weights must be nonnegative and finite")
        if not weights.any():
            raise ValueError("weights must not all be 0: an empty picture is no density")
        object.__setattr__(self, "weights", weights)

    def __repr__(self) -> str:
        return f"PictureDensity({self.name!r}, {self.weights.shape[0]} x {self.weights.shape[1]} pixels)"

    @property
    def dimension(self) -> int:
        """Number of coordinates, 2."""
        return 2

    def sample(self, n: int, seed: int | np.random.Generator = 0) -> Array:
        """Draw n independent points, shape (n, 2).

        Raises:
            ValueError: n < 1.
        """
        positive_integer(n, "n")
        rng = np.random.default_rng(seed)
        rows, columns = self.weights.shape
        pixel = rng.choice(self.weights.size, size=int(n), p=self.weights.ravel() / self.weights.sum())
        row, column = np.divmod(pixel, columns)
        inside = rng.random((int(n), 2))
        x = -1 + 2 * (column + inside[:, 0]) / columns
        y = 1 - 2 * (row + inside[:, 1]) / rows
        return np.stack([x, y], axis=1)

    def density(self, x: ArrayLike) -> Array:
        """p(x) at points of shape (..., 2); 0 outside [-1, 1]^2."""
        points = np.asarray(x, dtype=np.float64)
        rows, columns = self.weights.shape
        column = np.floor((points[..., 0] + 1) / 2 * columns).astype(int)
        row = np.floor((1 - points[..., 1]) / 2 * rows).astype(int)
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        value = self.weights[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return np.where(inside, value / self.weights.sum() * self.weights.size / 4, 0.0)


def letters(text: str, side: int = SIDE) -> PictureDensity:
    """The density that is uniform on the strokes of one or a few characters, set in DejaVu Sans Bold.

    The font comes with matplotlib, so that the picture is the same everywhere.

    Raises:
        ValueError: text without a visible character; side < 8.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text must hold at least one visible character, got {text!r}")
    _side(side)
    outline = TextPath((0, 0), text, size=100, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    low, high = (np.asarray(corner) for corner in (outline.get_extents().min, outline.get_extents().max))
    # The longer side fills [-0.9, 0.9]; the middle of the outline goes to the origin.
    scale = (high - low).max() / 1.8
    points = _centers(side) * scale + (low + high) / 2
    # The filled outline, holes left out: a point inside both rings of an A's triangle is outside the letter.
    inside = np.zeros(len(points), dtype=bool)
    for ring in outline.to_polygons(closed_only=True):
        from matplotlib.path import Path

        inside ^= Path(ring).contains_points(points)
    if not inside.any():
        raise ValueError(f"text must hold at least one visible character, got {text!r}")
    return PictureDensity(inside.reshape(side, side).astype(float), f"letters({text!r})")


def smooth_density(name: str, side: int = SIDE) -> PictureDensity:
    """A smooth density of our own: "crescents", two facing arcs, or "waves", a sine ridge between two hills.

    Raises:
        ValueError: an unknown name; side < 8.
    """
    choice(name, "density", DENSITIES)
    _side(side)
    x, y = _centers(side).T
    if name == "crescents":
        weights = sum(_arc(x, y, sign) for sign in (-1, 1))
    else:
        ridge = np.exp(-((y - 0.35 * np.sin(3 * x)) ** 2) / 0.012) * np.exp(-(x**4) / 0.4)
        hills = sum(np.exp(-((x - a) ** 2 + (y + a) ** 2) / 0.02) for a in (-0.6, 0.6))
        weights = ridge + hills
    return PictureDensity(np.asarray(weights).reshape(side, side), name)


def _arc(x: Array, y: Array, sign: int) -> Array:
    """A half ring about (0.25 sign, 0), open towards the other one."""
    radius = np.hypot(x - 0.25 * sign, y + 0.2 * sign)
    angle = np.arctan2(sign * (y + 0.2 * sign), sign * (x - 0.25 * sign))
    return np.asarray(np.exp(-((radius - 0.5) ** 2) / 0.006) * np.exp(-((angle - 0.3) ** 2) / 1.2))


def _centers(side: int) -> Array:
    """Centers of the pixels of [-1, 1]^2, row by row from the top, (side^2, 2)."""
    line = -1 + (2 * np.arange(side) + 1) / side
    x, y = np.meshgrid(line, -line)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _side(side: int) -> None:
    if not is_whole(side) or side < 8:
        raise ValueError(f"side must be at least 8 pixels, got {side!r}")
