"""Published and derived statements about GAN objectives, each with a check that computes its verdict."""

from __future__ import annotations

from gantheory.arguments.door import open_door
from gantheory.claims.catalogue import bibliography, named, registry
from gantheory.claims.comparisons.equal import Equal, SameDivergence
from gantheory.claims.comparisons.finding import METHODS, Comparison, Finding, Plan
from gantheory.claims.comparisons.relations import Decided, Limit, NonNegative, OnPmfs, Within, by_algebra
from gantheory.claims.decision import Result, decide
from gantheory.claims.definition import Claim, Paper, claim
from gantheory.claims.runner import run

__all__ = [
    "METHODS",
    "Claim",
    "Comparison",
    "Decided",
    "Equal",
    "Finding",
    "Limit",
    "NonNegative",
    "OnPmfs",
    "Paper",
    "Plan",
    "Result",
    "SameDivergence",
    "Within",
    "bibliography",
    "by_algebra",
    "claim",
    "decide",
    "named",
    "registry",
    "run",
]

open_door(__name__)
