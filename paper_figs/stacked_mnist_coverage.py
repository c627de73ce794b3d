"""Stacked MNIST: modes covered, published and ours.

Left and middle: mean number of the 1,000 modes covered over alpha_D, non-saturating, over 100 seeds
(Welfert et al., ISIT 2023, Tables VI and VII); the paper gives no spread. Filled: the mean of our 8 runs
at that rate, alpha_D = 1, with its interval of 95 %. Right: rate 2e-3, 50 epochs, alpha_D = 1; dots are
our 8 runs a setting (results/stacked_mnist) with their mean, by stable logits and with the clamp of the
published code; diamonds the means of the authors' own 100 runs.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gantheory.plotting import COLORS, SERIES, canvas, paper
from gantheory.sweeps import RunStore
from gantheory.sweeps.reports.stacked_mnist import Line, stacked_mnist_report

MARKERS = {1.0: "s", 1.2: "^", 1.5: "D", 2.0: "o"}
COMMAND = "python experiments/full_length.py experiments/stacked_mnist.toml --device cuda"
ROOT = Path(__file__).resolve().parents[1]
NAMES = {
    "alpha_gan(1, 1, saturating=False)": r"$\alpha_G = 1$",
    "alpha_gan(1, 6/5, saturating=False)": r"$\alpha_G = 1.2$",
    "alpha_gan(1, 3/2, saturating=False)": r"$\alpha_G = 1.5$",
    "alpha_gan(1, 2, saturating=False)": r"$\alpha_G = 2$",
    "lsgan(0, 1, 1)": "LSGAN",
}
RATE = 2e-3
OURS = {"stable": (COLORS["measured"], 0.2), "clamped": (SERIES[1], -0.2)}
"""Color and place of each numerics."""


def draw() -> Figure:
    text = resources.files("gantheory.sweeps").joinpath("published_stacked_mnist.toml").read_text("utf-8")
    data = tomllib.loads(text)
    figure, panels = canvas(1, 3, width=7.0, height=2.9)
    store = RunStore(paper.needed(ROOT / "results" / "stacked_mnist", COMMAND))
    lines = stacked_mnist_report(store.records()).lines
    for axes, table in zip(panels, data["table"], strict=False):
        _published(axes, table)
        _means(axes, [line for line in lines if line.learning_rate == table["learning_rate"]])
    panels[0].set_ylabel(f"modes covered, of {data['modes']:,}")
    _runs(panels[2], [line for line in lines if line.learning_rate == RATE])
    handles = [axes.get_legend_handles_labels() for axes in (panels[0], panels[2])]
    figure.legend(
        handles[0][0] + handles[1][0], handles[0][1] + handles[1][1], loc="outside lower center", ncols=4
    )
    return figure


def _published(axes: Axes, table: dict[str, Any]) -> None:
    for alpha_g, row in zip(table["alpha_g"], table["covered"], strict=True):
        color = SERIES[list(MARKERS).index(alpha_g)]
        axes.plot(
            table["alpha_d"],
            row,
            color=color,
            marker=MARKERS[alpha_g],
            markersize=4,
            markerfacecolor="white",
            label=rf"published, $\alpha_G = {alpha_g:g}$",
        )
    axes.set(xlabel=r"$\alpha_D$", ylim=(250, 900), xticks=table["alpha_d"])
    axes.set_title(f"rate {table['learning_rate']:g}, {table['epochs']} epochs")


def _means(axes: Axes, lines: list[Line]) -> None:
    """Our means beside the published ones of the same alphas, a little to the right."""
    for k, alpha_g in enumerate(MARKERS):
        for line in lines:
            if NAMES.get(line.objective, "").endswith(f"= {alpha_g:g}$"):
                ends = [[line.mean - line.low], [line.high - line.mean]]
                axes.errorbar(
                    [1.025], [line.mean], ends, fmt=MARKERS[alpha_g], markersize=5, color=SERIES[k],
                    elinewidth=0.9, label=rf"ours, $\alpha_G = {alpha_g:g}$",
                )  # fmt: skip


def _runs(axes: Axes, given: list[Line]) -> None:
    """Each run a dot, at one rate."""
    lines = {(line.objective, line.numerics): line for line in given}
    told: set[str] = set()

    def label(text: str) -> str | None:
        new = text not in told
        told.add(text)
        return text if new else None

    for k, name in enumerate(NAMES):
        for numerics, (color, shift) in OURS.items():
            if (name, numerics) not in lines:
                continue
            line = lines[name, numerics]
            middle = k + shift
            places = [middle + 0.03 * (j - (len(line.modes) - 1) / 2) for j in range(len(line.modes))]
            axes.plot(
                places,
                sorted(line.modes),
                "o",
                markersize=2.5,
                color=color,
                label=label(f"our runs, {numerics}"),
            )
            axes.plot([middle - 0.15, middle + 0.15], [line.mean] * 2, color=color, label=label("our means"))
        axes.plot(
            k, lines[name, "stable"].published, "D", markersize=5, markerfacecolor="white",
            color=COLORS["theory"], label=label("authors' records, mean"),
        )  # fmt: skip
    axes.set_xticks(range(len(NAMES)), NAMES.values(), rotation=35, ha="right", fontsize=7)
    axes.set(ylim=(-20, 1020))
    axes.set_title(f"rate {RATE:g}, 50 epochs")


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
