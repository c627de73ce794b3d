"""Stacked MNIST: generated samples of several objectives. Has no results yet.

The published samples (Welfert et al., ISIT 2023) are pictures, and no numbers to redraw; own samples need
training on Stacked MNIST, which this package does not do yet.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from gantheory.errors import MissingResultsError
from gantheory.plotting import paper

ROOT = Path(__file__).resolve().parents[1]


def draw() -> Figure:
    raise MissingResultsError(
        ROOT / "results" / "stacked_mnist",
        None,
        "no samples are stored, and no command makes them: this package does not train on Stacked MNIST yet",
    )


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
