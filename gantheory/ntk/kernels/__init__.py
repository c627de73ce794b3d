"""Kernels: closed forms for fully connected networks, the Gaussian kernel, and any function of two points.

Values and gradients are float64, in NumPy arrays:

    k = mlp(depth=3, activation="relu", w_std=1.0, b_std=1.0)
    k(x, y)                    # matrix (n, m), float64
    k.gradient(x, y, weights)  # grad_x of sum_j w_j k(x, y_j), shape (n, d)
"""

from gantheory.arguments.door import open_door
from gantheory.ntk.kernels.activations import ACTIVATIONS, Erf, PiecewiseLinear
from gantheory.ntk.kernels.function import as_kernel
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.kernels.mlp import mlp
from gantheory.ntk.kernels.rbf import rbf
from gantheory.ntk.kernels.stax import from_stax

__all__ = ["ACTIVATIONS", "Erf", "Kernel", "PiecewiseLinear", "as_kernel", "from_stax", "mlp", "rbf"]

open_door(__name__)
