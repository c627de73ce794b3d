"""Estimation-error bounds of (alpha_D, alpha_G)-GANs whose two players are networks of bounded norms.

    loss_lipschitz(h, alpha)          # C_h(alpha), eq. (21); tight=True: the exact Lipschitz constant
    log_loss_lipschitz(h, alpha)      # its logarithm, where C_h itself overflows
    estimation_error(...)             # upper bound of Theorem 3 -> EstimationError
    lower_bound_constant(...)         # C of the lower bound C/sqrt(n) of Theorem 4 (alpha = inf)
    from_torch(D, G, real, noise, ...)   # Theorem 3 with norms and constants read off PyTorch networks

Source: Welfert, Otstot, Kurri, Sankar, "(alpha_D, alpha_G)-GANs: Addressing GAN Training Instabilities via
Dual Objectives", ISIT 2023, arXiv:2302.14320.
"""

from gantheory.arguments.door import open_door
from gantheory.bounds.estimation import EstimationError, estimation_error
from gantheory.bounds.loss import log_loss_lipschitz, loss_lipschitz
from gantheory.bounds.lower import lower_bound_constant
from gantheory.bounds.networks import from_torch

__all__ = [
    "EstimationError",
    "estimation_error",
    "from_torch",
    "log_loss_lipschitz",
    "loss_lipschitz",
    "lower_bound_constant",
]

open_door(__name__)
