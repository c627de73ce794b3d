"""Theories that many claims are about, each derived once in a process."""

from __future__ import annotations

from functools import lru_cache

from gantheory.derivation import Theory, derive
from gantheory.objectives.objective import Objective


@lru_cache(maxsize=256)
def theory_of(objective: Objective) -> Theory:
    """`gantheory.derive`, once for equal objectives: what one claim found out, others need not."""
    return derive(objective)
