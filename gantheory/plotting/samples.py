"""Generated samples in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gantheory.plotting.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike


def ring_samples(
    axes: Axes, samples: ArrayLike, centers: ArrayLike, radius: ArrayLike, title: str = "", limit: float = 1.5
) -> Axes:
    """Samples with a circle about each mode, of the radius within which a sample counts as of high quality.

    Args:
        axes: where to draw.
        samples: shape (n, 2).
        centers: shape (modes, 2).
        radius: one number, or one per mode.
        title: of the panel.
        limit: both axes run from -limit to limit.
    """
    from matplotlib.patches import Circle

    points, middles = np.asarray(samples), np.asarray(centers)
    axes.scatter(
        points[:, 0], points[:, 1], s=1.2, color=COLORS["measured"], alpha=0.35, linewidths=0, rasterized=True
    )
    for (x, y), r in zip(middles, np.broadcast_to(np.asarray(radius), len(middles)), strict=True):
        axes.add_patch(Circle((x, y), float(r), fill=False, edgecolor=COLORS["theory"], linewidth=0.8))
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", title=title)
    axes.grid(False)
    return axes
