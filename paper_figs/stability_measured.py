"""The local spectrum beside trained networks: frequency and damping of one mode of each cell.

Fourteen objectives x four treatments x four players: the rate predicted by theory, as simultaneous gradient
steps show it, and the rate at which the networks moved; every cell is a point, and theory is the diagonal.
Crosses are the controls' predictions. From results/stability.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import COLORS, SERIES, canvas, paper

COMMAND = "python experiments/stability_measured.py"
ROOT = Path(__file__).resolve().parents[1]
TREATMENTS = {
    "none": ("plain", "o"),
    "r1": ("R1, weight 1", "^"),
    "rate_ratio": ("D's rate four times G's", "s"),
    "r2": ("R2, weight 1", "v"),
}


def draw() -> Figure:
    folder = paper.needed(ROOT / "results" / "stability", COMMAND)
    predicted, measured = (
        json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("predicted", "measured")
    )
    figure, panels = canvas(1, 2, width=7.0, height=3.3)
    for part, (axes, title) in enumerate(zip(panels, ("damping", "frequency"), strict=True)):
        for color, (treatment, (label, marker)) in zip(SERIES, TREATMENTS.items(), strict=False):
            keys = [key for key in measured if key.endswith(f"| {treatment}")]
            if part:
                keys = [key for key in keys if predicted[key]["expected"][1]]
            sign = 1 if part else -1
            expected, control = (
                np.array([sign * predicted[key][name][part] for key in keys])
                for name in ("expected", "control")
            )
            found = np.array([sign * measured[key]["measured"][part] for key in keys])
            axes.plot(control, found, "x", markersize=3, color=COLORS["control"], alpha=0.6)
            axes.plot(expected, found, marker, markersize=4, color=color, markerfacecolor="none", label=label)
        axes.axline((1, 1), (2, 2), color=COLORS["theory"], linewidth=0.8, zorder=0, label="theory")
        axes.set(xlabel=f"predicted {title}", ylabel=f"measured {title}")
        scale = {"value": "log"} if part else {"value": "symlog", "linthresh": 0.1}
        axes.set_xscale(**scale)
        axes.set_yscale(**scale)
    handles, labels = panels[0].get_legend_handles_labels()
    cross = panels[0].lines[0]
    figure.legend([*handles, cross], [*labels, "control"], loc="outside lower center", ncols=3)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
