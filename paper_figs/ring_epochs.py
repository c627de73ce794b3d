"""Ring samples and the discriminator over the epochs, alpha_D = 1 and 0.2.

Saturating, alpha_G = 1. Top: 1,000 generated samples of seed 0 (dots) on a heat map of D at four epochs;
circles mark the 8 modes. Bottom: covered modes of seeds 0 to 7 (thin) and their mean (thick). From
results/ring_samples, reduced protocol, stable numerics; after Welfert et al., ISIT 2023, Figure 2a, which
has 400 epochs of the full protocol. At alpha_D = 1 the discriminator is near 0 or 1 almost everywhere and
the generator loses the ring again; at 0.2 D is softer, and the samples stay.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import SERIES, paper
from gantheory.plotting.training.samples import modes_over_epochs, samples_on_discriminator

ROOT = Path(__file__).resolve().parents[1]
NAMES = (r"$\alpha_D = 1$", r"$\alpha_D = 0.2$")


def draw() -> Figure:
    path = paper.needed(
        ROOT / "results" / "ring_samples" / "over_epochs.npz", "python experiments/ring_samples.py"
    )
    data = np.load(path)
    figure = Figure(figsize=(7.0, 5.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[3.7, 1.9])
    panels = above.subplots(2, len(data["shown_epochs"]), sharex=True, sharey=True)
    for row, name in enumerate(NAMES):
        for column, epoch in enumerate(data["shown_epochs"]):
            covered = modes_at(data, row, epoch)
            mesh = samples_on_discriminator(
                panels[row, column],
                data["samples"][row, column],
                data["grid"],
                data["discriminator"][row, column],
                data["centers"],
                title=f"epoch {epoch}: {covered} mode{'' if covered == 1 else 's'}",
            )
        panels[row, 0].set_ylabel(name)
    above.colorbar(mesh, ax=panels, label="$D(x)$", pad=0.015, aspect=30)
    axes = below.subplots()
    for row, (name, line) in enumerate(zip(NAMES, ("--", "-"), strict=True)):
        modes_over_epochs(axes, data["epochs"], data["modes"][row], SERIES[5 * (1 - row)], name, line)
    axes.legend(title="mean of 8 seeds", loc="center left", bbox_to_anchor=(1.0, 0.5), title_fontsize=7)
    return figure


def modes_at(data: dict[str, np.ndarray], row: int, epoch: int) -> int:
    """Covered modes of seed 0 at an epoch, of all its test samples."""
    return int(data["modes"][row, 0, list(data["epochs"]).index(epoch)])


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
