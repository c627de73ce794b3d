"""GANs whose networks or losses are not the plain ones, one idea a file.

    GanConfig(..., variant="acgan(1)")              # as in a TOML file, and by --variant
    GanConfig(..., variant=ACGAN(1))                # the same
    GanConfig(..., variant="my_module:MyVariant")   # a user's own subclass of Variant

`VARIANTS` has all of them by name. They go with the objectives and remedies with which they mean something
(`compatibility`); what changes a step alone is a remedy (`gantheory.training.remedies`).
"""

from gantheory.arguments.door import open_door
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
from gantheory.training.variants.written import VARIANTS, checked_variant, variant_to_dict

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

open_door(__name__)
