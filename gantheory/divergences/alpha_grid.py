"""Divergences of a whole array of (alpha_D, alpha_G)-GANs on one pair of distributions."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.divergences.hockey_stick import LevelSets, level_sets
from gantheory.divergences.piecewise import Array

KINDS = ("equilibrium", "flow", "discriminator")

_X, _G = np.polynomial.legendre.leggauss(12)
_RESOLVED = 1e-8  # of the series' end; the Gauss rule is exact to twice its degree
_SMOOTH_DEPTH, _DEPTH = 8, 30  # bisections of a panel, and of one next to a critical value of log(p/q)
_FLOORS = (-45.0, -250.0, -1600.0)  # log masses where ordinary and where growing integrands have ended
_CHUNK = 400_000  # pairs times nodes held at once by a thread
_THREADS = 2


@dataclass(frozen=True)
class _Nodes:
    """Quadrature nodes |t| on one side of t = 0 with log(weight W), log(weight V) and log(weight U) there."""

    t: Array
    log_w: Array
    log_v: Array
    log_u: Array
    bounded: bool
    """Whether log(p/q) ends at the last node, rather than that its masses have become too small."""


def alpha_grid(
    alpha_d: Any, alpha_g: Any, P: Any, Q: Any, saturating: bool = True, kind: str = "equilibrium"
) -> Array:
    """Divergences of many (alpha_D, alpha_G)-GANs between P (real) and Q (generated), in nats.

    One pass over shared nodes in t = log u. With D = sigmoid(alpha_D t), c = 1 - 1/alpha_G,
    beta = 1 - alpha_D/alpha_G and the masses V, U, W = |V - U| of `hockey_stick`:

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
    saturating one at alpha_D > alpha_G. Values beyond the range of floats are inf.

    Args:
        alpha_d, alpha_g: arrays of numbers in (0, inf], broadcast against each other.
        P, Q: pmf arrays, or frozen scipy.stats distributions or mixtures on the line.
        saturating: whether the generator's objective has the real term.
        kind: "equilibrium", "flow" or "discriminator" (which ignores alpha_g and saturating).

    Returns:
        float64 array of the broadcast shape.

    Raises:
        ValueError: alpha outside (0, inf], shapes that do not broadcast, unknown kind, a bad pmf.
        TypeError: P or Q of the wrong kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
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
    # Not 1 - 1/alpha_g, which loses digits near alpha_g = 1.
    c = np.where(
        np.isinf(a_g), 1.0, (np.where(np.isinf(a_g), 2.0, a_g) - 1.0) / np.where(np.isinf(a_g), 1.0, a_g)
    )
    out = np.empty(a_d.shape)
    sharp = np.isinf(a_d)
    out[sharp] = _sharp(sets, c[sharp], saturating, kind)
    if not sharp.all():
        out[~sharp] = _smooth(sets, a_d[~sharp], a_g[~sharp], c[~sharp], saturating, kind)
    return out.reshape(shape)


def _alphas(values: Any, name: str) -> Array:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        try:
            array = np.vectorize(float, otypes=[np.float64])(np.asarray(values, dtype=object))
        except (TypeError, ValueError):
            raise TypeError(f"{name} must hold real numbers, got {values!r}") from None
    bad = ~(array > 0)
    if bad.any():
        raise ValueError(f"{name} must be in (0, inf], got {array[bad].flat[0]:g}")
    return array


def _sharp(sets: LevelSets, c: Array, saturating: bool, kind: str) -> Array:
    """alpha_D = inf: D = 1 where p > q, 0 where p < q, 1/2 where they are equal."""
    edge = np.array([5e-324])
    log_w, _, log_more = (x[0] for x in sets.logs(edge, +1))
    log_less = sets.logs(-edge, -1)[2][0]
    tv, more, less = math.exp(log_w), math.exp(log_more), math.exp(log_less)
    out = np.zeros(c.shape)
    if tv == 0.0:
        return out
    positive = c > 0
    if kind == "flow" or saturating:
        out[positive] = tv / c[positive]
        out[~positive] = math.inf if kind == "flow" else -math.inf
    else:
        half = np.exp2(-c[positive])
        out[positive] = (half * (more + less) - more) / c[positive]
        out[~positive] = math.inf if less > 0 else math.nan
        if less == 0:  # p > q wherever q > 0: D = 1 there
            rest = c[~positive]
            at_zero = -math.log(2.0)
            out[~positive] = more * np.where(
                rest == 0, at_zero, np.expm1(-rest * math.log(2.0)) / np.where(rest, rest, 1.0)
            )
    return out


