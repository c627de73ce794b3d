"""Programs interpreted in pairs of float32 numbers, for JAX without 64-bit mode.

A pair (high, low) stands for high + low, about 1e-9 relative here, in the range of float32. XLA may
contract a*b + c to one rounding, which breaks the usual error-free product; factors are therefore split by
masking bits, so that every partial product is exact whether it is contracted or not.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import lax
from jax.scipy import special

from gantheory.lowering.backends import floats, jax_functions
from gantheory.lowering.programs.program import Program

f32 = np.float32
ZERO, ONE = f32(0), f32(1)
LN2 = tuple(map(f32, (0.693145751953125, 1.42860676533018704e-06, 1.19042171e-15)))
"""log 2 in pieces of 16 and fewer bits: an integer up to 2^8 times each of the first two is exact."""


def _split(x: Any) -> Any:
    """x as two numbers of at most 12 significant bits each."""
    high = lax.bitcast_convert_type(
        lax.bitcast_convert_type(x, jnp.uint32) & np.uint32(0xFFFFF000), jnp.float32
    )
    return high, x - high


def _two_sum(a: Any, b: Any) -> Any:
    if isinstance(a, np.floating):
        # XLA folds (C1 + b) - C1 to b; it leaves (b + C1) - b alone.
        a, b = b, a
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _clean(high: Any, low: Any) -> Any:
    """Infinities and NaN have no low part."""
    return high, jnp.where(jnp.isfinite(high), low, f32(0))


def _normalized(high: Any, low: Any) -> Any:
    s = high + low
    return _clean(s, low - (s - high))


def add(x: Any, y: Any) -> Any:
    s, e = _two_sum(x[0], y[0])
    e = jnp.where(jnp.isfinite(s), e + (x[1] + y[1]), f32(0))
    return _normalized(s, e)


def neg(x: Any) -> Any:
    return -x[0], -x[1]


def sub(x: Any, y: Any) -> Any:
    return add(x, neg(y))


def mul(x: Any, y: Any) -> Any:
    plain = x[0] * y[0]
    a, b = _split(x[0])
    c, d = _split(y[0])
    s, e = _two_sum(a * c, a * d)
    s, g = _two_sum(s, b * c)
    high, low = _normalized(s, e + g + b * d + (x[0] * y[1] + x[1] * y[0]))
    # Near the ends of the range the partial products overflow, or underflow and are lost.
    size, smallest = jnp.abs(plain), jnp.minimum(jnp.abs(x[0]), jnp.abs(y[0]))
    usable = jnp.isfinite(high) & (size > f32(1e-28)) & (size < f32(1e38)) & (smallest > f32(1e-30))
    return jnp.where(usable, high, plain), jnp.where(usable, low, f32(0))


def div(x: Any, y: Any) -> Any:
    q = x[0] / y[0]
    rest = sub(x, mul((q, ZERO), y))[0] / y[0]
    return _normalized(q, jnp.where(jnp.isfinite(q) & jnp.isfinite(rest), rest, f32(0)))


def less(x: Any, y: Any) -> Any:
    return (x[0] < y[0]) | ((x[0] == y[0]) & (x[1] < y[1]))


def where(condition: Any, x: Any, y: Any) -> Any:
    return jnp.where(condition, x[0], y[0]), jnp.where(condition, x[1], y[1])


def _reduced(x: Any) -> Any:
    """n and expm1(r) with x = n log 2 + r, |r| <= log(2)/2."""
    high = jnp.clip(x[0], f32(-110), f32(90))
    n = jnp.round(high * f32(1.4426950408889634))
    rest = high - n * LN2[0]
    s, e = _two_sum(rest, -n * LN2[1])
    r = _normalized(s, jnp.where(high == x[0], e + x[1], e))
    t = r[0]
    # From the cube on, plain float32 is accurate enough: the terms are below 1/150 of the sum.
    tail = f32(1 / 5040) + t * (f32(1 / 40320) + t * f32(1 / 362880))
    tail = f32(1 / 6) + t * (f32(1 / 24) + t * (f32(1 / 120) + t * (f32(1 / 720) + t * tail)))
    square = mul(r, r)
    cubic = t * t * t * tail
    return n, add(r, add((square[0] * f32(0.5), square[1] * f32(0.5)), (cubic, ZERO)))


def _two_to(n: Any) -> Any:
    return lax.bitcast_convert_type((n.astype(jnp.int32) + 127) << 23, jnp.float32)


def _exp_reduced(x: Any, n: Any, m: Any) -> Any:
    high, low = add((ONE, ZERO), m)
    n = jnp.where(jnp.isnan(x[0]), f32(0), n)
    first = jnp.floor(n * f32(0.5))
    a, b = _two_to(first), _two_to(n - first)
    high, low = high * a * b, low * a * b
    return _clean(jnp.where(jnp.isnan(x[0]), x[0], high), low)


def exp(x: Any) -> Any:
    return _exp_reduced(x, *_reduced(x))


def expm1(x: Any) -> Any:
    n, m = _reduced(x)
    far = sub(_exp_reduced(x, n, m), (ONE, ZERO))
    return where(n == 0, m, far)


def log1p(x: Any) -> Any:
    """One Newton step in pairs from float32's log1p: y + (1 + x) exp(-y) - 1."""
    y = jnp.log1p(x[0])
    step = add(mul(expm1((-y, ZERO)), add(x, (ONE, ZERO))), x)[0]
    return _normalized(y, jnp.where(jnp.isfinite(y) & jnp.isfinite(step), step * (1 - step / 2), f32(0)))


