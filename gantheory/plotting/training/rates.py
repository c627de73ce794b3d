"""Rates with their intervals: over a parameter, and pairs of rates setting by setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS

LOOKS: dict[str, dict[str, Any]] = {
    "published": {"color": COLORS["theory"], "marker": "s", "markerfacecolor": "white"},
    "stable": {"color": COLORS["measured"], "marker": "o"},
    "clamped": {"color": COLORS["control"], "marker": "^"},
}
"""Each series has a color and a marker, so that gray print tells them apart."""


def rates_over(
    axes: Axes,
    x: ArrayLike,
    percent: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    look: str,
    label: str,
    shift: float = 0.0,
) -> Axes:
    """Rates in percent over a parameter, with intervals as bars and a thin line that joins them.

    Args:
        axes: where to draw.
        x: the parameter, shape (n,).
        percent, low, high: rate and ends of its interval, shape (n,).
        look: a key of `LOOKS`.
        label: of the series.
        shift: added to x where bars of several series would cover each other.
    """
    order = np.argsort(np.asarray(x))
    at, rate, below, above = (np.asarray(each, dtype=np.float64)[order] for each in (x, percent, low, high))
    axes.errorbar(
        at + shift,
        rate,
        yerr=[rate - below, above - rate],
        label=label,
        markersize=4,
        linewidth=0.7,
        elinewidth=1.0,
        capsize=1.8,
        linestyle=(0, (2, 2)) if look == "published" else "-",
        **LOOKS[look],
    )
    axes.set(ylim=(-2, 102), yticks=range(0, 101, 20))
    return axes


def paired_rates(
    axes: Axes, names: Sequence[str], series: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]]
) -> Axes:
    """One row a setting: the rates of several series with their intervals, the first row on top.

    Args:
        axes: where to draw.
        names: of the rows.
        series: (percent, low, high), each of shape (rows,), by a key of `LOOKS`, which is also the label.
    """
    rows = np.arange(len(names))
    for k, (look, values) in enumerate(series.items()):
        rate, below, above = (np.asarray(each, dtype=np.float64) for each in values)
        axes.errorbar(
            rate,
            rows + 0.32 * (k - (len(series) - 1) / 2),
            xerr=[rate - below, above - rate],
            label=look,
            markersize=4,
            linewidth=0,
            elinewidth=1.0,
            capsize=1.8,
            **LOOKS[look],
        )
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(-2, 102), xticks=range(0, 101, 20))
    axes.set_yticks(rows, names)
    axes.grid(axis="y", visible=False)
    return axes
