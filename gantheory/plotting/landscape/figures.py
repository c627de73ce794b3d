"""Whole figures of the landscapes, a function a kind: from the table that `gantheory.landscape` returns.

    figure = landscape_figure("saturation", table)

Each is readable at the width that it has; call it within `style()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gantheory.arguments.checks import choice, has_columns
from gantheory.plotting.landscape.alpha_maps import alpha_map, color_limits
from gantheory.plotting.landscape.parameters import parameter_curves
from gantheory.plotting.landscape.saturations import end_legend, saturation_curves
from gantheory.plotting.landscape.space import (
    density_gradients,
    density_outputs,
    density_pair,
    field_legend,
    ring_field,
)
from gantheory.plotting.ntk.kernels import kernel_curves
from gantheory.plotting.style.direct_labels import label_curves
from gantheory.plotting.style.names import short_names
from gantheory.plotting.style.style import COLORS, COLUMN, canvas

_PAGE = 2 * COLUMN


def landscape_figure(kind: str, table: pd.DataFrame, over: str = "D", scale: str = "logit") -> Figure:
    """The figure of a kind of landscape.

    Args:
        kind: "saturation", "alpha", "density", "ring", "parameter" or "ntk".
        table: of the function of that name in `gantheory.landscape`; for "ntk" of `kernels` or
            `kernel_alpha`.
        over: the axis of "saturation", and of "alpha" where one alpha is fixed: "D", "score" or "log_u".
        scale: of D for "saturation", as in `saturation_curves`.

    Raises:
        ValueError: unknown kind.
    """
    if kind == "saturation":
        return _saturation(table, over, scale)
    if kind == "alpha":
        return _alpha(table, over)
    return DRAWINGS[choice(kind, "kind", ("saturation", "alpha", *DRAWINGS))](table)


def _saturation(table: pd.DataFrame, over: str, scale: str) -> Figure:
    figure, axes = canvas(height=2.8)
    saturation_curves(axes, table, over, scale)
    if not any(str(line.get_label()).startswith("_at_") for line in axes.lines):
        return figure
    figure.legend(
        handles=end_legend(axes), loc="outside lower center", ncols=3, fontsize=6.5, handletextpad=0.1,
        columnspacing=1.0,
    )  # fmt: skip
    return figure


def _alpha(table: pd.DataFrame, over: str) -> Figure:
    has_columns(table, "alpha_d", "alpha_g", "s", "D", "saturating")
    panels = [rows for _, rows in table.groupby("saturating", sort=False)]
    many_d, many_g = table["alpha_d"].nunique() > 1, table["alpha_g"].nunique() > 1
    limits = color_limits(table["s"].where(table["s"] > 0).to_numpy())
    figure, axes = canvas(1, len(panels), width=COLUMN * len(panels), height=3.0)
    for panel, rows in zip(np.atleast_1d(axes), panels, strict=True):
        title = "saturating" if rows["saturating"].iloc[0] else "non-saturating"
        if many_d and many_g:
            alpha_map(panel, rows, limits=limits)
            fixed = _fixed(rows)
        else:
            y = "alpha_d" if many_d else "alpha_g"
            alpha_map(panel, rows, over, y, limits)
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
    has_columns(table, "objective", "gradient")
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
    titles = ("equilibrium: the objective at $D^*$", "flow: what a step descends")
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_title(title)
        panel.set_xlabel("")
    for row in axes:
        _of_one_height(row)
    return figure


def _of_one_height(panels: NDArray[Any]) -> None:
    low = min(panel.get_ylim()[0] for panel in panels)
    high = max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        panel.set_ylim(low, high)


def _ntk_curves(table: pd.DataFrame) -> Figure:
    has_columns(table, "objective", "kernel")
    objectives, kernels = (list(dict.fromkeys(table[column])) for column in ("objective", "kernel"))
    width = COLUMN if len(kernels) == 1 else min(_PAGE, 1.9 * len(kernels) + 0.5)
    figure, axes = canvas(len(objectives), len(kernels), width=width, height=2.0 * len(objectives) + 0.3)
    grid = np.asarray(axes).reshape(len(objectives), len(kernels))
    for row, name, title in zip(grid, objectives, short_names(objectives), strict=True):
        panels = [table[(table["objective"] == name) & (table["kernel"] == kernel)] for kernel in kernels]
        for panel, rows, kernel in zip(row, panels, kernels, strict=True):
            kernel_curves(panel, rows, "shift" if "shift" in table else "x", labels=False)
            panel.set_title(_KERNELS.get(kernel, kernel))
        _of_one_height(row)
        row[0].set_ylabel(f"{title}\n{row[0].get_ylabel()}")
        for panel in row[1:]:
            panel.set_ylabel("")
            panel.tick_params(labelleft=False)
        label_curves(row[-1], row[-1].get_lines(), [str(line.get_label()) for line in row[-1].get_lines()])
    for row in grid[:-1]:
        for panel in row:
            panel.set_xlabel("")
    if "real" in table.attrs:
        handles = [Line2D([], [], color=COLORS[role], marker="|", linestyle="none") for role in _ROLES]
        names = [f"{role} training points" for role in _ROLES]
        figure.legend(handles, names, loc="outside lower center", ncols=2, handletextpad=0.1)
    return figure


_ROLES = ("real", "generated")


def _ntk_map(table: pd.DataFrame) -> Figure:
    figure, axes = canvas(1, 2, width=_PAGE, height=3.0)
    has_columns(table, "relative", "kernel", "t", "saturating")
    limits = color_limits(table["relative"].to_numpy())
    kernel, time = table["kernel"].iloc[0], table["t"].iloc[0]
    for panel, (saturating, rows) in zip(axes, table.groupby("saturating", sort=False), strict=True):
        alpha_map(panel, rows, limits=limits, column="relative", label="gradient over that of (1, 1)")
        kind = "saturating" if saturating else "non-saturating"
        panel.set_title(f"{kind}, {_KERNELS.get(kernel, kernel)}, $t = {time:g}$")
    return figure


_KERNELS = {"relu": "ReLU", "relu_no_bias": "ReLU without bias", "erf": "erf", "rbf": "RBF"}

DRAWINGS: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "density": _density,
    "ring": _ring,
    "parameter": _parameter,
    "ntk": lambda table: _ntk_map(table) if "alpha_d" in table else _ntk_curves(table),
}
"""Drawing functions by kind; "saturation" and "alpha" also take the axis."""
