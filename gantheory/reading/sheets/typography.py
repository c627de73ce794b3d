"""Plain lines such as "E_r A(v)" with their subscripts and Greek letters, for HTML, LaTeX and matplotlib."""

from __future__ import annotations

import re
from html import escape

_GREEK = {"lambda": "λ", "kappa": "κ", "alpha": "α", "sigma": "σ", "mu": "μ", "phi": "φ"}
_SYMBOL = re.compile(
    r"\b(?:(lambda|alpha|[A-Za-zα])_([A-Za-z](?:_D)?)\b|(" + "|".join(_GREEK) + r")\b)(?!\()"
)
_POWER = re.compile(r"\^(\d)")
_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_TEX |= {char: f"\\{char}" for char in "&%$#_{}"}
_LETTERS = {"é": r"\'e", "ü": r"\"u", "α": r"$\alpha$"}


def html(line: str) -> str:
    """The line with <sub> elements."""

    def shown(found: re.Match[str]) -> str:
        base, sub, word = found.groups()
        if word:
            return f"<i>{_GREEK[word]}</i>"
        inner = "<sub>".join(f"<i>{part}</i>" for part in sub.split("_")) + "</sub>" * sub.count("_")
        return f"<i>{_GREEK.get(base, base)}</i><sub>{inner}</sub>"

    return _POWER.sub(r"<sup>\1</sup>", _SYMBOL.sub(shown, escape(line, quote=False)))


def latex(line: str) -> str:
    """The line as LaTeX text, everything special escaped."""
    parts, end = [], 0
    for found in _SYMBOL.finditer(line):
        parts += [_escaped(line[end : found.start()]), f"${_math(found)}$"]
        end = found.end()
    return "".join([*parts, _escaped(line[end:])]).replace("^", r"\textasciicircum{}")


def mathtext(line: str) -> str:
    """The line for matplotlib, which typesets what is between dollars."""
    plain = line.replace("$", r"\$")
    return _POWER.sub(r"$^{\1}$", _SYMBOL.sub(lambda found: f"${_math(found)}$", plain))


def _math(found: re.Match[str]) -> str:
    base, sub, word = found.groups()
    base = "alpha" if base == "α" else base
    if word:
        return f"\\{word}"
    inner = "_{".join(sub.split("_")) + "}" * sub.count("_")
    return f"{f'{chr(92)}{base}' if base in _GREEK else base}_{{{inner}}}"


def _escaped(text: str) -> str:
    whole = "".join(_TEX.get(char, _LETTERS.get(char, char)) for char in text)
    # Two hyphens in text are a dash.
    return _POWER.sub(r"\\textsuperscript{\1}", whole).replace("--", "-{}-")
