"""Quantities over time: divergences of a flow, values over training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import as_float64, same_length
from gantheory.plotting.style.style import COLORS, CONTROL, THEORY


def divergence_decay(
    axes: Axes,
    times: ArrayLike,
    divergence: ArrayLike,
    predicted: ArrayLike,
    control: ArrayLike | None = None,
) -> Axes:
    """D_h along a flow, beside D_h(0) minus the accumulated dissipation.

    Args:
        axes: where to draw.
        times: shape (n,).
        divergence: D_h of the density at each time.
        predicted: D_h(0) - int_0^t E_g |grad S(v*)|^2.
        control: D_f in place of D_h, shifted to begin at the same value.
    """
    same_length(times=times, divergence=divergence, predicted=predicted, control=control)
    if control is not None:
        axes.plot(times, control, label="control: $D_f$ (shifted)", **CONTROL)
    axes.plot(
        times,
        divergence,
        color=COLORS["measured"],
        marker="o",
        markersize=2.5,
        linewidth=0,
        label="$D_h$ of the density",
    )
    axes.plot(times, predicted, label="predicted from the rate", **THEORY)
    axes.set(xlabel="time", ylabel="$D_h$ (nats)")
    return axes


def total_variation(
    axes: Axes, times: ArrayLike, values: ArrayLike, label: str | None = None, color: str | None = None
) -> Axes:
    """Total variation between the generated and the real density over time."""
    from matplotlib.colors import is_color_like

    same_length(times=times, values=values)
    if color is not None and not is_color_like(color):
        raise ValueError(f"color must be one of matplotlib's, such as 'C0', got {color!r}")
    axes.plot(times, values, color=color or COLORS["measured"], label=label)
    top = max(float(np.max(line.get_ydata())) for line in axes.get_lines())
    axes.set(xlabel="time", ylabel="total variation to $P_r$", ylim=(0, 1.08 * top))
    return axes


def value_convergence(
    axes: Axes, steps: ArrayLike, values: ArrayLike, limit: float, label: str = "supremum"
) -> Axes:
    """A value over training steps, one curve a seed, beside its limit.

    Args:
        axes: where to draw.
        steps: shape (n,).
        values: shape (seeds, n).
        limit: what theory says the value approaches.
        label: name of the limit.
    """
    same_length(steps=steps, values=values)
    at = as_float64(steps)
    for row, run in enumerate(np.atleast_2d(as_float64(values))):
        axes.plot(
            at,
            run,
            color=COLORS["measured"],
            alpha=0.4,
            linewidth=0.8,
            label=None if row else "training, one curve a seed",
        )
    axes.axhline(limit, label=label, **THEORY)
    axes.set(xlabel="training step", xlim=(float(at.min()), float(at.max())))
    axes.ticklabel_format(axis="y", useOffset=False)
    return axes


def densities(axes: Axes, x: ArrayLike, target: ArrayLike, moved: ArrayLike, times: ArrayLike) -> Axes:
    """The real density as an area and the generated one at several times, later ones darker.

    Args:
        axes: where to draw.
        x: shape (n,).
        target: the real density, shape (n,).
        moved: shape (times, n).
        times: of the rows.
    """
    from matplotlib import colormaps

    points = np.asarray(x)
    axes.fill_between(
        points, 0, np.asarray(target), color=COLORS["real"], alpha=0.25, linewidth=0, label="real"
    )
    rows = np.asarray(moved)
    shades = colormaps["cividis_r"](np.linspace(0.15, 1.0, len(rows)))
    for shade, time, row in zip(shades, np.asarray(times), rows, strict=True):
        axes.plot(points, row, color=shade, linewidth=1.1, label=f"t = {float(f'{time:.2g}'):g}")
    # Where both densities are negligible there is nothing to see.
    inside = points[np.maximum(np.asarray(target), rows.max(0)) > 1e-3]
    axes.set(xlabel="x", ylabel="density", xlim=(inside[0], inside[-1]), ylim=(0, None))
    return axes
