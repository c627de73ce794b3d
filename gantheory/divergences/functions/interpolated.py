"""f in float64 from its high-precision samples: accurate near u = 1 and in both tails."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.functions.high_precision import CancellationError
from gantheory.divergences.functions.piecewise import NODES, Panel, Piecewise, coefficients, tail
from gantheory.support.multiprecision import mp as ctx

_DIGITS = 19  # of a sample: two more than float64 holds
_DEEPEST = 55  # bisections of a panel before a feature is taken for a singularity
_RESOLVED = 5e-16
_ROUNDING = 1.5e-16
_FAR = 6, 18  # log2 |t| at which a tail is looked at for having reached its limit
_PLAIN = 1e4  # largest over smallest sample up to which a series without growth is tried
_NEAR = 0.05  # length of a panel that ends at a break from which down it is tried in any case
_MOST = 2000  # panels of one dyadic interval


class Interpolated(GeneratingFunction):
    """A generating function whose float64 values come from its `mp`, to about 2e-15 relative.

    f is read from piecewise Chebyshev interpolants of

        G(s) = f(e^t) / (max(1, e^t) (1 - e^(-s/2))^k),   s = |t|,

    one for t < 0 and one for t > 0, with k = 2 where f is smooth at u = 1 (so that f ~ (u - 1)^2 keeps its
    relative accuracy there) and k = 1 where it has a kink. They are built at the first use of a range of t
    from high-precision samples, so that no cancellation in the expression of f reaches the result.
    """

    def __init__(self, at_zero: Any, slope_at_infinity: Any, breakpoints: tuple[float, ...] = ()) -> None:
        super().__init__(
            0 if at_zero is None else at_zero,
            0 if slope_at_infinity is None else slope_at_infinity,
            breakpoints,
        )
        self._sides: tuple[Side, Side] | None = None
        self._settled = [math.inf, math.inf]
        self._looked = [_FAR[0], _FAR[0]]

    def _find_missing_ends(self, at_zero: Any, slope_at_infinity: Any, limit: Callable[[int], float]) -> None:
        """Replace an end that is None by limit(-1) or limit(+1), once f can be evaluated."""
        if at_zero is None:
            self.at_zero = limit(-1)
        if slope_at_infinity is None:
            self.slope_at_infinity = limit(+1)
        if at_zero is None or slope_at_infinity is None:
            self._ends = (self.at_zero, self.slope_at_infinity)

    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        t = as_float64(t, "t")
        out = np.full(t.shape, np.nan)
        exponent = np.zeros(t.shape)
        for side, inside, limit in (
            (0, t < 0, self.at_zero),
            (1, t >= 0, self.slope_at_infinity),
        ):
            finite = inside & np.isfinite(t)
            if finite.any():
                finite &= np.abs(t) < self._settles(side, limit, float(np.abs(t[finite]).max()))
            if finite.any():
                with self._lock, self._whole():
                    out[finite], exponent[finite] = self._side(side)(np.abs(t[finite]))
            out[inside & ~finite] = limit
        out[t == 0.0] = 0.0  # f(1) = 0, also where f jumps there
        return out, exponent

    def _settles(self, side: int, limit: float, furthest: float) -> float:
        """|t| from which on the tail is its limit: no panels out to 10^300 for a density that ends.

        Looked for as far as somebody asks, since scores are costly there.
        """
        sign = 1 if side else -1
        last = max((sign * b for b in self.breakpoints), default=0.0)
        while math.isinf(self._settled[side]) and math.isfinite(limit) and limit != 0.0:
            k = self._looked[side]
            if k >= _FAR[1] or furthest <= 2.0**k:
                break
            if 2.0**k > last and all(self._near_limit(sign * ctx.mpf(2) ** j, limit) for j in (k, k + 1)):
                self._settled[side] = 2.0**k
            self._looked[side] = k + 1
        return self._settled[side]

    def _near_limit(self, t: Any, limit: float) -> bool:
        with ctx.workdps(_DIGITS):
            try:
                return bool(abs(self.scaled_mp(t) - limit) <= 1e-15 * abs(limit))
            except CancellationError:  # indistinguishable from the limit
                return True

    def finest(self) -> float:
        """The scale of |t| on which f changes near u = 1: 10^-6 for alpha_D = 10^6."""
        with self._lock, self._whole():
            return min(self._side(k).finest() for k in (0, 1))

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Panels that are built to the end or not at all: what is interrupted is built anew."""
        try:
            yield
        except BaseException:
            self._sides = None
            raise

    def _side(self, side: int) -> Side:
        if self._sides is None:
            below, above = (self._make_side(sign, self._order_at_one(sign)) for sign in (-1, 1))
            self._sides = (below, above)
        return self._sides[side]

    _root_at_one: int = 1
    """m where f(e^t) is smooth in |t|^(1/m) on each side of t = 0."""

    def _order_at_one(self, sign: int) -> float:
        """The order with which f(e^t) vanishes at t = 0 from one side, a multiple of 1/m: 0 where f jumps
        there, 1 where it has a slope, 2 where it is smooth.

        It may jump on one side only, where f(1) is the value of the other.
        """
        with ctx.workdps(_DIGITS):
            step, root = ctx.mpf(10) ** -20, self._root_at_one
            size = abs(self.mp(sign * step))
            if root == 1:
                return 2 if size < step * ctx.mpf(10) ** -6 else 1 if size < step * ctx.mpf(10) ** 10 else 0
            far = abs(self.mp(1000 * sign * step))
            return round(float(root * ctx.log(far / size, 1000))) / root if size else 2

    def _make_side(self, sign: int, order: float) -> Side:
        return _SampledSide(self, sign, order)


