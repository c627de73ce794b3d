"""Whole figures of the landscapes, a function a kind: from the table that `gantheory.landscape` returns.

    figure = landscape_figure("saturation", table)

Each is readable at the width that it has; call it within `style()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gantheory.errors import nearest
from gantheory.plotting.alpha_maps import alpha_map
from gantheory.plotting.names import short_names
from gantheory.plotting.parameter_curves import parameter_curves
from gantheory.plotting.saturation_curves import end_legend, saturation_curves
from gantheory.plotting.space_landscapes import (
    density_gradients,
    density_outputs,
    density_pair,
    field_legend,
    ring_field,
)
from gantheory.plotting.style import COLUMN, canvas

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_PAGE = 2 * COLUMN


def landscape_figure(kind: str, table: pd.DataFrame, over: str = "D", scale: str = "logit") -> Figure:
    """The figure of a kind of landscape.

    Args:
        kind: "saturation", "alpha", "density", "ring" or "parameter".
        table: of the function of that name in `gantheory.landscape`.
        over, scale: the horizontal axis of "saturation".

    Raises:
        ValueError: unknown kind.
    """
    if kind == "saturation":
        return _saturation(table, over, scale)
    if kind not in DRAWINGS:
        kinds = ("saturation", *DRAWINGS)
        raise ValueError(f"kind must be one of {', '.join(kinds)}, got {kind!r}{nearest(kind, kinds)}")
    return DRAWINGS[kind](table)


def _saturation(table: pd.DataFrame, over: str, scale: str) -> Figure:
    figure, axes = canvas(height=2.8)
    saturation_curves(axes, table, over, scale)
    figure.legend(
        handles=end_legend(axes), loc="outside lower center", ncols=3, fontsize=6.5, handletextpad=0.1,
        columnspacing=1.0,
    )  # fmt: skip
    return figure


def _alpha(table: pd.DataFrame) -> Figure:
    panels = [rows for _, rows in table.groupby("saturating", sort=False)]
    many_d, many_g = table["alpha_d"].nunique() > 1, table["alpha_g"].nunique() > 1
    where = "log_u" if (table.groupby("log_u").size().nunique() == 1 and table["D"].nunique() > 1) else "D"
    figure, axes = canvas(1, len(panels), width=COLUMN * len(panels), height=3.0)
    for panel, rows in zip(np.atleast_1d(axes), panels, strict=True):
        title = "saturating" if rows["saturating"].iloc[0] else "non-saturating"
        if many_d and many_g:
            alpha_map(panel, rows)
            fixed = _fixed(rows)
        else:
            x, y = where, "alpha_d" if many_d else "alpha_g"
            alpha_map(panel, rows, x, y)
            other = "alpha_g" if many_d else "alpha_d"
            symbol = r"\alpha_G" if many_d else r"\alpha_D"
            fixed = f"${symbol} = {rows[other].iloc[0]:g}$"
        panel.set_title(f"{title}, {fixed}")
    return figure


def _fixed(rows: pd.DataFrame) -> str:
    if rows["D"].nunique() == 1:
        return f"$D = {rows['D'].iloc[0]:g}$"
    return rf"$\log\, p_r/p_g = {rows['log_u'].iloc[0]:g}$"


def _density(table: pd.DataFrame) -> Figure:
    figure, axes = canvas(3, 1, height=5.0)
    density_pair(axes[0], table)
    density_outputs(axes[1], table, labels=False)
    density_gradients(axes[2], table)
    for panel in axes[:2]:
        panel.set_xlabel("")
        panel.tick_params(labelbottom=False)
    return figure


def _ring(table: pd.DataFrame) -> Figure:
    names = list(dict.fromkeys(table["objective"]))
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure, axes = canvas(rows, columns, width=COLUMN * columns, height=3.0 * rows + 0.25)
    panels = np.atleast_1d(axes).ravel()
    positive = table["gradient"][table["gradient"] > 0]
    high = float(10.0 ** np.ceil(np.log10(positive.max()))) if len(positive) else 1.0
    for panel, name, title in zip(panels, names, short_names(names), strict=False):
        ring_field(panel, table[table["objective"] == name], limits=(high * 1e-5, high))
        panel.set_title(title)
    for panel in panels[len(names) :]:
        panel.remove()
    figure.legend(handles=field_legend(), loc="outside lower center", ncols=2)
    return figure


def _parameter(table: pd.DataFrame) -> Figure:
    figure, axes = canvas(2, 2, width=_PAGE, height=4.6)
    for row, pair in zip(axes, (("D_f", "D_h"), ("dD_f", "dD_h")), strict=True):
        for panel, quantity in zip(row, pair, strict=True):
            parameter_curves(panel, table, quantity, labels=quantity.endswith("D_h"))
    titles = ("equilibrium: what the generator's objective equals", "flow: what a generator step descends")
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_title(title)
        panel.set_xlabel("")
    for row in axes:
        low = min(panel.get_ylim()[0] for panel in row)
        high = max(panel.get_ylim()[1] for panel in row)
        for panel in row:
            panel.set_ylim(low, high)
    return figure


DRAWINGS: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "alpha": _alpha,
    "density": _density,
    "ring": _ring,
    "parameter": _parameter,
}
"""Drawing functions by kind, but for "saturation", which also takes the axis."""
