"""The one-figure summary of a report, and the picture of all predictions with their controls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.plotting.landscape import gradients as landscapes
from gantheory.plotting.style.style import COLORS, COLUMN, SERIES, THEORY, canvas
from gantheory.plotting.training import curves, discriminators

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gantheory.validation.predictions.prediction import Control, Prediction

_KINDS = {
    "optimum": "D against $D^*$",
    "alpha_D": r"$\alpha_D$ that D implies",
    "value": "value of D",
    "generator": "value of G",
    "gradient": "gradient for G",
    "alpha_G": r"$\alpha_G$ of the gradient",
    "ideal": "ideal loss",
    "flow-rate": "rate of $D_h$",
    "flow-reaches": "reaches $P_r$",
}
_FAR = 300.0


def distances(axes: Axes, predictions: Sequence[Prediction]) -> Axes:
    """Distance of each measurement from its prediction, in tolerances, beside that of its control; limits
    only.

    A prediction counts with the far end of its interval, a control with the near end: agreement lies left of
    1, and what a control has to show lies right of it.
    """
    kinds = [kind for kind in _KINDS if any(_kind(p) == kind for p in predictions)]
    if not kinds:
        return axes
    for row, kind in enumerate(kinds):
        group = [p for p in predictions if _kind(p) == kind]
        offsets = np.linspace(-0.28, 0.28, len(group)) if len(group) > 1 else np.zeros(1)
        for prediction, offset in zip(group, offsets, strict=True):
            known = prediction.known_finding
            pairs = (
                (
                    distance(prediction, near=known),
                    "D" if known else "o",
                    "measured",
                    "known finding" if known else "prediction",
                ),
                (distance(prediction.control, near=True), "x", "control", "negative control"),
            )
            for value, marker, role, label in pairs:
                if math.isnan(value):
                    continue
                seen = label in axes.get_legend_handles_labels()[1]
                axes.plot(
                    min(max(value, 0.01), _FAR),
                    row + offset,
                    marker=marker,
                    color=COLORS["second"] if label == "known finding" else COLORS[role],
                    markersize=4,
                    markeredgewidth=1.1 if marker == "x" else 0.4,
                    markeredgecolor=COLORS[role] if marker == "x" else "white",
                    linestyle="none",
                    label="_" if seen else label,
                )
    axes.axvspan(0.008, 1, color=COLORS["region"], zorder=0, linewidth=0)
    axes.axvline(1, color=COLORS["theory"], linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlim(0.008, _FAR * 1.3)
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.set_yticks(range(len(kinds)), [_KINDS[kind] for kind in kinds])
    axes.set_xlabel("distance from what theory says, in tolerances")
    axes.grid(axis="y", visible=False)
    return axes


def distance(compared: Prediction | Control, near: bool) -> float:
    """Distance of the interval's near or far end from the predicted value, in half-widths of the region on
    that side.

    Meant for limits: a region of "more than" has no center.
    """
    low, high = compared.region
    center = compared.predicted if low <= compared.predicted <= high else 0.5 * (low + high)

    def reach(x: float) -> float:
        side = high - center if x > center else center - low
        return abs(x - center) / side if side > 0 else math.inf if x != center else 0.0

    ends = [reach(x) for x in compared.interval]
    if any(math.isnan(x) for x in compared.interval):
        return math.nan
    if near and compared.interval[0] <= center <= compared.interval[1]:
        return 0.0
    return min(ends) if near else max(ends)


def summary(
    predictions: Sequence[Prediction], pictures: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> Figure:
    """Four panels: a trained discriminator, its gradient, flows of a density, all predictions with
    controls."""
    figure, axes = canvas(rows=2, columns=2, width=2.05 * COLUMN, height=5.0)
    (first, second), (third, fourth) = axes
    shown = _of_kind(pictures, "discriminator_1d")
    if shown:
        title, data = shown[0]
        discriminators.stored_discriminator_1d(first, data)
        first.set_title(f"Trained D against $D^*$: {title}")
        first.legend(fontsize=6, loc="upper right")
    shown = _of_kind(pictures, "saturation")
    if shown:
        for color, (title, data) in zip(SERIES, shown[:2], strict=False):
            landscapes.band(second, data["d"], data["measured"], color, f"trained: {title}")
            second.plot(data["d"], data["predicted"], label="_", **THEORY)
        second.plot([], [], label="predicted |s(D)|", **THEORY)
        second.set(xscale="log", yscale="log", xlabel="$D^*(x)$", ylabel="gradient per unit of ∇log u")
        second.set_title("Gradient that reaches the generator")
        second.legend(fontsize=6)
    shown = _of_kind(pictures, "flow")
    if shown:
        for color, (title, data) in zip(SERIES, shown[:3], strict=False):
            curves.total_variation(third, data["times"], data["total_variation"], label=title, color=color)
        third.set_title("Generated density under the exact $D^*$")
        third.legend(fontsize=6)
    distances(fourth, predictions)
    fourth.set_title("Every prediction and its negative control")
    if fourth.get_legend_handles_labels()[1]:
        fourth.legend(fontsize=6, loc="lower center", bbox_to_anchor=(0.5, -0.42), ncols=3)
    for panel, used in ((first, "discriminator_1d"), (second, "saturation"), (third, "flow")):
        panel.set_visible(bool(_of_kind(pictures, used)))
    return figure


def _of_kind(
    pictures: Sequence[tuple[str, str, Mapping[str, Any]]], kind: str
) -> list[tuple[str, Mapping[str, Any]]]:
    return [(title, data) for other, title, data in pictures if other == kind]


def _kind(prediction: Prediction) -> str:
    return prediction.id.split("/")[0]
