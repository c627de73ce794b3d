"""Derivation of optimal scores, induced divergences and saturation from an objective's four functions."""

from gantheory.derivation.recognition import Equality
from gantheory.derivation.saturation import D
from gantheory.derivation.theory import Theory, derive
from gantheory.derivation.verdict import Verdict

__all__ = ["D", "Equality", "Theory", "Verdict", "derive"]
