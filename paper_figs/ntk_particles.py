"""Particles that follow infinitely wide discriminators onto eight Gaussians.

160 particles (crosses) start in the middle of 160 real points (dots); lines are the ways of 40 of them.
The discriminator is trained anew for one unit of time from v = 0 before each of 300 steps of 0.5 along
-grad S(v). Below: energy distance to the data over the flow's time. From results/ntk_particles; after
Franceschi et al. 2022. With labels (0, 1, 1) LSGAN comes near and goes away again: the data are no place
of rest, since at P_g = P_r a discriminator that starts from 0 is still moved, A'(0) + B'(0) = a + b. That
sum is 0 for labels (-1, 1, 1) and for the other objectives.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import SERIES, paper
from gantheory.plotting.ntk.particles import particles

ROOT = Path(__file__).resolve().parents[1]
STYLES = ("-", (0, (4, 1.5)), (0, (2, 2)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))


def draw() -> Figure:
    path = ROOT / "results" / "ntk_particles" / "particles.npz"
    data = np.load(paper.needed(path, "python experiments/ntk_particles.py"))
    figure = Figure(figsize=(7.0, 5.1), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[3.2, 1.9])
    names, kernels = list(data["objectives"]), list(data["kernels"])
    panels = above.subplots(len(kernels), len(names), sharex=True, sharey=True)
    for row, kernel in enumerate(kernels):
        for column, name in enumerate(names):
            axes = panels[row, column]
            particles(axes, data["target"], data["trajectory"][row, column], limit=3.2)
            axes.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2], title="" if row else name)
        panels[row, 0].set_ylabel(kernel)
    handles = panels[0, 0].get_legend_handles_labels()
    above.legend(*handles, loc="outside lower center", ncols=2, markerscale=2)
    curves = below.subplots(1, len(kernels), sharey=True)
    for row, kernel in enumerate(kernels):
        for column, name in enumerate(names):
            curves[row].plot(
                data["flow_time"],
                data["energy_distance"][row, column],
                color=SERIES[column],
                linestyle=STYLES[column],
                label=name,
            )
        curves[row].set(title=kernel, xlabel="time of the flow", yscale="log")
        curves[row].margins(x=0.01)
    curves[0].set_ylabel("energy distance")
    handles = curves[0].get_legend_handles_labels()
    below.legend(*handles, loc="outside lower center", ncols=5, handlelength=2.6)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
