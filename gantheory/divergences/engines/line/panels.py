"""Adaptive Gauss-Kronrod integration of one vectorized integrand over known segments.

scipy.integrate.quad and quad_vec call the integrand panel by panel, map infinite ranges before they know
where the integrand lives, and know nothing of rounding in it; tanhsinh does well at endpoint singularities
but not with kinks or narrow peaks inside. Here all panels of a round are one call, and the estimate is
QUADPACK's; `tails` follows an integral outwards until its own contributions end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.mass import RESOLVED, Seen

# Kronrod's 21-point extension of the 10-point Gauss rule (QUADPACK, Piessens et al. 1983).
_X = np.array(
    [
        0.995657163025808080735527280689003,
        0.973906528517171720077964012084452,
        0.930157491355708226001207180059508,
        0.865063366688984510732096688423493,
        0.780817726586416897063717578345042,
        0.679409568299024406234327365114874,
        0.562757134668604683339000099272694,
        0.433395394129247190799265943165784,
        0.294392862701460198131126603103866,
        0.148874338981631210884826001129720,
        0.0,
    ]
)
_W = np.array(
    [
        0.011694638867371874278064396062192,
        0.032558162307964727478818972459390,
        0.054755896574351996031381300244580,
        0.075039674810919952767043140916190,
        0.093125454583697605535065465083366,
        0.109387158802297641899210590325805,
        0.123491976262065851077958109585166,
        0.134709217311473325928054001771707,
        0.142775938577060080797094273138717,
        0.147739104901338491374841515972068,
        0.149445554002916905664936468389821,
    ]
)
NODES: Array = np.concatenate([-_X, _X[-2::-1]])
KRONROD: Array = np.concatenate([_W, _W[-2::-1]])
GAUSS: Array = np.zeros(21)
GAUSS[1::2] = np.polynomial.legendre.leggauss(10)[1]

_EPS = float(np.finfo(np.float64).eps)
_ROUNDS = 70
_MOST = 40_000
_SMOOTH_ROUNDS = 12  # bisections after which an error that stays is no smooth integrand's
_NARROW = 16.0  # roundings: a panel so narrow has been bisected to the digits of its place
_NOISY_ROUNDS = 6  # bisections after which rounding is compared with the error

Integrand = Callable[[Array], tuple[Array, Array, Array]]
"""x -> (q f(p/q), p, q)."""


@dataclass
class Integral:
    """Value, error without rounding, the sum of |panel| and the panels that made it."""

    value: float = 0.0
    error: float = 0.0
    size: float = 0.0
    panels: list[tuple[Any, Array, Array]] = field(default_factory=list)  # (integrand, starts, stops)
    rough: list[tuple[float, float]] = field(default_factory=list)  # panels that bisection does not resolve
    seen: Seen = field(default_factory=Seen)

    def add(self, other: Integral) -> None:
        """Take in another part of the domain."""
        self.value += other.value
        self.error += other.error
        self.size += other.size
        self.panels += other.panels
        self.rough += other.rough
        self.seen.join(other.seen)


@dataclass(frozen=True)
class Rule:
    """A rule on n panels: values, errors and integrals of |.|; masses (2, n) of P and Q and their errors."""

    value: Array
    error: Array
    absolute: Array
    masses: Array
    apart: Array


def gauss_kronrod(f: Integrand, a: Array, b: Array, smooth: bool = True) -> Rule:
    """The rule on the panels [a_i, b_i].

    The error is QUADPACK's, whose power 3/2 supposes a smooth integrand; else the rules' difference.
    """
    half = 0.5 * (b - a)
    y, *densities = f((a + half)[:, None] + half[:, None] * NODES)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        value = half * (y @ KRONROD)
        absolute = half * (np.abs(y) @ KRONROD)
        mean = np.where(b > a, value / (2 * half), 0.0)
        spread = half * (np.abs(y - mean[:, None]) @ KRONROD)
        error = np.abs(value - half * (y @ GAUSS))
        if smooth:
            ratio = 200.0 * error / np.where(spread > 0, spread, 1.0)
            error = np.where(spread > 0, spread * np.minimum(1.0, ratio) ** 1.5, error)
        masses = half * np.stack([density @ KRONROD for density in densities])
        apart = np.abs(masses - half * np.stack([density @ GAUSS for density in densities]))
        if smooth:  # the rule is far better than its difference from Gauss's
            apart = apart * np.minimum(1.0, 200.0 * apart / np.maximum(masses, 1e-300)) ** 0.5
    return Rule(value, error, absolute, masses, apart)


def adaptive(f: Integrand, edges: Array, scale: float = 0.0, tolerance: float = 2e-15) -> Integral:
    """Integrate over [edges[0], edges[-1]] by bisecting the panels whose error is too large.

    Errors count relative to this integral and `scale`, the integral of |f| elsewhere; those of the masses, to
    1. An infinite integrand gives an infinite value.
    """
    a, b = edges[:-1], edges[1:]
    done = Integral()
    kept_values: list[Array] = []
    for round_ in range(_ROUNDS):
        rule = gauss_kronrod(f, a, b, round_ < _SMOOTH_ROUNDS)
        value, error, absolute = rule.value, rule.error, rule.absolute
        if not np.isfinite(value).all():
            return Integral(_infinite(value), 0.0, math.inf)
        size = scale + done.size + float(absolute.sum())
        whole = np.maximum(1.0, rule.masses.sum(axis=1))[:, None]  # of a density that is not normalized
        middle = a + 0.5 * (b - a)
        # A panel is done where its error is nothing beside the whole or beside its own rounding.
        fine = (error <= tolerance * size / 8.0) | (error <= 10 * _EPS * absolute)
        if round_ >= _NOISY_ROUNDS and not fine.all():
            fine |= error <= noise_of(f, a, b)
        fine &= (rule.apart <= RESOLVED / 64.0 * whole).all(axis=0)
        stuck = ~fine & ((middle <= a) | (middle >= b))
        if round_ == _ROUNDS - 1 or 2 * int((~fine).sum()) > _MOST:
            stuck |= ~fine
        # Nodes that all fall on a pole see nothing: what counts so much within so few numbers is one.
        narrow = b - a <= _NARROW * _EPS * np.maximum(np.abs(a), np.abs(b))
        weighty = (absolute > 1e-13 * size) | (rule.masses > 1e-13 * whole).any(axis=0)
        matters = (stuck & (error > 1e-13 * size)) | (narrow & weighty)
        done.rough += list(zip(a[matters].tolist(), b[matters].tolist(), strict=True))
        fine |= stuck
        kept_values.append(value[fine])
        done.error += float(error[fine].sum())
        done.size += float(absolute[fine].sum())
        done.seen.add(absolute[fine], rule.masses[:, fine])
        done.panels.append((f, a[fine], b[fine]))
        if fine.all():
            break
        a, b, middle = a[~fine], b[~fine], middle[~fine]
        a, b = np.concatenate([a, middle]), np.concatenate([middle, b])
    done.value = math.fsum(x for chunk in kept_values for x in chunk)
    return done


def noise_of(f: Any, a: Array, b: Array) -> Array:
    """What rounding does to the integrals over panels."""
    half = 0.5 * (b - a)
    with np.errstate(over="ignore"):
        return np.asarray(half * (f.noise((a + half)[:, None] + half[:, None] * NODES) @ KRONROD))


def _infinite(values: Array) -> float:
    up, down = bool((values == np.inf).any()), bool((values == -np.inf).any())
    return math.nan if up == down else math.inf if up else -math.inf
