"""Vector fields of infinitely wide discriminators: what a generator's samples follow.

Exact kernel dynamics from v = 0 to t = 4 (gantheory.ntk.discriminator), no network; from
results/ntk_fields. Colors: the score v, each panel scaled to its own largest |v|; arrows: -grad S(v),
each panel scaled to its longest, which is written in the corner. Above: ReLU network of 3 hidden layers;
below: Gaussian kernel. After Franceschi et al. 2022. The kernel decides how far there is a field: the
Gaussian kernel's fades away from the data, the network's goes on, except where LSGAN's target is reached.
The objective decides how long the arrows are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper
from gantheory.plotting.ntk.fields import vector_field

ROOT = Path(__file__).resolve().parents[1]


def draw() -> Figure:
    path = ROOT / "results" / "ntk_fields" / "fields.npz"
    data = np.load(paper.needed(path, "python experiments/ntk_fields.py"))
    places = [data[name] for name in ("real", "generated")]
    names, kernels = list(data["objectives"]), list(data["kernels"])
    figure, panels = canvas(len(kernels), len(names), width=7.0, height=3.9)
    for row, kernel in enumerate(kernels):
        for column, name in enumerate(names):
            axes = panels[row, column]
            scores, field = data["scores"][row, column], data["field"][row, column]
            vector_field(axes, data["grid"], scores, data["coarse"], field, *places)
            axes.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2], title="" if row else name)
            axes.tick_params(labelbottom=row == 1, labelleft=column == 0)
        panels[row, 0].set_ylabel(kernel)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
