"""Variants by name: as text, "acgan(1)", and as dictionaries, {"name": "acgan", "weight": 1}."""

from __future__ import annotations

from typing import Any

from gantheory.training.remedies.catalogue import Catalogue
from gantheory.training.variants.acgan import ACGAN
from gantheory.training.variants.cgan import CGAN
from gantheory.training.variants.infogan import InfoGAN
from gantheory.training.variants.variant import Variant

VARIANTS: dict[str, type[Variant]] = {
    "cgan": CGAN,
    "acgan": ACGAN,
    "infogan": InfoGAN,
}
"""By name; a user's own is "module:Class"."""

CATALOGUE = Catalogue("variant", "variant", "acgan(1)", Variant, VARIANTS)

variant_to_dict = CATALOGUE.to_dict


def checked_variant(variant: Any) -> Variant | None:
    """The variant from an object, text or a dictionary; None stays.

    Raises:
        TypeError: anything else.
        ValueError: an unknown name (the nearest is suggested), or a bad value.
    """
    return None if variant is None else CATALOGUE.checked(variant)
