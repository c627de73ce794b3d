"""Sinkhorn divergence to eight Gaussians over the steps of particle flows.

500 samples and 500 real points, the ReLU network's kernel, a discriminator reset before each step; lines are
means over three seeds, bands reach from least to most. One step of each is one of GAN(TK)^2's with eta = 1000
for IPM; LSGAN has labels (-1, 1, 0). The annealing factor 0.95 is that of GAN(TK)^2's evaluation: on seed 0's
samples at the middle and the end of each flow it gives 0.3 to 2.6 % less than the exact transport.
From results/ntk/flows.csv.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper
from gantheory.plotting.ntk.discriminators import metric_over_time

ROOT = Path(__file__).resolve().parents[1]


def draw() -> Figure:
    path = paper.needed(ROOT / "results" / "ntk" / "flows.csv", "python experiments/ntk/flows.py")
    table = pd.read_csv(path)
    table = table[(table.data == "ring") & (table.kernel == "relu")]
    curves = {
        str(name): [run for _, run in runs.groupby("seed")]
        for name, runs in table.groupby("objective", sort=False)
    }
    figure, axes = canvas(width=3.5, height=3.4)
    metric_over_time(axes, curves, "sinkhorn")
    axes.set_ylabel("Sinkhorn divergence")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
