"""Formulas as MathML, which browsers typeset: no script, no download, and the site works offline."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

# Browsers put no space around the name of a function that has no brackets.
_NAMES = re.compile(r"<mi>(log|exp|max|min|sup|inf|lim)</mi>")
_THIN = '<mspace width="0.167em"/>'


def _mathml(latex: str, display: str) -> str:
    return _NAMES.sub(rf"<mrow>{_THIN}<mi>\1</mi>{_THIN}</mrow>", convert(latex, display=display))


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(f'<span class="math">{_mathml(node.astext(), "inline")}</span>')
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
