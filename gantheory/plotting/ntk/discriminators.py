"""Discriminators on the line over their training, and metrics over a flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS, SERIES, look_of


def scores_on_a_line(
    axes: Axes,
    x: ArrayLike,
    infinite: ArrayLike,
    finite: ArrayLike | None,
    real: ArrayLike,
    generated: ArrayLike,
    title: str = "",
) -> Axes:
    """v_t over the line: the infinitely wide discriminator, trained networks beside it, and the training
    points.

    Args:
        axes: where to draw.
        x: shape (n,).
        infinite: v_t of the infinitely wide discriminator, (n,).
        finite: of trained networks, (networks, n); None for none.
        real, generated: training points, (m,) each; ticks on the lower edge.
        title: of the panel.
    """
    at = np.asarray(x, dtype=np.float64)
    if finite is not None:
        for k, row in enumerate(np.atleast_2d(np.asarray(finite))):
            label = "finite networks" if k == 0 else None
            axes.plot(at, row, color=COLORS["measured"], linewidth=0.8, alpha=0.7, label=label)
    axes.plot(at, np.asarray(infinite), color=COLORS["theory"], linewidth=1.5, label="infinitely wide")
    axes.axhline(0, color=COLORS["muted"], linewidth=0.5)
    low, high = axes.get_ylim()
    for points, role, marker, shift in ((real, "real", "o", 0.0), (generated, "generated", "X", 0.05)):
        height = low - (high - low) * (0.05 + shift)
        placed = np.asarray(points, dtype=np.float64).ravel()
        look: dict[str, Any] = {"s": 16, "marker": marker, "color": COLORS[role], "linewidths": 0}
        axes.scatter(placed, np.full(len(placed), height), clip_on=False, zorder=3, label=role, **look)
    axes.set(title=title, xlabel="$x$", xlim=(at[0], at[-1]), ylim=(low - (high - low) * 0.14, high))
    return axes


def metric_over_time(
    axes: Axes, curves: Mapping[str, Sequence[Any]], metric: str, xlabel: str = "step", column: str = "step"
) -> Axes:
    """A metric over the steps of flows: for each name a line for the mean of its runs and a band from least
    to most.

    Args:
        axes: where to draw.
        curves: name -> metrics tables of `FlowResult`, one a seed, with the same steps.
        metric: column to draw.
        xlabel: of the horizontal axis.
        column: what it shows, "step" or "time".
    """
    for k, (name, tables) in enumerate(curves.items()):
        steps = np.asarray(tables[0][column], dtype=np.float64)
        values = np.stack([np.asarray(table[metric], dtype=np.float64) for table in tables])
        look = look_of(k)
        axes.plot(steps, values.mean(0), label=name, **look)
        if len(values) > 1:
            axes.fill_between(
                steps, values.min(0), values.max(0), color=look["color"], alpha=0.2, linewidth=0
            )
    axes.set(xlabel=xlabel, yscale="log")
    return axes


def speeds_over_time(
    axes: Axes, times: ArrayLike, speeds: ArrayLike, alphas: Sequence[float], title: str = ""
) -> Axes:
    """Speeds of generated samples over the discriminator's training time, on logarithmic axes.

    Args:
        axes: where to draw.
        times: shape (n,).
        speeds: saturating and non-saturating for each alpha_G, (alphas, 2, n); solid and dashed.
        alphas: values of alpha_G.
        title: of the panel.
    """
    at, values = np.asarray(times, dtype=np.float64), np.asarray(speeds, dtype=np.float64)
    for k, alpha in enumerate(alphas):
        name = r"\infty" if np.isinf(alpha) else f"{alpha:g}"
        for row, style, word in ((values[k, 0], "-", "sat."), (values[k, 1], (0, (4, 1.5)), "non-sat.")):
            label = rf"$\alpha_G = {name}$, {word}"
            axes.plot(at, row, color=SERIES[k % len(SERIES)], linestyle=style, label=label)
    axes.set(title=title, xscale="log", yscale="log", xlabel="training time $t$")
    return axes
