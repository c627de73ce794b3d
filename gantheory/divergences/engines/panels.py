"""Adaptive Gauss-Kronrod integration of one vectorized integrand over known segments.

scipy.integrate.quad and quad_vec call the integrand panel by panel, map infinite ranges before they know
where the integrand lives, and know nothing of rounding in it; tanhsinh does well at endpoint singularities
but not with kinks or narrow peaks inside. Here all panels of a round are one call, the estimate is
QUADPACK's, and tails are followed outwards until their own contributions end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gantheory.arrays import Array
from gantheory.divergences.engines.mass import LOST, RESOLVED, Seen

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
_WG = np.array(
    [
        0.066671344308688137593568809893332,
        0.149451349150580593145863397657697,
        0.219086362515982043995534934228163,
        0.269266719309996355091226921569469,
        0.295524224714752870173815619188769,
    ]
)
NODES: Array = np.concatenate([-_X, _X[-2::-1]])
KRONROD: Array = np.concatenate([_W, _W[-2::-1]])
GAUSS: Array = np.zeros(21)
GAUSS[1:10:2] = _WG
GAUSS[11:20:2] = _WG[::-1]

_EPS = float(np.finfo(np.float64).eps)
_ROUNDS = 70
_MOST = 40_000
_STEADY = 40
_GROWING = 60  # doublings, over which contributions grow 300-fold at least
_SMOOTH_ROUNDS = 12  # bisections after which an error that stays is no smooth integrand's
_NARROW = 16.0  # roundings: a panel so narrow has been bisected to the digits of its place
_NOISY_ROUNDS = 6  # bisections after which rounding is compared with the error

_SLOW = 0.8  # ratio of contributions that fall too slowly for extrapolation one by one
_BLOCKS = 10  # sums that extrapolation takes

Integrand = Callable[[Array], tuple[Array, Array, Array]]
"""x -> (q f(p/q), p, q)."""


class SlowTailError(ArithmeticError):
    """Contributions neither end nor are seen to diverge within the range of floats."""


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


def noise_of(f: Integrand, a: Array, b: Array) -> Array:
    """What rounding does to the integrals over panels, 0 where the integrand does not know."""
    noise = getattr(f, "noise", None)
    if noise is None:
        return np.zeros(a.shape)
    half = 0.5 * (b - a)
    with np.errstate(over="ignore"):
        return np.asarray(half * (noise((a + half)[:, None] + half[:, None] * NODES) @ KRONROD))


def to_end(f: Integrand, reach: float, most: int, scale: float, finite: bool = False) -> Integral:
    """Integrate over distances (0, reach] from an end of a support: at once where f is smooth there."""
    cuts = np.array([0.0, 0.25, 0.5, 1.0]) * reach
    rule = gauss_kronrod(f, cuts[[0, 0, 1, 0, 2]], cuts[[3, 2, 2, 1, 3]])
    if np.isfinite(rule.value).all():
        size = scale + float(rule.absolute[0])
        apart, *lost = (
            max(abs(y[0] - y[1] - y[4]), abs(y[1] - y[2] - y[3])) for y in (rule.value, *rule.masses)
        )
        if apart <= 1e-15 * size and max(lost) <= RESOLVED / 64.0:
            smooth = Integral(float(rule.value[2:].sum()), float(apart), float(rule.absolute[0]))
            smooth.panels.append((f, cuts[:-1], cuts[1:]))
            smooth.seen.add(rule.absolute[2:], rule.masses[:, 2:])
            return smooth
    return tail(f, reach, 0.5, most, scale, finite)


def tail(f: Integrand, start: float, step: float, most: int, scale: float, finite: bool = False) -> Integral:
    """Integrate over distances from `start` outwards (step = 2) or to an endpoint (step = 1/2), in ratio
    `step`.

    Panels end where their contributions are nothing beside `scale` + their own sum. The rest is extrapolated
    where the contributions decay geometrically, and the integral is infinite where they do not decay up
    to the last panel, unless it is known to be finite, or P or Q has mass that no panel reaches.

    Args:
        f: the integrand as a function of the distance.
        start: distance of the first panel's near end.
        step: ratio of successive distances.
        most: number of panels after which x runs out of range or resolution.
        scale: integral of |f| elsewhere.
        finite: the integral is known to be finite.

    Raises:
        SlowTailError: contributions go on to the last panel, and the integral is finite.
    """
    out = Integral()
    parts: list[Integral] = []
    values: list[float] = []
    masses: list[Array] = []
    quiet = growing = 0
    for k in range(most):
        edges = np.array(sorted((start * step**k, start * step ** (k + 1))))
        part = adaptive(f, edges, scale + out.size)
        if math.isinf(part.value) or math.isnan(part.value):
            return part
        out.add(part)
        parts.append(part)
        values.append(part.value)
        masses.append(part.seen.masses)
        quiet = quiet + 1 if part.size <= 1e-18 * (scale + out.size) else 0
        if quiet >= 4 and _falling(values):
            out.seen.outwards(beyond(masses))
            return out
        growing = growing + 1 if k and abs(part.value) >= 1.1 * abs(values[-2]) > 0.0 else 0
        if growing >= _GROWING and not finite and abs(part.value) > 1e-12 * scale:
            return Integral(math.copysign(math.inf, part.value), 0.0, math.inf)
    out.seen.outwards(beyond(masses))
    noise = _noise(parts[-1])
    sunk = abs(values[-1]) <= 8 * noise
    # Contributions that have sunk into rounding are judged by those before it blurs them.
    blurred = (k for k, part in enumerate(parts) if _noise(part) > 1e-7 * abs(part.value))
    known = values[: next(blurred, None)] if sunk else values
    flat = _steady(known) >= min(_STEADY, max(8, len(known) // 2))
    if sunk and (finite or not flat):
        # What is left is rounding, or falls as the contributions did before they sank into it.
        out.error += (abs(values[-1]) + 8 * noise) / (1.0 - _ratio(values))
        return out
    if flat and not finite:
        if any(not mass + doubt <= LOST for mass, doubt in beyond(masses)):
            raise SlowTailError(
                "more than a thousandth of P or Q lies nearer to an end, or farther, than floats go"
            )
        return Integral(math.copysign(math.inf, known[-1]), 0.0, math.inf)
    if len(values) < 2:
        raise SlowTailError("the integrand is not resolved towards an end of a support")
    rest, doubt = (math.inf, math.inf) if flat else settled(values)
    if not math.isfinite(rest) or (finite and doubt > 1e-3 * (scale + out.size)):
        where = "out to the range of floats" if step > 1 else "down to what floats resolve"
        raise SlowTailError(f"contributions of a tail go on {where} without an end")
    out.value += rest
    out.error += doubt
    out.size += abs(rest)
    return out


def beyond(masses: list[Array]) -> list[tuple[float, float]]:
    """(mass, doubt) of P and of Q beyond geometric panels."""
    return [
        remainder(side.tolist()) if side.size > 1 else (0.0, float(side[-1])) for side in np.transpose(masses)
    ]


def _ratio(values: list[float]) -> float:
    """Of successive contributions, on average over the last eight; 0 where they do not fall."""
    back = min(8, len(values) - 1)
    if back < 1 or values[-1] == 0.0 or values[-1 - back] == 0.0:
        return 0.0
    ratio = float(abs(values[-1] / values[-1 - back]) ** (1.0 / back))
    return ratio if ratio < 1.0 - 1e-4 else 0.0


def _noise(part: Integral) -> float:
    """What rounding does to a panel of a tail."""
    return sum(float(noise_of(f, a, b).sum()) for f, a, b in part.panels)


def _steady(values: list[float]) -> int:
    """How many contributions, up to the last, are none smaller than its forerunner."""
    pairs = itertools.pairwise(reversed(values))
    falls = (k for k, (b, a) in enumerate(pairs) if not abs(b) >= (1.0 - 1e-6) * abs(a) > 0.0)
    return next(falls, len(values) - 1)


def _falling(values: list[float]) -> bool:
    """Whether the contributions decline, so that small ones are the end and not the beginning."""
    last = [abs(v) for v in values[-4:]]
    return all(later <= earlier for earlier, later in itertools.pairwise(last))


def remainder(values: list[float]) -> tuple[float, float]:
    """Sum of the contributions that would follow, and its uncertainty.

    Contributions r_1^k + r_2^k + ..., as powers of the distance give in geometric panels, are summed by
    Wynn's epsilon algorithm (Wynn, MTAC 1956).
    """
    values = _in_blocks(values)
    last, before = values[-1], values[-2]
    if last == 0.0:
        return 0.0, 0.0
    ratio = last / before if before else math.inf
    if not -1.0 < ratio < 1.0 - 1e-4:
        return math.copysign(math.inf, last), math.inf
    if ratio < 0.0:
        return 0.0, 2 * abs(last)
    guesses = [last * ratio / (1.0 - ratio)]
    for terms in (4, 6, 8):
        if len(values) > terms:
            guesses.append(
                _epsilon([0.0, *itertools.accumulate(values[-terms:])]) - math.fsum(values[-terms:])
            )
    best = guesses[-1]
    doubt = abs(best - guesses[-2]) if len(guesses) > 1 else abs(best)
    if not doubt < abs(last) * max(1.0, ratio / (1.0 - ratio)):
        best, doubt = guesses[0], abs(guesses[0])
    return best, 4 * doubt + 1e-8 * abs(best)


def settled(values: list[float]) -> tuple[float, float]:
    """`remainder`, whose uncertainty holds what would have been said two panels earlier."""
    rest, doubt = remainder(values)
    if math.isfinite(rest) and len(values) > 12:
        before, _ = remainder(values[:-2])
        doubt = max(doubt, 2 * abs(before - values[-2] - values[-1] - rest))
    return rest, doubt


def _in_blocks(values: list[float]) -> list[float]:
    """Sums of neighbours, so many that they fall by half where single contributions fall slowly.

    Between contributions that are nearly alike Wynn's algorithm sees rounding.
    """
    ratio = abs(values[-1] / values[-2]) if values[-2] else 0.0
    if not ratio > _SLOW:
        return values
    falls = math.log(0.5) / math.log(ratio) if ratio < 1.0 else math.inf
    width = int(min(falls, len(values) // _BLOCKS))
    if width < 2:
        return values
    first = len(values) % width
    return [math.fsum(values[k : k + width]) for k in range(first, len(values), width)]


def _epsilon(sums: list[float]) -> float:
    """Limit of an odd number of partial sums; the sums so far where the table breaks down."""
    older, column = [0.0] * (len(sums) + 1), sums
    while len(column) > 1:
        steps = [y - x for x, y in itertools.pairwise(column)]
        if not all(steps):
            return column[-1] if len(column) % 2 else sums[-1]
        older, column = column, [o + 1.0 / d for o, d in zip(older[1:], steps, strict=False)]
    return column[0]


def _infinite(values: Array) -> float:
    up, down = bool((values == np.inf).any()), bool((values == -np.inf).any())
    return math.nan if up == down else math.inf if up else -math.inf
