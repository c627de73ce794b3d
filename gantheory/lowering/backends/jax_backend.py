"""JAX interpreter of programs, with a custom derivative rule from the lowered symbolic derivative.

With 64-bit mode enabled everything runs in float64. Without it results are float32, as everywhere in JAX,
and float32 arithmetic alone would not do: exp(E) magnifies the rounding of E, and of its products with
exponents such as -99, by |E| up to 87. Programs are then interpreted in pairs of float32 numbers
(:mod:`.float_pairs`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from gantheory.lowering.backends import float_pairs
from gantheory.lowering.backends.floats import nearest_float, omega, rounding_rest
from gantheory.lowering.backends.jax_functions import erfcx
from gantheory.lowering.programs.program import Program


def _wide() -> bool:
    return bool(jax.dtypes.canonicalize_dtype(np.float64) == np.float64)


class _Rounding(float):
    """The part of a constant that its nearest float leaves; XLA must not add it back to that float."""


def _subtract(x: Any, y: Any) -> Any:
    return x - (jnp.where(x == x, float(y), x) if isinstance(y, _Rounding) else y)


OPERATIONS = {
    "const": nearest_float,
    "rounding": lambda value: _Rounding(rounding_rest(value)),
    "neg": lambda x: -x,
    "abs": jnp.abs,
    "sign": jnp.sign,
    "exp": jnp.exp,
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "atan": jnp.arctan,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "erf": special.erf,
    "erfc": special.erfc,
    "omega": partial(omega, library=jnp),
    "erfcx": erfcx,
    "damp": lambda x, y: jnp.where((x == 0) & jnp.isinf(y), 0.0, x * y),
    "tiny": lambda x: jnp.abs(x) < 1e-17,
    "add": lambda x, y: x + y,
    "sub": _subtract,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "min": jnp.minimum,
    "max": jnp.maximum,
    "lt": lambda x, y: x < y,
    "or": jnp.logical_or,
    "pow": jnp.power,
    "where": jnp.where,
}


def _evaluate(program: Program, x: Any) -> Any:
    if _wide():
        return program.run(OPERATIONS, x.astype(jnp.float64))
    return float_pairs.evaluate(program, x.astype(jnp.float32))


def make(function: Any) -> Any:
    """Return fn(x) for arrays or numbers, for jit, vmap, grad and jvp to any order."""

    @jax.custom_jvp
    def elementwise(x: Any) -> Any:
        out = function.dtype or x.dtype
        if out == "float64" and not _wide():
            out = "float32"
        return _evaluate(function.program, x).astype(out)

    @elementwise.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (x,), (tangent,) = primals, tangents
        value = elementwise(x)
        return value, (function.derivative(x) * tangent).astype(value.dtype)

    def call(x: Any) -> Any:
        x = jnp.asarray(x)
        if not jnp.issubdtype(x.dtype, jnp.floating):
            x = x.astype(jnp.float64 if _wide() else jnp.float32)
        return elementwise(x)

    return call
