"""What is known about the sign of a function of t = log u, and the sign of a sum of powers at one point."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from gantheory.derivation.signs.hyperbolic import Pattern
from gantheory.lowering.balls.enclosure import number
from gantheory.support.multiprecision import flint_bits


@dataclass(frozen=True)
class Signs:
    """What was proved about the sign of a function of t = log u.

    Attributes:
        pattern: the signs met as u runs from 0 to infinity; None if only `witness` is known.
        method: one of `gantheory.derivation.verdict.PROOFS`; "symbolic" where the rules of
            `gantheory.derivation.signs.descartes` prove it.
        reason: how it follows.
        witness: a t at which the function is negative, where there is one.
        certificate: what a reader can check.
    """

    pattern: Pattern | None
    method: str
    reason: str
    witness: Fraction | None = None
    certificate: dict[str, Any] = field(default_factory=dict)


def sign_at(terms: dict[Fraction, Fraction], t: Fraction) -> int:
    """The sign of the sum at u = e^t by balls; 0 if 2000 bits do not tell."""
    top = max(terms) if t > 0 else min(terms)
    for bits in (64, 256, 2000):
        with flint_bits(bits):
            total = sum((number(c) * number((k - top) * t).exp() for k, c in terms.items()), arb(0))
        if total > 0 or total < 0:
            return 1 if total > 0 else -1
    return 0


def listed(terms: Any, witness: Fraction | None = None) -> dict[str, Any]:
    listed: dict[str, Any] = {"form": "sum c u^k", "terms": [[str(c), str(k)] for k, c in terms.items()]}
    if witness is not None:
        listed["witness_log_u"] = str(witness)
    return listed


def fraction(number: sp.Expr) -> Fraction:
    return Fraction(int(number.p), int(number.q))
