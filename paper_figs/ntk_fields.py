"""Vector fields of infinitely wide discriminators: what a generator's samples follow.

Exact kernel dynamics from v = 0 to t = 4 (gantheory.ntk.discriminator_flow), no network.
Colors: the score v, each panel scaled to its own largest |v|; arrows: -grad S(v), each panel scaled to its
longest, which is written in the corner. Above: ReLU network of 3 hidden layers; below: Gaussian kernel.
After Franceschi et al. 2022. The kernel
decides how far there is a field: the Gaussian kernel's fades away from the data, the network's goes on,
except where LSGAN's target is reached. The objective decides how long the arrows are.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from gantheory.ntk import discriminator_flow, kernels
from gantheory.objectives import Objective, alpha_gan, lsgan, vanilla, wgan
from gantheory.plotting import canvas, paper
from gantheory.plotting.fields import vector_field

TIME = 4.0
GRID, COARSE = np.linspace(-3, 3, 61), np.linspace(-2.7, 2.7, 13)
KERNELS = {"ReLU network": kernels.mlp(depth=3), "Gaussian kernel": kernels.rbf(1.0)}
OBJECTIVES: dict[str, Objective] = {
    "IPM": wgan(),
    "LSGAN (0, 1, 1)": lsgan(0, 1, 1),
    "vanilla, sat.": vanilla(),
    "(0.5, 1.2), non-sat.": alpha_gan(0.5, 1.2, saturating=False),
}


def draw() -> Figure:
    real, generated = points()
    figure, panels = canvas(len(KERNELS), len(OBJECTIVES), width=7.0, height=3.9)
    for row, (kernel_name, kernel) in enumerate(KERNELS.items()):
        for column, (name, objective) in enumerate(OBJECTIVES.items()):
            axes = panels[row, column]
            flow = discriminator_flow(objective, kernel, real, generated)
            scores = flow.scores(square(GRID), TIME).reshape(GRID.size, -1)
            field = flow.field(square(COARSE), TIME).reshape(COARSE.size, -1, 2)
            vector_field(axes, GRID, scores, COARSE, field, real, generated)
            axes.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2], title="" if row else name)
            axes.tick_params(labelbottom=row == 1, labelleft=column == 0)
        panels[row, 0].set_ylabel(kernel_name)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def points() -> tuple[np.ndarray, np.ndarray]:
    """Eight small clusters on a circle, and generated points in the middle."""
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(8) / 8
    centers = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.repeat(centers, 3, axis=0) + 0.08 * rng.normal(size=(24, 2)), 0.4 * rng.normal(size=(24, 2))


def square(values: np.ndarray) -> np.ndarray:
    """All pairs, the first coordinate varying fastest, shape (n^2, 2)."""
    x, y = np.meshgrid(values, values)
    return np.stack([x.ravel(), y.ravel()], axis=1)


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
