"""Equilibrium and flow divergence side by side: generating functions over u, values over the alphas."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from numpy.typing import ArrayLike

from gantheory.plotting.style.style import COLORS


def generating_functions(axes: Axes, u: ArrayLike, f: ArrayLike, h: ArrayLike) -> Axes:
    """f and h over u = p_r/p_g, and h - f.

    Args:
        axes: where to draw.
        u: shape (n,).
        f, h: equilibrium and flow generating function there, both with value and slope 0 at u = 1.
    """
    at, equilibrium, flow = (np.asarray(each, dtype=np.float64) for each in (u, f, h))
    axes.axhline(0, color=COLORS["muted"], linewidth=0.6)
    axes.plot(at, flow - equilibrium, color=COLORS["control"], linestyle=(0, (1, 1.2)), label="$h - f$")
    axes.plot(at, equilibrium, color=COLORS["theory"], label="$f$ (equilibrium)")
    axes.plot(at, flow, color=COLORS["measured"], linestyle=(0, (4, 1.5)), linewidth=1.8, label="$h$ (flow)")
    axes.set(xlabel="$u = p_r/p_g$", xlim=(at[0], at[-1]))
    return axes


def divergence_map(
    axes: Axes, alpha_d: ArrayLike, alpha_g: ArrayLike, values: ArrayLike, levels: ArrayLike
) -> ContourSet:
    """A quantity over (alpha_D, alpha_G) as filled and labeled contours; returns the fill, for a color bar.

    Each interval between levels has its color, from dark to light where no level is negative, else diverging
    from 0. Below a lowest level of 0 is gray. The contour at 0 is thick, negative ones are dashed.

    Args:
        axes: where to draw; both axes become logarithmic.
        alpha_d, alpha_g: shapes (n,) and (m,), increasing.
        values: shape (m, n).
        levels: increasing.
    """
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    lines = np.asarray(levels, dtype=np.float64)
    signed = bool(lines[0] < 0)
    colors = colormaps["PuOr"] if signed else colormaps["cividis"].with_extremes(under="#E3E3E6")
    # matplotlib cannot place contours where the values span many orders of magnitude.
    reach = 10 * float(np.abs(lines).max())
    number = np.clip(np.asarray(values, dtype=np.float64), -reach, reach)
    norm = BoundaryNorm(lines, colors.N, extend="both" if signed else "max")
    filled = axes.contourf(alpha_d, alpha_g, number, levels=lines, cmap=colors, norm=norm, extend="both")
    shades = colors(norm(lines))[:, :3] @ (0.3, 0.6, 0.1)
    drawn = axes.contour(
        alpha_d,
        alpha_g,
        number,
        levels=lines,
        colors=[
            "black" if shade > 0.45 or level == 0 else "white"
            for shade, level in zip(shades, lines, strict=True)
        ],
        linewidths=[1.5 if level == 0 else 0.6 for level in lines],
        linestyles=["--" if level < 0 else "-" for level in lines],
    )
    axes.clabel(drawn, fontsize=6, fmt="%g", inline_spacing=2)
    axes.set(xscale="log", yscale="log", aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
        axis.set_ticks([], minor=True)
    axes.grid(False)
    return filled
