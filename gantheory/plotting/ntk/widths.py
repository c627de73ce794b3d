"""Networks of finite width beside the infinitely wide one: scores on a line, errors over the width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.arguments.checks import has_columns
from gantheory.plotting.style.style import COLORS, SERIES, THEORY

_MARKERS = ("o", "s", "^", "D", "v", "P")


def errors_over_width(
    axes: Axes, table: pd.DataFrame, slopes: Mapping[str, Mapping[str, float]] | None = None
) -> Axes:
    """Relative errors over the width on logarithmic axes: a dot a network, a line for their root mean square.

    A network counts with the root mean square of its errors over times. The dashed line has slope -1/2 and
    goes through the middle of the data.

    Args:
        axes: where to draw.
        table: columns objective, width, seed, t and error, as `gantheory.ntk.finite.study` makes it.
        slopes: objective -> fitted slope with the ends low and high of its interval, for the legend.
    """
    has_columns(table, "objective", "width", "seed", "error")
    networks = (
        table.assign(square=table["error"] ** 2).groupby(["objective", "width", "seed"])["square"].mean()
    )
    means = np.sqrt(networks.groupby(["objective", "width"]).mean())
    names = list(dict.fromkeys(table["objective"]))
    for k, name in enumerate(names):
        look: dict[str, Any] = {"color": SERIES[k % len(SERIES)], "marker": _MARKERS[k % len(_MARKERS)]}
        # Dots of several objectives stand side by side.
        shift = 1.06 ** (k - (len(names) - 1) / 2)
        each = networks[name]
        axes.plot(
            each.index.get_level_values("width") * shift,
            np.sqrt(each),
            linewidth=0,
            alpha=0.25,
            markersize=2,
            **look,
        )
        line = means[name]
        rate = (slopes or {}).get(name)
        label = (
            name if rate is None else f"{name}: {rate['slope']:.2f} [{rate['low']:.2f}, {rate['high']:.2f}]"
        )
        axes.plot(line.index * shift, line, linewidth=1.2, markersize=3.5, label=label, **look)
    widths = np.unique(table["width"])
    middle = float(np.exp(np.log(means).mean() + np.log(widths).mean() / 2))
    axes.plot(widths, middle / np.sqrt(widths), label="slope −1/2", **THEORY)
    axes.set(xscale="log", yscale="log", xlabel="width", ylabel="relative error of $v_t(x)$")
    axes.set_xticks(widths, [f"{width:g}" for width in widths])
    axes.set_xticks([], minor=True)
    return axes


def scores_of_widths(
    axes: Axes,
    x: ArrayLike,
    infinite: ArrayLike,
    finite: Mapping[int, ArrayLike],
    real: ArrayLike,
    generated: ArrayLike,
) -> Axes:
    """Scores on a line: the infinitely wide discriminator, and networks of several widths about it.

    Args:
        axes: where to draw.
        x: points, increasing, shape (n,).
        infinite: v_t there, shape (n,).
        finite: width -> v_t of some networks of it, shape (networks, n): a band from least to greatest.
        real, generated: training points, ticks at the bottom and at the top.
    """
    at = np.asarray(x, dtype=np.float64)
    shades = [SERIES[k] for k in (1, 0, 2)]
    for k, (width, runs) in enumerate(sorted(finite.items())):
        color = shades[min(k, len(shades) - 1)]
        values = np.atleast_2d(np.asarray(runs, dtype=np.float64))
        axes.fill_between(
            at, values.min(0), values.max(0), color=color, alpha=0.35, linewidth=0.4, label=f"width {width}"
        )
    axes.plot(at, infinite, label="infinite width", **THEORY)
    for points, role, height in ((real, "real", 0.0), (generated, "generated", 1.0)):
        axes.plot(
            np.ravel(points),
            np.full(np.size(points), height),
            "|",
            color=COLORS[role],
            markersize=6,
            markeredgewidth=1.2,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label=role,
        )
    axes.set(xlabel="x", xlim=(at[0], at[-1]))
    return axes
