"""Stacked MNIST: generated samples of every run.

Four pictures of each of 8 runs (columns) of 5 objectives (rows) after 50 epochs at learning rate 2e-3, non-
saturating; each channel is a digit where a run succeeded. From results/stacked_mnist_samples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper

COMMAND = "python experiments/full_length.py experiments/stacked_mnist.toml --device cuda"
ROOT = Path(__file__).resolve().parents[1]


def draw() -> Figure:
    path = paper.needed(ROOT / "results" / "stacked_mnist_samples" / "samples.npz", COMMAND)
    with np.load(path) as stored:
        pictures, names = stored["pictures"], stored["objectives"]
    rows, seeds = pictures.shape[:2]
    figure, panels = canvas(rows, seeds, width=7.0, height=4.9)
    for row, name in enumerate(names):
        for seed in range(seeds):
            axes = panels[row, seed]
            four = pictures[row, seed, :4].reshape(2, 2, 3, 28, 28)
            axes.imshow(four.transpose(0, 3, 1, 4, 2).reshape(56, 56, 3), interpolation="none")
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
        label = str(name).replace(", saturating=False", "").replace("alpha_gan", r"$\alpha$")
        panels[row, 0].set_ylabel(label, fontsize=7)
    for seed in range(seeds):
        panels[0, seed].set_title(f"seed {seed}", fontsize=7)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