def log(x: Any) -> Any:
    y = jnp.log(x[0])
    step = sub(mul(x, exp((-y, ZERO))), (ONE, ZERO))[0]
    return _normalized(y, jnp.where(jnp.isfinite(y) & jnp.isfinite(step), step, f32(0)))


def sqrt(x: Any) -> Any:
    y = jnp.sqrt(x[0])
    step = sub(x, mul((y, ZERO), (y, ZERO)))[0] / (2 * y)
    return _normalized(y, jnp.where(jnp.isfinite(step), step, f32(0)))


def power(x: Any, y: Any) -> Any:
    """x**y to first order in the low parts."""
    plain = jnp.power(x[0], y[0])
    step = plain * (y[0] * x[1] / x[0] + y[1] * jnp.log(jnp.abs(x[0])))
    return _normalized(plain, jnp.where(jnp.isfinite(step), step, f32(0)))


def omega(z: Any) -> Any:
    w = floats.omega(z[0], jnp)
    pair = (w, ZERO)
    step = w * sub(z, add(pair, log(pair)))[0] / (1 + w)
    near = _normalized(w, jnp.where(jnp.isfinite(step), step, f32(0)))
    return where(z[0] < -20, exp(z), near)


def erfcx(x: Any) -> Any:
    plain = jax_functions.erfcx
    return _first_order(plain, lambda x: 2 * x * plain(x) - f32(2 / np.sqrt(np.pi)))(x)


def _first_order(function: Any, slope: Any) -> Any:
    def call(x: Any) -> Any:
        step = slope(x[0]) * x[1]
        return _normalized(function(x[0]), jnp.where(jnp.isfinite(step), step, f32(0)))

    return call


def _bell(x: Any) -> Any:
    return f32(2 / np.sqrt(np.pi)) * jnp.exp(-x * x)


def _constant(value: sp.Expr) -> Any:
    high = f32(float(sp.N(value, 30)))
    if not np.isfinite(high):
        return high, f32(0)
    return high, f32(float(sp.N(value - sp.Rational(float(high)), 30)))


OPERATIONS = {
    "const": _constant,
    "rounding": lambda value: (f32(0), f32(0)),
    "neg": neg,
    "abs": lambda x: where(x[0] < 0, neg(x), x),
    "sign": lambda x: (jnp.sign(x[0]), ZERO),
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "atan": _first_order(jnp.arctan, lambda x: 1 / (1 + x * x)),
    "sin": _first_order(jnp.sin, jnp.cos),
    "cos": _first_order(jnp.cos, lambda x: -jnp.sin(x)),
    "erf": _first_order(special.erf, _bell),
    "erfc": _first_order(special.erfc, lambda x: -_bell(x)),
    "omega": omega,
    "erfcx": erfcx,
    "damp": lambda x, y: where((x[0] == 0) & jnp.isinf(y[0]), (ZERO, ZERO), mul(x, y)),
    "tiny": lambda x: jnp.abs(x[0]) < f32(1e-17),
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "min": lambda x, y: where(less(x, y) | jnp.isnan(x[0]), x, y),
    "max": lambda x, y: where(less(y, x) | jnp.isnan(x[0]), x, y),
    "lt": less,
    "or": jnp.logical_or,
    "pow": power,
    "where": where,
}


def evaluate(program: Program, x: Any) -> Any:
    """Run a program on a float32 array and round the pair once."""
    high, low = program.run(OPERATIONS, (x, ZERO))
    return high + low
