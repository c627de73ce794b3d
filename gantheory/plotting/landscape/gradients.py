"""The saturation landscape: how much gradient reaches the generator at each value of D."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import same_length
from gantheory.plotting.style.style import COLORS, CONTROL, THEORY


def saturation(
    axes: Axes,
    d: ArrayLike,
    predicted: ArrayLike,
    measured: ArrayLike,
    control: ArrayLike | None = None,
    control_label: str = "control",
) -> Axes:
    """Measured |grad S(v)| / |grad log u| over D*, on logarithmic axes, beside the predicted factor |s(D)|.

    Args:
        axes: where to draw.
        d: D* at held-out points, in (0, 1), shape (n,).
        predicted: |s| there, shape (n,).
        measured: one row a seed, shape (seeds, n).
        control: the wrong theory's factor.
        control_label: what it is.
    """
    same_length(d=d, predicted=predicted, measured=measured, control=control)
    order = np.argsort(np.asarray(d))
    at = np.asarray(d)[order]
    runs = np.atleast_2d(np.asarray(measured))[:, order]
    if control is not None:
        axes.plot(at, np.asarray(control)[order], label=control_label, **CONTROL)
    band(axes, at, runs, COLORS["measured"], f"trained, {len(runs)} seeds")
    axes.plot(at, np.asarray(predicted)[order], label="predicted |s(D)|", **THEORY)
    axes.set(xscale="log", yscale="log", xlabel="$D^*(x)$", ylabel="gradient per unit of ∇log u")
    return axes


def band(axes: Axes, d: ArrayLike, measured: ArrayLike, color: str, label: str) -> Axes:
    """Median of the seeds as a line and their range as a band; measured of shape (seeds, n), d increasing.

    A gradient of the wrong sign has no place on a logarithmic axis and is left out.
    """
    at, runs = np.asarray(d), np.atleast_2d(np.asarray(measured))
    positive = np.where(runs > 0, runs, np.nan)
    seen = ~np.isnan(positive).all(0)
    at, positive = at[seen], positive[:, seen]
    axes.fill_between(
        at, np.nanmin(positive, axis=0), np.nanmax(positive, axis=0), color=color, alpha=0.25, linewidth=0
    )
    axes.plot(at, np.nanmedian(positive, axis=0), color=color, label=label)
    return axes
