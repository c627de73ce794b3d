"""GAN objectives as four scalar functions of the discriminator's score.

    D maximizes E_r[A(v)] + E_g[B(v)],   G minimizes Phi(E_r[R(v)], E_g[S(v)])

Which real term R a constructor takes by default: `alpha_gan`, `vanilla`, `fgan`, `cpe` and `l_alpha` are
saturating, with the generator's loss on real data as R (zero-sum for `vanilla` and `fgan`); `hinge`, `wgan`
and `ipm` take R = v; `lsgan` and `ebgan` take R = 0; `lkgan` and `renyi` keep R as published. Outside this
form: relativistic objectives, which couple pairs of scores and are a type of their own.
"""

from gantheory.arguments.door import open_door
from gantheory.objectives.catalogue import BUILT_IN, CONSTRUCTORS
from gantheory.objectives.families.alpha import alpha_gan, alpha_loss, vanilla
from gantheory.objectives.families.cpe import D, cpe, l_alpha
from gantheory.objectives.families.fgan import DIVERGENCES, fgan, hybrid_fgan
from gantheory.objectives.families.ipm import ipm, wgan
from gantheory.objectives.families.least_squares import lkgan, lsgan
from gantheory.objectives.families.margin import ebgan, hinge
from gantheory.objectives.families.renyi import renyi
from gantheory.objectives.objective import Objective, ObjectiveFunctions, v, x, y
from gantheory.objectives.parsing import parse, parse_expression
from gantheory.objectives.relativistic import Relativistic, relativistic
from gantheory.objectives.specification import from_spec, to_spec

__all__ = [
    "BUILT_IN",
    "CONSTRUCTORS",
    "DIVERGENCES",
    "D",
    "Objective",
    "ObjectiveFunctions",
    "Relativistic",
    "alpha_gan",
    "alpha_loss",
    "cpe",
    "ebgan",
    "fgan",
    "from_spec",
    "hinge",
    "hybrid_fgan",
    "ipm",
    "l_alpha",
    "lkgan",
    "lsgan",
    "parse",
    "parse_expression",
    "relativistic",
    "renyi",
    "to_spec",
    "v",
    "vanilla",
    "wgan",
    "x",
    "y",
]

open_door(__name__)
