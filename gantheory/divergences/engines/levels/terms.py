"""Integrals of the (alpha_D, alpha_G) divergences over the nodes of a pair's level sets; see `alpha_grid`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.levels.nodes import Nodes
from gantheory.divergences.engines.levels.sets import LevelSets

_CHUNK = 400_000  # pairs times nodes held at once by a thread
_THREADS = 2
_ROUGH = 1e-6  # of rates read from three masses, far out


def integrals(
    sides: list[Nodes], a_d: Array, a_g: Array, c: Array, saturating: bool, kind: str
) -> tuple[Array, Array]:
    """(values, whether what lies beyond the outermost nodes contributes) for all pairs, chunk by chunk on two
    threads."""
    out = np.zeros(a_d.shape)
    unsettled = np.zeros(a_d.shape, dtype=bool)
    longest = max(1, *(side.t.size for side in sides))
    step = max(1, _CHUNK // longest)
    chunks = [slice(k, min(k + step, len(a_d))) for k in range(0, len(a_d), step)]

    def work(part: slice) -> None:
        beta = _beta(a_d[part], a_g[part])
        columns = a_d[part, None], c[part, None], beta[:, None]
        value = np.zeros(beta.shape)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for side, sign in zip(sides, (1, -1), strict=True):
                terms = _terms(side, sign, *columns, saturating, kind)
                value += terms.sum(axis=1)
                if not side.bounded:
                    tails = _tails(side, sign, *columns, saturating, kind, _outermost(side))
                    rest = _rest(side, *tails)
                    value += rest
                    unsettled[part] |= ~(np.abs(rest) <= 1e-14 * np.abs(terms).sum(axis=1))
            # Both tails infinite, of opposite signs: f'' < 0 in both, as alpha_D > alpha_G where they are.
            value = np.where(np.isnan(value), -np.inf, value)
            out[part] = a_d[part] * value

    if len(chunks) == 1:
        work(chunks[0])
    else:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(work, chunks))
    return out, unsettled


def _beta(a_d: Array, a_g: Array) -> Array:
    """1 - alpha_D/alpha_G, exactly 0 where they are equal."""
    infinite = np.isinf(a_g)
    g = np.where(infinite, 1.0, a_g)
    with np.errstate(over="ignore"):  # -inf stands for what is below every float
        return np.where(infinite, 1.0, (g - a_d) / g)


def _rest(side: Nodes, tails: list[tuple[int, Array]], soft: Array) -> Array:
    """What lies beyond the last node.

    `tails` are (sign, log) of the parts of the integrand at three nodes, the outermost the last, without the
    factor exp(-soft) = (1 + e^-z)^(-1-c). That one falls to 1 for c < -1, and may hide for z < 1 that a part
    grows beyond: a part is at most what it is at the end, times t^-power e^(-rate t) as it goes on without
    the factor.
    """
    at = side.t[_outermost(side)] / side.end
    rest = np.zeros(soft.shape)
    steps = np.log(at[:2] / at[2]), at[:2] - at[2]
    inverse = -np.linalg.inv(np.stack(steps, axis=1))
    for sign, logs in tails:
        with np.errstate(invalid="ignore"):
            power, rate = inverse @ (logs[:, :2] - logs[:, 2:]).T
        end = logs[:, 2] + power * np.log(at[2]) + rate * (at[2] - 1.0) - soft
        unseen = logs[:, 2] == -np.inf
        rest += sign * np.where(unseen, 0.0, side.end * np.exp(end) * _beyond_one(power, rate, unseen))
    return rest


def _beyond_one(power: Array, rate: Array, unseen: Array) -> Array:
    """int_1^inf s^-power e^(-rate (s - 1)) ds, by the trapezoidal rule in log(s - 1).

    A rate that is rounding of the logs it was read from is 0.
    """
    rate = np.where(np.abs(rate) <= _ROUGH * (1.0 + np.abs(power)), 0.0, rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.where((rate == 0.0) & (power > 1.0 + 1e-9), 1.0 / (power - 1.0), np.inf)
    falls = np.logical_not(unseen) & (rate > 0.0) & np.isfinite(power)
    if falls.any():
        k, r = power[falls, None], rate[falls, None]
        high = np.log((60.0 + 8.0 * np.maximum(-k, 0.0)) / r)
        low = np.minimum(-np.log(r + np.abs(k)) - 42.0, high - 42.0)
        x = low + (high - low) * np.linspace(0.0, 1.0, 600)
        y = np.exp(x)
        terms = np.exp(x - k * np.log1p(y) - r * y)
        out[falls] = terms.sum(axis=1) * ((high - low)[:, 0] / 599.0)
    return np.asarray(out)


def grows(
    sets: LevelSets,
    bounded: list[bool],
    a_d: Array,
    a_g: Array,
    c: Array,
    saturating: bool,
    kind: str,
) -> Any:
    """Whether integrands grow out to the last t at which a mass is left, seen at distances that double."""
    columns = a_d[:, None], c[:, None], _beta(a_d, a_g)[:, None]
    out = np.zeros(a_d.shape, dtype=bool)
    for sign, ends in zip((1, -1), bounded, strict=True):
        if ends:
            continue
        t: Array = np.ldexp(1.0, np.arange(-4, 1000))
        masses = sets.logs(t, sign)
        left = np.isfinite(masses[1])
        if not left.any():
            continue
        t = t[left]
        # Of a doubling: what falls as 1/t has no end either.
        gap, heavy, light = (x[left] for x in masses)
        ladder = Nodes(t, gap, heavy, light, -np.log(t), float(t[-1]), False)
        with np.errstate(over="ignore", invalid="ignore"):
            parts, _ = _tails(ladder, sign, *columns, saturating, kind, list(range(t.size)))
        size = np.max([np.where(np.isfinite(x[left]), np.abs(x[left]), 0.0) for x in masses], axis=0)
        for _, logs in parts:
            # Far out W, a difference, is lost in rounding, and so is a growth that the fall cancels.
            with np.errstate(invalid="ignore", over="ignore"):
                seen = np.isfinite(logs) & (np.finfo(np.float64).eps * (size + np.abs(logs)) < 0.01)
            last = t.size - 1 - seen[:, ::-1].argmax(axis=1)
            top = np.where(seen, logs, -np.inf).max(axis=1)
            out |= seen.any(axis=1) & (logs[np.arange(last.size), last] >= top - 1e-6)
    return out


def _outermost(side: Nodes) -> list[int]:
    """Nodes near 0.8 and 0.9 of the range, and at its end."""
    last = side.t.size - 1
    inner = np.searchsorted(side.t, np.array([0.8, 0.9]) * side.t[-1])
    return [min(int(inner[0]), last - 2), min(int(inner[1]), last - 1), last]


def _rates(sign: int, a_d: Array, c: Array, saturating: bool, kind: str) -> tuple[Array, Array]:
    """Rates in |t| at which the integrands of gap, or of U, fall beside the masses as `sets` carries
    them; and the one of V's growth, of the saturating equilibrium.

    For t > 0, D (1-D)^c = e^(-cz) (1+e^-z)^(-1-c) and D^c (1-D) = e^-z (1+e^-z)^(-1-c), with z = alpha_D |t|;
    for t < 0 they change places. V, U and W are e^-t times what is carried for t > 0.
    """
    if kind == "equilibrium" and saturating:
        # alpha_D c + 1 - beta = alpha_D
        return (c * a_d + 1.0, a_d) if sign > 0 else (a_d, c * a_d + 1.0)
    first = a_d if saturating == (sign < 0) else c * a_d
    return (first + 1.0 if sign > 0 else first), first


def _tails(
    side: Nodes,
    sign: int,
    a_d: Array,
    c: Array,
    beta: Array,
    saturating: bool,
    kind: str,
    at: Sequence[int],
) -> tuple[list[tuple[int, Array]], Array]:
    """The parts of the integrand at some nodes as `_rest` wants them, and soft at the last."""
    pair = list(at)
    t = side.t[pair]
    gap, heavy, light = (x[pair] - side.log_weight[pair] for x in (side.gap, side.heavy, side.light))
    soft = ((1.0 + c) * np.log1p(np.exp(-a_d * t)))[:, -1]
    rate, grown = _rates(sign, a_d, c, saturating, kind)
    log_v, log_u = (heavy, light) if sign > 0 else (light, heavy)
    if kind == "flow":
        return [(1, gap - rate * t)], soft
    if not saturating:
        return [(-sign, log_u - rate * t)], soft
    # flow + sign phi V (e^(sign beta t) - 1), with W = sign (V - U).
    return [(sign, log_v - grown * t), (-sign, log_u - rate * t)], soft


def _terms(side: Nodes, sign: int, a_d: Array, c: Array, beta: Array, saturating: bool, kind: str) -> Array:
    """Contributions of the nodes of one side; see `alpha_grid` for the integrands."""
    t = side.t
    soft = (1.0 + c) * np.log1p(np.exp(-a_d * t))
    rate, grows = _rates(sign, a_d, c, saturating, kind)
    falls = -rate * t - soft
    log_v, log_u = (side.heavy, side.light) if sign > 0 else (side.light, side.heavy)
    if kind == "flow":
        return np.asarray(np.exp(falls + side.gap))
    if not saturating:
        return np.asarray(-sign * np.exp(falls + log_u))
    shift = sign * beta * t
    flow = np.exp(falls + side.gap)
    phi_v = np.exp(falls + log_v)
    small = phi_v * np.expm1(np.clip(shift, -1.0, 1.0))
    grown = np.exp(log_v - grows * t - soft)
    large = np.where(np.isinf(phi_v) & np.isinf(grown), np.where(shift > 0, grown, -phi_v), grown - phi_v)
    return np.asarray(flow + sign * np.where(np.abs(shift) < 1.0, small, large))
