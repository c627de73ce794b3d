"""The published ring at its full length: modes of every seed over time, clamped and stable.

Saturating, alpha_G = 1, 156,400 steps, 16 seeds (rows of a panel), 2,000 generated points looked at every 782
steps; the color is the number of covered modes. From results/ring_full/over_time. Seeds 5, 6 and 10 of the
last panel diverged within 1,800 steps. Of 25,000 points at the end 15, 14, 13 and 10 seeds have all modes.
The protocol is Welfert et al., ISIT 2023, Section III-A.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper

COMMAND = (
    "python experiments/full_length.py experiments/ring_first.toml --device cuda --precision tf32 --every 782"
)
STORED = Path(__file__).resolve().parents[1] / "results" / "ring_full" / "over_time"
ALPHAS, NUMERICS, MODES = ("1", "0.3"), ("clamped", "stable"), 8


def draw() -> Figure:
    figure, panels = canvas(2, 2, width=7.0, height=4.4)
    levels = BoundaryNorm(np.arange(MODES + 2) - 0.5, colormaps["viridis"].N)
    for row, alpha in enumerate(ALPHAS):
        for column, numerics in enumerate(NUMERICS):
            steps, modes = counts(alpha, numerics)
            axes = panels[row, column]
            extent = (0, steps[-1] / 1000, len(modes[0]) - 0.5, -0.5)
            image = axes.imshow(
                modes.T, norm=levels, cmap="viridis", aspect="auto", interpolation="none", extent=extent
            )
            ended = int((modes[-1] == MODES).sum())
            axes.set_title(rf"$\alpha_D = {alpha}$, {numerics}: {ended} of {len(modes[0])} end with 8")
            axes.grid(False)
        panels[row, 0].set_ylabel("seed")
    for axes in panels[1]:
        axes.set_xlabel("steps, thousands")
    figure.colorbar(image, ax=panels, ticks=range(MODES + 1), label="modes covered", pad=0.015)
    return figure


def counts(alpha: str, numerics: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps (looks,) and modes (looks, seeds)."""
    path = paper.needed(STORED / f"s-{alpha}-1-{numerics}.json", COMMAND)
    rows = json.loads(path.read_text("utf-8"))["rows"]
    return np.array([row["step"] for row in rows]), np.array([row["modes"] for row in rows])


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
