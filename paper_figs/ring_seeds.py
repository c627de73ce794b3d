"""Ring samples of six seeds, non-saturating, (1, 1) and (0.5, 1.2).

(alpha_D, alpha_G) = (1, 1) above, (0.5, 1.2) below; 1,000 samples of each run after the last epoch;
circles mark the 8 modes and are drawn larger than they are. Seeds 0 to 5, not chosen. From
results/ring_samples, reduced protocol, stable numerics; after Welfert et al., ISIT 2023, Figure 3. Six
seeds show what runs look like, not how often: rates with intervals are in ring_rates and clamped_stable.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper, ring_samples

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("(1, 1)", "(0.5, 1.2)")


def draw() -> Figure:
    path = paper.needed(
        ROOT / "results" / "ring_samples" / "six_seeds.npz", "python experiments/ring_samples.py"
    )
    data = np.load(path)
    figure, panels = canvas(len(NAMES), len(data["seeds"]), width=7.0, height=2.75)
    for row, name in enumerate(NAMES):
        for column, seed in enumerate(data["seeds"]):
            axes = panels[row, column]
            covered = data["modes"][row, column]
            title = f"{covered} mode{'' if covered == 1 else 's'}"
            ring_samples(axes, data["samples"][row, column], data["centers"], 0.1, title, opacity=1.0)
            axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
            axes.tick_params(labelbottom=row == 1, labelleft=column == 0)
            if row == 1:
                axes.set_xlabel(f"seed {seed}")
        panels[row, 0].set_ylabel(name)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
