"""Derivation of optimal scores, induced divergences and saturation from an objective's four functions."""

from gantheory.arguments.door import open_door
from gantheory.derivation.induced.saturation import D
from gantheory.derivation.theory import Theory, derive
from gantheory.derivation.verdict import Verdict
from gantheory.derivation.verdicts.equality import Equality

__all__ = ["D", "Equality", "Theory", "Verdict", "derive"]

open_door(__name__)
