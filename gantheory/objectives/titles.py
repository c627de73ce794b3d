"""What readers know an objective as, from its text: in figures, where code would be in the way."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gantheory.arguments.calls import read_call

_FAMILIES = {
    "vanilla": "GAN",
    "alpha_gan": "α-GAN",
    "lsgan": "LSGAN",
    "lkgan": "LkGAN",
    "fgan": "f-GAN",
    "hybrid_fgan": "hybrid f-GAN",
    "hinge": "hinge loss",
    "ebgan": "margin loss",
    "renyi": "Rényi GAN",
    "l_alpha": "l-alpha GAN",
    "ipm": "IPM",
    "wgan": "WGAN",
    "relativistic": "relativistic GAN",
}

_WORDS = {
    ("saturating", True): "saturating",
    ("saturating", False): "non-saturating",
    ("average", True): "averaged",
    ("average", False): "in pairs",
}


def title(text: str) -> str:
    """Such as "LSGAN (0, 1, 1)", or "GAN, non-saturating"; empty where nothing but the text is known.

    Args:
        text: as `gantheory.objectives.to_spec` gives it.
    """
    call = read_call(text, "objective", "vanilla")
    if call.name not in _FAMILIES:
        return ""
    numbers = [_short(each) for each in call.positional]
    words = []
    for name, value in call.named.items():
        known = _WORDS.get((name, value)) if isinstance(value, bool) else None
        if known is None:
            numbers.append(f"{name} {_short(value)}")
        else:
            words.append(known)
    settings = f" ({', '.join(numbers)})" if numbers else ""
    return ", ".join([_FAMILIES[call.name] + settings, *words])


def _short(value: Any) -> str:
    return f"{float(value):g}" if isinstance(value, (int, float, Fraction)) else str(value)
