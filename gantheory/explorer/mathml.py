"""Formulas as native MathML: sympy's presentation printer, and rows put together around it."""

from __future__ import annotations

from html import escape

import sympy as sp
from sympy.printing.mathml import MathMLPresentationPrinter

from gantheory.arguments.strict import refuse_text

LETTERS = {"alpha_D": ("α", "D"), "alpha_G": ("α", "G"), "a": ("a", ""), "b": ("b", ""), "c": ("c", "")}
"""Symbols that a slider moves; the page may show their numbers in their place."""


class _Printer(MathMLPresentationPrinter):
    """Marks the symbols of `LETTERS`, so that the page finds them, and writes betas as integrals."""

    def _print_Symbol(self, sym: sp.Symbol, style: str = "plain") -> object:
        node = super()._print_Symbol(sym, style)
        if sym.name not in LETTERS:
            return node
        row = self.dom.createElement("mrow")
        row.setAttribute("class", f"slot-{sym.name}")
        row.appendChild(node)
        return row

    def _print_Exp1(self, expr: object) -> object:
        node = self.dom.createElement("mi")
        node.appendChild(self.dom.createTextNode("e"))
        return node

    def _print_Piecewise(self, expr: sp.Piecewise) -> object:
        row, table = self.dom.createElement("mrow"), self.dom.createElement("mtable")
        brace = self.dom.createElement("mo")
        brace.appendChild(self.dom.createTextNode("{"))
        for value, condition in expr.args:
            line = self.dom.createElement("mtr")
            for content in (self._print(value), self._condition(condition)):
                cell = self.dom.createElement("mtd")
                cell.appendChild(content)
                line.appendChild(cell)
            table.appendChild(line)
        row.appendChild(brace)
        row.appendChild(table)
        return row

    def _condition(self, condition: object) -> object:
        if condition not in (True, sp.true):
            return self._print(condition)
        node = self.dom.createElement("mtext")
        node.appendChild(self.dom.createTextNode("else"))
        return node

    def _print_betainc(self, expr: sp.Expr) -> object:
        a, b, low, high = expr.args
        z = sp.Symbol("z")
        return self._print(sp.Integral(z ** (a - 1) * (1 - z) ** (b - 1), (z, low, high)))


def expression(expr: sp.Expr) -> str:
    """The inside of a <math> element."""
    printer = _Printer({"mul_symbol": "&InvisibleTimes;", "fold_short_frac": False})
    refuse_text(expr)
    node = printer._print(sp.sympify(expr, strict=True))
    text = node.toxml() if hasattr(node, "toxml") else str(node)
    text = text.replace("&amp;InvisibleTimes;", "&#x2062;").replace("&InvisibleTimes;", "&#x2062;")
    return text.replace("<mo>-</mo>", "<mo>−</mo>").replace("<mo><</mo>", "<mo>&lt;</mo>")


def name(letter: str, argument: str = "", sub: str = "", sup: str = "") -> str:
    """A function's name, such as D*(u)."""
    base = f"<mi>{escape(letter)}</mi>"
    if sub and sup:
        base = f"<msubsup>{base}<mi>{sub}</mi><mo>{sup}</mo></msubsup>"
    elif sub:
        base = f"<msub>{base}<mi>{sub}</mi></msub>"
    elif sup:
        base = f"<msup>{base}<mo>{sup}</mo></msup>"
    left, right = (f'<mo stretchy="false">{bracket}</mo>' for bracket in "()")
    return base + (f"{left}<mi>{argument}</mi>{right}" if argument else "")


def math(*parts: str) -> str:
    """A <math> element of rows; text that is not markup is an operator."""
    inner = "".join(part if part.startswith("<") else f"<mo>{escape(part)}</mo>" for part in parts)
    return f'<math display="block"><mrow>{inner}</mrow></math>'


def bars(inner: str) -> str:
    """|inner|."""
    left, right = (f'<mo stretchy="false" form="{form}">|</mo>' for form in ("prefix", "postfix"))
    return f"<mrow>{left}{inner}{right}</mrow>"


def text(words: str) -> str:
    """Words inside a formula."""
    return f"<mtext>{escape(words)}</mtext>".replace(" ", "\u00a0")
