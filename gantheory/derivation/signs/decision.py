"""Whether a function of one positive variable is nonnegative on an interval, proved or refuted."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.kinks import pieces
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.smooth import signs_of
from gantheory.derivation.verdict import Verdict, weakest


def nonnegative(
    expr: sp.Expr, symbol: sp.Symbol, low: Any = 0, high: Any = sp.oo, what: str = "it"
) -> Verdict:
    """Whether expr >= 0 for all values of `symbol` in the open interval (low, high), 0 <= low < high <= oo.

    Args:
        expr: elementary in `symbol`, kinks |.| and sign(.) included.
        symbol: a positive variable.
        low, high: ends of the interval, exact.
        what: name of the function in the reason, such as "f''".

    Returns:
        holds: True (by a method of `PROOFS`; `strict` where zeros are isolated), False (with
        `witness_log_u`, at which the function was shown to be negative), or None with the reason.

    Raises:
        ValueError: the interval is empty or not in [0, oo], or expr holds another symbol or a constant that
            is not real.
    """
    low, high = sp.sympify(low, strict=True), sp.sympify(high, strict=True)
    if not (low >= 0 and high > low):
        raise ValueError(f"low and high must satisfy 0 <= low < high <= oo, got {low} and {high}")
    expr = sp.sympify(expr, strict=True)
    others = sorted(str(other) for other in expr.free_symbols - {symbol})
    if others:
        raise ValueError(
            f"expr must have no symbol but {symbol}, got {', '.join(others)}; substitute numbers"
        )
    expr = expr.subs(symbol, u)
    if (unknown := _not_real(expr)) is not None:
        return Verdict(None, "none", f"{what} holds {unknown}, which is not known to be real")
    verdicts = []
    for start, end, smooth in pieces(expr, low, high):
        if smooth is None:
            return Verdict(None, "none", f"{what} has kinks that were not located")
        found = signs_of(smooth, start, end)
        verdicts.append(_verdict(found, what))
        if verdicts[-1].holds is False:
            return verdicts[-1]
    if len(verdicts) == 1:
        return verdicts[0]
    undecided = [v for v in verdicts if v.holds is None]
    if undecided:
        return undecided[0]
    strict = all(v.strict for v in verdicts)
    method = weakest(v.method for v in verdicts)
    reason = f"{what} {'>' if strict else '>='} 0 on each side of its kinks"
    return Verdict(
        True, method, reason, strict=strict, certificate={"pieces": [v.certificate for v in verdicts]}
    )


def _not_real(expr: sp.Expr) -> sp.Expr | None:
    """A constant in `expr` that could not be shown to be real and finite, if any.

    Raises:
        ValueError: a constant that is not real.
    """
    unknown = None
    for node in sp.preorder_traversal(expr):
        if not isinstance(node, sp.Expr) or node.free_symbols or node.is_Rational or node.is_real:
            continue
        if node.is_real is False or node.has(sp.I, sp.nan, sp.zoo, sp.oo):
            raise ValueError(f"expr must have real finite coefficients and exponents, got {node}")
        if constant_sign(node) is None:
            unknown = node
    return unknown


def _verdict(found: Signs | str, what: str) -> Verdict:
    if isinstance(found, str):
        return Verdict(None, "none", f"{what}: {found}")
    certificate = found.certificate
    it = "it " if found.reason.startswith("has the sign") else ""
    if found.witness is not None:
        at = as_float(found.witness)
        shown = f"{what}{' ' if it else ': '}{found.reason}"
        certificate = certificate | {"witness_log_u": str(found.witness)}
        return Verdict(
            False,
            found.method,
            f"{shown}; negative at log u = {_decimal(found.witness)}",
            at,
            False,
            certificate,
        )
    strict = found.pattern != (0,)
    if not strict:
        return Verdict(True, found.method, f"{what} = 0 for all u", strict=False, certificate=certificate)
    relation = f"{what} > 0" if found.pattern == (1,) else f"{what} >= 0"
    reason = f"{relation}: {it}{found.reason}"
    return Verdict(True, found.method, reason, strict=True, certificate=certificate)


def as_float(value: Fraction | float) -> float | None:
    """The nearest float, None beyond the largest."""
    try:
        return float(value)
    except OverflowError:
        return None


def _decimal(value: Fraction) -> str:
    number = as_float(value)
    return str(value) if number is None or not math.isfinite(number) else f"{number:.6g}"