def _smooth(sets: LevelSets, a_d: Array, a_g: Array, c: Array, saturating: bool, kind: str) -> Array:
    finest = 0.25 / float(a_d.max())
    out = np.empty(a_d.shape)
    rest = np.ones(a_d.shape, dtype=bool)
    # alpha_G < 1 weighs the far tails: the few pairs whose integrands have not ended get all of them.
    for floor in _FLOORS:
        sides = (_nodes(sets, +1, finest, floor), _nodes(sets, -1, finest, floor))
        out[rest], unsettled = _evaluate(sides, a_d[rest], a_g[rest], c[rest], saturating, kind)
        rest[rest] = unsettled
        if not rest.any():
            break
    if kind == "equilibrium" and saturating and sets.p_alone + sets.q_alone > 0.0:
        out += (sets.p_alone + sets.q_alone) * _unmatched(a_d, a_g, c)
    return out


def _unmatched(a_d: Array, a_g: Array, c: Array) -> Array:
    """lim s/u for u -> inf, equal to lim u r for u -> 0: what f'(inf) and f(0) hold beside E_p r + E_q s."""
    power = -a_d * c - 1.0
    return np.where((c >= 0) | (power < 0), 0.0, np.where(power > 0, -np.inf, 1.0 / np.where(c < 0, c, -1.0)))


def _nodes(sets: LevelSets, sign: int, finest: float, floor: float) -> _Nodes:
    """Gauss panels over t from 0 until the masses beyond are below e^floor.

    Panels are dyadic in |t| from `finest` on, for D changes at the scale 1/alpha_D, and are halved until W,
    V and U are resolved on each.
    """
    critical = [sign * x for x in sets.critical if sign * x > 0.0]
    reach = _reach(sets, sign, floor)
    if reach == 0.0:
        empty = np.empty(0)
        return _Nodes(empty, empty, empty, empty, True)
    first = min(finest, reach)
    levels = max(0, math.ceil(math.log2(reach / first)))
    edges = np.unique(
        [0.0, *(min(first * 2.0**k, reach) for k in range(levels + 1)), *(x for x in critical if x < reach)]
    )
    a, b, depth = edges[:-1], edges[1:], 0
    kept: list[tuple[Array, ...]] = []
    while a.size:
        half = 0.5 * (b - a)
        t = (a + half)[:, None] + half[:, None] * _X
        logs = sets.logs(sign * t.ravel(), sign)
        w, v, u = (x.reshape(t.shape) for x in logs)
        # P(T beyond t) = V e^t and Q(T beyond t) = U: what the equilibrium integrand weighs.
        gone = np.maximum(v + sign * t, u).max(axis=1) < floor
        fine = gone | (_resolved(v) & _resolved(u) & _resolved(w))
        # Away from critical values, what halving does not resolve is rounding of small masses.
        ends = np.array([*critical, reach])
        gap = np.minimum(np.abs(a[:, None] - ends), np.abs(b[:, None] - ends)).min(axis=1)
        fine |= (depth >= _SMOOTH_DEPTH) & (gap > 1.5 * (b - a))
        fine |= depth >= _DEPTH
        weight = np.log(half[:, None] * _G)
        kept.append((t[fine], w[fine] + weight[fine], v[fine] + weight[fine], u[fine] + weight[fine]))
        middle = (a + half)[~fine]
        a, b = np.concatenate([a[~fine], middle]), np.concatenate([middle, b[~fine]])
        depth += 1
    t, w, v, u = (np.concatenate([part[k] for part in kept]) for k in range(4))
    order = np.argsort(t[:, 0])
    bounded = any(abs(reach - x) <= 1e-3 * reach for x in critical)
    return _Nodes(t[order].ravel(), w[order].ravel(), v[order].ravel(), u[order].ravel(), bounded)


_LEGENDRE = np.linalg.inv(np.polynomial.legendre.legvander(_X, len(_X) - 1))


def _resolved(log_values: Array) -> Any:
    """Whether exp(log_values) is nearly a polynomial on the panel and varies by at most e^8, or is 0."""
    top = log_values.max(axis=1)
    with np.errstate(invalid="ignore", under="ignore"):
        variation = top - log_values.min(axis=1)
        # The rule integrates e^(4x) to rounding: only what is left beside an exponential trend must be small.
        slope = (log_values[:, -1] - log_values[:, 0]) / (_X[-1] - _X[0])
        trend = np.where(np.isfinite(slope) & (variation <= 8.0), slope, 0.0)[:, None] * _X
        flat = log_values - trend
        flat_top = flat.max(axis=1)
        scaled = np.exp(flat - np.where(np.isfinite(flat_top), flat_top, 0.0)[:, None])
    series = scaled @ _LEGENDRE.T
    smooth = np.abs(series[:, -3:]).max(axis=1) <= _RESOLVED
    return np.isneginf(top) | (smooth & (variation <= 8.0))


