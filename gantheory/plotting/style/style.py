"""One visual language for all pictures, applied in a context and never globally."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.figure import Figure

from gantheory.arguments.checks import positive_integer, positive_number

# Okabe & Ito's palette, told apart with any color vision; roles are the same in all pictures.
COLORS = {
    "theory": "#000000",
    "measured": "#0072B2",
    "control": "#D55E00",
    "real": "#009E73",
    "generated": "#CC79A7",
    "second": "#E69F00",
    "muted": "#8A8F98",
    "region": "#DCE9F5",
}
"""Color of each role: theory, measurement, negative control, real and generated data."""

SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Colors of curves that have no role."""

LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (5, 1.2, 1.2, 1.2)),
    (0, (1.5, 1)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
"""Line styles that go with `SERIES`, so that curves are told apart in gray print too."""

THEORY: dict[str, Any] = {"color": COLORS["theory"], "linestyle": (0, (4, 2)), "linewidth": 1.2}
CONTROL: dict[str, Any] = {"color": COLORS["control"], "linestyle": (0, (1, 1.5))}
"""Lines of what theory says, and of what a wrong one would."""


def look_of(k: int) -> dict[str, Any]:
    """Color and line style of the k-th curve of a series."""
    return {"color": SERIES[k % len(SERIES)], "linestyle": LINES[k % len(LINES)]}


COLUMN = 3.5
"""Width of a text column in inches."""

STYLE: dict[str, Any] = {
    "figure.dpi": 150,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E8EB",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.4,
    "image.cmap": "cividis",
    "pdf.fonttype": 42,  # TrueType, as journals ask for
    "ps.fonttype": 42,
    "svg.fonttype": "path",  # text looks the same without the reader's fonts
    "svg.hashsalt": "gantheory",  # the same picture gives the same bytes
}
"""matplotlib rc parameters; use through `style`."""


_LATEX: dict[str, Any] = {
    "text.usetex": True,
    "font.family": "serif",
    "text.latex.preamble": r"\usepackage{amsmath}\usepackage[T1]{fontenc}",
}


@contextmanager
def style(usetex: bool = False, **changes: Any) -> Iterator[None]:
    """Context in which matplotlib draws in the package's style; what was set before comes back after it.

    Args:
        usetex: typeset with LaTeX in Computer Modern, to match a paper's text. Needs a TeX installation;
            without it formulas are set by matplotlib itself.
        changes: further rc parameters.
    """
    import matplotlib as mpl

    parameters: Any = {**STYLE, **(_LATEX if usetex else {}), **changes}
    with mpl.rc_context(parameters):
        try:
            yield
        finally:
            # A notebook turns this on with its first figure; put back, no later figure would be shown.
            interactive = mpl.rcParams["interactive"]
    mpl.rcParams["interactive"] = interactive


def canvas(rows: int = 1, columns: int = 1, width: float = COLUMN, height: float = 2.4) -> tuple[Figure, Any]:
    """A figure outside pyplot's registry, and its Axes: one, or an array of them.

    Args:
        rows, columns: of the grid of Axes.
        width, height: of the whole figure, in inches.
    """
    from matplotlib.figure import Figure

    rows, columns = positive_integer(rows, "rows"), positive_integer(columns, "columns")
    width, height = positive_number(width, "width"), positive_number(height, "height")
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns)
