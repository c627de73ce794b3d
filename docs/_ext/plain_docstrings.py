"""Docstrings are plain text with `code` in backticks and indented formulas; Sphinx expects reStructuredText.

Outside of code every character that reStructuredText would read as markup is escaped, so that D* and |s| stay
what they are; an indented block after an empty line becomes a literal block. Sections (Args:, Raises:) are
left to napoleon.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields|Example|Examples|Note|Source):\s*$")
_CODE = re.compile(r"(``.+?``|`[^`]+`)")
_MARKUP = re.compile(r"([*|\\]|_(?=\W|$))")


def plain(lines: list[str]) -> list[str]:
    out: list[str] = []
    in_section = in_block = False
    for i, line in enumerate(lines):
        indented = line.startswith("    ")
        if line and not indented:
            in_block, in_section = False, bool(_SECTION.match(line))
        elif indented and not in_block and not in_section and i > 0 and not lines[i - 1]:
            in_block = True
            out += ["::", ""]
        out.append(line if in_block else _escaped(line))
    return out


def _escaped(line: str) -> str:
    parts = _CODE.split(line)
    return "".join(f"``{p.strip('`')}``" if i % 2 else _MARKUP.sub(r"\\\1", p) for i, p in enumerate(parts))


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = plain(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process, priority=100)  # before napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
