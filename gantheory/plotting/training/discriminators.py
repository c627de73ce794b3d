"""Trained discriminators beside the optimal one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import as_float64, same_length
from gantheory.plotting.style.style import COLORS, CONTROL, THEORY


def discriminator_1d(
    axes: Axes,
    x: ArrayLike,
    optimal: ArrayLike,
    trained: ArrayLike,
    real: ArrayLike | None = None,
    generated: ArrayLike | None = None,
    control: ArrayLike | None = None,
    label: str = "D(x)",
    control_label: str = "control",
) -> Axes:
    """Trained discriminators against D* on a line.

    Args:
        axes: where to draw.
        x: points, shape (n,).
        optimal: D* there, shape (n,).
        trained: one row a seed, shape (seeds, n).
        real, generated: densities there, drawn as areas at the bottom.
        control: D* of the negative control.
        label: of the vertical axis.
        control_label: what the control is.
    """
    drawn = {"x": x, "optimal": optimal, "trained": trained, "control": control}
    same_length(**drawn, real=real, generated=generated)
    points, best, runs = as_float64(x), as_float64(optimal), np.atleast_2d(as_float64(trained))
    top, bottom = float(best.max()), float(min(best.min(), runs.min()))
    if real is not None and generated is not None:
        # Densities have another unit: scaled to a third of the height, without an axis of their own.
        densities = as_float64(real), as_float64(generated)
        scale = (top - bottom) / 3 / max(float(each.max()) for each in densities)
        for density, role in zip(densities, ("real", "generated"), strict=True):
            height, name = bottom + scale * density, f"{role} density"
            axes.fill_between(points, bottom, height, color=COLORS[role], alpha=0.25, linewidth=0, label=name)
    if control is not None:
        axes.plot(points, control, label=control_label, **CONTROL)
    for row, values in enumerate(runs):
        axes.plot(
            points,
            values,
            color=COLORS["measured"],
            alpha=0.45,
            linewidth=0.9,
            label=None if row else f"trained, {len(runs)} seeds",
        )
    axes.plot(points, best, label="$D^*$", **THEORY)
    axes.set(xlabel="x", ylabel=label, xlim=(points[0], points[-1]))
    return axes


def stored_discriminator_1d(axes: Axes, data: Mapping[str, Any]) -> Axes:
    """`discriminator_1d` of the arrays that a discriminator experiment stores."""
    names = ("x", "optimal", "trained", "real", "generated", "control")
    labels = {name: str(data[name]) for name in ("label", "control_label")}
    return discriminator_1d(axes, **{name: data[name] for name in names}, **labels)


def heat_map(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    values: ArrayLike,
    limits: tuple[float, float] | None = None,
    title: str = "",
    diverging: bool = False,
) -> QuadMesh:
    """A function on a rectangle, values of shape (len(y), len(x)); returns the mesh, for a color bar.

    `diverging` is for differences: its colors are symmetric about 0.
    """
    heights = as_float64(values)
    low, high = limits if limits is not None else (float(heights.min()), float(heights.max()))
    mesh = axes.pcolormesh(
        np.asarray(x),
        np.asarray(y),
        heights,
        cmap="PuOr" if diverging else "cividis",
        vmin=low,
        vmax=high,
        shading="nearest",
        rasterized=True,
    )
    axes.set(title=title, aspect="equal")
    axes.grid(False)
    return mesh


def discriminator_2d(
    axes: tuple[Axes, Axes, Axes], x: ArrayLike, y: ArrayLike, optimal: ArrayLike, trained: ArrayLike
) -> tuple[Axes, Axes, Axes]:
    """Three panels: D*, the trained discriminator averaged over seeds, and their difference.

    Args:
        axes: three Axes.
        x, y: coordinates of the grid.
        optimal, trained: shape (len(y), len(x)).
    """
    best, mean = as_float64(optimal), as_float64(trained)
    for given, name in ((best, "optimal"), (mean, "trained")):
        if given.shape != (np.size(y), np.size(x)):
            raise ValueError(
                f"{name} must have shape {(np.size(y), np.size(x))} as y and x, got {given.shape}"
            )
    limits = (float(best.min()), float(best.max()))
    first, second, third = axes
    mesh = heat_map(first, x, y, best, limits, "D*")
    heat_map(second, x, y, mean, limits, "trained, mean of seeds")
    second.figure.colorbar(mesh, ax=[first, second], shrink=0.85, pad=0.02, label="D")
    reach = max(float(np.abs(mean - best).max()), 1e-12)
    difference = heat_map(third, x, y, mean - best, (-reach, reach), "trained − D*", diverging=True)
    third.figure.colorbar(difference, ax=third, shrink=0.85, pad=0.02, label="difference of D")
    first.set_ylabel("$x_2$")
    for panel in axes:
        panel.set_xlabel("$x_1$")
    for panel in (second, third):
        panel.tick_params(labelleft=False)
    return axes
