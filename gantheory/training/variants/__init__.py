"""GANs whose networks or losses are not the plain ones, one idea a file.

    GanConfig(..., variant="acgan(1)")              # as in a TOML file, and by --variant
    GanConfig(..., variant=ACGAN(1))                # the same
    GanConfig(..., variant="my_module:MyVariant")   # a user's own subclass of Variant

`VARIANTS` has all of them by name. They go with the objectives and remedies with which they mean something
(`compatibility`); what changes a step alone is a remedy (`gantheory.training.remedies`).
"""

from gantheory.training.variants.acgan import ACGAN
from gantheory.training.variants.cgan import CGAN
from gantheory.training.variants.infogan import InfoGAN
from gantheory.training.variants.variant import Given, Seen, Variant
from gantheory.training.variants.written import VARIANTS, checked_variant, variant_to_dict

__all__ = [
    "ACGAN",
    "CGAN",
    "VARIANTS",
    "Given",
    "InfoGAN",
    "Seen",
    "Variant",
    "checked_variant",
    "variant_to_dict",
]
