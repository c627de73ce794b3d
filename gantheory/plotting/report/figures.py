"""Figures of a validation report, drawn from the data of a picture: from the run, or from its stored copy.

    figure = draw("saturation", "vanilla", data)

A kind is an entry of `DRAWINGS`; each takes (title, data) and returns a matplotlib Figure that no global
registry knows.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arguments.checks import choice
from gantheory.plotting.landscape import gradients as landscapes
from gantheory.plotting.report import summary
from gantheory.plotting.style.style import COLORS, COLUMN, canvas, style
from gantheory.plotting.training import curves, discriminators, samples

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gantheory.validation.predictions.prediction import Prediction

Data = Mapping[str, Any]

_LONG = 28
"""Characters of a name beside which another has no room in a column."""


def draw(kind: str, title: str, data: Data) -> Figure:
    """The figure of one picture.

    Raises:
        ValueError: unknown kind.
    """
    choice(kind, "kind", DRAWINGS)
    with style():
        return DRAWINGS[kind](title, data)


def svg(figure: Figure) -> str:
    """The figure as an SVG element without XML header, for inlining; no date, so that reruns give the same
    bytes."""
    with style():
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def demo_figure(predictions: Sequence[Prediction], pictures: Sequence[tuple[str, str, Data]]) -> Figure:
    """One figure that puts theory beside training: D*, saturation, flow, and every prediction with its
    control.

    Args:
        predictions: of a whole report.
        pictures: (kind, title, data) of its pictures; the first of each kind is shown, so far as there is
            one.
    """
    with style():
        return summary.summary(predictions, pictures)


def _discriminator_1d(title: str, data: Data) -> Figure:
    figure, axes = canvas(height=2.7)
    discriminators.stored_discriminator_1d(axes, data)
    axes.set_title(title)
    _legend_below(figure)
    return figure


def _legend_below(figure: Figure) -> None:
    """In two columns where two names are no wider than the figure."""
    names = [name for axes in figure.axes for name in axes.get_legend_handles_labels()[1]]
    figure.legend(loc="outside lower center", ncols=2 if max(map(len, names)) < _LONG else 1)


def _discriminator_2d(title: str, data: Data) -> Figure:
    figure, axes = canvas(columns=3, width=2 * COLUMN, height=2.5)
    discriminators.discriminator_2d(tuple(axes), data["x"], data["y"], data["optimal"], data["trained"])
    figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
    return figure


def _saturation(title: str, data: Data) -> Figure:
    figure, axes = canvas(height=2.7)
    landscapes.saturation(
        axes, data["d"], data["predicted"], data["measured"], data["control"], str(data["control_label"])
    )
    axes.set_title(title)
    _legend_below(figure)
    return figure


def _value_convergence(title: str, data: Data) -> Figure:
    figure, axes = canvas(height=2.4)
    curves.value_convergence(
        axes, data["steps"], data["values"], float(data["limit"]), str(data.get("limit_label", "supremum"))
    )
    axes.set_title(title)
    axes.set_ylabel(str(data["ylabel"]))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _flow(title: str, data: Data) -> Figure:
    figure, (first, second, third) = canvas(columns=3, width=2 * COLUMN, height=2.5)
    curves.divergence_decay(first, data["times"], data["divergence"], data["predicted"], data["control"])
    first.legend(fontsize=6)
    first.set_title("$D_h$")
    curves.total_variation(second, data["times"], data["total_variation"])
    second.set_title("distance to $P_r$")
    curves.densities(third, data["x"], data["target"], data["densities"], data["density_times"])
    third.set_title("density")
    third.legend(fontsize=6)
    figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
    return figure


def _ring(title: str, data: Data) -> Figure:
    count = len(data["seeds"])
    figure, axes = canvas(columns=count + 1, width=2 * COLUMN, height=2.1)
    for k in range(count):
        samples.ring_samples(
            axes[k],
            data["samples"][k],
            data["centers"],
            data["radius"],
            title=f"seed {data['seeds'][k]}\n{data['modes'][k]} modes, {100 * data['share'][k]:.0f} %",
        )
        axes[k].tick_params(labelleft=k == 0)
    last = axes[-1]
    curves.value_convergence(last, data["steps"], data["loss"], float(data["ideal_loss"]), "ideal loss")
    last.set_title("discriminator's loss")
    last.annotate(
        "ideal",
        (1, float(data["ideal_loss"])),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 2),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color=COLORS["theory"],
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
    return figure


DRAWINGS: dict[str, Callable[[str, Data], Figure]] = {
    "discriminator_1d": _discriminator_1d,
    "discriminator_2d": _discriminator_2d,
    "saturation": _saturation,
    "value_convergence": _value_convergence,
    "flow": _flow,
    "ring": _ring,
}
"""Drawing functions by kind of picture."""

WIDE = ("discriminator_2d", "flow", "ring")
"""Kinds that take the whole width of a page."""


def stored(path: str) -> dict[str, Any]:
    """The data of a picture that a run stored as .npz."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
