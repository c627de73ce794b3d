"""Changes to plain GAN training, one idea a file; a step asks each of them at a few fixed points.

    GanConfig(..., remedies=["r1(0.1)", "gap_aware()"])         # as in a TOML file, and by --remedies
    GanConfig(..., remedies=[R1(0.1), GapAware()])              # the same
    GanConfig(..., remedies=["my_module:MyRemedy(0.1)"])        # a user's own subclass of Remedy

`REMEDIES` has all of them by name. R3GAN is `relativistic("standard", average=False)` with R1 and R2. A
remedy is a frozen `Remedy`, and a step calls its methods for one member: no axis of members appears in a
remedy, `torch.func` adds it. What means nothing for an objective is refused (`compatibility`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gantheory.arguments.door import open_door
from gantheory.training.remedies.balance import LossBalance, MarginSkip
from gantheory.training.remedies.catalogue import Catalogue
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

REMEDIES: dict[str, type[Remedy]] = {
    "r1": R1,
    "r2": R2,
    "gradient_penalty": GradientPenalty,
    "dragan": Dragan,
    "lsgan_penalty": LsganPenalty,
    "clipping": WeightClipping,
    "spectral_norm": SpectralNorm,
    "adaptive_l2": AdaptiveL2,
    "gap_aware": GapAware,
    "margin_skip": MarginSkip,
    "loss_balance": LossBalance,
    "label_smoothing": LabelSmoothing,
    "noisy_labels": NoisyLabels,
    "flipped_labels": FlippedLabels,
    "instance_noise": InstanceNoise,
    "experience_replay": ExperienceReplay,
    "pulling_away": PullingAway,
    "reverse_kl": ReverseKL,
}
"""By name; a user's own is "module:Class"."""

CATALOGUE = Catalogue("remedy", "remedies", "r1(0.1)", Remedy, REMEDIES)

remedy_from_text = CATALOGUE.from_text
remedy_from_dict = CATALOGUE.from_dict
remedy_to_dict = CATALOGUE.to_dict


def checked_remedies(remedies: Any) -> tuple[Remedy, ...]:
    """The remedies as a tuple, from objects, text and dictionaries; a text alone is one remedy.

    Raises:
        TypeError: anything else.
        ValueError: an unknown name (the nearest is suggested), a bad value, or the same remedy twice.
    """
    single = isinstance(remedies, (str, Mapping)) or not isinstance(remedies, Iterable)
    found = tuple(CATALOGUE.checked(each) for each in ((remedies,) if single else remedies))
    for remedy, times in Counter(map(repr, found)).items():
        if times > 1:  # it would act twice, with twice the strength that was named
            raise ValueError(f"remedies must hold each remedy once, got {remedy} {times} times")
    return found


open_door(__name__)
