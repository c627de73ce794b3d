"""Remedies as a configuration's dictionary and a TOML file hold them: {"name": "clipping", "bound": 0.01}."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from gantheory.arguments import choice
from gantheory.calls import read_call
from gantheory.training.remedies.clipping import WeightClipping
from gantheory.training.remedies.gradient_penalty import GradientPenalty
from gantheory.training.remedies.remedy import Remedy

REMEDIES: dict[str, type[Remedy]] = {"clipping": WeightClipping, "gradient_penalty": GradientPenalty}
"""By name."""


def checked_remedies(remedies: Any) -> tuple[Remedy, ...]:
    """The remedies as a tuple.

    Raises:
        TypeError: not a sequence of `Remedy` objects.
    """
    listed = (
        tuple(remedies) if isinstance(remedies, Iterable) and not isinstance(remedies, str) else (remedies,)
    )
    for remedy in listed:
        if not isinstance(remedy, Remedy):
            raise TypeError(
                f"remedies must be a sequence of remedies such as WeightClipping(0.01), got {remedy!r}"
            )
    return listed


def remedy_to_dict(remedy: Remedy) -> dict[str, Any]:
    """Name and fields.

    Raises:
        ValueError: a remedy that is not in `REMEDIES`: no text stands for it.
    """
    for name, kind in REMEDIES.items():
        if type(remedy) is kind:
            return {"name": name, **asdict(remedy)}  # type: ignore[call-overload]
    raise ValueError(f"remedy {remedy!r} has no text form; known are {', '.join(REMEDIES)}")


def remedy_from_text(text: str) -> Remedy:
    """A remedy from text such as "gradient_penalty(10)".

    Raises:
        TypeError, ValueError: no such text, an unknown name (the nearest is suggested), or a bad value.
    """
    call = read_call(text, "remedy", "gradient_penalty(10)")
    found: Remedy = call.of(_kind(call.name))
    return found


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


def _kind(name: Any) -> type[Remedy]:
    return REMEDIES[choice(name, "remedy", REMEDIES)]
