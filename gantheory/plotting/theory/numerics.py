"""What clamped and stable numerics let through: the gradient of a loss over the score."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS


def passed_gradient(
    axes: Axes, score: ArrayLike, exact: ArrayLike, stable: ArrayLike, clamped: ArrayLike
) -> Axes:
    """|d loss/d v| over the score on a logarithmic axis, exact and as floating point passes it.

    Where the clamped one is exactly zero, which has no place on the axis, the axes are shaded.

    Args:
        axes: where to draw.
        score: v, increasing, shape (n,).
        exact, stable, clamped: |derivative| there, shape (n,).
    """
    v, passed = np.asarray(score), np.asarray(clamped)
    axes.fill_between(
        v, 0, 1, where=passed == 0, transform=axes.get_xaxis_transform(), color=COLORS["control"],
        alpha=0.12, linewidth=0, label="clamped: exactly 0",
    )  # fmt: skip
    look: dict[str, Any] = {"color": COLORS["control"], "linewidth": 3.2, "alpha": 0.6}
    axes.plot(v, np.where(passed > 0, passed, np.nan), label="clamped, float32", **look)
    shown = np.where(np.asarray(stable) > 0, stable, np.nan)
    axes.plot(v, shown, color=COLORS["measured"], linewidth=1.6, label="stable, float32")
    axes.plot(v, exact, color=COLORS["theory"], linewidth=0.8, linestyle=(0, (4, 3)), label="exact")
    axes.set(yscale="log", xlim=(v[0], v[-1]))
    return axes
