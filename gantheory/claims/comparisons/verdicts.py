"""A verdict of the derivation (convexity, unique minimum, a sign) as a comparison of a claim."""

from __future__ import annotations

from gantheory.claims.comparisons.finding import Method
from gantheory.claims.comparisons.relations import Decided
from gantheory.derivation.verdict import Verdict

_METHODS: dict[str, Method] = {
    "symbolic": "computer algebra",  # without its certificate
    "theorem": "computer algebra",
    "computer algebra": "computer algebra",
    "ball arithmetic": "ball arithmetic",
}


def proved(verdict: Verdict, claimed: str, strict: bool = False, holds: bool = True) -> Decided:
    """The claim that `verdict` says True (`strict`: strictly so), or says False where `holds` is False.

    A verdict without a proof, or one that is silent on strictness, leaves the claim undecided.
    """
    found = verdict.strict if strict and verdict.holds else verdict.holds
    certificates = () if verdict.exported is None else (verdict.exported,)
    method = "symbolic" if certificates else _METHODS.get(verdict.method)
    where = "" if verdict.witness_log_u is None else f" (log u = {verdict.witness_log_u:.10g})"
    text = verdict.reason + where
    if found is None or method is None:
        return Decided(None, "none", verdict.reason, claimed, verdict.reason)
    return Decided(found is holds, method, text, claimed, text, certificates=certificates)
