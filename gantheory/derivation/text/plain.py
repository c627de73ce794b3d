"""Formulas and conditions as people write them: u = 1, a != b, inf, x in [0, 1], pieces with conditions."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

_DIGITS = 15
"""Of a number that is no exact one."""


class _Plain(StrPrinter):
    def _print_Relational(self, expr: Any) -> str:
        signs = {"==": "=", "!=": "!="}
        return f"{self._print(expr.lhs)} {signs.get(expr.rel_op, expr.rel_op)} {self._print(expr.rhs)}"

    def _print_And(self, expr: Any) -> str:
        word = " and " if isinstance(expr, sp.And) else " or "
        return word.join(self._inner(part) for part in sorted(expr.args, key=sp.default_sort_key))

    _print_Or = _print_And

    def _print_Not(self, expr: Any) -> str:
        return f"not {self._inner(expr.args[0])}"

    def _inner(self, part: Any) -> str:
        text = self._print(part)
        return f"({text})" if isinstance(part, sp.And | sp.Or) else text

    def _print_Contains(self, expr: Any) -> str:
        return f"{self._print(expr.args[0])} in {self._print(expr.args[1])}"

    def _print_Interval(self, expr: Any) -> str:
        low, high = ("(" if expr.left_open else "["), (")" if expr.right_open else "]")
        return f"{low}{self._print(expr.start)}, {self._print(expr.end)}{high}"

    def _print_Piecewise(self, expr: Any) -> str:
        parts = [
            f"{self._print(value)} {'otherwise' if condition == True else f'if {self._print(condition)}'}"  # noqa: E712
            for value, condition in expr.args
        ]
        return f"({'; '.join(parts)})"

    def _print_Float(self, expr: Any) -> str:
        return str(super()._print_Float(sp.Float(expr, _DIGITS)))  # a root has 50, for further work

    def _print_Infinity(self, expr: Any) -> str:
        return "inf"

    def _print_NegativeInfinity(self, expr: Any) -> str:
        return "-inf"


def plain(expr: Any) -> str:
    """An expression or condition for people to read; `str` is for sympy."""
    return str(_Plain().doprint(expr))