def _reach(sets: LevelSets, sign: int, floor: float) -> float:
    """|t| beyond which P(T beyond t) and Q(T beyond t) are below e^floor."""

    def until(level: float, which: slice) -> tuple[float, float]:
        """(first |t| with the masses dead, their logarithm just before)."""
        last = before = 0.0
        grid = 2.0 ** np.arange(-40.0, 24.0)
        for _ in range(2):
            log_mass = np.max(sets.masses(sign * grid, sign)[which], axis=0)
            alive = np.nonzero(log_mass > level)[0]
            if alive.size == 0:
                return 0.0, -math.inf
            k = int(alive[-1])
            last, before = float(grid[k]), float(log_mass[k])
            grid = np.linspace(last, 2.0 * last, 4097)
        return last * (1.0 + 1.0 / 4096.0), before

    reach, _ = until(floor, slice(0, 2))
    if floor < sets.underflow:
        for which in (slice(0, 1), slice(1, 2)):
            end, before = until(sets.underflow, which)
            # A mass that underflows would look like one that ends.
            if before < 0.8 * sets.underflow:
                reach = min(reach, end)
    return reach


def _evaluate(
    sides: tuple[_Nodes, _Nodes], a_d: Array, a_g: Array, c: Array, saturating: bool, kind: str
) -> tuple[Array, Array]:
    """(values, whether the outermost nodes still contribute) for all pairs, chunk by chunk on two threads."""
    out = np.empty(a_d.shape)
    unsettled = np.zeros(a_d.shape, dtype=bool)
    longest = max(side.t.size for side in sides)
    if longest == 0:
        return np.zeros(a_d.shape), unsettled
    size = max(1, _CHUNK // longest)
    chunks = [slice(k, min(k + size, len(a_d))) for k in range(0, len(a_d), size)]

    def work(part: slice) -> None:
        beta = _beta(a_d[part], a_g[part])
        value = np.zeros(beta.shape)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for side, sign in zip(sides, (1, -1), strict=True):
                if side.t.size:
                    terms = _terms(
                        side, sign, a_d[part, None], c[part, None], beta[:, None], saturating, kind
                    )
                    total = terms.sum(axis=1)
                    if not side.bounded:
                        total, going_on = _ended(side, terms, total)
                        unsettled[part] |= going_on
                    value += total
            # Both tails infinite, of opposite signs: f'' has the sign of beta in both.
            value = np.where(np.isnan(value), np.where(beta < 0, -np.inf, np.inf), value)
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
    return np.where(infinite, 1.0, (g - a_d) / g)


def _ended(side: _Nodes, terms: Array, total: Array) -> tuple[Array, Array]:
    """Totals with the rest beyond the last node, and whether that rest is more than rounding.

    The rest is a geometric sum from the last two tenths of the range of t; it is infinite where they do not
    fall.
    """
    first, second = np.searchsorted(side.t, (0.8 * side.t[-1], 0.9 * side.t[-1]))
    before, last = terms[:, first:second].sum(axis=1), terms[:, second:].sum(axis=1)
    going_on = ~(np.abs(last) <= 1e-14 * np.abs(total))
    ratio = np.abs(last) / np.abs(before)
    rest = np.where(ratio < 1.0, last * ratio / (1.0 - ratio), np.copysign(np.inf, last))
    return np.where(going_on, total + rest, total), going_on


def _terms(side: _Nodes, sign: int, a_d: Array, c: Array, beta: Array, saturating: bool, kind: str) -> Array:
    """Contributions of the nodes of one side; see `alpha_grid` for the integrands.

    For t > 0, D (1-D)^c = e^(-cz) (1+e^-z)^(-1-c) and D^c (1-D) = e^-z (1+e^-z)^(-1-c), with z = alpha_D |t|;
    for t < 0 they change places.
    """
    z = a_d * side.t
    soft = (1.0 + c) * np.log1p(np.exp(-z))
    if kind == "flow":
        tail = -z if saturating == (sign < 0) else -c * z
        return np.asarray(np.exp(tail - soft + side.log_w))
    if not saturating:
        tail = -z if sign > 0 else -c * z
        return np.asarray(-sign * np.exp(tail - soft + side.log_u))
    log_phi = (-c * z if sign > 0 else -z) - soft
    shift = sign * beta * side.t
    flow = np.exp(log_phi + side.log_w)
    log_phi += side.log_v
    phi_v = np.exp(log_phi)
    small = phi_v * np.expm1(np.clip(shift, -1.0, 1.0))
    grown = np.exp(log_phi + shift)
    large = np.where(np.isinf(phi_v) & np.isinf(grown), np.where(shift > 0, grown, -phi_v), grown - phi_v)
    return np.asarray(flow + sign * np.where(np.abs(shift) < 1.0, small, large))
