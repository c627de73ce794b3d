"""The joint game of generator and discriminator near P_g = P_r: is it stable, how does it oscillate, and
what a remedy changes.

    import gantheory as gt

    spectrum = gt.stability.local_spectrum(gt.objectives.vanilla(), [1, 2, 3], r1=0.1)
    spectrum.threshold, spectrum.frequency, spectrum.damping, spectrum.verdict
"""

from gantheory.arguments.door import open_door
from gantheory.stability.dirac import DIRAC_VERDICTS, DiracGan, dirac_gan
from gantheory.stability.discrete import SCHEMES, largest_step, update_roots
from gantheory.stability.laplacian.eigenvalues import eigenvalues
from gantheory.stability.laplacian.samples import sample_laplacian
from gantheory.stability.local_game import LocalGame, local_game
from gantheory.stability.operators import operator_spectrum
from gantheory.stability.over_alphas import alpha_threshold, alpha_thresholds
from gantheory.stability.penalties import g
from gantheory.stability.spectrum import LAMBDA, MU, VERDICTS, LocalSpectrum, local_spectrum

__all__ = [
    "DIRAC_VERDICTS",
    "LAMBDA",
    "MU",
    "SCHEMES",
    "VERDICTS",
    "DiracGan",
    "LocalGame",
    "LocalSpectrum",
    "alpha_threshold",
    "alpha_thresholds",
    "dirac_gan",
    "eigenvalues",
    "g",
    "largest_step",
    "local_game",
    "local_spectrum",
    "operator_spectrum",
    "sample_laplacian",
    "update_roots",
]

open_door(__name__)
