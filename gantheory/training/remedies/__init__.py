"""Changes to plain GAN training, one a file; a step asks each of them at a few fixed points.

    GradientPenalty(weight=10.0)     # WGAN-GP's two-sided penalty between real and generated points
    WeightClipping(bound=0.01)       # every weight of the discriminator into [-bound, bound] after its update

A remedy is a frozen `Remedy` of the user's or of this folder; it goes into `GanConfig.remedies`, and a step
calls

    remedy.draw(rows, shape, generator)          # random numbers of one member for one update, on the CPU
    remedy.penalty(score, real, fake, draw)      # added to the discriminator's loss
    remedy.project(weights)                      # the discriminator's weights after its update

and the other methods of `Remedy` for one member: no axis of members appears in a remedy, `torch.func` adds
it.
"""

from gantheory.training.remedies.clipping import WeightClipping
from gantheory.training.remedies.gradient_penalty import GradientPenalty
from gantheory.training.remedies.remedy import FAKE, GENERATED, REAL, Memory, Play, Remedy, Score
from gantheory.training.remedies.written import (
    REMEDIES,
    checked_remedies,
    remedy_from_dict,
    remedy_from_text,
    remedy_to_dict,
)

__all__ = [
    "FAKE",
    "GENERATED",
    "REAL",
    "REMEDIES",
    "GradientPenalty",
    "Memory",
    "Play",
    "Remedy",
    "Score",
    "WeightClipping",
    "checked_remedies",
    "remedy_from_dict",
    "remedy_from_text",
    "remedy_to_dict",
]
