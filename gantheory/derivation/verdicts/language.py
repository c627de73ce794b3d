"""What certificates say a game in: formulas that the verifying program reads, smooth on each piece."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

from gantheory.derivation.algebra.expressions import tidy
from gantheory.derivation.algebra.limits import limit
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.signs.kinks import pieces as split_at_kinks

_LONGEST = 4000
"""Characters of a formula up to which it is written."""


class NoCertificateError(Exception):
    """Something is not in the language of the certificates, or is not proved by their rules."""


@dataclass(frozen=True)
class Played:
    """A game and its optimal score.

    Attributes:
        four: A, B, R and S as functions of `y`.
        domain: points that split the values of y, the ends included.
        pieces: points that split (0, oo), the ends included; `optimum` has y*(u) on each piece.
    """

    four: dict[str, sp.Expr]
    y: sp.Symbol
    domain: tuple[sp.Expr, ...]
    pieces: tuple[sp.Expr, ...]
    optimum: tuple[sp.Expr, ...]

    def data(self) -> dict[str, Any]:
        """As a certificate states them."""
        return {
            "game": {name: text(expr) for name, expr in self.four.items()},
            "domain": [str(point) for point in self.domain],
            "pieces": [str(point) for point in self.pieces],
            "optimum": [text(score) for score in self.optimum],
        }

    def at(self, name: str, i: int) -> sp.Expr:
        """One of the four functions at the optimal score on piece i."""
        return tidy(open_moduli(self.four[name].subs(self.y, self.optimum[i])), u)

    def spans(self) -> list[tuple[sp.Expr, sp.Expr]]:
        return list(itertools.pairwise(self.pieces))


def text(expr: sp.Expr) -> str:
    """A formula in Python's notation.

    Raises:
        NoCertificateError: it holds something that the verifying program cannot read, or is very long.
    """
    for node in sp.preorder_traversal(expr):
        known = node.is_Rational or node.is_Symbol or node.is_Add or node.is_Mul
        if not (known or (node.is_Pow and node.exp.is_Rational) or isinstance(node, sp.log | sp.Abs)):
            raise NoCertificateError(f"{node.func} in a formula")
    shown = str(_Printer().doprint(expr))
    if len(shown) > _LONGEST:
        raise NoCertificateError("a long formula")
    return shown


def smooth(expr: sp.Expr, start: sp.Expr, end: sp.Expr) -> sp.Expr:
    """`expr` on a piece, without |.| and sign(.).

    Raises:
        NoCertificateError: it has a kink inside.
    """
    found = split_at_kinks(open_moduli(expr), start, end)
    if len(found) != 1 or found[0][2] is None:
        raise NoCertificateError("kinks inside a piece")
    return found[0][2]


def limits(score: sp.Expr, start: sp.Expr, end: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Those of a score at the ends of its piece."""
    if not score.has(u):
        return score, score
    return limit(score, u, start, "+"), limit(score, u, end, "-")


def chart(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """The points of (low, high) as an increasing function of u on (0, oo)."""
    width = u if -sp.oo in (low, -high) else (high - low) * u / (1 + u)
    return high - width if low is -sp.oo else low + width


class _Printer(StrPrinter):
    """Without sqrt."""

    def _print_Pow(self, expr: sp.Expr, rational: bool = False) -> str:
        return str(super()._print_Pow(expr, rational=True))


def open_moduli(expr: sp.Expr) -> sp.Expr:
    """Positive factors in front of |.|."""
    return expr.replace(lambda node: isinstance(node, sp.Abs), lambda node: sp.Abs(sp.factor(node.args[0])))
