"""Names beside curves, where the eye is already, instead of a legend that it has to travel to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

_SIZE = 6.8
"""Points."""


def label_curves(axes: Axes, lines: Sequence[Line2D], names: Sequence[str]) -> Axes:
    """Write each name at its curve's right end, outside the axes, moved apart where they would overlap.

    A thin line leads to a name that was moved. Call when the axes' scales and limits are final.
    """
    from matplotlib.transforms import blended_transform_factory

    figure = axes.get_figure()
    assert figure is not None
    height = figure.bbox.height / figure.dpi * 72 * 0.75 / max(1, _rows(axes))
    gap = 1.35 * _SIZE / height
    ends = [_end(axes, line) for line in lines]
    shown = [k for k, end in enumerate(ends) if end is not None]
    targets = np.array([end[1] for end in ends if end is not None], dtype=np.float64)
    order = np.argsort(-targets, kind="stable")
    places = np.empty(len(shown))
    apart = _apart(targets[order], gap)
    # Within the axes: the ticks' labels are below, another panel may be above.
    steps = gap * np.arange(len(apart))
    apart = np.minimum(apart, 1.0 - steps)
    places[order] = np.maximum(apart, 0.4 * gap + steps[::-1])
    transform = blended_transform_factory(axes.transAxes, axes.transAxes)
    for k, target, place in zip(shown, targets, places, strict=True):
        color = lines[k].get_color()
        axes.plot(
            [ends[k][0], 1.0, 1.035, 1.05],  # type: ignore[index]
            [target, target, place, place],
            transform=transform,
            color=color,
            linewidth=0.6,
            clip_on=False,
            solid_capstyle="butt",
            scalex=False,
            scaley=False,
            label="_leader",
        )
        axes.annotate(
            names[k],
            (1.06, place),
            xycoords="axes fraction",
            va="center",
            ha="left",
            fontsize=_SIZE,
            color=darker(color),
            annotation_clip=False,
        )
    return axes


def darker(color: Any) -> tuple[float, float, float]:
    """A color for text: thin strokes of a light color are hard to read on white."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(color)
    return 0.72 * red, 0.72 * green, 0.72 * blue


def _end(axes: Axes, line: Line2D) -> tuple[float, float] | None:
    """The curve's last point in axes coordinates, kept within them; None for an empty curve."""
    x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
    good = np.isfinite(x) & np.isfinite(y)
    if axes.get_yscale() == "log":
        good &= y > 0
    if not good.any():
        return None
    point = axes.transData.transform((x[good][-1], y[good][-1]))
    across, up = np.clip(axes.transAxes.inverted().transform(point), 0.0, 1.0)
    return float(across), float(up)


def _apart(targets: np.ndarray, gap: float) -> np.ndarray:
    """Places in falling order at least `gap` apart, near the falling `targets`: groups are centered."""
    groups: list[list[float]] = []  # [sum of (target + k gap), members, first index]
    for k, target in enumerate(targets):
        groups.append([target + k * gap, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] < groups[-1][0] / groups[-1][1]:
            total, members = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += members
    centers = np.repeat([total / members for total, members in groups], [int(g[1]) for g in groups])
    return centers - gap * np.arange(len(targets))


def _rows(axes: Axes) -> int:
    spec = axes.get_subplotspec()
    return 1 if spec is None else int(spec.get_gridspec().nrows)
