"""The threshold lambda_c over (alpha_D, alpha_G)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from gantheory.plotting.landscape.alpha_maps import alpha_map
from gantheory.plotting.style.style import COLUMN, canvas


def threshold_map(table: pd.DataFrame) -> Figure:
    """A map of a table of `gantheory.stability.alpha_thresholds`: modes with lambda above lambda_c swing.

    Raises:
        ValueError: the table is no full grid of at least 2 x 2 alphas.
    """
    figure, axes = canvas(width=COLUMN * 1.2, height=3.0)
    alpha_map(axes, table, column="lambda_c", label=r"threshold $\lambda_c$")
    axes.set_title(r"modes with $\lambda > \lambda_c$ oscillate")
    return figure


__all__ = ["threshold_map"]
