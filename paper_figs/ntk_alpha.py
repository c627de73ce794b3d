"""Speeds of generated samples under an infinitely wide discriminator, over alpha and t.

Root mean square of |S'(v) grad v| at generated points in the middle of eight Gaussians; solid saturating,
dashed non-saturating; alpha_D = 1 above and 3 below. Under one discriminator the two speeds of a sample
differ by the factor exp(v/alpha_G), v its score, so that they part when training has brought scores down.
With the ReLU network's and the Gaussian kernel that is near t = 1: then saturating speeds turn over, and
non-saturating ones grow on, without end for alpha_G < 1. The sigmoid-like network's kernel is so flat here
that scores stay near 0, and nothing parts by t = 30. From results/ntk/alpha_fields.npz.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper
from gantheory.plotting.ntk.discriminators import speeds_over_time

ROOT = Path(__file__).resolve().parents[1]
NAMES = {"relu": "ReLU network", "sigmoid": "sigmoid-like network", "rbf": "Gaussian kernel"}
SHOWN_D, SHOWN_G = (1.0, 3.0), (0.5, 1.0, 3.0)


def draw() -> Figure:
    path = paper.needed(
        ROOT / "results" / "ntk" / "alpha_fields.npz", "python experiments/ntk/alpha_fields.py"
    )
    with np.load(path, allow_pickle=False) as file:
        stored = dict(file)
    figure, axes = canvas(rows=2, columns=len(NAMES), width=7.0, height=4.6)
    chosen = [stored["alpha_g"].tolist().index(alpha) for alpha in SHOWN_G]
    for row, alpha_d in zip(axes, SHOWN_D, strict=True):
        j = stored["alpha_d"].tolist().index(alpha_d)
        for panel, (kernel, name) in zip(row, NAMES.items(), strict=True):
            i = stored["kernels"].tolist().index(kernel)
            title = rf"{name}, $\alpha_D = {alpha_d:g}$"
            speeds_over_time(panel, stored["times"], stored["speeds"][i, j, chosen], SHOWN_G, title)
        row[0].set_ylabel("speed")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
