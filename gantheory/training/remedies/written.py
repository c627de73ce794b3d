"""Remedies as text, "clipping(0.01)", and as dictionaries, {"name": "clipping", "bound": 0.01}."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

from gantheory.calls import read_call
from gantheory.errors import nearest
from gantheory.loader import load
from gantheory.training.remedies.balance import LossBalance, MarginSkip
from gantheory.training.remedies.constraints.adaptive_l2 import AdaptiveL2
from gantheory.training.remedies.constraints.clipping import WeightClipping
from gantheory.training.remedies.constraints.spectral_norm import SpectralNorm
from gantheory.training.remedies.gap_aware import GapAware
from gantheory.training.remedies.instance_noise import InstanceNoise
from gantheory.training.remedies.labels import FlippedLabels, LabelSmoothing, NoisyLabels
from gantheory.training.remedies.penalties.one_centred import Dragan, GradientPenalty, LsganPenalty
from gantheory.training.remedies.penalties.zero_centred import R1, R2
from gantheory.training.remedies.pulling_away import PullingAway
from gantheory.training.remedies.remedy import Remedy
from gantheory.training.remedies.replay import ExperienceReplay

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
}
"""By name; a user's own is "module:Class"."""

_EXAMPLE = "r1(0.1)"


def checked_remedies(remedies: Any) -> tuple[Remedy, ...]:
    """The remedies as a tuple, from objects, text and dictionaries; a text alone is one remedy.

    Raises:
        TypeError: anything else.
        ValueError: an unknown name (the nearest is suggested), or a bad value.
    """
    single = isinstance(remedies, (str, Mapping)) or not isinstance(remedies, Iterable)
    return tuple(_checked(each) for each in ((remedies,) if single else remedies))


def _checked(given: Any) -> Remedy:
    if isinstance(given, Remedy):
        return given
    if isinstance(given, str):
        return remedy_from_text(given)
    if isinstance(given, Mapping):
        return remedy_from_dict(given)
    raise TypeError(f"remedies must be a sequence of remedies or of text such as {_EXAMPLE!r}, got {given!r}")


def remedy_from_text(text: str) -> Remedy:
    """A remedy from text such as "gradient_penalty(10)", or "my_module:MyRemedy(10)".

    Raises:
        TypeError, ValueError: no such text, an unknown name (the nearest is suggested), or a bad value.
    """
    module, call_text = "", text
    if isinstance(text, str) and ":" in text.partition("(")[0]:
        module, _, call_text = text.partition(":")
    call = read_call(call_text, "remedy", _EXAMPLE)
    floats = [float(each) if isinstance(each, Fraction) else each for each in call.positional]
    named = {key: float(each) if isinstance(each, Fraction) else each for key, each in call.named.items()}
    kind = _kind(f"{module}:{call.name}" if module else call.name)
    found: Remedy = replace(call, positional=tuple(floats), named=named).of(kind)
    return found


def remedy_to_dict(remedy: Remedy) -> dict[str, Any]:
    """Name and fields.

    Raises:
        ValueError: a class that no module has by its name, so that no text stands for it.
    """
    return {"name": name_of(remedy), **asdict(remedy)}  # type: ignore[call-overload]


def remedy_from_dict(settings: Any) -> Remedy:
    """Inverse of `remedy_to_dict`.

    Raises:
        TypeError: not a mapping.
        ValueError: an unknown name (the nearest is suggested) or field, or a bad value.
    """
    if not isinstance(settings, Mapping):
        raise TypeError(f"a remedy must be a mapping with a name, got {settings!r}")
    name = settings.get("name")
    kind = _kind(name)
    try:
        return kind(**{key: value for key, value in settings.items() if key != "name"})
    except TypeError as error:
        raise ValueError(f"remedy {name}: {error}") from None


def name_of(remedy: Remedy) -> str:
    """What text calls a remedy's class.

    Raises:
        ValueError: nothing does.
    """
    kind = type(remedy)
    for name, known in REMEDIES.items():
        if kind is known:
            return name
    place = f"{kind.__module__}:{kind.__qualname__}"
    try:
        found: Any = load(place, "remedies")
    except ValueError:
        found = None
    if found is not kind:
        raise ValueError(
            f"remedy {remedy!r} has no text form: it is none of {', '.join(REMEDIES)}, and no module has its "
            "class by name"
        )
    return place


def summary(name: str) -> str:
    """The first sentence about a remedy, by name."""
    return str(inspect.getdoc(REMEDIES[name])).partition("\n")[0].rstrip(".")


def _kind(name: Any) -> type[Remedy]:
    if isinstance(name, str) and ":" in name:
        found: Any = load(name, "remedies")
        if not (isinstance(found, type) and issubclass(found, Remedy)):
            raise ValueError(f"remedies {name!r} must name a subclass of gantheory.training.remedies.Remedy")
        return found
    if name not in REMEDIES:
        raise ValueError(
            f"remedy must be one of {', '.join(REMEDIES)}, or module:Class, got {name!r}"
            f"{nearest(str(name), tuple(REMEDIES))}"
        )
    return REMEDIES[name]
