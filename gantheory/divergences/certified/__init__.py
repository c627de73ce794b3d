"""Divergences that are proved: balls that contain D_f, by rigorous quadrature and explicit tail bounds."""

from __future__ import annotations

from gantheory.arguments.door import open_door
from gantheory.divergences.certified.compute import certified_divergence, exact_pmfs, infinite_unless_equal
from gantheory.divergences.certified.result import CertifiedResult

__all__ = ["CertifiedResult", "certified_divergence", "exact_pmfs", "infinite_unless_equal"]

open_door(__name__)