class Side:
    """One tail of f: s = |t| -> f(e^t)/max(1, e^t)."""

    def __init__(self, owner: Interpolated, sign: int, order: float) -> None:
        self.owner = owner
        self.sign = sign
        self.order = order
        self.breaks = tuple(sorted(abs(b) for b in owner.breakpoints if b * sign > 0))
        self.pieces = Piecewise()

    def __call__(self, s: Array) -> tuple[Array, Array]:
        self.cover(s)
        series, exponent = self.pieces.parts(s)
        with np.errstate(under="ignore"):
            return series * (-np.expm1(-0.5 * s)) ** self.order, exponent

    def cover(self, s: Array) -> None:
        """Build the panels that hold the points `s`."""
        raise NotImplementedError

    def finest(self) -> float:
        """Length of the panel at s = 0."""
        self.cover(np.zeros(1))
        return self.pieces.first_stop()


class _SampledSide(Side):
    """A tail sampled from the high-precision f, in dyadic intervals [0, 1], [1, 2], [2, 4], ..."""

    def __init__(self, owner: Interpolated, sign: int, order: float) -> None:
        super().__init__(owner, sign, order)
        self._done: set[int] = set()

    def cover(self, s: Array) -> None:
        _, exponents = np.frexp(s)
        for k in {int(k) for k in np.unique(np.maximum(exponents, 0))} - self._done:
            self._done.add(k)
            start = math.ldexp(0.5, k)
            low, high = (start, min(2.0 * start, sys.float_info.max)) if k else (0.0, 1.0)
            cuts = [low, *(b for b in self.breaks if low < b < high), high]
            for start, stop in itertools.pairwise(cuts):
                self.pieces.add(self._resolve(start, stop, self.owner._root_at_one if start == 0.0 else 1))

    def _sample(self, s: float) -> Any:
        limit = self.owner.slope_at_infinity_mp if self.sign > 0 else self.owner.at_zero_mp
        with ctx.workdps(_DIGITS):
            exact = ctx.mpf(s)
            try:
                value = self.owner.scaled_mp(self.sign * exact)
            except CancellationError:
                # e^-|t| is then below 10^-4000, and f indistinguishable from its limit.
                if s < 100 or not ctx.isfinite(limit):
                    raise
                value = limit
            return value / (-ctx.expm1(-exact / 2)) ** self.order

    def _resolve(self, start: float, stop: float, root: int) -> list[Panel]:
        """Panels over [start, stop], bisected until the Chebyshev series has converged."""
        done: list[Panel] = []
        stack = [(start, stop, 0)]
        while stack:
            a, b, depth = stack.pop()
            panel, converged = self._panel(a, b, root)
            middle = a + 0.5 * (b - a)
            if converged or depth >= _DEEPEST or len(done) >= _MOST or not a < middle < b:
                done.append(panel)
            else:
                stack += [(a, middle, depth + 1), (middle, b, depth + 1)]
        return done

    def _panel(self, a: float, b: float, root: int) -> tuple[Panel, bool]:
        low, high = a ** (1.0 / root), b ** (1.0 / root)
        nodes = (low + 0.5 * (high - low) * (NODES + 1.0)) ** root
        samples = [self._sample(s) for s in nodes]
        # On a panel far out the exponential factor spans thousands of decades: digits for its exponent.
        with ctx.workdps(2 * _DIGITS):
            panel, converged = self._fit(a, b, nodes, samples)
            return replace(panel, root=root), converged

    def _fit(self, a: float, b: float, nodes: Array, samples: list[Any]) -> tuple[Panel, bool]:
        """The series, of f over its exponential growth on the panel where that is better.

        Growth and decay go into the factor so that wide panels do in the tails. Next to a zero, as max(0, u
        - 3)^2 has at its break, there is no such growth, and the plain series is the better one.
        """
        sizes = [abs(g) for g in samples]
        one_signed = len({ctx.sign(g) for g in samples}) == 1 and min(sizes) > 0
        base, rate = ctx.one, ctx.zero
        if one_signed:
            base = sizes[0]
            rate = (ctx.log(sizes[-1]) - ctx.log(base)) / (ctx.mpf(nodes[-1]) - ctx.mpf(nodes[0]))
        panel, miss = self._series(a, b, nodes, samples, base, rate, one_signed)
        near_break = b - a <= _NEAR and (a in self.breaks or b in self.breaks)
        if miss > 1.0 and one_signed and (near_break or max(sizes) < _PLAIN * min(sizes)):
            plain, other = self._series(a, b, nodes, samples, base, ctx.zero, one_signed)
            panel, miss = (plain, other) if other < miss else (panel, miss)
        return panel, miss <= 1.0

    def _series(
        self, a: float, b: float, nodes: Array, samples: list[Any], base: Any, rate: Any, one_signed: bool
    ) -> tuple[Panel, float]:
        """A Chebyshev series of samples over base e^(rate s), and its last terms over what is allowed."""
        rate_float = float(rate)
        trend = [base * ctx.exp(rate_float * (ctx.mpf(s) - ctx.mpf(nodes[0]))) for s in nodes]
        values = np.array([float(g / e) for g, e in zip(samples, trend, strict=True)])
        # exp(log_base) must give back `base` to the last digit: the series takes up the rounding.
        log_base = float(ctx.log(base))
        values *= float(base * ctx.exp(-ctx.mpf(log_base)))
        coef = coefficients(values)
        size = np.abs(values)
        reference = float(size.min()) if one_signed else float(size.max())
        # Samples are rounded to float64, and so are their places: no series resolves them better.
        moved = float(np.ptp(values)) * b / (b - a)
        allowed = max(_RESOLVED * reference, _ROUNDING * max(float(size.max()), moved))
        panel = Panel(a, b, coef, log_base, rate_float, float(nodes[0]))
        return panel, tail(coef) / allowed if allowed else 0.0
