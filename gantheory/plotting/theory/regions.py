"""The region map over (alpha_D, alpha_G): where f is convex, and where D_f is a divergence all the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gantheory.derivation.regions.alphas import NONE, STRICT, UNIQUE, region_map
from gantheory.plotting.style.provenance import metadata
from gantheory.plotting.style.style import COLORS, canvas, style
from gantheory.support.files import user_path

FILL = {STRICT: "#9CCBE8", UNIQUE: "#F6D58B", NONE: "#E3E3E6"}
"""Light blue, amber and gray: apart in any color vision and in gray print."""

_TOP = 4.0
_OUT = 1e4
"""Above every curve; the axes cut it off."""

_POINTS = {
    True: {
        (0.5, 0.5): ("Hellinger", (0, 4)),
        (1.0, 1.0): ("vanilla", (18, -9)),
        (1.0, 0.5): ("$D_f = 0$", (17, -9)),
        (0.5, 1.2): ("(0.5, 1.2)", (0, 4)),
    },
    False: {
        (1.0, 1.0): ("vanilla", (0, 4)),
        (0.5, 1.2): ("(0.5, 1.2)", (0, 4)),
        (2.0, 2.0): ("(2, 2)", (14, 4)),
        (3.0, 3.0): ("(3, 3)", (14, 4)),
    },
}

_NAMES = {
    True: {(0.5, 2.6): "$f$ strictly\nconvex", (2.1, 3.3): "unique minimum", (2.9, 0.5): "no divergence"},
    False: {(1.0, 2.2): "$f$ strictly convex", (2.3, 2.9): "unique\nminimum", (3.5, 3.5): "no\ndivergence"},
}
"""Words inside the areas, so that the map is read without colors too."""


def alpha_regions(axes: Axes, saturating: bool = True) -> Axes:
    """The three regions of finite alphas as areas, and the published hypotheses' boundaries as curves.

    The areas are those that `gantheory.derivation.regions.theorems` proves; no grid of points is behind them.

        saturating:      f strictly convex for alpha_G >= alpha_D/(alpha_D + 1) (alpha_D < 1) and
                         alpha_D/2 <= alpha_G <= alpha_D (alpha_D > 1); uniquely minimized above
        non-saturating:  f strictly convex for alpha_D c <= 1, uniquely minimized for alpha_D c <= 2,
                         c = 1 - 1/alpha_G

    Published curves are solid where the boundary belongs to the published region and dashed where it is
    excluded (and f is strictly convex on it all the same).

    Source of the curves: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Theorems 1 and 2.
    """
    line: dict[str, Any] = {"color": COLORS["theory"], "linewidth": 1.3}
    dashed: dict[str, Any] = {**line, "linestyle": (0, (4, 2))}
    # Each region is painted over the one around it, so that no seam shows where two areas meet.
    if saturating:
        low, high = np.linspace(0, 1, 200), np.linspace(1, _TOP, 200)
        axes.set_facecolor(FILL[STRICT])
        whole = np.concatenate([low, high])
        axes.fill_between(
            whole, 0, np.where(whole < 1, whole / (whole + 1), whole / 2), color=FILL[NONE], linewidth=0
        )
        axes.fill_between(high, high, _OUT, color=FILL[UNIQUE], linewidth=0)
        axes.plot(low, low / (low + 1), **dashed)
        axes.plot(high, high / 2, **dashed)
        axes.plot(high, high, **line)
        axes.plot([1, 1], [1, _TOP], **line)
    else:
        left, right = np.linspace(1.001, _TOP, 400), np.linspace(2.001, _TOP, 400)
        axes.set_facecolor(FILL[STRICT])
        axes.fill_between(left, left / (left - 1), _OUT, color=FILL[UNIQUE], linewidth=0)
        axes.fill_between(right, right / (right - 2), _OUT, color=FILL[NONE], linewidth=0)
        axes.plot(left, left / (left - 1), **dashed)
        axes.plot(right, right / (right - 2), color=COLORS["muted"], linewidth=0.8)
    for (x, y), (name, offset) in _POINTS[saturating].items():
        axes.plot([x], [y], "o", color=COLORS["theory"], markersize=3)
        axes.annotate(name, (x, y), xytext=offset, textcoords="offset points", ha="center", fontsize=6.5)
    for (x, y), name in _NAMES[saturating].items():
        axes.text(x, y, name, ha="center", va="center", fontsize=7, style="italic", color="#404040")
    axes.set(xlim=(0, _TOP), ylim=(0, _TOP), xlabel=r"$\alpha_D$", ylabel=r"$\alpha_G$", aspect="equal")
    axes.set(title="saturating" if saturating else "non-saturating", xticks=range(5), yticks=range(5))
    axes.grid(False)
    return axes


def region_maps() -> Figure:
    """Both maps side by side, saturating and non-saturating, with one legend."""
    figure, (left, right) = canvas(1, 2, width=7.0, height=4.0)
    for axes, saturating in ((left, True), (right, False)):
        alpha_regions(axes, saturating)
    figure.legend(handles=_legend(), loc="outside lower center", ncols=3)
    return figure


def write_regions(
    folder: str | Path, step: Fraction = Fraction(1, 20), about: Mapping[str, str] | None = None
) -> list[Path]:
    """Write regions.csv, a row for each pair of multiples of `step` up to 4, and regions.png.

    Both objectives are in the one table, alpha = inf included; its columns are those of
    `gantheory.derivation.regions.alphas.region_map`. Returns the two paths. The picture says of itself what
    is in `about`, as in `gantheory.plotting.style.provenance.metadata`.

    Raises:
        OSError: the folder cannot be written to.
        ValueError: `step` is not in (0, 4].
    """
    import math

    import pandas as pd

    if not 0 < step <= _TOP:
        raise ValueError(f"step must be in (0, 4], got {step}")
    target = user_path(folder, "folder")
    target.mkdir(parents=True, exist_ok=True)
    values = [*(Fraction(step) * k for k in range(1, int(_TOP / step) + 1)), math.inf]
    table = pd.concat([region_map(values, values, saturating) for saturating in (True, False)])
    paths = [target / "regions.csv", target / "regions.png"]
    table.to_csv(paths[0], index=False)
    with style():
        figure = region_maps()
        figure.savefig(paths[1], metadata=metadata("png", about))
    return paths


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = {
        STRICT: "$f$ strictly convex",
        UNIQUE: "$f$ not convex, but $D_f > 0$ unless $P = Q$",
        NONE: "$D_f < 0$ for some $P$, $Q$",
    }
    color = COLORS["theory"]
    return [
        *(Patch(color=FILL[label], label=name) for label, name in names.items()),
        Line2D([], [], color=color, linewidth=1.3, label="published boundary, included"),
        Line2D(
            [], [], color=color, linewidth=1.3, linestyle=(0, (4, 2)), label="published boundary, excluded"
        ),
        Line2D([], [], color=COLORS["muted"], linewidth=0.8, label=r"$\alpha_D (1 - 1/\alpha_G) = 2$"),
    ]
