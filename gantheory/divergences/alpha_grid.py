"""Divergences of a whole array of (alpha_D, alpha_G)-GANs on one pair of distributions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, positive_array
from gantheory.divergences.engines.levels.nodes import Nodes, nodes
from gantheory.divergences.engines.levels.pair import level_sets
from gantheory.divergences.engines.levels.sets import LevelSets
from gantheory.divergences.engines.levels.terms import grows, integrals
from gantheory.divergences.kinds import Kind

_SMALLEST = 1e-307
"""alpha whose inverse is a float."""

_FLOORS = (
    -45.0,
    -250.0,
    -1600.0,
    -1e5,
    -1e7,
)  # log masses where ordinary and where growing integrands have ended


def alpha_grid(
    alpha_d: Any, alpha_g: Any, P: Any, Q: Any, saturating: bool = True, kind: Kind = "equilibrium"
) -> Array:
    """Divergences of many (alpha_D, alpha_G)-GANs between P (real) and Q (generated), in nats.

    One pass over shared nodes in t = log u. With D = sigmoid(alpha_D t), c = 1 - 1/alpha_G,
    beta = 1 - alpha_D/alpha_G and the masses V, U and W = |V - U| of `engines.levels.sets`:

        flow, saturating       alpha_D int D (1-D)^c W dt
        flow, non-saturating   alpha_D int (1-D) D^c W dt
        equilibrium, sat.      alpha_D int D (1-D)^c (W + sign(t) (e^(beta t) - 1) V) dt
        equilibrium, non-sat.  -alpha_D int D^c (1-D) sign(t) U dt
        discriminator          flow, saturating, at alpha_G = alpha_D

    The equilibrium representatives are f_S = ((u^(alpha_D c + 1) + 1)/(1 + u^alpha_D)^c - 2^-c (1 + u))/c and
    f_NS = (2^-c - D^c)/c (Welfert et al., ISIT 2023, eq. (7) made continuous at alpha_G = 1, and the
    non-saturating counterpart).
    At alpha_D = inf, D is 1 for u > 1, 0 for u < 1 and 1/2 at u = 1; the saturating equilibrium divergence is
    TV/c there (f continuous at 1) and -inf for alpha_G <= 1.

    Relative accuracy 1e-10 for alpha from 0.01 to 1e6 on Gaussian pairs. Where contributions cancel it is
    absolute: of the order of 1e-15 TV(P, Q) for the non-saturating equilibrium divergence, and for the
    saturating one at alpha_D > alpha_G.

    Args:
        alpha_d, alpha_g: arrays of numbers in (0, inf], broadcast against each other.
        P, Q: pmf arrays, or frozen scipy.stats distributions or mixtures on the line.
        saturating: whether the generator's objective has the real term.
        kind: "equilibrium", "flow" or "discriminator" (which ignores alpha_g and saturating).

    Returns:
        float64 array of the broadcast shape.

    Raises:
        ValueError: alpha outside (0, inf] or below 1e-307, shapes that do not broadcast, unknown kind, a bad
            pmf.
        OverflowError: a divergence is finite and beyond the largest float.
        ArithmeticError: a thousandth of P or Q lies nearer to an end, or farther, than floats go.
        TypeError: P or Q of the wrong kind, alpha not numbers, saturating no bool.
    """
    a_d, a_g = _alphas(alpha_d, "alpha_d"), _alphas(alpha_g, "alpha_g")
    try:
        a_d, a_g = np.broadcast_arrays(a_d, a_g)
    except ValueError:
        raise ValueError(
            f"alpha_d and alpha_g must broadcast, got shapes {a_d.shape} and {a_g.shape}"
        ) from None
    sets = level_sets(P, Q)
    shape = a_d.shape
    a_d, a_g = a_d.ravel(), (a_d if kind == "discriminator" else a_g).ravel()
    if kind == "discriminator":
        kind, saturating = "flow", True
    c = _exponent(a_g)
    out = np.empty(a_d.shape)
    sharp = np.isinf(a_d)
    endless = np.zeros(a_d.shape, dtype=bool)
    out[sharp], endless[sharp] = _sharp(sets, c[sharp], saturating, kind)
    if not sharp.all():
        out[~sharp], endless[~sharp] = _smooth(sets, a_d[~sharp], a_g[~sharp], c[~sharp], saturating, kind)
    overflows = np.isinf(out) & ~endless
    if overflows.any():
        k = int(overflows.argmax())
        raise OverflowError(
            f"the divergence at alpha_d = {a_d[k]:g}, alpha_g = {a_g[k]:g} is finite and beyond the largest "
            "float; divergence of derive(alpha_gan(...)) has it with dps=15"
        )
    return out.reshape(shape)


def _exponent(a_g: Array) -> Array:
    """c = 1 - 1/alpha_G = (alpha_G - 1)/alpha_G, without the loss of digits near alpha_G = 1.

    A float there means the short decimal that it prints as, as everywhere in the package: the double next
    to 1 + 10^-9, less 1, is 1.00000008e-9.
    """
    infinite = np.isinf(a_g)
    g = np.where(infinite, 1.0, a_g)
    c = np.where(infinite, 1.0, (g - 1.0) / g)
    near = (np.abs(g - 1.0) < 1e-3) & ~infinite & (g != 1.0)
    for k in np.nonzero(near)[0]:
        exact = Fraction(repr(float(g[k])))
        c[k] = float((exact - 1) / exact)
    return c


def _alphas(values: Any, name: str) -> Array:
    array = positive_array(values, name)
    lost = array < _SMALLEST
    if lost.any():
        raise ValueError(
            f"{name} = {array[lost].flat[0]:g} has an inverse beyond the largest float: take {_SMALLEST:g} "
            "or more"
        )
    return array


def _sharp(sets: LevelSets, c: Array, saturating: bool, kind: str) -> tuple[Array, Any]:
    """alpha_D = inf: D = 1 where p > q, 0 where p < q, 1/2 where they are equal; values, and which of them
    are infinite."""
    edge = np.array([5e-324])
    log_w, _, log_more = (x[0] for x in sets.logs(edge, +1))
    log_less = sets.logs(edge, -1)[1][0]
    tv = math.exp(log_w) + sets.p_alone
    more, less = math.exp(log_more), math.exp(log_less) + sets.q_alone
    out = np.zeros(c.shape)
    if tv == 0.0:
        return out, False
    positive = c > 0
    if kind == "flow" or saturating:
        out[positive] = tv / c[positive]
        out[~positive] = math.inf if kind == "flow" else -math.inf
    else:
        half = np.exp2(-c[positive])
        out[positive] = (half * (more + less) - more) / c[positive]
        out[~positive] = math.inf
    return out, ~positive


def _smooth(
    sets: LevelSets, a_d: Array, a_g: Array, c: Array, saturating: bool, kind: str
) -> tuple[Array, Any]:
    """Values for finite alpha_D, and which of them are infinite because their integrals have no end."""
    finest = 0.25 / float(a_d.max())
    out = np.empty(a_d.shape)
    rest, endless = np.ones(a_d.shape, dtype=bool), np.zeros(a_d.shape, dtype=bool)
    # alpha_G < 1 weighs the far tails: the few pairs whose integrands have not ended get all of them.
    sides: list[Nodes] = []
    for floor in _FLOORS:
        sides = [
            nodes(sets, sign, finest, floor, sides[k] if sides else None) for k, sign in enumerate((+1, -1))
        ]
        out[rest], unsettled = integrals(sides, a_d[rest], a_g[rest], c[rest], saturating, kind)
        rest[rest] = unsettled
        doubtful = np.isinf(out) & ~endless
        if doubtful.any():
            bounded = [side.bounded for side in sides]
            endless[doubtful] = grows(
                sets, bounded, a_d[doubtful], a_g[doubtful], c[doubtful], saturating, kind
            )
            out[endless] = np.copysign(np.inf, out[endless])
        rest &= ~endless
        if not rest.any():
            break
    if sets.p_alone + sets.q_alone > 0.0:
        real, fake = _alone(a_d, c, saturating, kind)
        endless_real = ((c if saturating else 1.0) + 1.0 / a_d <= 0.0) & (kind == "flow")
        endless_fake = (c <= 0.0) & (not saturating)
        if kind == "equilibrium" and saturating:
            beside = _unmatched(a_d, c)
            ends = np.isinf(beside)
            real, fake = (np.where(ends, 0.0, part) + beside for part in (real, fake))
            endless_real, endless_fake = endless_real | ends, endless_fake | ends
        # Not 0 inf: a mass that is absent counts nothing.
        for mass, part, without_end in (
            (sets.p_alone, real, endless_real),
            (sets.q_alone, fake, endless_fake),
        ):
            if mass:
                out += mass * part
                endless |= without_end
    return out, endless


def _alone(a_d: Array, c: Array, saturating: bool, kind: str) -> tuple[Array, Array]:
    """Integrals for a unit of P-mass where q = 0 (V = e^-t, t > 0) and of Q-mass where p = 0 (U = 1, t < 0).

    The latter are int_0^(1/2) D^(c-1) dD = 2^-c/c and int_0^(1/2) (1-D)^(c-1) dD = (1 - 2^-c)/c; the former,
    but for the saturating equilibrium's (1 - 2^-c)/c, are int e^(-r z) (1 + e^-z)^(-1-c) dz with
    r = c + 1/alpha_D or 1 + 1/alpha_D, of which 1/r is taken out: near r = 0 it is all.
    """
    with np.errstate(over="ignore"):
        steady = -np.expm1(-c * math.log(2.0)) / np.where(c == 0.0, 1.0, c)
    steady = np.where(c == 0.0, math.log(2.0), steady)
    some = np.where(c > 0.0, c, 1.0)
    rising = np.where(c > 0.0, np.exp2(-some) / some, np.inf)
    fake = steady if saturating else rising
    if kind == "equilibrium":
        return (steady if saturating else np.zeros(c.shape)), fake
    rate = (c if saturating else 1.0) + 1.0 / a_d
    z, weight = _ALONE
    out = np.full(c.shape, np.inf)
    ends = rate > 0.0
    for k in np.nonzero(ends)[0]:
        with np.errstate(over="ignore", under="ignore"):
            bend = _bend_at(z, c[k])
            # Where 1/r is small the factor at z = 0 matters, and is not to be taken out.
            if rate[k] < 1.0:
                out[k] = 1.0 / rate[k] + float(weight @ (np.exp(-rate[k] * z) * bend))
            else:
                out[k] = float(weight @ (np.exp(-z) * (1.0 + _bend_at(z / rate[k], c[k])))) / rate[k]
    return out, fake


def _bend_at(z: Array, c: float) -> Array:
    return np.asarray(np.expm1(-(1.0 + c) * np.log1p(np.exp(-z))))


def _panels() -> tuple[Array, Array]:
    """Gauss nodes and weights over z in (0, 64), finer towards 0."""
    x, g = np.polynomial.legendre.leggauss(20)
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-4.0, 7.0)])
    half = 0.5 * np.diff(edges)[:, None]
    return ((edges[:-1, None] + half) + half * x).ravel(), (half * g).ravel()


_ALONE = _panels()


def _unmatched(a_d: Array, c: Array) -> Array:
    """lim s/u for u -> inf, equal to lim u r for u -> 0: what f'(inf) and f(0) hold beside E_p r + E_q s."""
    power = -a_d * c - 1.0
    return np.where((c >= 0) | (power < 0), 0.0, np.where(power > 0, -np.inf, 1.0 / np.where(c < 0, c, -1.0)))
