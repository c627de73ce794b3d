"""The built-in objectives: their constructors by name, and a member or more of each family."""

from __future__ import annotations

from collections.abc import Callable

from gantheory.arguments.door import checked
from gantheory.objectives.families.alpha import alpha_gan, vanilla
from gantheory.objectives.families.cpe import cpe, l_alpha
from gantheory.objectives.families.fgan import DIVERGENCES, fgan, hybrid_fgan
from gantheory.objectives.families.ipm import ipm, wgan
from gantheory.objectives.families.least_squares import lkgan, lsgan
from gantheory.objectives.families.margin import ebgan, hinge
from gantheory.objectives.families.renyi import renyi
from gantheory.objectives.objective import Objective
from gantheory.objectives.parsing import parse

_BY_LOSS = (vanilla, alpha_gan, lsgan, lkgan, hinge, ebgan, renyi, cpe, l_alpha, parse)
_BY_DIVERGENCE = (fgan, hybrid_fgan, ipm, wgan)

CONSTRUCTORS: dict[str, Callable[..., Objective]] = {
    each.__name__: checked(each, "gantheory.objectives") for each in (*_BY_LOSS, *_BY_DIVERGENCE)
}
"""What an objective specification may call."""

BUILT_IN: tuple[str, ...] = (
    "vanilla",
    "vanilla(saturating=False)",
    "alpha_gan(0.5, 0.5)",
    "alpha_gan(0.3, 1)",
    "alpha_gan(0.5, 1.2)",
    "alpha_gan(0.5, 1.2, saturating=False)",
    "alpha_gan(2, 2, saturating=False)",
    "alpha_gan(inf, inf)",
    "lsgan(0, 1, 1)",
    "lsgan(0, 1, 1, real_term=True)",
    "lsgan(-1, 1, 0, real_term=True)",
    "lkgan(3)",
    *(f'fgan("{name}")' for name in DIVERGENCES),
    'fgan("kl", saturating=False)',
    'hybrid_fgan(generator="kl", discriminator="gan")',
    "hinge",
    "ebgan(1)",
    "renyi(2)",
    'cpe("-log(D)", "-log(1 - D)", "1 - D", "D")',
    "l_alpha(2)",
    'ipm("bounded")',
    'ipm("lipschitz")',
    'ipm("rkhs")',
    "wgan",
)
"""A member or more of every family, as specifications for `from_spec`."""

__all__ = ["BUILT_IN", "CONSTRUCTORS"]
