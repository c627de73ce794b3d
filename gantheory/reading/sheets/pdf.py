"""A card as PDF pages by matplotlib, from top to bottom with a new page where the next thing does not fit."""

from __future__ import annotations

import io
import textwrap
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.mathtext import MathTextParser

from gantheory._version import __version__
from gantheory.derivation.text.latex_terms import width
from gantheory.reading.sheets.content import Card, Formula, Section
from gantheory.reading.sheets.typography import mathtext

_WIDTH, _HEIGHT, _MARGIN = 8.27, 11.69, 0.9
"""Inches: A4."""
_LETTERS = 112
"""Of a line of text."""
_SIZE = 9.5
_FORMULAS = 62.0
"""Digits of formula in a line."""


def to_pdf(card: Card) -> bytes:
    """The whole file."""
    written = io.BytesIO()
    with rc_context({"font.family": "STIXGeneral", "mathtext.fontset": "stix"}):
        pages = _Pages()
        pages.text(card.name, size=16, weight="bold")
        pages.text(card.source, color="#555555")
        for section in card.sections:
            _section(pages, section)
        pages.space(0.1)
        pages.text(f"Derived by gantheory {__version__}. Natural logarithms.", size=8, color="#777777")
        with PdfPages(written, metadata={"Title": card.name, "CreationDate": None}) as file:
            for page in pages.done:
                file.savefig(page)
    return written.getvalue()


def _section(pages: _Pages, section: Section) -> None:
    pages.space(0.12)
    pages.need(0.8)
    pages.text(mathtext(section.title), size=11.5, weight="bold")
    for row in _joined([row for formula in section.formulas for row in _rows(formula)]):
        pages.text(row, size=11, indent=0.25)
    for line in section.lines:
        if section.title == "Sources":
            pages.text(f"- {line}", wrapped=True, size=8.5)
        else:
            pages.text(line, wrapped=True)
    if section.picture is not None:
        pages.picture(section.picture())


def _rows(formula: Formula) -> list[str]:
    """The formula as matplotlib can typeset it, or as text where it cannot."""
    parser = MathTextParser("path")
    rows = [f"${_simple(row)}$" for row in formula.latex]
    try:
        for row in rows:
            parser.parse(row)
    except ValueError:
        return textwrap.wrap(formula.text.replace("$", r"\$"), 80, subsequent_indent="    ")
    return rows


def _joined(rows: list[str]) -> list[str]:
    """Short formulas side by side."""
    lines: list[str] = []
    used = 0.0
    for row in rows:
        needed = width(row) + 6 if row.startswith("$") else _FORMULAS
        if lines and used + needed <= _FORMULAS:
            lines[-1] += rf"$\qquad$ {row}"
            used += needed
        else:
            lines.append(row)
            used = needed
    return lines


def _simple(row: str) -> str:
    for name, plain in ((r"\bigl", r""), (r"\bigr", r""), (r"\tfrac", r"\frac"), ("&", "")):
        row = row.replace(name, plain)
    return row


class _Pages:
    """A cursor that moves down."""

    def __init__(self) -> None:
        self.done: list[Figure] = []
        self._turn()

    def _turn(self) -> None:
        self.page = Figure(figsize=(_WIDTH, _HEIGHT))
        self.done.append(self.page)
        self.y = _HEIGHT - _MARGIN

    def need(self, height: float) -> None:
        """Turn the page where less than `height` is left."""
        if self.y - height < _MARGIN:
            self._turn()

    def space(self, height: float) -> None:
        self.y -= height

    def text(self, text: str, *, indent: float = 0.0, wrapped: bool = False, **style: Any) -> None:
        """Lines of text, or one formula between dollars."""
        lines = [mathtext(line) for line in textwrap.wrap(text, _LETTERS)] if wrapped else [text]
        for line in lines:
            drawn, height = self._draw(line, indent, style)
            if self.y - height < _MARGIN:
                drawn.remove()
                self._turn()
                drawn, height = self._draw(line, indent, style)
            drawn.set_y(self.y / _HEIGHT)
            self.y -= height + 0.05

    def _draw(self, line: str, indent: float, style: dict[str, Any]) -> tuple[Any, float]:
        size = style.get("size", _SIZE)
        x = (_MARGIN + indent) / _WIDTH
        drawn = self.page.text(x, 0, line, va="top", **{**style, "size": size})
        box = drawn.get_window_extent(FigureCanvasAgg(self.page).get_renderer())
        return drawn, max(box.height / self.page.dpi, size / 72)

    def picture(self, figure: Figure) -> None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=220)
        span = _WIDTH - 2 * _MARGIN
        height = span * figure.get_figheight() / figure.get_figwidth()
        self.need(height)
        buffer.seek(0)
        axes = self.page.add_axes(
            (_MARGIN / _WIDTH, (self.y - height) / _HEIGHT, span / _WIDTH, height / _HEIGHT)
        )
        axes.imshow(imread(buffer), aspect="auto", interpolation="lanczos")
        axes.set_axis_off()
        self.y -= height + 0.05
