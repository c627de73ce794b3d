"""What notebooks show of results: a small table in HTML, formulas in LaTeX that MathJax typesets."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable


def table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values in HTML; both are text, and ``\\\\( ... \\\\)`` in it is a formula."""
    body = "".join(
        f'<tr><th style="text-align:left">{html.escape(name)}</th>'
        f'<td style="text-align:left">{html.escape(value)}</td></tr>'
        for name, value in rows
    )
    head = f'<caption style="text-align:left"><b>{html.escape(title)}</b></caption>' if title else ""
    return f"<table>{head}<tbody>{body}</tbody></table>"


def inline(latex: str) -> str:
    """A formula inside text."""
    return rf"\({latex}\)"


def number(value: float, digits: int = 12) -> str:
    """LaTeX of a number: powers of ten, and infinity as a sign."""
    if math.isnan(value):
        return r"\mathrm{nan}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if e else mantissa
