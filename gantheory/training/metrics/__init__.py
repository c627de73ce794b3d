"""What is measured on trained networks."""

from gantheory.arguments.door import open_door
from gantheory.divergences.sampling.energy import energy_distance
from gantheory.training.metrics.mixtures import (
    high_quality_share,
    mode_divergences,
    mode_histogram,
    mode_probabilities,
    modes_covered,
    modes_covered_by_kind,
)

__all__ = [
    "energy_distance",
    "high_quality_share",
    "mode_divergences",
    "mode_histogram",
    "mode_probabilities",
    "modes_covered",
    "modes_covered_by_kind",
]

open_door(__name__)
