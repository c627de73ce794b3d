"""A card as one HTML file: formulas as MathML, pictures as SVG inside it."""

from __future__ import annotations

import base64
import io
from html import escape

from gantheory._version import __version__
from gantheory.reading.sheets.content import Card, Section
from gantheory.reading.sheets.typography import html

_STYLE = """
@page { size: A4; margin: 18mm }
body { font: 10.5pt/1.4 Georgia, 'Times New Roman', serif; max-width: 175mm; margin: 10mm auto;
  padding: 0 4mm; color: #1a1a1a }
h1 { font-size: 17pt; margin: 0 }
h2 { font-size: 11.5pt; margin: 1.1em 0 .3em; border-bottom: 1px solid #bbb; break-after: avoid }
p { margin: .35em 0 }
ul { margin: .3em 0; padding-left: 1.4em }
img { width: 100%; margin-top: .4em; break-inside: avoid }
.source { color: #555; margin-bottom: 1em }
.formulas { display: flex; flex-wrap: wrap; gap: .3em 2.2em; margin: .3em 0 .3em 1em; align-items: center }
footer { color: #777; font-size: 8.5pt; margin-top: 1.5em; border-top: 1px solid #bbb; padding-top: .4em }
@media print { body { font-size: 8.6pt; margin: 0; max-width: none; padding: 0 } img { width: 82% } }
"""
_HEAD = """<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">"""


def to_html(card: Card) -> str:
    """The whole file; it loads nothing."""
    sections = "\n".join(_section(section) for section in card.sections)
    title = escape(card.name)
    return f"""<!DOCTYPE html>
{_HEAD}
<title>{title}</title><style>{_STYLE}</style></head>
<body>
<h1>{title}</h1>
<p class="source">{escape(card.source)}</p>
{sections}
<footer>Derived by gantheory {escape(__version__)}. Natural logarithms.</footer>
</body></html>
"""


def _section(section: Section) -> str:
    lines = [f"<h2>{html(section.title)}</h2>"]
    if section.formulas:
        shown = "".join(f"<div>{formula.mathml}</div>" for formula in section.formulas)
        lines.append(f'<div class="formulas">{shown}</div>')
    if section.title == "Sources":
        lines.append("<ul>" + "".join(f"<li>{html(line)}</li>" for line in section.lines) + "</ul>")
    else:
        lines += [f"<p>{html(line)}</p>" for line in section.lines]
    if section.picture is not None:
        buffer = io.BytesIO()
        section.picture().savefig(buffer, format="svg", metadata={"Date": None})
        data = base64.b64encode(buffer.getvalue()).decode()
        lines.append(f'<img alt="{escape(section.title)}" src="data:image/svg+xml;base64,{data}">')
    return "<section>\n" + "\n".join(lines) + "\n</section>"
