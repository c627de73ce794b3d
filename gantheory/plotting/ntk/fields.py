"""What a discriminator's field does to samples in the plane: scores as colors, velocities as arrows."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import as_float64
from gantheory.plotting.style.style import COLORS

_BANDS = 21
"""Colors: an odd number, so that one of them is about 0; bands are read more easily than a gradient."""


def score_map(
    axes: Axes,
    grid: ArrayLike,
    scores: ArrayLike,
    real: ArrayLike,
    generated: ArrayLike,
    limit: float | None = None,
) -> AxesImage:
    """Scores v as a heat map in bands, with the training points; returns the image, for a color bar.

    Args:
        axes: where to draw.
        grid: coordinates of both axes, shape (m,).
        scores: v there, first coordinate along the columns, shape (m, m).
        real, generated: training points, (n, 2) each.
        limit: of the colors, symmetric about 0; the largest |v| if not given.
    """
    values, at = as_float64(scores), as_float64(grid)
    reach = float(np.abs(values).max()) if limit is None else limit
    ends = (float(at.min()), float(at.max()))
    look: dict[str, Any] = {"interpolation": "bilinear", "interpolation_stage": "data", "origin": "lower"}
    image = axes.imshow(
        values, extent=(*ends, *ends), cmap=_light_diverging(), vmin=-reach, vmax=reach, **look
    )
    for points, role, marker in ((real, "real", "o"), (generated, "generated", "X")):
        placed = as_float64(points)
        edge: dict[str, Any] = {"color": COLORS[role], "edgecolors": "white", "linewidths": 0.3, "zorder": 3}
        axes.scatter(placed[:, 0], placed[:, 1], s=9, marker=marker, label=role, **edge)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.grid(False)
    return image


def vector_field(
    axes: Axes,
    grid: ArrayLike,
    scores: ArrayLike,
    coarse: ArrayLike,
    field: ArrayLike,
    real: ArrayLike,
    generated: ArrayLike,
    limit: float | None = None,
) -> AxesImage:
    """`score_map` with the velocity -grad S(v) as arrows.

    Arrows are scaled in each panel so that the longest spans one cell of the coarse grid: they compare places
    and not panels. How long the longest is stands in the corner.

    Args:
        axes, grid, scores, real, generated, limit: as in `score_map`.
        coarse: coordinates of the arrows, shape (k,).
        field: velocities there, shape (k, k, 2).
    """
    image = score_map(axes, grid, scores, real, generated, limit)
    velocity, at = np.asarray(field), np.asarray(coarse)
    longest = float(np.hypot(velocity[..., 0], velocity[..., 1]).max())
    cell = float(at[1] - at[0])
    x, y = np.meshgrid(at, at)
    look: dict[str, Any] = {"width": 0.006, "headwidth": 4, "headlength": 4.5, "headaxislength": 4}
    scale: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": longest / cell}
    axes.quiver(x, y, velocity[..., 0], velocity[..., 1], color="#202020", **scale, **look)
    box = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "boxstyle": "square,pad=0.15"}
    axes.text(0.03, 0.03, f"longest {longest:.2g}", transform=axes.transAxes, fontsize=6, bbox=box)
    return image


def _light_diverging() -> Colormap:
    """Light on both sides of white, so that arrows and points are seen on all of it."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["PuOr_r"](np.linspace(0.2, 0.8, _BANDS)), name="light")
