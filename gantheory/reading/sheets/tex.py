"""A card as a LaTeX document that compiles on its own: formulas by amsmath, pictures by pgfplots."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from gantheory._version import __version__
from gantheory.reading.sheets.content import Card, Section
from gantheory.reading.sheets.pictures import COLORS
from gantheory.reading.sheets.typography import latex

_HEAD = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=16mm]{geometry}
\usepackage{amsmath,amssymb,pgfplots}
\pgfplotsset{compat=1.15}
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt}
\setlength{\emergencystretch}{1em}
\AtBeginDocument{\small\setlength{\abovedisplayskip}{2pt}\setlength{\belowdisplayskip}{3pt}}
\pagestyle{empty}
\begin{document}
"""
_COLORS = dict(zip(COLORS, ("blue", "red", "gray"), strict=True))
_DASHES = {"--": "dashed", ":": "dotted"}
_LEGEND = r"legend style={font=\tiny,draw=none,at={(.5,-.36)},anchor=north,legend columns=-1}"
"""Below the axes, where it hides no curve."""
_MOST_POINTS = 400
"""Of a cloud of samples: TeX draws them one by one."""


def to_latex(card: Card) -> str:
    """The whole document."""
    parts = [rf"{{\Large\bfseries {latex(card.name)}}}\par {latex(card.source)}\par"]
    parts += [_section(section) for section in card.sections]
    if any(r"\sigma" in row for section in card.sections for f in section.formulas for row in f.latex):
        parts.insert(1, r"With $\sigma(v) = 1/(1 + e^{-v})$.\par")
    parts.append(rf"\medskip{{\footnotesize Derived by gantheory {latex(__version__)}. Natural logarithms.}}")
    return _HEAD + "\n".join(parts) + "\n\\end{document}\n"


def _section(section: Section) -> str:
    lines = [rf"\medskip{{\normalsize\bfseries {latex(section.title)}}}\nopagebreak\par"]
    rows = [row for formula in section.formulas for row in formula.latex]
    if rows:
        lines += [r"\begin{align*}", " \\\\\n".join(f"  {row}" for row in rows), r"\end{align*}"]
    size = r"\footnotesize " if section.title == "Sources" else ""
    lines += [rf"{{{size}{latex(line)}\par}}" for line in section.lines]
    if section.picture is not None:
        lines.append(r"\begin{center}")
        lines += [_axis(axes) for axes in section.picture().axes]
        lines.append(r"\end{center}")
    return "\n".join(lines)


def _axis(axes: Axes) -> str:
    """The curves of matplotlib's axes as those of pgfplots."""
    low, high = axes.get_ylim()
    options = [r"width=.48\linewidth", r"height=.27\linewidth", r"tick label style={font=\tiny}"]
    options += [r"label style={font=\footnotesize}", _LEGEND]
    options += [f"xlabel={{{_label(axes.get_xlabel())}}}", f"ylabel={{{_label(axes.get_ylabel())}}}"]
    options += [f"ymin={low:.4g}", f"ymax={high:.4g}"]
    if axes.get_yscale() == "log":
        options.append("ymode=log")
    plots = []
    for line in axes.lines:
        x, y = (np.asarray(data, dtype=np.float64) for data in line.get_data())
        cloud = line.get_marker() == "."
        color, dash = _COLORS[str(line.get_color())], _DASHES.get(str(line.get_linestyle()), "solid")
        mark = f"only marks,mark size=.3pt,{color}" if cloud else f"no marks,{dash},{color}"
        keep = np.isfinite(x) & np.isfinite(y)
        # TeX's lengths end at 5.8 m, and a curve that leaves the axes is seen no further.
        y = np.clip(y, low / 10 if axes.get_yscale() == "log" else 2 * low - high, 2 * high - low)
        step = -(-keep.sum() // _MOST_POINTS)
        points = " ".join(f"({a:.5g},{b:.5g})" for a, b in zip(x[keep][::step], y[keep][::step], strict=True))
        name = str(line.get_label())
        plots.append(rf"\addplot[{mark}] coordinates {{{points}}};")
        if not name.startswith("_"):
            plots.append(rf"\addlegendentry{{{_label(name)}}}")
    body = "\n".join(plots)
    begin, end = (
        r"\begin{tikzpicture}[baseline={(current axis.south)}]\begin{axis}",
        r"\end{axis}\end{tikzpicture}",
    )
    return f"{begin}[{', '.join(options)}]\n{body}\n{end}"


def _label(text: str) -> str:
    return text if text.startswith("$") else latex(text)
