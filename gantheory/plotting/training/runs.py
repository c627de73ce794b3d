"""Every run of some settings, beside their means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS


def every_run(
    axes: Axes,
    names: Sequence[str],
    runs: Sequence[ArrayLike],
    means: Sequence[tuple[float | None, float, float]],
) -> Axes:
    """A line of dots for each setting, from the top down, one a run, and its mean with an interval below.

    Args:
        axes: where to draw.
        names: of the settings.
        runs: the values of each, (runs,); those that are missing are left out.
        means: mean and ends of its interval; None where there is no run.
    """
    for k, (values, (mean, low, high)) in enumerate(zip(runs, means, strict=True)):
        found = np.asarray(values, dtype=np.float64)
        found = found[np.isfinite(found)]
        # Equal values must not hide each other: dots of a setting fan out in their order.
        heights = k - 0.22 + 0.3 * (np.arange(len(found)) / max(1, len(found) - 1) - 0.5)
        axes.plot(found, heights, "o", ms=2.6, mec="white", mew=0.3, color=COLORS["measured"], clip_on=False)
        if mean is not None:
            axes.errorbar(
                mean, k + 0.25, xerr=[[mean - low], [high - mean]], fmt="D", ms=3, capsize=2, lw=1,
                color=COLORS["theory"],
            )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    return axes
