"""Finite width against infinite: errors of trained networks over their width.

Relative distance of v_t(x) at held-out points between networks of finite width (NTK parameterization,
antisymmetric start) and the infinitely wide one, for several objectives; one dot a network, lines are
root mean squares over networks, dashed is slope -1/2, which theory predicts. The legend gives fitted
slopes with bootstrap intervals at 95 %; each of them holds -1/2. From results/ntk/width.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gantheory.errors import MissingResultsError
from gantheory.plotting import canvas, paper
from gantheory.plotting.ntk.widths import errors_over_width

COMMAND = "python experiments/ntk_width.py"
ROOT = Path(__file__).resolve().parents[1]


def draw() -> Figure:
    path = paper.needed(ROOT / "results" / "ntk" / "width.json", COMMAND)
    stored = json.loads(path.read_text("utf-8"))
    if not stored["slopes"]:  # the experiment stores each width as it is done, and slopes from three on
        raise MissingResultsError(path, COMMAND)
    figure, axes = canvas(width=3.5, height=3.6)
    errors_over_width(axes, pd.DataFrame(stored["errors"]), stored["slopes"])
    figure.legend(loc="outside lower center", ncols=1)
    return figure


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
