"""The generator's gradient under a discriminator in training: curves over x, later times darker."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gantheory.arguments.checks import has_columns
from gantheory.plotting.style.direct_labels import label_curves
from gantheory.plotting.style.style import COLORS

_DECADES = 4


def kernel_curves(axes: Axes, table: pd.DataFrame, x: str = "x", labels: bool = True) -> Axes:
    """|d/dx S(v_t(x))| over x, or over a shift, a curve a time; the training points are ticks at the bottom.

    Args:
        axes: where to draw.
        table: of `gantheory.landscape.kernels` (x = "x") or `kernel_shift` (x = "shift"), one objective and
            kernel.
        x: the column of the horizontal axis.
        labels: times at the right ends of the curves.

    Raises:
        ValueError: the table holds several objectives or kernels.
    """
    from matplotlib import colormaps

    has_columns(table, "objective", "kernel", "t", "gradient", x)
    for column in ("objective", "kernel"):
        if table[column].nunique() != 1:
            raise ValueError(
                f"table must hold one {column}, got {', '.join(map(str, table[column].unique()))}"
            )
    times = np.sort(table["t"].unique())
    shades = colormaps["cividis_r"](np.linspace(0.25, 1.0, len(times)))
    lines = []
    for shade, time in zip(shades, times, strict=True):
        rows = table[table["t"] == time].sort_values(x)
        size = rows["gradient"].abs()
        (line,) = axes.plot(rows[x], size.where(size > 0), color=shade, label=f"$t = {time:g}$")
        lines.append(line)
    axes.set_yscale("log")
    seen = table["gradient"].abs()
    if (seen > 0).any():
        top = float(seen.max())
        axes.set_ylim(max(float(seen[seen > 0].min()), top * 10.0**-_DECADES) / 1.3, top * 1.6)
    axes.minorticks_off()
    axes.set(xlim=(table[x].min(), table[x].max()), xlabel={"x": "$x$"}.get(x, "shift of $P_g$"))
    axes.set_ylabel(r"$|\nabla_x\, S(v_t(x))|$" if x == "x" else "gradient, root mean square")
    _rug(axes, table)
    if labels:
        label_curves(axes, lines, [str(line.get_label()) for line in lines])
    return axes


def _rug(axes: Axes, table: pd.DataFrame) -> None:
    """The points that the discriminator is trained on, where the table carries them."""
    for row, role in enumerate(("real", "fake")):
        points = table.attrs.get(role)
        if points is not None:
            bottom = 0.005 + 0.03 * row
            axes.vlines(
                points, bottom, bottom + 0.028, transform=axes.get_xaxis_transform(), linewidth=0.5,
                color=COLORS["real" if role == "real" else "generated"], label=f"_{role}",
            )  # fmt: skip
