"""GANs whose networks or losses are not the plain ones, one idea a file.

    GanConfig(..., variant="acgan(1)")              # as in a TOML file, and by --variant
    GanConfig(..., variant=ACGAN(1))                # the same
    GanConfig(..., variant="my_module:MyVariant")   # a user's own subclass of Variant

`VARIANTS` has all of them by name. They go with the objectives and remedies with which they mean something
(`compatibility`); what changes a step alone is a remedy (`gantheory.training.remedies`).
"""

from typing import Any

from gantheory.arguments.door import open_door
from gantheory.training.remedies.catalogue import Catalogue
from gantheory.training.variants.conditional.acgan import ACGAN
from gantheory.training.variants.conditional.cgan import CGAN
from gantheory.training.variants.conditional.infogan import InfoGAN
from gantheory.training.variants.conditional.lapgan import LAPGAN
from gantheory.training.variants.coulomb import CoulombGAN
from gantheory.training.variants.energies.began import BEGAN
from gantheory.training.variants.energies.ebgan import EBGAN
from gantheory.training.variants.energies.mdgan import MDGAN
from gantheory.training.variants.energies.pgan import PGAN
from gantheory.training.variants.vaegan import VAEGAN
from gantheory.training.variants.variant import Energy, Given, Seen, Variant
from gantheory.training.variants.vral import VRAL

__all__ = [
    "ACGAN",
    "BEGAN",
    "CGAN",
    "EBGAN",
    "LAPGAN",
    "MDGAN",
    "PGAN",
    "VAEGAN",
    "VARIANTS",
    "VRAL",
    "CoulombGAN",
    "Energy",
    "Given",
    "InfoGAN",
    "Seen",
    "Variant",
    "checked_variant",
    "variant_to_dict",
]

VARIANTS: dict[str, type[Variant]] = {
    "cgan": CGAN,
    "acgan": ACGAN,
    "infogan": InfoGAN,
    "ebgan": EBGAN,
    "began": BEGAN,
    "vaegan": VAEGAN,
    "lapgan": LAPGAN,
    "coulomb": CoulombGAN,
    "mdgan": MDGAN,
    "pgan": PGAN,
    "vral": VRAL,
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


open_door(__name__)
