"""Samples that move freely: where they were, where they are, and the data."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS


def particles(
    axes: Axes, target: ArrayLike, trajectory: ArrayLike, paths: int = 40, limit: float | None = None
) -> Axes:
    """Real data, the particles at the end of their flow, and the ways of the first few of them.

    Args:
        axes: where to draw.
        target: real data, shape (n, 2).
        trajectory: particles at recorded steps, shape (records, m, 2).
        paths: how many ways are drawn.
        limit: both axes run from -limit to limit; a little beyond everything if not given.
    """
    real, moved = np.asarray(target, dtype=np.float64), np.asarray(trajectory, dtype=np.float64)
    for way in moved[:, :paths].transpose(1, 0, 2):
        axes.plot(way[:, 0], way[:, 1], color=COLORS["muted"], linewidth=0.35, alpha=0.7, rasterized=True)
    for points, role, marker, size in ((real, "real", "o", 3.0), (moved[-1], "generated", "X", 4.0)):
        axes.scatter(
            points[:, 0],
            points[:, 1],
            s=size,
            marker=marker,
            color=COLORS[role],
            linewidths=0,
            rasterized=True,
            label=role,
        )
    reach = limit if limit is not None else 1.08 * float(max(np.abs(real).max(), np.abs(moved).max()))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.grid(False)
    return axes
