"""q f(p/q) of two densities on the line, with its rounding, and where its panels begin."""

from __future__ import annotations

import math

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.line.crossings import between, bisected, crossings, with_turns
from gantheory.divergences.engines.segments import thinned
from gantheory.divergences.functions.generating_function import (
    TIED,
    UNDERFLOW,
    GeneratingFunction,
    log_quotient,
    one_sign,
)
from gantheory.divergences.inputs.density import Density

_EPS = float(np.finfo(np.float64).eps)
_GROWTH = 10.0 ** np.array([[1.95], [1.999]])
"""Of what grows as 1/distance, where that falls by 100 and again: up to the next order, 1e-2 then 1e-4."""
_UNSEEN = 10.0**1.85
"""From distance^-.925 on: of its integral 6 % lie within 1e-16."""
_NEGLIGIBLE = 1e-16
"""What a density that is lost from a place on may have counted on the last tenth of the way to it."""

_LOG_SMALLEST = math.log(5e-324)
_NEAREST = 1e-300
"""Distance from an end of a support below which numbers lose digits."""

_LARGEST_DENSITY = 690.0
"""Logarithm up to which a density times a weight of f is no overflow."""

_FEATURES = 3.0
"""|log u| from which on a smooth f is a sum of powers, which extrapolation takes; before, it may turn."""


