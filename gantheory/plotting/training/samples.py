"""Generated samples in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import as_float64
from gantheory.arguments.checks import positive_number
from gantheory.errors import shown
from gantheory.plotting.style.style import COLORS


def ring_samples(
    axes: Axes,
    samples: ArrayLike,
    centers: ArrayLike,
    radius: ArrayLike,
    title: str = "",
    limit: float = 1.5,
    opacity: float = 0.35,
) -> Axes:
    """Samples with a circle about each mode, of the radius within which a sample counts as of high quality.

    Args:
        axes: where to draw.
        samples: shape (n, 2).
        centers: shape (modes, 2).
        radius: one number, or one per mode.
        title: of the panel.
        limit: both axes run from -limit to limit.
        opacity: of one sample, in (0, 1].
    """
    from matplotlib.patches import Circle

    positive_number(limit, "limit")
    if not 0 < opacity <= 1:
        raise ValueError(f"opacity must be in (0, 1], got {shown(opacity)}")
    points, middles = np.asarray(samples), np.asarray(centers)
    for given, name in ((points, "samples"), (middles, "centers")):
        if given.ndim != 2 or given.shape[1] != 2:
            raise ValueError(f"{name} must have shape (n, 2), got {given.shape}")
    radii = as_float64(radius, "radius")
    if radii.shape not in ((), (len(middles),)):
        raise ValueError(f"radius must be one number or {len(middles)} of them, got shape {radii.shape}")
    look: dict[str, Any] = {
        "s": 1.2,
        "color": COLORS["measured"],
        "alpha": opacity,
        "linewidths": 0,
        "rasterized": True,
    }
    axes.scatter(points[:, 0], points[:, 1], **look)
    for (x, y), r in zip(middles, np.broadcast_to(radii, len(middles)), strict=True):
        axes.add_patch(Circle((x, y), float(r), fill=False, edgecolor=COLORS["theory"], linewidth=0.8))
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", title=title)
    axes.grid(False)
    return axes


def samples_on_discriminator(
    axes: Axes,
    samples: ArrayLike,
    grid: ArrayLike,
    outputs: ArrayLike,
    centers: ArrayLike,
    title: str = "",
) -> QuadMesh:
    """Samples over a heat map of D in [0, 1], with the modes marked; returns the mesh, for a color bar.

    Samples outside the grid are not seen; how many is written into the corner.

    Args:
        axes: where to draw.
        samples: shape (n, 2).
        grid: coordinates of both axes, shape (m,).
        outputs: D, with the first coordinate along the columns, shape (m, m).
        centers: of the modes, shape (modes, 2); their circles are larger than the modes, to be seen.
        title: of the panel.
    """
    points, at = as_float64(samples), as_float64(grid)
    ends = (float(at.min()), float(at.max()))
    mesh = axes.pcolormesh(
        at,
        at,
        as_float64(outputs),
        cmap=_light_map(),
        vmin=0,
        vmax=1,
        shading="nearest",
        rasterized=True,
    )
    axes.scatter(points[:, 0], points[:, 1], s=1.5, color="black", linewidths=0, rasterized=True)
    for x, y in np.asarray(centers):
        axes.plot(
            x, y, "o", markersize=5, markerfacecolor="none", markeredgecolor="black", markeredgewidth=0.6
        )
    outside = int(((points < ends[0]) | (points > ends[1])).any(axis=1).sum())
    if outside:
        box = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "boxstyle": "square,pad=0.15"}
        axes.text(0.03, 0.03, f"{outside} outside", transform=axes.transAxes, fontsize=6, bbox=box)
    axes.set(xlim=ends, ylim=ends, aspect="equal", title=title, xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axes.grid(False)
    return mesh


def _light_map() -> Colormap:
    """From near white to orange: black dots are seen on all of it, and gray print keeps the order."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["YlOrBr"](np.linspace(0.0, 0.58, 256)), name="light")


def modes_over_epochs(
    axes: Axes, epochs: ArrayLike, modes: ArrayLike, color: str, label: str, style: str = "-", total: int = 8
) -> Axes:
    """Covered modes over the epochs: a thin line for each seed, a thick one for their mean.

    Args:
        axes: where to draw.
        epochs: shape (n,).
        modes: shape (seeds, n).
        color: of all lines.
        label: of the mean.
        style: of the mean's line, so that gray print tells the objectives apart.
        total: modes of the data.
    """
    runs = np.asarray(modes, dtype=np.float64)
    for run in runs:
        axes.plot(epochs, run, color=color, alpha=0.3, linewidth=0.6)
    axes.plot(
        epochs,
        runs.mean(0),
        color=color,
        linewidth=1.8,
        linestyle=style,
        marker="o",
        markersize=2.5,
        label=label,
    )
    axes.set(xlabel="epoch", ylabel="modes covered", ylim=(-0.3, total + 0.3), yticks=range(0, total + 1, 2))
    axes.set_xlim(0, float(as_float64(epochs).max()) * 1.01)
    return axes
