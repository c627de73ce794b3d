"""|s| over D, the score or log u: curves of several objectives with what happens at their ends."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, has_columns
from gantheory.plotting.style.direct_labels import label_curves
from gantheory.plotting.style.names import short_names
from gantheory.plotting.style.style import look_of

END_MARKERS = {"vanishes": "v", "constant": "o", "explodes": "^"}
"""A triangle down, a circle, a triangle up: what |s| does beyond the end of the curve."""

_LABELS = {"D": "discriminator's output $D$", "score": "score $v$", "log_u": r"$\log\, p_r/p_g$"}
_DECADES = 6
_FAR = 0.9 * math.log(1e4)
"""|log u| from which on an end of the axis stands for the limit: nearly that of a default axis."""


def saturation_curves(
    axes: Axes, table: pd.DataFrame, over: str | None = None, scale: str = "logit", labels: bool = True
) -> Axes:
    """|s| of each objective of a table of `gantheory.landscape.saturation`, on a logarithmic axis.

    A curve ends where v* ends. The marker at an end, and only there, says whether |s| vanishes (triangle
    down), stays constant (circle) or explodes (triangle up) beyond it. An objective whose |s| is 0
    everywhere, v* being a step function, is a line on the bottom.

    Args:
        axes: where to draw.
        table: of `gantheory.landscape.saturation`.
        over: the column of the horizontal axis: "D", "score" or "log_u"; by default that of the table.
        scale: of D: "logit" (both ends), "log" (the end D -> 0) or "linear". An axis of D that leaves (0, 1)
            is linear.
        labels: names at the right ends of the curves; without them the caller sets a legend.

    Raises:
        ValueError: unknown axis or scale.
    """
    over = over or str(table.attrs.get("over", "D"))
    choice(over, "over", _LABELS)
    if scale not in ("logit", "log", "linear"):
        raise ValueError(f"scale must be logit, log or linear, got {scale!r}")
    has_columns(table, "objective", "s", "log_u", over)
    names = list(dict.fromkeys(table["objective"]))
    positive = table["s"][(table["s"] > 0) & np.isfinite(table["s"])]
    top = float(positive.max()) if len(positive) else 1.0
    bottom = max(float(positive.min()), top * 10.0**-_DECADES) if len(positive) else 1e-3
    floor, ceiling = bottom / 1.6, 1.6 * min(top, 1e308)
    axes.set_autoscaley_on(False)  # the limits are these; margins around 1e308 would be beyond a double
    moving = table[table.groupby("objective")["s"].transform("max") > 0]
    span = moving if len(moving) else table
    low, high = float(span[over].min()), float(span[over].max())
    drawn: list[Line2D] = []
    texts = short_names(names)
    for k, name in enumerate(names):
        rows = table[table["objective"] == name]
        x, s = rows[over].to_numpy(), rows["s"].to_numpy()
        look = look_of(k)
        if not (s > 0).any():
            texts[k] += ": $|s| = 0$"
            (line,) = axes.plot([low, high], [floor] * 2, clip_on=False, **look)
            line.set_label(texts[k])
            drawn.append(line)
            continue
        (line,) = axes.plot(x, np.where(s > 0, s, np.nan), label=texts[k], **look)
        drawn.append(line)
        seen = np.flatnonzero((s >= floor) & (s <= ceiling))
        log_u = rows["log_u"].to_numpy()
        for index, end, outward in ((seen[0], "at_fake", -1), (seen[-1], "at_real", 1)):
            marker = END_MARKERS.get(str(rows[end].iloc[0]))
            if marker is not None and _is_end(s, log_u, int(index), outward):
                axes.plot(
                    [x[index]], [s[index]], marker=marker, color=look["color"], markersize=4.5, clip_on=False,
                    markeredgecolor="white", markeredgewidth=0.5, zorder=4, label=f"_{end}",
                )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(floor, ceiling)
    if over == "D" and scale != "linear" and low > 0 and high < 1:
        axes.set_xscale(scale)
        if scale == "logit":
            _logit_ticks(axes, low, high)
    axes.set_xlim(low, high)
    axes.set(xlabel=_LABELS[over], ylabel=r"$|s|$: gradient per unit of $\nabla\log u$")
    axes.minorticks_off()
    if labels:
        label_curves(axes, drawn, texts)
    return axes


def _is_end(s: Array, log_u: Array, index: int, outward: int) -> bool:
    """Whether the curve itself ends at this point, and not only the window through which it is seen."""
    beyond = index + outward
    if 0 <= beyond < len(s):
        return not s[beyond] > 0  # 0 or NaN: v* goes no further
    return bool(np.isnan(log_u[index]) or outward * log_u[index] >= _FAR)


def end_legend(axes: Axes) -> list[Line2D]:
    """Handles that explain the markers at the ends, for a legend beside or below `axes`."""
    from matplotlib.lines import Line2D

    words = {"vanishes": "vanishes beyond this end", "constant": "stays constant", "explodes": "explodes"}
    return [
        Line2D([], [], color="#505050", marker=marker, linestyle="none", markersize=4.5, label=words[word])
        for word, marker in END_MARKERS.items()
    ]


def _logit_ticks(axes: Axes, low: float, high: float) -> None:
    """Few ticks, written as people say them: 0.0001, 0.01, 0.5, 0.99."""
    ticks = [1e-4, 1e-3, 1e-2, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999]
    kept = [tick for tick in ticks if low * 0.99 <= tick <= 1 - (1 - high) * 0.99]
    written = {1e-4: "$10^{-4}$", 1e-3: "", 0.999: "", 0.9999: "$1-10^{-4}$"}
    axes.set_xticks(kept, [written.get(tick, f"{tick:g}") for tick in kept])
    axes.set_xticks([], minor=True)