class Contributions:
    """The integrand q f(p/q) on arrays of x, from log densities alone.

    q f(p/q) = max(p, q) F(t) with t = log p - log q and F(t) = f(e^t)/max(1, e^t), so that nothing overflows
    that does not belong to an infinite or enormous divergence.
    """

    def __init__(
        self, f: GeneratingFunction, p: Density, q: Density, end: float | None = None, sign: float = 1.0
    ) -> None:
        self.f, self.p, self.q, self.end, self.sign = f, p, q, end, sign
        self.exact = end is None or all(c.exact_near(end) for c in (*p.components, *q.components))

    def refined(self, inner: Array) -> Array:
        """Panel edges, more of them towards p = q, where a sharp f has a feature that no node would see."""
        finest = self.f.finest()
        if finest > 0.02:
            return inner
        grid = between(inner)
        t = self._ratio(grid)
        extra = [inner]
        for k in np.nonzero(t[:-1] * t[1:] <= 0)[0]:
            a, b = float(grid[k]), float(grid[k + 1])
            if t[k] == t[k + 1] or not math.isfinite(t[k] - t[k + 1]):
                continue
            slope, width = abs(float(t[k + 1] - t[k])) / (b - a), b - a
            a = bisected(self._ratio, 0.0, a, b, float(np.sign(t[k])))
            levels = max(4, math.ceil(math.log2(slope * width / finest)) + 4)
            steps = width * 2.0 ** -np.arange(0.0, levels)
            extra += [np.array([a]), a - steps, a + steps]
        edges = np.unique(np.concatenate(extra))
        return thinned(edges[(edges >= inner[0]) & (edges <= inner[-1])])

    def split(self, low: float, high: float, inner: Array) -> Array:
        """Panel edges with those where p/q passes a kink or jump of f, which may lie outside `inner`."""
        found = crossings(self._ratio, self.f.breakpoints, low, high, inner)
        if not found.size:
            return inner
        edges = [inner, found]
        # Towards a crossing beyond the inner points, panels go out as those of a tail would.
        for end, near, far in ((low, inner[0], found[0]), (high, inner[-1], found[-1])):
            if (far < near) if end is low else (far > near):
                edges.append(_outwards(float(near), float(far), end, float(inner[-1] - inner[0])))
        return thinned(np.unique(np.concatenate(edges)))

    def at_poles(self, low: float, high: float, inner: Array) -> float:
        """The infinity of f where p/q meets it, and contributions have no integral; else 0.

        That is where they grow as 1/distance or faster, or p/q is constant.

        Raises:
            ArithmeticError: f tends to oo on one side of it and to -oo on the other, or most of an integral
                lies nearer to it than floats are apart.
        """
        levels = tuple(level for level, _, _ in self.f.poles)
        grid, t = with_turns(self._ratio, levels, between(inner))
        for level, height, u in self.f.poles:
            met = np.abs(t - level) <= TIED * (1.0 + abs(level))
            if (met[1:] & met[:-1]).any():
                return one_sign(height, u)
            for x in {*crossings(self._ratio, (level,), low, high, inner), *grid[met]}:
                away = float(min(abs(y - x) for y in (low, *inner, high) if y != x))
                sides = x + away * np.array([[-1e-2, 1e-2], [-1e-4, 1e-4], [-1e-6, 1e-6]])
                masses = self.p.logpdf(sides), self.q.logpdf(sides)
                sizes = np.abs(self.f.contributions(*masses))
                # Where both densities are lost their quotient is rounding, and passes any level.
                whole = (np.maximum(*masses) > UNDERFLOW) & (sizes > 0.0)
                known = whole[:-1] & np.isfinite(sizes[:-1])
                if (known & (sizes[1:] >= sizes[:-1] * _GROWTH)).all(axis=0).any():
                    return one_sign(height, u)
                if (known & (sizes[1:] >= sizes[:-1] * _UNSEEN)).all(axis=0).any():
                    raise ArithmeticError(
                        f"no divergence in floats: p/q passes {u}, near which f grows almost as 1/distance, "
                        "and much of the integral lies nearer than floats are apart"
                    )
        return 0.0

    def near(self, end: float, sign: float) -> Contributions:
        """The integrand as a function of the distance from an end of a support."""
        return Contributions(self.f, self.p, self.q, end, sign)

    def halvings(self, reach: float, most: int) -> int:
        """How often a distance of `reach` halves, up to `most`, before it or a density leaves the floats."""
        distance = reach * 0.5 ** np.arange(1.0, most + 1.0)
        distance = distance[distance >= min(_NEAREST, 0.5 * reach)]
        larger = np.maximum(*self._logs(distance))
        beyond = np.isfinite(larger) & (larger > _LARGEST_DENSITY)
        return max(1, int(np.argmax(beyond)) if beyond.any() else distance.size)

    def settles(self, start: float, step: float, panels: int) -> bool:
        """Whether p/q does nothing new beyond geometric panels: it is constant over the last of them, or on
        its way out where f has no feature any more."""
        log_p, log_q = self._logs(start * step ** (panels - np.linspace(min(panels, 200), 0.0, 5)))
        t = log_quotient(log_p, log_q)
        if np.ptp(t) <= 1e-9:
            return True
        far = max([_FEATURES, *(abs(b) + _FEATURES for b in self.f.breakpoints)])
        return bool(abs(t[-1]) >= far and (np.diff(np.sign(t[-1]) * t) >= 0).all())

    def _logs(self, x: Array) -> tuple[Array, Array]:
        if self.end is None:
            return self.p.logpdf(x), self.q.logpdf(x)
        return (
            self.p.logpdf_near(self.end, self.sign, x),
            self.q.logpdf_near(self.end, self.sign, x),
        )

    def __call__(self, x: Array) -> tuple[Array, Array, Array]:
        log_p, log_q = self._logs(x)
        # A node that falls on a pole, where both are infinite, is one point and has no weight.
        value = self.f.contributions(log_p, log_q)
        return self._without_losses(x, log_p, log_q, value), _density(log_p), _density(log_q)

    def noise(self, x: Array) -> Array:
        """What rounding of nodes and log densities does to the integrand; a row of x is a panel."""
        log_p, log_q = self._logs(x)
        t = log_quotient(log_p, log_q)
        # A distance from an end is as exact as a number can be, where the densities take it as it is.
        dx = np.abs(x) if self.exact else np.abs(x) + abs(self.end or 0.0)
        with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
            larger = np.maximum(log_p, log_q)
            value = self.f.weighted(t, larger, atoms=False)
            width = np.diff(x, axis=1)
            moved = []
            for log in (log_p, log_q):
                steep = np.abs(np.diff(log, axis=1) / width)
                steep = np.concatenate([steep[:, :1], steep], axis=1)
                moved.append(np.where(np.isfinite(steep), steep, 0.0) * dx)
            finite = np.isfinite(t)
            size = np.where(finite, np.abs(log_p) + np.abs(log_q), 0.0) + 1.0
            # A log ratio may lose all its digits where contributions are 0, but no more than all.
            move = np.where(finite, _EPS * (size + 0.5 * (moved[0] + moved[1])) + 1e-300, 0.0)
            move = np.minimum(move, np.abs(np.where(finite, t, 0.0)) + 1.0)
            change = np.zeros(x.shape)
            for side in (t + move, t - move):
                other = np.abs(self.f.weighted(side, larger, atoms=False) - value)
                change = np.fmax(change, np.where(np.isfinite(other), other, 0.0))
            # p and q grow or shrink together, too; no rounding does more than the value.
            common = np.where(np.isfinite(larger), np.abs(larger), 0.0) + 3.0
            common = common + 0.5 * np.where(log_p > log_q, *moved)
            noise = change + np.minimum(_EPS * common, 1.0) * np.abs(value)
        return np.where(np.isfinite(noise), noise, 0.0)

    def _ratio(self, x: Array) -> Array:
        return log_quotient(self.p.logpdf(x), self.q.logpdf(x))

    def _without_losses(self, x: Array, log_p: Array, log_q: Array, value: Array) -> Array:
        """Infinite contributions where a density has underflowed, and is not 0, are none.

        Raises:
            ArithmeticError: a density is lost to underflow where it still counts.
        """
        at = x if self.end is None else self.end + self.sign * x
        for k, (one, log, beside) in enumerate(((self.p, log_p, log_q), (self.q, log_q, log_p))):
            lost = np.isneginf(log) & (beside > -np.inf)
            if not lost.any():
                continue
            unknown = at[lost & ~one.is_zero(at, True)]
            for place in {float(unknown.min()), float(unknown.max())} if unknown.size else ():
                self._check_lost(k, one.known_before(place))
            lost &= np.isinf(value) & ~one.is_zero(at, beside > _LOG_SMALLEST)
            value = np.where(lost, 0.0, value)
        return value

    def _check_lost(self, k: int, places: tuple[float, float]) -> None:
        """Beyond the last place where P (k = 0) or Q is known, contributions must not depend on it any more:
        what they do there, and less from place to place, is all that is left to judge by."""
        x = np.array(places)
        logs = [self.p.logpdf(x), self.q.logpdf(x)]
        if not np.isfinite(logs).all():
            return  # judged where the other one is known, or nothing is
        known, ended = self.f.contributions(*logs), logs[k][1] > UNDERFLOW
        logs[k] = np.full(2, -np.inf)
        without = self.f.contributions(*logs)
        if ended and np.isfinite(without).all():
            return  # an end of the support
        counts = np.abs(known - np.where(np.isfinite(without), without, 0.0))
        if not (counts[1] * abs(x[1] - x[0]) <= _NEGLIGIBLE and counts[1] <= counts[0]):
            raise ArithmeticError(
                f"the density {'PQ'[k]} underflows to 0 at {x[1]:g}, where {'QP'[k]} still has mass or the "
                "divergence weighs the ratio: give gantheory.divergences.log_density(function, support) "
                "instead"
            )


def _outwards(near: float, far: float, end: float, span: float) -> Array:
    """Points from `near` to `far`, geometric towards an end of the support or away from the inner points."""
    if math.isfinite(end):
        steps = math.ceil(math.log2(abs(near - end) / abs(far - end)))
        points = end + (near - end) * 2.0 ** -np.arange(1.0, steps + 1.0)
    else:
        steps = math.ceil(math.log2(1.0 + abs(far - near) / span))
        points = near + math.copysign(span, far - near) * (2.0 ** np.arange(1.0, steps + 1.0) - 1.0)
    return points[np.abs(points - near) < abs(far - near)]


def _density(log: Array) -> Array:
    """A density from its logarithm; a node that falls on a pole has no weight."""
    with np.errstate(under="ignore", over="ignore"):
        value = np.exp(log)
    return np.where(np.isinf(value), 0.0, value)
