"""|s| over (alpha_D, alpha_G), or over one alpha and D: a heat map with contours and the ends as regions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gantheory.arguments.checks import has_columns
from gantheory.plotting.style.style import COLORS, THEORY

_LABELS = {
    "alpha_d": r"$\alpha_D$",
    "alpha_g": r"$\alpha_G$",
    "D": "discriminator's output $D$",
    "log_u": r"$\log\, p_r/p_g$",
}
_DECADES = 3.0
_ENDS = {"at_fake": r"$D \to 0$", "at_real": r"$D \to 1$"}


def alpha_map(
    axes: Axes,
    table: pd.DataFrame,
    x: str = "alpha_d",
    y: str = "alpha_g",
    limits: tuple[float, float] | None = None,
    colorbar: bool = True,
    column: str = "s",
    label: str = r"$|s|$",
) -> Axes:
    """A heat map of a table of `gantheory.landscape.alpha` with contours; logarithmic colors about |s| = 1.

    The dashed line is where the behavior at an end changes with y = alpha_G, with the words on both sides:
    |s| vanishes, is constant on the line, or explodes as D -> 0 or D -> 1.

    Args:
        axes: where to draw.
        table: a full grid over the columns x and y, with nothing else varying; infinite alphas are left out.
        x, y: columns of the axes: "alpha_d", "alpha_g", "D" or "log_u".
        limits: of the colors; by default symmetric about 1, at most 0.001 to 1000.
        colorbar: whether to draw one.
        column, label: what is shown and its name.

    Raises:
        ValueError: the table is no full grid over x and y.
    """
    from matplotlib.colors import LogNorm

    from gantheory.landscape.over_alphas import nice_levels

    has_columns(table, x, y, column)
    finite = table[np.isfinite(table[x]) & np.isfinite(table[y])]
    across, up = np.unique(finite[x]), np.unique(finite[y])
    if len(finite) != across.size * up.size or min(across.size, up.size) < 2:
        raise ValueError(
            f"table must be a full grid over {x} and {y}: {across.size} x {up.size}, got {len(finite)} rows"
        )
    values = finite.sort_values([y, x])[column].to_numpy(dtype=float).reshape(up.size, across.size)
    shown = np.where(values > 0, values, np.nan)
    low, high = limits or color_limits(shown)
    # An overflow is beyond every contour, and colored as such.
    shown = np.where(np.isposinf(shown), np.finfo(float).max, shown)
    mesh = axes.pcolormesh(
        across,
        up,
        np.clip(shown, low * 0.99, high * 1.01),
        norm=LogNorm(low, high),
        cmap=diverging(),
        shading="gouraud",
        rasterized=True,
    )
    for values_of, which in ((x, "x"), (y, "y")):
        _scale(axes, values_of, which)
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]), xlabel=_LABELS[x], ylabel=_LABELS[y])
    axes.grid(False)
    levels = [level for level in nice_levels(low, high) if np.nanmin(shown) < level < np.nanmax(shown)]
    if levels:
        widths = [1.2 if abs(level - 1) < 1e-9 else 0.6 for level in levels]
        lines = axes.contour(across, up, shown, levels=levels, colors="#303030", linewidths=widths)
        places = _places(axes, lines)
        if places:
            axes.clabel(lines, fmt=_number, fontsize=6.2, inline=True, inline_spacing=2, manual=places)
    if y == "alpha_g":
        _mark_ends(axes, finite, split=x in ("D", "log_u"))
    if colorbar:
        figure = axes.get_figure()
        assert figure is not None
        beyond = (np.nanmin(shown) < low * 0.999, np.nanmax(shown) > high * 1.001)
        extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
        bar = figure.colorbar(mesh, ax=axes, pad=0.02, label=label, extend=extend)
        bar.ax.minorticks_off()
    return axes


def _places(axes: Axes, lines: Any) -> list[tuple[float, float]]:
    """A point of each contour to write its level at: away from the edges, and in turn on either side."""
    places = []
    for k, path in enumerate(lines.get_paths()):
        points = path.vertices
        seen = axes.transAxes.inverted().transform(axes.transData.transform(points))
        inner = points[((seen > 0.1) & (seen < 0.9)).all(axis=1)]
        if len(inner):
            x, y = inner[int(len(inner) * (0.4 if k % 2 else 0.6))]
            places.append((float(x), float(y)))
    return places


def diverging() -> Any:
    """Blue below 1, white at 1, vermilion above: told apart with any color vision."""
    from matplotlib.colors import LinearSegmentedColormap

    colors = ["#08395C", "#0072B2", "#8CC4E6", "#F8F8F6", "#F2B58C", "#D55E00", "#7A3300"]
    return LinearSegmentedColormap.from_list("gradient", colors)


def color_limits(values: np.ndarray) -> tuple[float, float]:
    """As far below 1 as above it, and at most three decades: beyond that a color has nothing more to say."""
    with np.errstate(divide="ignore"):
        reach = float(np.max(np.abs(np.log10(values[np.isfinite(values)])), initial=0.0))
    reach = min(max(reach, 0.5), _DECADES)
    return 10.0**-reach, 10.0**reach


def _mark_ends(axes: Axes, table: pd.DataFrame, split: bool) -> None:
    """A line where the word at an end changes, as the theory has it, and the words on both sides."""
    from gantheory.landscape.over_alphas import alpha_formula

    if not set(_ENDS) <= set(table):
        return
    formula = alpha_formula(bool(table["saturating"].iloc[0]))
    for end, name in _ENDS.items():
        boundary = formula.boundary(end.removeprefix("at_"))
        if boundary is None or not table["alpha_g"].min() < boundary < table["alpha_g"].max():
            continue
        height = float(boundary)
        below, above = (
            str(table.loc[side, end].iloc[0])
            for side in (table["alpha_g"] < height, table["alpha_g"] > height)
        )
        axes.axhline(height, label=f"_{end}", **THEORY)
        # Over D the words stand at the end that they speak of.
        left = split and end == "at_fake"
        for word, side, offset in ((above, "bottom", 3), (below, "top", -3)):
            axes.annotate(
                f"{word} as {name}", (0.015 if left else 0.985, height), xycoords=("axes fraction", "data"),
                xytext=(0, offset), textcoords="offset points", ha="left" if left else "right", va=side,
                fontsize=6.8, color=COLORS["theory"], path_effects=_halo(),
            )  # fmt: skip


def _scale(axes: Axes, column: str, which: str) -> None:
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    if column in ("alpha_d", "alpha_g"):
        set_scale("log")
        # Over more than three decades there is room for their ends only.
        steps = (1, 2, 5) if high <= 1000 * low else (1,)
        marks = {10.0**k * m: f"{10.0**k * m:g}" for k in range(-6, 7) for m in steps}
    elif column == "D":
        set_scale("logit")
        marks = {t: f"{t:g}" for t in (0.01, 0.1, 0.5, 0.9, 0.99)}
        marks |= {1e-4: "$10^{-4}$", 1e-3: "", 0.999: "", 1 - 1e-4: "$1-10^{-4}$"}
    else:
        return
    kept = {
        t: text for t, text in marks.items() if low * 0.999 <= t <= high + 0.001 * min(high, abs(1 - high))
    }
    set_ticks(list(kept), list(kept.values()))
    set_ticks([], minor=True)


def _number(value: float) -> str:
    if 0.009 < value < 1000:
        return f"{value:g}"
    exponent = int(np.floor(np.log10(value) + 1e-9))
    factor = value / 10.0**exponent
    return f"$10^{{{exponent}}}$" if abs(factor - 1) < 1e-6 else rf"${factor:g}\cdot 10^{{{exponent}}}$"


def _halo() -> list[Any]:
    """A light rim, so that text is read across contours and on dark colors."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.0, foreground="#FFFFFFD0")]
