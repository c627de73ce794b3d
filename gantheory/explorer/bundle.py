"""The page's JavaScript: modules that are files, joined into one script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from gantheory.lowering import javascript_runtime

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) (\w+))", re.M)


@cache
def module(name: str) -> str:
    """The text of ``js/NAME.js``."""
    return (resources.files(__package__) / "js" / f"{name}.js").read_text(encoding="utf-8")


def bundle(names: Iterable[str]) -> str:
    """The named modules and those that they import, each in a scope of its own, after the lowering's runtime.

    A module ``name.js`` becomes ``const name = (() => { ...; return { what it exports }; })();``, so that the
    result is one classic script, which a page may hold and node may run.
    """
    order: list[str] = []
    for name in names:
        _visit(name, order, ())
    return "\n".join([javascript_runtime(), *map(_scoped, order)])


def _visit(name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
    if name in order:
        return
    for _, other in _IMPORT.findall(module(name)):
        _visit(other, order, (*above, name))
    order.append(name)


def _scoped(name: str) -> str:
    text = module(name)
    exported = _exported(text)
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = \2;", text))
    return f'const {name} = (() => {{\n"use strict";\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _exported(text: str) -> list[str]:
    names: list[str] = []
    for match in _EXPORT.finditer(text):
        line = text[match.end() :].split("\n", 1)[0]
        # export const X = 1, Y = 2; declares each name that an equals sign follows.
        names += re.findall(r"(\w+) = ", line) if line.startswith("const ") else [match[1]]
    return names
