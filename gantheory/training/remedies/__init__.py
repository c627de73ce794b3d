"""Changes to plain GAN training, one idea a file; a step asks each of them at a few fixed points.

    GanConfig(..., remedies=["r1(0.1)", "gap_aware()"])         # as in a TOML file, and by --remedies
    GanConfig(..., remedies=[R1(0.1), GapAware()])              # the same
    GanConfig(..., remedies=["my_module:MyRemedy(0.1)"])        # a user's own subclass of Remedy

`REMEDIES` has all of them by name. R3GAN is `relativistic("standard", average=False)` with R1 and R2. A
remedy is a frozen `Remedy`, and a step calls its methods for one member: no axis of members appears in a
remedy, `torch.func` adds it. What means nothing for an objective is refused (`compatibility`).
"""

from gantheory.arguments.door import open_door
from gantheory.training.remedies.balance import LossBalance, MarginSkip
from gantheory.training.remedies.constraints.adaptive_l2 import AdaptiveL2
from gantheory.training.remedies.constraints.clipping import WeightClipping
from gantheory.training.remedies.constraints.spectral_norm import SpectralNorm
from gantheory.training.remedies.gap_aware import GapAware, ideal_loss
from gantheory.training.remedies.instance_noise import InstanceNoise
from gantheory.training.remedies.labels import FlippedLabels, LabelSmoothing, NoisyLabels
from gantheory.training.remedies.penalties.one_centred import Dragan, GradientPenalty, LsganPenalty
from gantheory.training.remedies.penalties.zero_centred import R1, R2
from gantheory.training.remedies.pulling_away import PullingAway
from gantheory.training.remedies.remedy import FAKE, GENERATED, REAL, Memory, Play, Remedy, Score
from gantheory.training.remedies.replay import ExperienceReplay
from gantheory.training.remedies.reverse_kl import ReverseKL
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
    "R1",
    "R2",
    "REAL",
    "REMEDIES",
    "AdaptiveL2",
    "Dragan",
    "ExperienceReplay",
    "FlippedLabels",
    "GapAware",
    "GradientPenalty",
    "InstanceNoise",
    "LabelSmoothing",
    "LossBalance",
    "LsganPenalty",
    "MarginSkip",
    "Memory",
    "NoisyLabels",
    "Play",
    "PullingAway",
    "Remedy",
    "ReverseKL",
    "Score",
    "SpectralNorm",
    "WeightClipping",
    "checked_remedies",
    "ideal_loss",
    "remedy_from_dict",
    "remedy_from_text",
    "remedy_to_dict",
]

open_door(__name__)
