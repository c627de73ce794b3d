"""Lines of text for a terminal."""

from __future__ import annotations

import re
import textwrap

WIDTH = 80

_INFINITY = re.compile(r"\boo\b")

_COLUMN = re.compile(r"(?<=\S) {2,}(?=\S)")
_FURTHEST = 50


def wrapped(text: str, width: int = WIDTH) -> str:
    """The lines of `text`, each broken at spaces where it is longer than `width`.

    What follows hangs below the last column that begins in the first 50 characters (columns are two spaces
    apart), or else four deeper than the line. A word that is too long, such as a path, stays whole.
    """
    return "\n".join(_wrapped(line, width) for line in text.split("\n"))


def with_inf(text: str) -> str:
    """sympy's oo written as on the command line, in code and in TOML: inf."""
    return _INFINITY.sub("inf", text)


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    columns = [found.end() for found in _COLUMN.finditer(line, 0, _FURTHEST + 1)]
    hang = columns[-1] if columns else len(line) - len(line.lstrip()) + 4
    start = line[: columns[-1]] if columns else line[: hang - 4]
    return textwrap.fill(
        line[len(start) :],
        width,
        initial_indent=start,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


__all__ = ["WIDTH", "with_inf", "wrapped"]
