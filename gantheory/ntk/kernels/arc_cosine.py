"""Dual functions of homogeneous activations, in terms of 1 - cos(angle), without cancellation.

For jointly normal (p, q) of unit variance with correlation c = cos(theta), and the piecewise linear
activation phi(p) = b p for p > 0 and a p for p < 0, scaled so that E phi^2 = 1, i.e. (a^2 + b^2)/2 = 1, let
n = (b - a)^2 / (2 (a^2 + b^2)), which is 1/2 for ReLU and 1 for the absolute value. Then

    E phi(p) phi(q)   = kappa_1 = c + (2n/pi) (sin theta - theta cos theta)
    E phi'(p) phi'(q) = kappa_0 = 1 - (2n/pi) theta,       d kappa_1/dc = kappa_0.

Two points close to each other have c = 1 - O(|x - y|^2), of which half the digits are lost in c; an arc
cosine of it loses them for good. Here the layers hand on eta = 1 - c, so that every digit stays:

    1 - kappa_1 = eta kappa_0 + (2n/pi) (theta - sin theta).

Source: Cho and Saul, Kernel methods for deep learning (2009), Section 2.1, for n = 1/2; the general case
follows since phi is a linear function plus a multiple of |p|.
"""

from __future__ import annotations

import math
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np


@lru_cache(maxsize=2)
def _coefficients(wide: bool) -> tuple[float, ...]:
    """Polynomial of (asin(sqrt(s))/sqrt(s) - 1)/s on [0, 1/4], highest power first, to the dtype's precision.

    The nearest singularity is s = 1, so that a polynomial of degree k in Chebyshev's sense is off by about
    14^-k.
    """
    degree = 13 if wide else 6
    interpolant = np.polynomial.Chebyshev.interpolate(_arc_sine_rest, degree, domain=[0, 0.25])
    return tuple(interpolant.convert(kind=np.polynomial.Polynomial).coef[::-1].tolist())


def _arc_sine_rest(s: np.ndarray) -> np.ndarray:
    """(asin(sqrt(s))/sqrt(s) - 1)/s by its power series, to the last digit for s <= 1/4."""
    total, term = np.zeros_like(s), np.full_like(s, 1.0)
    for k in range(1, 40):
        term = term * (2 * k - 1) / (2 * k)
        total = total + term / (2 * k + 1) * s ** (k - 1)
    return total


def _polynomial(s: jax.Array) -> jax.Array:
    coefficients = _coefficients(s.dtype == jnp.float64)
    value = jnp.full_like(s, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * s + coefficient
    return value


def _angle_terms(eta: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """theta, sin(theta) and theta - sin(theta) for 1 - cos(theta) = eta in [0, 2].

    XLA's arc cosine costs eight nanoseconds a number on a CPU core; one polynomial and two roots cost one.
    """
    near, far = eta < 0.5, eta > 1.5
    half = jnp.where(near, eta, jnp.where(far, 2 - eta, 2 * (1 - eta) ** 2)) / 2
    # half = sin^2 of the angle whose arc sine is taken: theta/2, (pi - theta)/2, or pi/2 - theta
    s = jnp.maximum(half, 0.0)
    root, rest = jnp.sqrt(s), _polynomial(s)
    arc = root + root * s * rest
    theta = jnp.where(
        near, 2 * arc, jnp.where(far, math.pi - 2 * arc, math.pi / 2 - jnp.where(eta > 1, -arc, arc))
    )
    sine = jnp.sqrt(jnp.maximum(eta * (2 - eta), 0.0))
    cosine_of_half = jnp.sqrt(1 - s)
    excess = jnp.where(near, 2 * root * s * (rest + 1 / (1 + cosine_of_half)), theta - sine)
    return theta, sine, excess


def duals(eta: jax.Array, kink: float) -> tuple[jax.Array, jax.Array, jax.Array]:
    """kappa_0, 1 - kappa_1 and d kappa_0/d eta at eta = 1 - cos(theta) in [0, 2], for n = `kink`.

    The derivative, -(2n/pi)/sin(theta), is infinite at theta = 0 and pi, where eta as a function of the
    points has derivative zero; it is set to zero there, which leaves the pair out of gradients.
    """
    theta, sine, excess = _angle_terms(eta)
    factor = 2 * kink / math.pi
    kappa_0 = 1 - factor * theta
    slope = jnp.where(sine > 0, -factor / jnp.where(sine > 0, sine, 1.0), 0.0)
    return kappa_0, eta * kappa_0 + factor * excess, slope
