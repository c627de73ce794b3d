"""Stacked MNIST: modes covered over alpha_D. Published values only.

Mean number of the 1,000 modes covered, non-saturating, over 100 seeds (Welfert et al., ISIT 2023, Tables
VI and VII); the paper gives no spread. Nothing here is ours: this package does not train on Stacked MNIST
yet. The published values grow with alpha_G and hardly depend on alpha_D.
"""

from __future__ import annotations

import tomllib
from importlib import resources

from matplotlib.figure import Figure

from gantheory.plotting import SERIES, canvas, paper

MARKERS = {1.0: "s", 1.2: "^", 1.5: "D", 2.0: "o"}


def draw() -> Figure:
    text = resources.files("gantheory.sweeps").joinpath("published_stacked_mnist.toml").read_text("utf-8")
    data = tomllib.loads(text)
    figure, panels = canvas(1, 2, width=7.0, height=2.7)
    for axes, table in zip(panels, data["table"], strict=True):
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
        axes.set(xlabel=r"$\alpha_D$", ylim=(450, 750), xticks=table["alpha_d"])
        axes.set_title(f"learning rate {table['learning_rate']:g}, {table['epochs']} epochs")
    panels[0].set_ylabel(f"modes covered, of {data['modes']:,}")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
