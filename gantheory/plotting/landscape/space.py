"""What a generated sample feels where it lies: along x, and as a field in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gantheory.arguments.checks import has_columns, positive_integer
from gantheory.plotting.style.direct_labels import darker, label_curves
from gantheory.plotting.style.names import short_names
from gantheory.plotting.style.style import COLORS, look_of

_DECADES = 6


def density_pair(axes: Axes, table: pd.DataFrame) -> Axes:
    """The real and the generated density of a table of `gantheory.landscape.density`, as areas with names."""
    has_columns(table, "objective", "x", "p_r", "p_g")
    rows = _first(table)
    x = rows["x"].to_numpy()
    for column, other, role, name in (
        ("p_r", "p_g", "real", "real $p_r$"),
        ("p_g", "p_r", "generated", "generated $p_g$"),
    ):
        height = rows[column].to_numpy()
        axes.fill_between(x, 0, height, color=COLORS[role], alpha=0.22, linewidth=0)
        axes.plot(x, height, color=COLORS[role], linewidth=1.2, label=name)
        # The name stands where its density is most alone.
        peak = int(np.nanargmax(height - rows[other].to_numpy()))
        axes.annotate(
            name, (x[peak], height[peak]), xytext=(0, 2), textcoords="offset points", ha="center",
            va="bottom", fontsize=6.8, color=darker(COLORS[role]),
        )  # fmt: skip
    top = float(np.nanmax(rows[["p_r", "p_g"]].to_numpy()))
    axes.set(ylabel="density", xlim=(x[0], x[-1]), ylim=(0, 1.2 * top))
    return axes


def density_outputs(axes: Axes, table: pd.DataFrame, labels: bool = True) -> Axes:
    """D*(x) of each objective."""
    return _curves(axes, table, "D", labels, "$D^*(x)$")


def density_gradients(axes: Axes, table: pd.DataFrame, labels: bool = True) -> Axes:
    """|d/dx S(v*(x))| of each objective on a logarithmic axis: how fast a sample at x would move.

    The gradient is zero where p_r/p_g has an extremum: the curves dip there together.
    """
    has_columns(table, "gradient")
    shown = table.assign(size=table["gradient"].abs().where(lambda g: g > 0))
    finite = shown["size"][np.isfinite(shown["size"])]
    _curves(axes, shown, "size", False, r"$|\nabla_x\, S(v^*(x))|$")
    if len(finite):
        top = float(finite.max())
        bottom = max(float(finite.min()), top * 10.0**-_DECADES)
        axes.set_yscale("log")
        axes.set_ylim(bottom / 1.3, top * 1.6)
        axes.minorticks_off()
    if labels:
        _label(axes)
    return axes


def ring_field(
    axes: Axes,
    table: pd.DataFrame,
    limits: tuple[float, float] | None = None,
    colorbar: bool = True,
    arrows: int = 21,
) -> Axes:
    """The field -grad S(v*(x)) along which a step moves generated samples, of one objective.

    Colors are its length on a logarithmic scale, dark where it vanishes; arrows are its direction. The
    densities of the real and the generated data are contours at a tenth, a third and two thirds of their
    peaks.

    Args:
        axes: where to draw.
        table: of `gantheory.landscape.ring`, one objective.
        limits: of the colors; by default the top four decades.
        colorbar: whether to draw one.
        arrows: per axis.

    Raises:
        ValueError: the table holds several objectives.
    """
    from matplotlib.colors import LogNorm

    has_columns(table, "objective", "x", "y", "gradient")
    positive_integer(arrows, "arrows")
    if table["objective"].nunique() != 1:
        raise ValueError(f"table must hold one objective, got {', '.join(table['objective'].unique())}")
    x, y = np.unique(table["x"]), np.unique(table["y"])
    ordered = table.sort_values(["y", "x"])

    def square(column: str) -> np.ndarray:
        return ordered[column].to_numpy(dtype=float).reshape(y.size, x.size)

    length = square("gradient")
    positive = np.where(length > 0, length, np.nan)
    if np.isnan(positive).all():
        low, high = limits or (0.1, 1.0)
    else:
        high = float(np.nanmax(positive))
        low, high = limits or (max(float(np.nanmin(positive)), high * 1e-4), high)
    mesh = axes.pcolormesh(
        x, y, np.clip(np.nan_to_num(positive, nan=low), low, None), norm=LogNorm(low, high), cmap=_water(),
        shading="gouraud", rasterized=True,
    )  # fmt: skip
    for column, role in (("p_r", "real"), ("p_g", "generated")):
        height = square(column)
        axes.contour(
            x, y, height, levels=[height.max() * part for part in (0.1, 1 / 3, 2 / 3)],
            colors=[COLORS[role]], linewidths=1.1,
        )  # fmt: skip
    across, up = (
        np.unique(np.linspace(0, size - 1, arrows).round().astype(int)[1:-1]) for size in (x.size, y.size)
    )
    pick = np.ix_(up, across)
    with np.errstate(invalid="ignore", divide="ignore"):
        right, forward = (-square(name)[pick] / length[pick] for name in ("gradient_x", "gradient_y"))
    seen = length[pick] > low  # below the colors' range a direction would promise a motion that is not there
    gap = (x[-1] - x[0]) / arrows
    axes.quiver(
        *np.meshgrid(x[across], y[up]), np.where(seen, right, np.nan), np.where(seen, forward, np.nan),
        color="#1A1A1A", angles="xy", scale_units="xy", scale=1 / (0.72 * gap), pivot="mid", width=0.0042,
        headwidth=3.6, headlength=4, headaxislength=3.6,
    )  # fmt: skip
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    axes.grid(False)
    if colorbar:
        figure = axes.get_figure()
        assert figure is not None
        inset = axes.inset_axes((1.03, 0.0, 0.045, 1.0))  # as high as axes of equal aspect
        bar = figure.colorbar(mesh, cax=inset, label=r"$|\nabla S(v^*)|$", extend="min")
        bar.ax.minorticks_off()
    return axes


def _water() -> Any:
    """Dark blue where there is no gradient, nearly white where there is much of it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("water", ["#08306B", "#2171B5", "#6BAED6", "#C6DBEF", "#F7FBFF"])


def field_legend() -> list[Line2D]:
    """Handles that name the contours of `ring_field`."""
    from matplotlib.lines import Line2D

    names = {"real": "real density", "generated": "generated density"}
    return [Line2D([], [], color=COLORS[role], linewidth=1.2, label=name) for role, name in names.items()]


def _curves(axes: Axes, table: pd.DataFrame, column: str, labels: bool, ylabel: str) -> Axes:
    has_columns(table, "objective", "x", column)
    names = list(dict.fromkeys(table["objective"]))
    for k, (name, text) in enumerate(zip(names, short_names(names), strict=True)):
        rows = table[table["objective"] == name]
        axes.plot(rows["x"], rows[column], label=text, **look_of(k))
    x = _first(table)["x"].to_numpy()
    axes.set(xlabel="$x$", ylabel=ylabel, xlim=(x[0], x[-1]))
    if labels:
        _label(axes)
    return axes


def _label(axes: Axes) -> None:
    lines = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
    label_curves(axes, lines, [str(line.get_label()) for line in lines])


def _first(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["objective"] == table["objective"].iloc[0]]
