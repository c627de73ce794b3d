"""NumPy interpreter of programs. Everything is computed in float64 and rounded once."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gantheory.lowering.backends.floats import nearest_float, rounding_rest

OPERATIONS = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sqrt": np.sqrt, "atan": np.arctan, "sin": np.sin, "cos": np.cos,
    "erf": special.erf, "erfc": special.erfc, "erfcx": special.erfcx, "omega": special.wrightomega,
    "damp": lambda x, y: np.where((x == 0) & np.isinf(y), 0.0, x * y),
    "tiny": lambda x: np.abs(x) < 1e-17,
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
    "min": np.minimum, "max": np.maximum,
    "lt": np.less, "or": np.logical_or, "pow": np.power, "where": np.where,
    "const": lambda c: np.float64(nearest_float(c)), "rounding": lambda c: np.float64(rounding_rest(c)),
}  # fmt: skip


def make(function: Any) -> Any:
    """Return fn(x) for arrays or numbers; ``dtype`` None follows the input."""
    program, dtype = function.program, function.dtype
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f'dtype must be "float32", "float64" or None for NumPy, got {dtype!r}')

    def call(x: Any) -> Any:
        x = np.asarray(x)
        out = np.dtype(dtype) if dtype else (x.dtype if x.dtype.kind == "f" else np.dtype(np.float64))
        with np.errstate(all="ignore"):
            result = program.run(OPERATIONS, x.astype(np.float64))
            return np.asarray(result, dtype=np.float64).astype(out)[()]

    return call
