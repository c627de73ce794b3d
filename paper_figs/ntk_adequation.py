"""Adequation in one and two dimensions: networks of finite width, and the infinite one.

Scores v(x) at t = 2 of discriminators trained by gradient flow from v = 0 on the same points; ReLU
networks of 3 hidden layers with biases, three objectives. Above: on a line; bands hold 8 networks of each
width, ticks are the training points (real below, generated above). Below: in the plane, one network of
width 64, one of width 512, and the infinitely wide one for the vanilla game, with the largest difference
to it. From results/ntk_adequation; after Franceschi et al. 2022. Networks close in on the infinite one
between the points too, and already width 512 shows its shape.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import paper
from gantheory.plotting.ntk.fields import score_map
from gantheory.plotting.ntk.widths import scores_of_widths

ROOT = Path(__file__).resolve().parents[1]
SHOWN = "vanilla"


def draw() -> Figure:
    path = ROOT / "results" / "ntk_adequation" / "scores.npz"
    data = np.load(paper.needed(path, "python experiments/ntk_adequation.py"))
    names, widths = list(data["objectives"]), [int(width) for width in data["widths"]]
    figure = Figure(figsize=(7.0, 4.9), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.05])
    for k, axes in enumerate(lines := above.subplots(1, len(names))):
        finite = dict(zip(widths, data["line_finite"][k], strict=True))
        scores_of_widths(
            axes, data["line"], data["line_infinite"][k], finite, data["line_real"], data["line_generated"]
        )
        axes.set_title(names[k], pad=9)
    lines[0].set_ylabel("$v(x)$")
    above.legend(*lines[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    row, size = names.index(SHOWN), len(data["plane"])
    limit = float(np.abs(data["plane_infinite"][row]).max())
    maps = [*data["plane_finite"][row][:, 0], data["plane_infinite"][row]]
    panels = below.subplots(1, len(maps), sharex=True, sharey=True)
    for axes, values, width in zip(panels, maps, [*widths, None], strict=True):
        image = score_map(
            axes,
            data["plane"],
            values.reshape(size, size),
            data["plane_real"],
            data["plane_generated"],
            limit,
        )
        apart = np.abs(values - maps[-1]).max()
        axes.set_title(f"width {width}: off by {apart:.2f}" if width else "infinite width")
        axes.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    panels[0].set_ylabel(SHOWN)
    below.colorbar(image, ax=panels, label="$v(x)$", pad=0.02)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
