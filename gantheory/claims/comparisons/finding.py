"""What a check found: a verdict, how it was reached, and the two things that were compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

if TYPE_CHECKING:
    from gantheory.claims.comparisons.sampling import Sampler

Method = Literal[
    "symbolic", "computer algebra", "ball arithmetic", "high precision", "training", "Monte Carlo", "none"
]
"""From the strongest to the weakest.

symbolic: exact algebra with a certificate, which `tools/verify_certificates.py` checks without this package.
computer algebra: sympy shows that the residual vanishes identically, or a sign, under the assumptions.
ball arithmetic: python-flint encloses the quantity, or proves a sign on the whole domain.
high precision: 50 digits at random points that satisfy the assumptions.
training: a deterministic optimization in float64 reaches the stated point, or leaves it.
Monte Carlo: a confidence interval.
"""

METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class Finding:
    """Outcome of one comparison.

    Attributes:
        holds: True, False, or None where it could not be decided.
        method: how (see `Method`).
        computed, claimed: what this package found and what the statement says, as text.
        detail: one sentence: the evidence, or why it is undecided.
        counterexample: where the statement fails, if it does.
        certificates: exact data that prove it, where method is "symbolic".
    """

    holds: bool | None
    method: Method
    computed: str = ""
    claimed: str = ""
    detail: str = ""
    counterexample: str = ""
    certificates: tuple[dict[str, Any], ...] = ()

    @property
    def verdict(self) -> str:
        return {True: "holds", False: "fails", None: "undecided"}[self.holds]


class PremiseError(Exception):
    """Raised by a check whose premise is not met, as where the published optimum is none of the objective:
    then the statement is about another object, and undecided."""


class Comparison(Protocol):
    """What a check returns: something to decide."""

    def decide(self, sampler: Sampler) -> Finding: ...


Plan = Comparison | Sequence[Comparison]
"""What a check returns: a comparison, or several that must all hold."""


def undecided(detail: str, computed: str = "", claimed: str = "") -> Finding:
    """A finding that says only why there is none."""
    return Finding(None, "none", computed, claimed, detail)


def weakest(methods: Iterable[Method]) -> Method:
    return max(methods, key=METHODS.index, default="none")


def all_hold(findings: list[Finding]) -> Finding:
    """The conjunction: fails with the first that fails; else undecided if one is; else holds by the weakest
    method."""
    if not findings:
        return undecided("nothing was compared")
    for finding in findings:
        if finding.holds is False:
            return finding
    for finding in findings:
        if finding.holds is None:
            return finding
    first = findings[0]
    if len(findings) == 1:
        return first
    return replace(
        first,
        method=weakest(finding.method for finding in findings),
        computed="; ".join(_distinct(f.computed for f in findings)),
        claimed="; ".join(_distinct(f.claimed for f in findings)),
        detail="; ".join(_distinct(f.detail for f in findings)),
        certificates=tuple(data for finding in findings for data in finding.certificates),
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]
