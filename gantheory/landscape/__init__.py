"""Gradient-saturation landscapes as numbers: how much of D's gradient reaches the generator, and where.

    from gantheory import landscape

    landscape.saturation(["vanilla", "vanilla(saturating=False)"])  # |s| over D
    landscape.alpha(at=0.01)                                        # |s| over (alpha_D, alpha_G)

Every function returns a DataFrame, a row a point; `gantheory.plotting` draws it. Along x the gradient that
the generator gets is grad S(v*(x)) = s(D(x)) grad log u(x), u = p_r/p_g, so that |s| is its saturation and
log u the geometry of the pair.
"""

from gantheory.arguments.door import open_door
from gantheory.landscape.over_alphas import alpha, alpha_formula
from gantheory.landscape.over_discriminator import ends, saturation
from gantheory.landscape.over_kernels import NAMES as KERNELS
from gantheory.landscape.over_kernels import kernel_alpha, kernel_shift, kernels
from gantheory.landscape.over_parameter import parameter
from gantheory.landscape.over_space import density, ring

__all__ = [
    "KERNELS",
    "alpha",
    "alpha_formula",
    "density",
    "ends",
    "kernel_alpha",
    "kernel_shift",
    "kernels",
    "parameter",
    "ring",
    "saturation",
]

open_door(__name__)
