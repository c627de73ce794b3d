"""The answer to a yes-or-no question about a function of u, with what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gantheory.support.notebook import number, table

PROOFS = ("symbolic", "theorem", "computer algebra", "ball arithmetic")
"""Methods that prove, from the one that needs least trust on; others are evidence."""


def weakest(methods: Iterable[str]) -> str:
    """Of several proofs, the method that needs most trust."""
    return max(methods, key=PROOFS.index, default="symbolic")


@dataclass(frozen=True)
class Verdict:
    """Answer to a yes-or-no question about a function of u.

    Attributes:
        holds: True, False, or None where it could not be decided.
        method: how it was decided: "symbolic" (exact algebra with a certificate, see `exported`), "computer
            algebra" (exact algebra without one), "ball arithmetic" (on the whole domain), "theorem", or what
            was tried.
        reason: one sentence.
        witness_log_u: log u at which the statement fails, where it does.
        strict: for convexity and signs, whether it is strict (zeros at isolated points only); None where
            unknown.
        certificate: data from which a reader can check the answer by hand; text, numbers, lists and
            dictionaries only, so that JSON can hold it.
        exported: the certificate that `tools/verify_certificates.py` accepts, where there is one.
    """

    holds: bool | None
    method: str
    reason: str
    witness_log_u: float | None = None
    strict: bool | None = None
    certificate: dict[str, Any] | None = field(default=None, hash=False, compare=False, repr=False)
    exported: dict[str, Any] | None = field(default=None, hash=False, compare=False, repr=False)

    def _repr_latex_(self) -> str:
        word = {True: "holds", False: "fails", None: "undecided"}[self.holds]
        at = "" if self.witness_log_u is None else rf",\ \log u = {number(self.witness_log_u, 6)}"
        return rf"$\text{{{word}}}{at}$"

    def _repr_html_(self) -> str:
        word = {True: "holds", False: "fails", None: "undecided"}[self.holds]
        at = [] if self.witness_log_u is None else [("log u", f"{self.witness_log_u:.6g}")]
        return table("", [("verdict", word), ("method", self.method), ("reason", self.reason), *at])

    def __bool__(self) -> bool:
        return self.holds is True
