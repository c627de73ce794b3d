"""Symbolic expressions in one real symbol, lowered to stable functions.

Backends: NumPy, mpmath, JAX, torch and JavaScript.
"""

from gantheory.arguments import strict as _strict  # noqa: F401  (closes sympy's parser)
from gantheory.arguments.door import open_door
from gantheory.lowering.backends.javascript_backend import runtime as javascript_runtime
from gantheory.lowering.forms.parameter import Parameter, parameter
from gantheory.lowering.lower import BACKENDS, LoweredFunction, lower

__all__ = ["BACKENDS", "LoweredFunction", "Parameter", "javascript_runtime", "lower", "parameter"]

open_door(__name__)
